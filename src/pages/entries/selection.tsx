import type { AgreementFilter } from '../../agreements/list/filter.ts'
import { listAgreements } from '../../agreements/list/list-agreements.ts'
import type { Agreement } from '../../agreements/schemas.ts'
import type { Database } from '../../database/connect.ts'
import type { KeptResults } from '../../agreements/list/kept-results.ts'
import { readStatistics } from '../../statistics/queries.ts'
import type { Dimension, Group } from '../../statistics/schemas.ts'
import { List } from '../agreements.tsx'
import { PartnersMap } from '../map/figure.tsx'
import { outlines } from '../map/outlines.ts'
import { readPartners } from '../map/partners.ts'
import { type Narrow, narrowingTo } from '../narrow.ts'
import { A } from '../page.tsx'
import { counted } from '../words.ts'
import { CountTable } from './counts.tsx'

/** Agreements and groups that a page shows. */
const [few, most] = [5, 10]

/** How agreements of an entry are counted, in the order of the page. */
const dimensions = ['signedDecade', 'researchDomain', 'signatory', 'status'] as const satisfies Dimension[]

interface Selection {
  /** The query of the list with these agreements. */
  query: URLSearchParams
  latest: Agreement[]
  total: number
  partners: Awaited<ReturnType<typeof readPartners>> | null
  shapes: Awaited<ReturnType<typeof outlines>>
  counts: { dimension: Dimension; groups: Group[]; more: boolean }[]
  narrow: Narrow
}

interface Options {
  today: string
  kept: KeptResults
  /** Whether the page has a map of the parties. */
  hasMap?: boolean
}

/** The agreements of an entry, which a filter of the list finds: the latest of them, their parties, and counts. */
export async function readSelection(
  db: Database,
  filter: AgreementFilter,
  { today, kept, hasMap = true }: Options,
): Promise<Selection> {
  const [{ rows }, partners, shapes, ...counts] = await Promise.all([
    listAgreements(db, { ...filter, limit: few }),
    hasMap ? readPartners(db, filter, today, kept) : null,
    hasMap ? outlines() : [],
    ...dimensions.map(async (dimension) => {
      const order = dimension === 'signedDecade' ? ({ sort: 'key' } as const) : { limit: most }
      const { statistics } = await readStatistics(db, { ...filter, groupBy: [dimension], ...order }, today, kept)
      return { dimension, groups: statistics.items, more: statistics.truncated, total: statistics.total }
    }),
  ])
  const query = new URLSearchParams(
    Object.entries(filter).map(([name, value]): [string, string] => [name, String(value)]),
  )
  const shown = counts.map(({ dimension, groups }) => ({ dimension, keys: groups.map(({ keys: [key] }) => key) }))
  return {
    query,
    narrow: await narrowingTo(db, query, shown),
    latest: rows
      .slice(0, few)
      .flatMap(({ document }) => (document === null ? [] : [JSON.parse(document) as Agreement])),
    total: counts[0]!.total,
    partners,
    shapes,
    counts,
  }
}

/** The agreements of an entry: the latest, the map of their parties, and how many there are of each kind. */
export function Selection({ query, latest, total, partners, shapes, counts, narrow }: Selection) {
  if (total === 0) return <p>No agreement.</p>
  const hasPartners = partners !== null && partners.partners.length > 0
  return (
    <>
      <section>
        <h2>{counted(total, 'agreement')}</h2>
        <List items={latest} />
        <p>
          <A to={`/agreements?${query.toString()}`}>
            {total > latest.length ? `All ${counted(total, 'agreement')}` : 'Search and narrow this list'}
          </A>
        </p>
      </section>
      {hasPartners && (
        <section>
          <h2>{partners.home === null ? 'Parties' : 'Partners'}</h2>
          <PartnersMap {...partners} shapes={shapes} query={query} limit={most} />
        </section>
      )}
      <div class="sides">
        {counts.map((count) => (
          <CountTable {...count} query={query} narrow={narrow} />
        ))}
      </div>
    </>
  )
}
