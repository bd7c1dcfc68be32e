import type { Database } from '../../database/connect.ts'
import { Problem } from '../../problems/problems.ts'
import { find, type Lookup, type Placed } from '../../registry/lookup.ts'
import { suggest } from '../../registry/unknown-codes.ts'

/** The parameter with the code in the paths of these pages. */
export const inCode = 'code'

/** The maximum number of codes that a page suggests. */
const maxSuggested = 5

/**
 * The entries of a registry that a path names by their ids or codes, separated by commas.
 * @throws Problem 404 that says what was probably meant
 */
export async function entriesNamed<Found extends Placed>(
  db: Database,
  lookup: Lookup<Found>,
  references: string[],
): Promise<Found[]> {
  const entries = await find(
    db,
    lookup,
    references.map((reference) => ({ reference })),
    'free',
  )
  const absent = references.filter((reference) => !entries.has(reference))
  if (absent.length === 0) return references.map((reference) => entries.get(reference))
  const suggested = await suggest(db, lookup.names, absent)
  const meant = references.map((reference) => (entries.has(reference) ? [reference] : (suggested.get(reference) ?? [])))
  const message = absent.map((reference) => `There is no ${lookup.what} \`${reference}\`.`).join(' ')
  throw noSuch(message, everyChoice(meant).map(String))
}

/** One of each list, in every way. */
const everyChoice = (lists: string[][]): string[][] =>
  lists.reduce<string[][]>((begun, list) => begun.flatMap((some) => list.map((one) => [...some, one])), [[]])

/** A 404 for the code in a path, with the codes that were probably meant. */
export const noSuch = (message: string, meant: string[] = []): Problem =>
  new Problem(
    'not_found',
    message,
    meant.slice(0, maxSuggested).map((didYouMean) => ({
      parameter: inCode,
      code: 'unknown_code',
      message: `Did you mean \`${didYouMean}\`?`,
      didYouMean,
    })),
  )
