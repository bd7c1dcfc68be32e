import type { Agreement } from '../agreements/schemas.ts'
import type { Deadline } from './schemas.ts'

/** The parties of both sides, each once. */
export function partiesOf({ signatories }: Agreement): Deadline['parties'] {
  const sides = new Map(signatories.map(({ side, party }) => [party.id, { ...party, side }]))
  return [...sides.values()].toSorted((a, b) => a.side - b.side)
}
