import type { Outlook } from '../time/lifecycle.ts'
import { endBySuccessor, endedBefore, type NoEnd } from '../time/other-agreements.ts'
import type { Parts } from './aggregate.ts'
import { endingRelationsOf, type Other, type Others } from './others.ts'
import type { Warning } from './warnings.ts'

/** What looks wrong between an agreement and those that it ends or with which it ends. */
export const warningsOfOthers = (parts: Parts, own: Outlook, others: Others): Warning[] => [
  ...withoutEffect(parts, own, others),
  ...umbrella(parts, own, others),
]

const nameOf = ({ id, reference }: Other): string => `\`${reference ?? id}\``

/** Relations that do not end the other agreement although this one has entered into force. */
function withoutEffect(parts: Parts, own: Outlook, others: Others): Warning[] {
  return endingRelationsOf(parts).flatMap(({ relatedId, index }): Warning[] => {
    const other = others.get(relatedId)
    const end = other && endBySuccessor(other.outlook, own)
    if (other === undefined || typeof end !== 'string' || end === 'not_in_force') return []
    const pointer = `/relations/${index}`
    return [{ code: `supersedes_${end}`, message: reasons[end](nameOf(other)), pointer }]
  })
}

const reasons: Record<Exclude<NoEnd, 'not_in_force'>, (name: string) => string> = {
  other_parties: (name) => `${name} does not have the same parties. This agreement does not end it.`,
  later_agreement: (name) => `${name} is later than the entry into force of this agreement, which does not end it.`,
}

function umbrella({ agreement: { term } }: Parts, own: Outlook, others: Others): Warning[] {
  const id = term?.endsWith
  if (!id) return []
  const pointer = '/term/endsWith'
  const other = others.get(id)
  if (other === undefined) {
    const message = `The agreement with which it ends (${id}) is deleted. Its end is not known.`
    return [{ code: 'ends_with_deleted', message, pointer }]
  }
  const ended = endedBefore(own, other.outlook)
  if (ended === null) return []
  const message = `${nameOf(other)}, with which it ends, had ended (${ended}) before it began (${own.begins}).`
  return [{ code: 'ends_with_ended', message, pointer }]
}
