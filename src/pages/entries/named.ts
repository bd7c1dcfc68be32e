import type { Database } from '../../database/connect.ts'
import { inPath, Problem } from '../../problems/problems.ts'
import { find, type Lookup, type Placed } from '../../registry/lookup.ts'

/** The parameter with the code in the paths of these pages. */
export const inCode = 'code'

/**
 * The entries of a registry that a path names by their ids or codes.
 * @throws Problem 404 that says what was probably meant: `asPath` is the code in the path with these codes
 */
export async function entriesNamed<Found extends Placed>(
  db: Database,
  lookup: Lookup<Found>,
  references: string[],
  asPath = (codes: string[]): string => codes.join(','),
): Promise<Found[]> {
  const entries = await find(
    db,
    lookup,
    references.map((reference) => ({ reference, at: inPath(inCode) })),
    'free',
  )
  const meant = new Map(
    references.filter((one) => !entries.has(one)).map((one, i) => [one, entries.errors[i]?.didYouMean] as const),
  )
  if (meant.size === 0) return references.map(entries.get.bind(entries))
  const codes = references.map((one) => (meant.has(one) ? meant.get(one) : one))
  const known = codes.filter((code) => code !== undefined)
  const all = known.length === codes.length ? asPath(known) : undefined
  const message = [...meant.keys()].map((one) => `There is no ${lookup.what} \`${one}\`.`).join(' ')
  throw noSuch(message, entries.errors[0]!.message, all)
}

/** A 404 for a code in a path, with the code that was probably meant. */
export const noSuch = (message: string, detail: string, didYouMean?: string): Problem =>
  new Problem('not_found', message, [
    { parameter: inCode, code: 'unknown_code', message: detail, ...(didYouMean !== undefined && { didYouMean }) },
  ])
