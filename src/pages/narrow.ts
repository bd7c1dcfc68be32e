import { yearsOf } from '../statistics/dimensions.ts'
import type { Dimension } from '../statistics/schemas.ts'

/** The filters of a list that find the agreements of a group of statistics, by its key. */
export function narrowedTo(dimension: Dimension, key: string): Record<string, string> {
  const years = yearsOf.get(dimension)
  if (years === undefined) return { [dimension]: key }
  const [first, last] = [Number(key), Number(key) + years - 1].map((year) => String(year).padStart(4, '0'))
  return { signedFrom: `${first}-01-01`, signedTo: `${last}-12-31` }
}
