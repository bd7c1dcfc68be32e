import type { Agreement } from '../agreements/schemas.ts'
import type { Deadline } from './schemas.ts'

/** The parties of both sides, in the order of the sides. */
export const partiesOf = ({ parties }: Agreement): Deadline['parties'] =>
  parties.map(({ inForce: _, ...party }) => party).toSorted((a, b) => a.side - b.side)
