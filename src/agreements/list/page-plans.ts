import { and, type SQL, sql } from 'drizzle-orm'
import type { Database, Statement } from '../../database/connect.ts'
import { when } from '../../database/sql.ts'
import { inCurrentFormat } from '../publication/upcast.ts'
import { type KeyType, maxPageBytes, type PageRow, type Position } from '../../http/paging.ts'

export interface Order {
  /** What the listings `a` are ordered by; the id breaks ties in the same direction. */
  key: SQL
  type: KeyType
  descending: boolean
}

/** Where a listing stands in an order. */
export type Place = Pick<Position, 'key' | 'id'>

/** A page of the listings `a` that match, as many as `most`, behind the position `after`. */
export interface Page {
  order: Order
  after: Place | undefined
  most: number
}

/**
 * Reads `further` listings in the order of the page, and takes those that match.
 * @param within what the index of the order knows of the filter: it leaves the others out unread
 */
export function readInOrder(
  db: Database,
  page: Page,
  further: number,
  matching: SQL | undefined,
  within: SQL | undefined,
): Promise<PageRow[]> {
  const { key } = page.order
  const first = sql`select a.*, ${key} as key from agreement_listings a
    where ${and(within, behind(page, page.after)) ?? sql`true`}
    order by ${key} ${directionOf(page)}, a.agreement_id ${directionOf(page)} limit ${further}`
  const read = withDocuments(page, firstThatMatch(page, first, matching))
  return within ? planned(db, withoutSorting, (db) => readPage(db, read)) : readPage(db, read)
}

/** The same for one party, the latest first: its agreements stand in that order in an index of their own. */
export function readOfParty(
  db: Database,
  page: Page,
  further: number,
  matching: SQL | undefined,
  { party, signedTo }: { party: string; signedTo: string | undefined },
): Promise<PageRow[]> {
  const first = sql`select a.*, p.signed as key from (
      select p.agreement_id as id, p.signed from agreement_parties p
      where ${and(
        sql`p.party_id = ${party}`,
        when(signedTo, (day) => sql`p.signed <= ${day}::date`),
        behind(page, page.after, sql`p.signed`, sql`p.agreement_id`),
      )}
      order by p.signed desc, p.agreement_id desc limit ${further}
    ) p join agreement_listings a on a.agreement_id = p.id`
  return readPage(db, withDocuments(page, firstThatMatch(page, first, matching)))
}

/**
 * All that match, found by the index of what they match, and then put in order.
 * @param until no further than there, which may leave the page unfilled
 */
export function findAll(db: Database, page: Page, matching: SQL | undefined, until?: Place): Promise<PageRow[]> {
  const { key } = page.order
  const notBehind = until && sql`not ${behind(page, until)}`
  const all = sql`
    with found as materialized (
      select a.agreement_id as id, ${key} as key from agreement_listings a
      where ${and(matching, behind(page, page.after), notBehind) ?? sql`true`}
    )
    select id, key from found order by key ${directionOf(page)}, id ${directionOf(page)} limit ${page.most}`
  return findingByIndex(db, (db) => readPage(db, withDocuments(page, all)))
}

/** What `work` asks for is found in the same way. */
export const findingByIndex = <Result>(db: Database, work: (db: Database) => Promise<Result>): Promise<Result> =>
  planned(db, withoutSequentialScans, work)

/**
 * A place before which so many match that they most likely fill the page: one of the first of a sample, a hundredth of
 * all; and about how many match in all. None when the sample has too few.
 */
export async function sample(
  db: Database,
  page: Page,
  matching: SQL | undefined,
): Promise<{ until: Place; total: number } | undefined> {
  const place = Math.ceil(page.most / 40) + 2
  const { key } = page.order
  const [found] = await db.query<Place & { total: string }>(sql`
    select s.id, s.key::text as key, count(*) over () as total from (
      select a.agreement_id as id, ${key} as key from agreement_listings a tablesample system (1) repeatable (0)
      where ${and(matching, behind(page, page.after)) ?? sql`true`}
    ) s order by s.key ${directionOf(page)}, s.id ${directionOf(page)} offset ${place - 1} limit 1`)
  return found && { until: found, total: 100 * Number(found.total) }
}

/** What is found by an index is not sought among all, however many the planner thinks that it is. */
const withoutSequentialScans = without('enable_seqscan')
/** What is read in order is read by the index of the order, not put in order first. */
const withoutSorting = without('enable_sort')

/**
 * To start a parallel worker takes longer than most lists do. What an index finds must have room, for millions of rows:
 * else it is found page by page, and each row on them is compared with all that was asked of the index.
 */
function without(way: string): Statement {
  const settings = { [way]: 'off', max_parallel_workers_per_gather: '0', work_mem: '64MB' }
  const set = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', true)`)
  return { name: `without-${way}`, text: `select ${set.join(', ')}` }
}

/** Tells the planner what it cannot know, until `work` is done. */
const planned = <Result>(db: Database, setting: Statement, work: (db: Database) => Promise<Result>): Promise<Result> =>
  db.transaction(
    async (db) => {
      await db.query(setting)
      return work(db)
    },
    { readOnly: true },
  )

const directionOf = ({ order }: Page): SQL => sql.raw(order.descending ? 'desc' : 'asc')

/** What comes behind a place, in the order of a key and an id. */
const behind = ({ order }: Page, place: Place | undefined, key = order.key, id = sql`a.agreement_id`) =>
  place &&
  sql`(${key}, ${id}) ${sql.raw(order.descending ? '<' : '>')} (${place.key}::${sql.raw(order.type)}, ${place.id}::uuid)`

const firstThatMatch = (page: Page, first: SQL, matching: SQL | undefined): SQL => sql`
  select a.agreement_id as id, a.key from (${first}) a where ${matching ?? sql`true`}
  order by a.key ${directionOf(page)}, a.agreement_id ${directionOf(page)} limit ${page.most}`

/** Reads what `withDocuments` asks for, the documents in the current format. */
const readPage = async (db: Database, asked: SQL): Promise<PageRow[]> =>
  inCurrentFormat(await db.query<PageRow & { format: number }>(asked))

/**
 * The documents of a page, null for those that it has no room for: they are not read, since `octet_length` knows the
 * size of a stored text without it. The last row tells whether there is a next page, and is never sent.
 */
const withDocuments = (page: Page, ids: SQL): SQL => sql`
  select case when place < ${page.most} and (place = 1 or bytes <= ${maxPageBytes}) then document end as document,
    format, id, key::text as key
  from (
    select d.document, d.format, d.id, page.key, row_number() over in_order as place,
      sum(octet_length(d.document)) over in_order as bytes
    from (${ids}) page join agreements d using (id)
    window in_order as (order by page.key ${directionOf(page)}, d.id ${directionOf(page)} rows unbounded preceding)
  ) page order by page.key ${directionOf(page)}, page.id ${directionOf(page)}`
