import type { Registry } from '../../registry/registry.ts'
import { lifecycleEvents } from '../time/lifecycle.ts'
import type { EndByOther } from '../time/other-agreements.ts'
import type { Life } from '../time/timeline.ts'
import type { DateRow, Parts } from './aggregate.ts'
import { actOf, entryOf, partiesOf, placesOf, termOf } from './life.ts'

/**
 * From what the timeline of an agreement follows, in its parts. The acts are in the order of the document.
 * @param ends those that follow from other agreements
 */
export function lifeOfParts(
  { agreement, dates, signatures, statusStatements }: Parts,
  registry: Registry,
  ends: readonly EndByOther[],
): Life {
  const signed = signatures.map(({ side, role, signatoryId }) => {
    const body = registry.body(signatoryId)
    return { side, role, party: registry.party(body), bodies: [body, ...registry.above(body)] }
  })
  const places = placesOf(signed)
  return {
    acts: dates.toSorted(byDay).map((row) => actOf(row, row.signatoryId, places)),
    term: agreement.term && termOf(agreement.term),
    entryIntoForce: agreement.entryIntoForce && entryOf(agreement.entryIntoForce),
    parties: partiesOf(signed),
    isBinding: agreement.binding === 'binding',
    statements: statusStatements,
    ends,
  }
}

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0)
const unknownDay = '~'

/** The order of the dates in a document: by first possible day, unknown last; then in the usual order of acts. */
export const byDay = (a: DateRow, b: DateRow): number =>
  compare(a.firstDay ?? unknownDay, b.firstDay ?? unknownDay) ||
  compare(lifecycleEvents.indexOf(a.event), lifecycleEvents.indexOf(b.event)) ||
  compare(a.occurrence, b.occurrence) ||
  compare(a.id, b.id)
