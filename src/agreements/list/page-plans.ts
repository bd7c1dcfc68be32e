import { and, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/connect.ts'
import { prepared } from '../../database/prepared.ts'
import { readAsHeld } from './as-held.ts'
import { inCurrentFormat } from '../publication/upcast.ts'
import { maxRanked, type Words } from './full-text.ts'
import { type KeyType, maxPageBytes, type PageRow, type Position } from '../../http/paging.ts'

export interface Order {
  /** The sort key of the listings `a`; the id breaks ties in the same direction. */
  key: SQL
  type: KeyType
  descending: boolean
}

/** The place of a listing in an order. */
export type Place = Pick<Position, 'key' | 'id'>

/** At most `max` matching listings `a` after the position `after`. */
export interface Page {
  order: Order
  after: Place | undefined
  max: number
}

/**
 * Reads the next `rows` listings in the order of the page and keeps those that match.
 * @param within conditions that the index of the order checks without reading the row
 */
export function readInOrder(
  db: Database,
  page: Page,
  rows: number,
  matching: SQL | undefined,
  within: SQL | undefined,
): Promise<PageRow[]> {
  const { key } = page.order
  const first = sql`select a.*, ${key} as key from agreement_listings a
    where ${and(within, isAfter(page, page.after)) ?? sql`true`}
    order by ${key} ${directionOf(page)}, a.agreement_id ${directionOf(page)} limit ${literal(rows)}`
  const read = withDocuments(page, firstThatMatch(page, first, matching))
  return within ? planned(db, withoutSorting, (db) => readPage(db, read)) : readPage(db, read)
}

/** An index in the order `-signed`: its entries `p`, and what it can check of them without reading other tables. */
export interface Entries {
  table: 'agreement_parties' | 'agreement_pairs'
  /** The entries of a party or a pair, in one or more parts, each of which the index has in order. */
  parts: SQL[]
  /** Conditions on the entries alone. */
  within: SQL | undefined
  /** The other conditions, on the listing `a`. */
  matching: SQL | undefined
}

/** Reads the next `rows` entries of each part, latest first, and keeps those that match; all without `rows`. */
export function readEntries(db: Database, page: Page, rows: number | undefined, entries: Entries): Promise<PageRow[]> {
  const { table, parts, within, matching } = entries
  const listing = matching && sql`join agreement_listings a on a.agreement_id = p.agreement_id`
  const latest = sql`order by p.signed desc, p.agreement_id desc`
  const found = parts.map(
    (of) => sql`select p.agreement_id as id, p.signed as key from (${nextEntries(page, rows, table, of)}) p ${listing}
      where ${and(within, matching) ?? sql`true`} ${latest} limit ${literal(page.max)}`,
  )
  if (found.length === 1) return readPage(db, withDocuments(page, found[0]!))
  const all = sql.join(
    found.map((some) => sql`(${some})`),
    sql` union all `,
  )
  return readPage(
    db,
    withDocuments(page, sql`select id, key from (${all}) p order by key desc, id desc limit ${literal(page.max)}`),
  )
}

/** Whether at most `rows` entries of each part are left: then `readEntries` has found all. */
export async function areRead(db: Database, page: Page, rows: number, { table, parts }: Entries): Promise<boolean> {
  const counts = parts.map((of) => sql`(select count(*) from (${nextEntries(page, rows + 1, table, of)}) p)`)
  const [found] = await db.query<{ count: number }>(
    ...prepared(sql`select greatest(${sql.join(counts, sql`, `)})::int as count`),
  )
  return found!.count <= rows
}

const nextEntries = (page: Page, rows: number | undefined, table: Entries['table'], of: SQL): SQL => sql`
  select p.* from ${sql.raw(table)} p where ${and(of, isAfter(page, page.after, sql`p.signed`, sql`p.agreement_id`))}
  order by p.signed desc, p.agreement_id desc ${rows && sql`limit ${literal(rows)}`}`

/** A number as a part of the text, so that the planner knows it whatever the values of the statement are. */
const literal = (number: number): SQL => sql.raw(String(number))

/**
 * Finds all matches by the index of the filters, then sorts them.
 * @param until stop at this place, inclusive; the page may then not be full
 */
export function findAll(db: Database, page: Page, matching: SQL | undefined, until?: Place): Promise<PageRow[]> {
  const all = allOf(page, matching, until && sql`not ${isAfter(page, until)}`)
  return findingByIndex(db, (db) => readPage(db, withDocuments(page, all)))
}

/** Finds all matches among what the register held at an instant, then sorts them. */
export async function findAllAsHeld(
  db: Database,
  page: Page,
  matching: SQL | undefined,
  asOf: string,
): Promise<PageRow[]> {
  return inCurrentFormat(await readAsHeld<StoredRow>(db, asOf, withDocuments(page, allOf(page, matching))))
}

/** All matches on the page and behind it, sorted. */
function allOf(page: Page, matching: SQL | undefined, notPast?: SQL): SQL {
  const { key } = page.order
  return sql`
    with found as materialized (
      select a.agreement_id as id, ${key} as key from agreement_listings a
      where ${and(matching, isAfter(page, page.after), notPast) ?? sql`true`}
    )
    select id, key from found order by key ${directionOf(page)}, id ${directionOf(page)} limit ${literal(page.max)}`
}

/** What is known of a search before its page is read. */
type Ranked = { found: 'few'; rows: PageRow[] } | { found: 'none' | 'many' }

/** Finds all that have the words, if there are few, and sorts them by their rank. @returns their page */
export async function readRanked(db: Database, page: Page, { loose, query }: Words): Promise<Ranked> {
  const after = isAfter(page, page.after, sql`w.key`, sql`w.id`)
  const ids = sql`select w.id, w.key from words w where ${and(sql`w.id is not null`, after)}
    order by w.key desc, w.id desc limit ${literal(page.max)}`
  const rows = await db.query<PageRow & { format: number; found: Ranked['found'] }>(
    ...prepared(sql`
      with words as materialized (
        select id, rank as key
        from agreements_ranked(to_tsquery('register', ${loose}), to_tsquery('register', ${query}), ${literal(maxRanked)})
      )
      select verdict.found, listed.* from (
        select case when count(*) = 0 then 'none' when count(*) > count(id) then 'many' else 'few' end as found from words
      ) verdict left join (${documentsOf(page, ids)}) listed on true order by listed.place`),
  )
  const { found } = rows[0]!
  return found === 'few' ? { found, rows: await inCurrentFormat(rows.filter(({ id }) => id !== null)) } : { found }
}

/** Runs `work` with plans that use the index of the filters. */
export const findingByIndex = <Result>(db: Database, work: (db: Database) => Promise<Result>): Promise<Result> =>
  planned(db, withoutSequentialScans, work)

/**
 * Estimates from a sample of one percent a place before which enough listings match to fill the page, and the total
 * number of matches. Undefined when the sample has too few.
 */
export async function sample(
  db: Database,
  page: Page,
  matching: SQL | undefined,
): Promise<{ until: Place; total: number } | undefined> {
  const place = Math.ceil(page.max / 40) + 2
  const { key } = page.order
  const [found] = await db.query<Place & { total: string }>(
    ...prepared(sql`
    select s.id, s.key::text as key, count(*) over () as total from (
      select a.agreement_id as id, ${key} as key from agreement_listings a tablesample system (1) repeatable (0)
      where ${and(matching, isAfter(page, page.after)) ?? sql`true`}
    ) s order by s.key ${directionOf(page)}, s.id ${directionOf(page)} offset ${literal(place - 1)} limit 1`),
  )
  return found && { until: found, total: 100 * Number(found.total) }
}

/**
 * Starting a parallel worker takes longer than most lists. `work_mem` must be enough for a bitmap of millions of rows:
 * otherwise it becomes lossy, and every row on the pages found is rechecked.
 */
const without = (setting: string): Record<string, string> => ({
  [setting]: 'off',
  max_parallel_workers_per_gather: '0',
  work_mem: '64MB',
})

/** Runs `work` with settings of the planner. */
const planned = <Result>(
  db: Database,
  settings: Record<string, string>,
  work: (db: Database) => Promise<Result>,
): Promise<Result> => db.transaction(work, { readOnly: true, settings })

const directionOf = ({ order }: Page): SQL => sql.raw(order.descending ? 'desc' : 'asc')

/** Everything after a place, in the order of key and id. */
const isAfter = ({ order }: Page, place: Place | undefined, key = order.key, id = sql`a.agreement_id`) =>
  place &&
  sql`(${key}, ${id}) ${sql.raw(order.descending ? '<' : '>')} (${place.key}::${sql.raw(order.type)}, ${place.id}::uuid)`

const firstThatMatch = (page: Page, first: SQL, matching: SQL | undefined): SQL => sql`
  select a.agreement_id as id, a.key from (${first}) a where ${matching ?? sql`true`}
  order by a.key ${directionOf(page)}, a.agreement_id ${directionOf(page)} limit ${literal(page.max)}`

/** Uses the index even if the planner overestimates the number of matches. */
const withoutSequentialScans = without('enable_seqscan')
/** Reads rows in the order of the index instead of sorting them. */
const withoutSorting = without('enable_sort')

/** Runs a query made by `withDocuments`; returns documents in the current format. */
const readPage = async (db: Database, query: SQL): Promise<PageRow[]> =>
  inCurrentFormat(await db.query<StoredRow>(...prepared(query)))

type StoredRow = PageRow & { format: number }

/**
 * The documents of a page; null beyond `maxPageBytes`. Those are not read, because `octet_length` does not need the text
 * itself. The last row only shows that there is a next page and is never sent.
 */
const withDocuments = (page: Page, ids: SQL): SQL => sql`${documentsOf(page, ids)} order by place`

const documentsOf = (page: Page, ids: SQL): SQL => sql`
  select case when place < ${literal(page.max)} and (place = 1 or bytes <= ${literal(maxPageBytes)}) then document end as document,
    format, id, key::text as key, place
  from (
    select d.document, d.format, d.id, page.key, row_number() over in_order as place,
      sum(octet_length(d.document)) over in_order as bytes
    from (${ids}) page join agreements d using (id)
    window in_order as (order by page.key ${directionOf(page)}, d.id ${directionOf(page)} rows unbounded preceding)
  ) page`
