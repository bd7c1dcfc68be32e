import type { Outlook } from '../time/lifecycle.ts'
import { endBySuccessor, endedBefore, type NoEnd } from '../time/other-agreements.ts'
import type { Parts } from './aggregate.ts'
import { endingRelationsOf, extendingRelationsOf, type Other, type Others } from './others.ts'
import type { Warning } from './warnings.ts'

/** What looks wrong between an agreement and those that it extends or ends, or with which it ends. */
export const warningsOfOthers = (parts: Parts, own: Outlook, others: Others): Warning[] => [
  ...withoutDate(parts, others),
  ...withoutEffect(parts, own, others),
  ...umbrella(parts, own, others),
]

const nameOf = ({ id, reference }: Other): string => `\`${reference ?? id}\``

/** Relations that extend an agreement of which no extension is recorded. */
const withoutDate = (parts: Parts, others: Others): Warning[] =>
  extendingRelationsOf(parts).flatMap(({ relatedId, index }): Warning[] => {
    const other = others.get(relatedId)
    if (other === undefined || other.outlook.isExtended) return []
    const message = `${nameOf(other)} has no date \`extended\`. Only such a date of that agreement changes its term.`
    return [{ code: 'extends_without_date', message, pointer: `/relations/${index}` }]
  })

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
