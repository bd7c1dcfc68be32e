import { and, type SQL, sql } from 'drizzle-orm'
import type { Database, Statement } from '../database/connect.ts'
import { when } from '../database/sql.ts'
import { type KeyType, type Listed, limitOf, type Position, readCursor } from '../paging.ts'
import { Problem } from '../problems.ts'
import type { AgreementFilter, AgreementQuery, agreementSorts } from './filter.ts'
import {
  actsWithin,
  earliest,
  expiresWithin,
  expiry,
  isOfType,
  latest,
  lookUpFilter,
  matching,
  type NamedIds,
  signedWithin,
  standsNow,
  updatedWithin,
  wordsOf,
} from './matching.ts'

interface Order {
  /** What the listings `a` are ordered by; the id breaks ties in the same direction. */
  key: SQL
  type: KeyType
  descending: boolean
  /** What a filter says of the key itself: the index of the order leaves the others out unread. */
  within: (filter: AgreementFilter) => SQL | undefined
}

/** What the indexes in the order of signature know of a filter. */
const bySignature = (filter: AgreementFilter): SQL | undefined => and(signedWithin(filter), actsWithin(filter))

const byLatest = (filter: AgreementFilter): SQL | undefined =>
  and(
    bySignature(filter),
    when(filter.signedTo, (day) => sql`${latest} <= ${day}::date`),
  )

const byExpiry = (filter: AgreementFilter): SQL | undefined => and(expiresWithin(filter), standsNow(filter))

const nothing = (): undefined => undefined

const orders: Record<Exclude<(typeof agreementSorts)[number], 'relevance'>, Order> = {
  '-signed': { key: latest, type: 'date', descending: true, within: byLatest },
  signed: { key: earliest, type: 'date', descending: false, within: bySignature },
  title: { key: sql`a.sort_title`, type: 'text', descending: false, within: isOfType },
  '-title': { key: sql`a.sort_title`, type: 'text', descending: true, within: isOfType },
  '-updated': { key: sql`a.updated_at`, type: 'timestamptz', descending: true, within: updatedWithin },
  updated: { key: sql`a.updated_at`, type: 'timestamptz', descending: false, within: updatedWithin },
  expires: { key: expiry, type: 'date', descending: false, within: byExpiry },
}

const relevance = (q: string): Order => ({
  key: sql`(select ts_rank(w.search, ${wordsOf(q)}) from agreements w where w.id = a.agreement_id)`,
  type: 'real',
  descending: true,
  within: nothing,
})

function orderOf({ sort, q }: AgreementQuery): Order {
  if (sort !== undefined && sort !== 'relevance') return orders[sort]
  if (q !== undefined) return relevance(q)
  if (sort === undefined) return orders['-signed']
  const message = 'Relevance is relevance to words: give `q` too.'
  throw new Problem('invalid_request', message, [{ parameter: 'sort', code: 'needs_q', message }])
}

/** A page of agreements, with one row more when there is a next one, and how many there are in all if asked. */
export async function listAgreements(db: Database, query: AgreementQuery): Promise<{ rows: Listed[]; total?: number }> {
  const named = await lookUpFilter(db, query)
  const rows = await pageOfList(db, query, named)
  if (query.count === undefined) return { rows }
  const where = matching(query, named) ?? sql`true`
  const [counted] = await db.query<{ total: string }>(
    sql`select count(*) as total from agreement_listings a where ${where}`,
  )
  return { rows, total: Number(counted!.total) }
}

interface Page {
  order: Order
  after: Position | undefined
  matching: SQL
  most: number
}

/**
 * Two ways to a page. In the order of the list, what does not match is passed over: quick when many match, and ever
 * slower the fewer do. By the indexes of the filters all that match are found, and then put in order: quick when few
 * do. How many do cannot be known beforehand (the planner takes filters to be independent of each other and of the
 * order, and dates are not), so a glance at the first ones in order decides.
 */
async function pageOfList(db: Database, query: AgreementQuery, named: NamedIds): Promise<Listed[]> {
  const order = orderOf(query)
  const page: Page = {
    order,
    after: readCursor(query, order.type),
    matching: matching(query, named) ?? sql`true`,
    most: limitOf(query) + 1,
  }
  if (query.id ?? query.reference ?? query.identifier ?? query.pair ?? query.q) return sought(db, page)
  const party = order.key === latest && named.party?.length === 1 ? named.party[0] : undefined
  const inOrder = (most: number | undefined): SQL =>
    withDocuments(
      page,
      party === undefined ? firstOf(page, order.within(query), most) : firstOfParty(page, party, most),
    )
  const rows = await db.query<Listed>(inOrder(glance))
  if (rows.length === page.most) return rows
  return rows.length >= many ? db.query<Listed>(inOrder(undefined)) : sought(db, page)
}

/** How many listings a glance is, and how many of them must match for it to be worth while to read on in order. */
const glance = 1000
const many = 10

/**
 * Those that match, found by what they match. That they are as many as the planner may think is not so, or it would have
 * been seen at a glance: it shall not read all.
 */
const sought = (db: Database, page: Page): Promise<Listed[]> =>
  db.transaction(async (db) => {
    await db.query(withoutSequentialScans)
    return db.query<Listed>(withDocuments(page, allInOrder(page)))
  })

const withoutSequentialScans: Statement = { name: 'no-seqscan', text: 'set local enable_seqscan = off' }

const directionOf = ({ order }: Page): SQL => sql.raw(order.descending ? 'desc' : 'asc')

/** What comes after the cursor, in the order of a key and an id. */
const beyond = ({ after, order }: Page, key: SQL, id: SQL): SQL | undefined =>
  after &&
  sql`(${key}, ${id}) ${sql.raw(order.descending ? '<' : '>')} (${after[0]}::${sql.raw(order.type)}, ${after[1]}::uuid)`

const firstOf = (page: Page, within: SQL | undefined, most: number | undefined): SQL => {
  const { key } = page.order
  const direction = directionOf(page)
  return firstThatMatch(
    page,
    sql`select a.*, ${key} as key from agreement_listings a
      where ${and(within, beyond(page, key, sql`a.agreement_id`)) ?? sql`true`}
      order by ${key} ${direction}, a.agreement_id ${direction} limit ${most ?? null}`,
  )
}

/** The agreements of a party stand in the order of their signature in an index of their own. */
const firstOfParty = (page: Page, party: string, most: number | undefined): SQL =>
  firstThatMatch(
    page,
    sql`select a.*, p.signed as key from agreement_parties p join agreement_listings a using (agreement_id)
      where ${and(sql`p.party_id = ${party}`, beyond(page, sql`p.signed`, sql`p.agreement_id`))}
      order by p.signed desc, p.agreement_id desc limit ${most ?? null}`,
  )

const firstThatMatch = (page: Page, first: SQL): SQL => sql`
  select a.agreement_id as id, a.key from (${first}) a where ${page.matching}
  order by a.key ${directionOf(page)}, a.agreement_id ${directionOf(page)} limit ${page.most}`

const allInOrder = (page: Page): SQL => sql`
  with found as materialized (
    select a.agreement_id as id, ${page.order.key} as key from agreement_listings a
    where ${and(page.matching, beyond(page, page.order.key, sql`a.agreement_id`))}
  )
  select id, key from found order by key ${directionOf(page)}, id ${directionOf(page)} limit ${page.most}`

const withDocuments = (page: Page, ids: SQL): SQL => sql`
  select d.document, d.id, page.key::text as key from (${ids}) page join agreements d using (id)
  order by page.key ${directionOf(page)}, d.id ${directionOf(page)}`
