import type { ComponentChildren } from 'preact'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../../database/connect.ts'
import { type Found, withTotal, writePage } from '../../http/paging.ts'
import type { KeptResults } from '../../agreements/list/kept-results.ts'
import { readStatistics } from '../../statistics/queries.ts'
import type { StatisticsQuery } from '../../statistics/schemas.ts'
import { A, Form } from '../page.tsx'
import { grouped } from '../words.ts'

/** Entries on a page. */
export const maxEntries = 100

/** A page of the API's list of a registry. */
interface Entries<Document> {
  items: Document[]
  nextCursor: string | null
  total: number
  didYouMean: string | null
}

/** What the list of a registry in the API finds for a query, with its total. */
export async function readEntries<Document, Query extends { limit?: number | undefined; count?: 'exact' | undefined }>(
  request: FastifyRequest,
  reply: FastifyReply,
  asked: Query,
  list: (db: Database, query: Query) => Promise<Found>,
): Promise<Entries<Document>> {
  const query: Query = { ...asked, limit: asked.limit ?? maxEntries, count: 'exact' }
  const { rows, ...notes } = await withTotal(request.db, query, (db) => list(db, query))
  return JSON.parse(writePage(request, reply, query, rows, notes)) as Entries<Document>
}

/** The number of agreements of each entry, by code. */
export type CountsByCode = Map<string, number>

/** How many agreements have each value of a dimension; an entry without agreements is not among them. */
export async function countsOf(
  db: Database,
  query: StatisticsQuery,
  today: string,
  kept: KeptResults,
): Promise<CountsByCode> {
  const { statistics } = await readStatistics(db, query, today, kept)
  return new Map(statistics.items.flatMap(({ keys: [key], count }) => (key ? [[key, count] as const] : [])))
}

/** A search in a list of entries. `children` are further fields. */
export function Search({ to, query, children }: { to: string; query: URLSearchParams; children?: ComponentChildren }) {
  return (
    <Form to={to}>
      <label>
        Search
        <input type="search" name="q" value={query.get('q') ?? ''} maxLength={200} />
      </label>
      {children}
      <button>Search</button>
    </Form>
  )
}

/** The number of agreements in a cell of a table, with a link to them if there are any. */
export const Count = ({ name, count = 0, to }: { name: string; count: number | undefined; to?: string }) => (
  <td class="number" data-name={name}>
    {count > 0 && to !== undefined ? <A to={to}>{grouped(count)}</A> : grouped(count)}
  </td>
)
