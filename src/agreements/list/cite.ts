import { z } from 'zod'
import { inUtc } from './as-held.ts'
import type { AgreementFilter } from './filter.ts'

export const Cite = z
  .string()
  .nullable()
  .describe(
    'URL of this answer for a citation: with `asOf` of the last change of the register, it answers the same for ever. Null with `q` or `warning`, which cannot be asked of the past.',
  )

/**
 * The parameters that are not in the address of a cited answer: `asOf` replaces its own, the cursor belongs to the address
 * without it, and whoever follows the address chooses the format.
 */
const replaced = /^(?:asOf|cursor|format)=/

/**
 * A query string with the instant that pins its answer; null when it cannot be asked of the past.
 * @param query as the client wrote it
 * @param lastChange see `lastChange`
 */
export function pinned(query: string, { asOf, q, warning }: AgreementFilter, lastChange: string | null): string | null {
  const instant = asOf === undefined ? lastChange : inUtc(asOf)
  if (instant === null || q !== undefined || warning !== undefined) return null
  return [...query.split('&').filter((pair) => pair !== '' && !replaced.test(pair)), `asOf=${instant}`].join('&')
}
