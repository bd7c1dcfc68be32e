import type { Database } from '../database/connect.ts'
import { findInAll, Registry } from '../registry/registry.ts'
import { yearsOf } from '../statistics/dimensions.ts'
import type { Dimension } from '../statistics/schemas.ts'

/**
 * The query of a list, narrowed to a group of statistics by its key; null if no filters say both: several values of a filter
 * match any of them.
 */
export type Narrow = (query: URLSearchParams, dimension: Dimension, key: string) => URLSearchParams | null

/** Dimensions whose filter is for the entry and all below it. */
const ofTrees: readonly Dimension[] = ['signatory', 'researchDomain']

/** Dimensions in which an agreement has several values, so that it can be in groups that were not asked for. */
const ofSeveral: readonly Dimension[] = ['party', 'pair', ...ofTrees]

/** Narrows to groups of anything but bodies and domains below those that the query has. */
export const narrowed: Narrow = (query, dimension, key) => {
  if (yearsOf.has(dimension)) return narrowedToYears(query, dimension, key)
  const given = query.getAll(dimension).map(inOneForm)
  if (given.length === 0 || given.includes(inOneForm(key)) || !ofSeveral.includes(dimension)) {
    return further(query, dimension, key)
  }
  // Bodies that sign for a party are under it.
  return dimension === 'party' && !query.has('signatory') ? further(query, 'signatory', key) : null
}

/** Pairs are found in either order, and codes in any case. */
const inOneForm = (value: string): string => value.toUpperCase().split(',').toSorted().join()

function further(query: URLSearchParams, filter: string, key: string): URLSearchParams {
  const all = new URLSearchParams(query)
  all.set(filter, key)
  return all
}

function narrowedToYears(query: URLSearchParams, dimension: Dimension, key: string): URLSearchParams | null {
  const last = Number(key) + yearsOf.get(dimension)! - 1
  const [from, to] = [query.get('signedFrom') ?? '', query.get('signedTo') ?? '9999-12-31']
  const first = [`${key.padStart(4, '0')}-01-01`, from].toSorted().at(-1)!
  const end = [`${String(last).padStart(4, '0')}-12-31`, to].toSorted()[0]!
  // A day that is not exact can be in the period, and begin before it.
  return first > end ? null : further(further(query, 'signedFrom', first), 'signedTo', end)
}

/** Narrows to groups with these keys, also to bodies and domains below those that the query has. */
export async function narrowingTo(
  db: Database,
  query: URLSearchParams,
  groups: { dimension: Dimension; keys: (string | null | undefined)[] }[],
): Promise<Narrow> {
  const named = (dimension: Dimension) =>
    query.has(dimension)
      ? [...query.getAll(dimension), ...groups.flatMap((group) => (group.dimension === dimension ? group.keys : []))]
          .filter((reference) => typeof reference === 'string')
          .map((reference) => ({ reference }))
      : []
  const found = await findInAll(db, { bodies: named('signatory'), domains: named('researchDomain') }, 'free')
  const { bodies, domains } = found
  const isBelow = (dimension: Dimension, key: string): boolean => {
    const values = query.getAll(dimension)
    if (dimension === 'signatory') {
      const above = bodies.has(key) ? [bodies.get(key), ...bodies.above(bodies.get(key))] : []
      return values.some((value) => bodies.has(value) && above.includes(bodies.get(value)))
    }
    const above = domains.has(key) ? [domains.get(key), ...domains.above(domains.get(key))] : []
    return values.some((value) => domains.has(value) && above.includes(domains.get(value)))
  }
  const isParty = (key: string): boolean => bodies.has(key) && new Registry(found).party(bodies.get(key)).code === key
  return (query, dimension, key) => {
    if (!ofTrees.includes(dimension) || !query.has(dimension)) return narrowed(query, dimension, key)
    if (isBelow(dimension, key)) return further(query, dimension, key)
    return dimension === 'signatory' && !query.has('party') && isParty(key) ? further(query, 'party', key) : null
  }
}

/** That a number of a group is without what the list of the group has too. */
export const notes: Partial<Record<Dimension, string>> = {
  signatory: 'Each count is without the bodies under it; the list includes theirs.',
  researchDomain: 'Each count is without narrower domains; the list includes theirs.',
}
