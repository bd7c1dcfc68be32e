import type { SignatoryReference } from '../../registry/signatories/schemas.ts'
import type { Agreement } from '../schemas.ts'
import { type Timeline, timelineOf } from '../time/timeline.ts'
import { lifeOfDocument } from './life.ts'
import type { FormerDocument } from './upcast-terms.ts'

/** The parties of an agreement in its document. */
export const partiesInDocument = (
  timeline: Timeline,
  reference: (id: string) => SignatoryReference,
): Agreement['parties'] =>
  timeline.parties.map(({ id, side, inForce }) => ({
    ...reference(id),
    side,
    inForce: inForce.map(({ from, until }) => ({ since: from, until })),
  }))

/** A document of a former release with its parties, as they follow from the rest of it. */
export function withParties(former: object): FormerDocument {
  const document = former as Agreement
  const references = new Map(document.signatories.map(({ party }) => [party.id, party]))
  const parties = partiesInDocument(timelineOf(lifeOfDocument(document)), (id) => references.get(id)!)
  return Object.fromEntries(
    Object.entries(document).flatMap(([name, value]) => [
      [name, value] as const,
      ...(name === 'signatories' ? [['parties', parties] as const] : []),
    ]),
  )
}
