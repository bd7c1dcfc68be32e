import type { KeptResults } from '../agreements/list/kept-results.ts'
import { readStatistics } from '../statistics/queries.ts'
import { ofTheDay } from '../statistics/dimensions.ts'
import type { Dimension, Group } from '../statistics/schemas.ts'
import type { AgreementFilter } from '../agreements/list/filter.ts'
import type { Database } from '../database/connect.ts'
import { at, selectionIn, withoutIdleDay, withValues } from './asked.ts'
import { type Narrow, notes } from './narrow.ts'
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

/** The keys of facets, for `narrowingTo`. */
export const keysOf = (all: CountedFacet[]) =>
  all.map(({ dimension, groups }) => ({ dimension, keys: groups.map(({ keys: [key] }) => key) }))

/** How many agreements that match have each value. */
export const readFacets = async (
  db: Database,
  filter: AgreementFilter,
  today: string,
  kept: KeptResults,
): Promise<CountedFacet[]> =>
  Promise.all(
    facets.map(async (facet) => {
      // Only a status is that of a day.
      const takesDay = [filter.status, filter.statusBasis].some(Boolean) || ofTheDay.includes(facet.dimension)
      const on = takesDay ? filter.on : undefined
      const query = { ...filter, on, groupBy: [facet.dimension], sort: '-count' as const, limit: String(most) }
      const { statistics } = await readStatistics(db, { ...query, limit: most }, today, kept)
      // A decade between others has a group without agreements.
      const known = statistics.items.filter(({ keys: [key], count }) => key !== null && count > 0)
      const groups = facet.dimension === 'signedDecade' ? known.toSorted(byKey) : known
      return { ...facet, groups, more: statistics.truncated }
    }),
  )

/** The latest first. */
const byKey = (a: Group, b: Group): number => Number(b.keys[0]) - Number(a.keys[0])

interface FacetsProps {
  all: CountedFacet[]
  query: URLSearchParams
  to: string
  narrow: Narrow
}

/** The facets as links, each to the page at `to`, narrowed further. */
export function Facets({ all, query, to, narrow }: FacetsProps) {
  const pages = withValues(query, { cursor: undefined })
  const known = all.filter(({ groups }) => groups.length > 0)
  if (known.length === 0) return null
  return (
    <nav class="facets" aria-label="Narrow the list">
      {known.map(({ dimension, title, groups, more }) => (
        <section>
          <h2>{title}</h2>
          <ol>
            {groups.map(({ keys: [key], labels: [label], count }) => {
              const further = narrow(pages, dimension, key!)
              const name = nameOf(dimension, label ?? key!)
              return (
                <li>
                  {further === null ? (
                    <span>{name}</span>
                  ) : (
                    <A
                      to={at(to, further)}
                      rel="nofollow"
                      aria-current={further.toString() === pages.toString() ? 'true' : undefined}
                    >
                      {name}
                    </A>
                  )}
                  <span class="number">{grouped(count)}</span>
                </li>
              )
            })}
          </ol>
          {notes[dimension] !== undefined && <p class="faint">{notes[dimension]}</p>}
          {more && (
            <p class="faint">
              <A to={at('/statistics', withoutIdleDay(withValues(selectionIn(query), { groupBy: dimension })))}>
                All of them
              </A>
            </p>
          )}
        </section>
      ))}
    </nav>
  )
}

const ofCodes: readonly Dimension[] = ['status', 'statusBasis', 'type', 'binding']

/** What a group is called. */
export const nameOf = (dimension: Dimension, label: string): string =>
  ofCodes.includes(dimension) ? inWords(label) : label
