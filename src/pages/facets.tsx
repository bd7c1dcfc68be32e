import type { KeptResults } from '../agreements/list/kept-results.ts'
import { readStatistics } from '../statistics/queries.ts'
import type { Dimension, Group } from '../statistics/schemas.ts'
import type { AgreementFilter } from '../agreements/list/filter.ts'
import type { Database } from '../database/connect.ts'
import { at, selectionIn, withValues } from './asked.ts'
import { narrowedTo } from './narrow.ts'
import { A } from './page.tsx'
import { grouped, inWords } from './words.ts'

interface Facet {
  dimension: Dimension
  title: string
}

/** By what a list can be narrowed, in the order of the page. */
const facets: Facet[] = [
  { dimension: 'party', title: 'Party' },
  { dimension: 'signatory', title: 'Signing body' },
  { dimension: 'researchDomain', title: 'Domain' },
  { dimension: 'signedDecade', title: 'Decade' },
  { dimension: 'status', title: 'Status' },
  { dimension: 'statusBasis', title: 'What the status rests on' },
  { dimension: 'type', title: 'Type' },
  { dimension: 'collection', title: 'Collection' },
]

/** Groups of each facet that are shown. */
const most = 8

export type CountedFacet = Facet & { groups: Group[]; more: boolean }

/** How many agreements that match have each value. */
export const readFacets = async (
  db: Database,
  filter: AgreementFilter,
  today: string,
  kept: KeptResults,
): Promise<CountedFacet[]> =>
  Promise.all(
    facets.map(async (facet) => {
      const query = { ...filter, groupBy: [facet.dimension], sort: '-count' as const, limit: String(most) }
      const { statistics } = await readStatistics(db, { ...query, limit: most }, today, kept)
      const known = statistics.items.filter(({ keys: [key] }) => key !== null)
      const groups = facet.dimension === 'signedDecade' ? known.toSorted(byKey) : known
      return { ...facet, groups, more: statistics.truncated }
    }),
  )

/** The latest first. */
const byKey = (a: Group, b: Group): number => Number(b.keys[0]) - Number(a.keys[0])

/** The facets as links, each to the page at `to`, narrowed further. */
export function Facets({ all, query, to }: { all: CountedFacet[]; query: URLSearchParams; to: string }) {
  const known = all.filter(({ groups }) => groups.length > 0)
  if (known.length === 0) return null
  return (
    <nav class="facets" aria-label="Narrow the list">
      {known.map(({ dimension, title, groups, more }) => (
        <section>
          <h2>{title}</h2>
          <ol>
            {groups.map(({ keys: [key], labels: [label], count }) => (
              <li>
                <A
                  to={at(to, withValues(query, { cursor: undefined, ...narrowedTo(dimension, key!) }))}
                  rel="nofollow"
                  aria-current={isNarrowed(query, dimension, key!) ? 'true' : undefined}
                >
                  {nameOf(dimension, label ?? key!)}
                </A>
                <span class="number">{grouped(count)}</span>
              </li>
            ))}
          </ol>
          {more && (
            <p class="faint">
              <A to={at('/statistics', withValues(selectionIn(query), { groupBy: dimension }))}>All of them</A>
            </p>
          )}
        </section>
      ))}
    </nav>
  )
}

/** Whether the list is narrowed to a group already. */
const isNarrowed = (query: URLSearchParams, dimension: Dimension, key: string): boolean =>
  Object.entries(narrowedTo(dimension, key)).every(([name, value]) => query.getAll(name).includes(value))

const ofCodes: readonly Dimension[] = ['status', 'statusBasis', 'type', 'binding']

/** What a group is called. */
export const nameOf = (dimension: Dimension, label: string): string =>
  ofCodes.includes(dimension) ? inWords(label) : label
