import type { KeptResults } from '../statistics/kept.ts'
import { readStatistics } from '../statistics/queries.ts'
import type { Dimension, Group } from '../statistics/schemas.ts'
import type { AgreementFilter } from '../agreements/list/filter.ts'
import type { Database } from '../database/connect.ts'
import { A } from './page.tsx'
import { grouped, inWords } from './words.ts'

interface Facet {
  dimension: Dimension
  title: string
  /** The parameters that narrow a list to the group with this key. */
  narrow: (key: string) => Record<string, string>
}

const same = (name: string) => (key: string) => ({ [name]: key })

/** By what a list can be narrowed, in the order of the page. */
const facets: Facet[] = [
  { dimension: 'party', title: 'Party', narrow: same('party') },
  { dimension: 'signatory', title: 'Signing body', narrow: same('signatory') },
  { dimension: 'researchDomain', title: 'Domain', narrow: same('researchDomain') },
  {
    dimension: 'signedDecade',
    title: 'Decade',
    narrow: (key) => ({ signedFrom: `${key}-01-01`, signedTo: `${Number(key) + 9}-12-31` }),
  },
  { dimension: 'status', title: 'Status', narrow: same('status') },
  { dimension: 'statusBasis', title: 'What the status rests on', narrow: same('statusBasis') },
  { dimension: 'type', title: 'Type', narrow: same('type') },
  { dimension: 'collection', title: 'Collection', narrow: same('collection') },
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
      const groups = statistics.items.filter(({ keys: [key] }) => key !== null)
      return { ...facet, groups, more: statistics.truncated }
    }),
  )

/** The facets as links, each to a list that is narrowed further. */
export function Facets({ all, query }: { all: CountedFacet[]; query: URLSearchParams }) {
  return (
    <nav class="facets" aria-label="Narrow the list">
      {all
        .filter(({ groups }) => groups.length > 0)
        .map(({ dimension, title, narrow, groups, more }) => (
          <section>
            <h3>{title}</h3>
            <ol>
              {groups.map(({ keys: [key], labels: [label], count }) => (
                <li>
                  <A to={`/agreements?${narrowed(query, narrow(key!))}`}>{nameOf(dimension, label ?? key!)}</A>
                  <span class="number">{grouped(count)}</span>
                </li>
              ))}
            </ol>
            {more && (
              <p class="faint">
                <A to={`/v1/statistics?${narrowed(query, { groupBy: dimension })}`}>All of them, as JSON</A>
              </p>
            )}
          </section>
        ))}
    </nav>
  )
}

const ofCodes: readonly Dimension[] = ['status', 'statusBasis', 'type']
const nameOf = (dimension: Dimension, label: string): string => (ofCodes.includes(dimension) ? inWords(label) : label)

/** The query with further filters, from the first page on. */
function narrowed(query: URLSearchParams, further: Record<string, string>): string {
  const all = new URLSearchParams(query)
  all.delete('cursor')
  for (const [name, value] of Object.entries(further)) all.set(name, value)
  return all.toString()
}
