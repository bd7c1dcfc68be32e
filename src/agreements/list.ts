import { and, type SQL, sql } from 'drizzle-orm'
import { todayInUtc } from '../calendar.ts'
import type { Database, Statement } from '../database/connect.ts'
import { when } from '../database/sql.ts'
import { type Found, type KeyType, type Listed, limitOf, type Position, readCursor, type Taken } from '../paging.ts'
import { Problem } from '../problems.ts'
import type { AgreementFilter, AgreementQuery, agreementSorts } from './filter.ts'
import {
  actsWithin,
  countMatching,
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
} from './matching.ts'
import { countWith, hasCommonWords, ranked, type Words, wordsAsTaken, withWordsIn } from './search.ts'
import { signedAfter, signedIn } from './words.ts'

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

/** By rank; of the agreements `w` that were found. */
const relevance: Order = { key: sql`w.rank`, type: 'real', descending: true, within: nothing }

/** @throws Problem 400 for relevance without words */
function sortOf({ sort, q }: AgreementQuery): (typeof agreementSorts)[number] {
  if (sort === 'relevance' && q === undefined) {
    const message = 'Relevance is relevance to words: give `q` too.'
    throw new Problem('invalid_request', message, [{ parameter: 'sort', code: 'needs_q', message }])
  }
  return sort ?? (q === undefined ? '-signed' : 'relevance')
}

/** Common words rank nothing: what they find is in the order of the days. */
const orderOf = (sort: (typeof agreementSorts)[number], words: Taken | undefined): Order =>
  sort !== 'relevance' ? orders[sort] : words!.common ? orders['-signed'] : relevance

interface FoundAgreements extends Found {
  /** How many there are in all, if asked. */
  total: number | undefined
}

export async function listAgreements(db: Database, query: AgreementQuery): Promise<FoundAgreements> {
  const sort = sortOf(query)
  const after = readCursor('agreements', query, (words) => orderOf(sort, words).type)
  const named = await lookUpFilter(db, query, after?.taken ? wordsAsTaken(query.q!, after.taken) : undefined)
  const rows = await pageOfList(db, query, named, after)
  const found = { rows, taken: named.words ?? null }
  if (query.count === undefined) return { ...found, total: undefined }
  return { ...found, total: await countAll(db, query, named) }
}

/** What a filter asks for beside its words. */
const besideWords = (query: AgreementQuery, named: NamedIds): SQL | undefined =>
  matching(query, { ...named, words: undefined })

async function countAll(db: Database, query: AgreementQuery, named: NamedIds): Promise<number> {
  if (named.words && !besideWords(query, named)) return countWith(db, named.words)
  return countMatching(db, matching(query, named) ?? sql`true`)
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
async function pageOfList(
  db: Database,
  query: AgreementQuery,
  named: NamedIds,
  after: Position | undefined,
): Promise<Listed[]> {
  const { words } = named
  const order = orderOf(sortOf(query), words)
  const page: Page = { order, after, matching: matching(query, named) ?? sql`true`, most: limitOf(query) + 1 }
  const others = besideWords(query, named)
  if (order === relevance) return rankedPage(db, page, words!, others)
  if (words?.common && order.key === latest && !others) return latestPage(db, page, words)
  const few = query.id ?? query.reference ?? query.identifier ?? query.pair ?? (words && !words.common)
  if (few) return sought(db, page)
  const glanced: Page = { ...page, matching: matching(query, named, hasCommonWords) ?? sql`true` }
  const party = order.key === latest && named.party?.length === 1 ? named.party[0] : undefined
  const inOrder = (most: number): SQL =>
    withDocuments(
      page,
      party === undefined ? firstOf(glanced, order.within(query), most) : firstOfParty(glanced, party, most),
    )
  const rows = await db.query<Listed>(inOrder(glance))
  if (rows.length === page.most) return rows
  const more = rows.length >= many ? await planned(db, withoutSorting, inOrder(10 * glance)) : []
  return more.length === page.most ? more : sought(db, page)
}

/** The listing `a` of each find `w`: looked up one by one, for they are few. */
const listingOfEach = sql`cross join lateral (select l.* from agreement_listings l where l.agreement_id = w.id offset 0) a`

/** The best finds; the other filters are looked at only where there are any. */
const rankedPage = (db: Database, page: Page, words: Words, others: SQL | undefined): Promise<Listed[]> =>
  db.query<Listed>(
    withDocuments(
      page,
      sql`select w.id, w.rank as key from ${ranked(words)} w ${others && listingOfEach}
        where ${and(others, beyond(page, sql`w.rank`, sql`w.id`)) ?? sql`true`}
        order by w.rank desc, w.id desc limit ${page.most}`,
    ),
  )

/**
 * The latest finds of common words: most often those of the latest years fill a page, but words can be of their time, as
 * the Soviet Union is. On the first page, what is dated in years to come is among the latest.
 */
async function latestPage(db: Database, page: Page, words: Words): Promise<Listed[]> {
  const year = Number(/^\d{4}/.exec(page.after?.key ?? todayInUtc())?.[0] ?? 0)
  for (const span of spans.filter((span) => span < year)) {
    const years = signedIn(year - span, year) + (page.after ? '' : ` | ${signedAfter(year)}`)
    const finds = sql`${withWordsIn(words, years)} w (id) ${listingOfEach}`
    const rows = await db.query<Listed>(withDocuments(page, allInOrder({ ...page, matching: sql`true` }, finds)))
    if (rows.length === page.most) return rows
  }
  return sought(db, page)
}

/** How many years back the finds of common words are sought, before all are; more years cost as much as all. */
const spans = [2, 8]

/** How many listings a glance is, and how many of them must match for ten times as many to be read in order. */
const glance = 1000
const many = 10

/**
 * Those that match, found by what they match. That they are as many as the planner may think is not so, or it would have
 * been seen at a glance: it shall not read all.
 */
const sought = (db: Database, page: Page): Promise<Listed[]> =>
  planned(db, withoutSequentialScans, withDocuments(page, allInOrder(page)))

const withoutSequentialScans: Statement = { name: 'no-seqscan', text: 'set local enable_seqscan = off' }
/** What is read in order is read by the index of the order, not put in order first. */
const withoutSorting: Statement = { name: 'no-sort', text: 'set local enable_sort = off' }

/** Tells the planner what it cannot know, for one statement. */
const planned = (db: Database, setting: Statement, page: SQL): Promise<Listed[]> =>
  db.transaction(async (db) => {
    await db.query(setting)
    return db.query<Listed>(page)
  })

const directionOf = ({ order }: Page): SQL => sql.raw(order.descending ? 'desc' : 'asc')

/** What comes after the cursor, in the order of a key and an id. */
const beyond = ({ after, order }: Page, key: SQL, id: SQL): SQL | undefined =>
  after &&
  sql`(${key}, ${id}) ${sql.raw(order.descending ? '<' : '>')} (${after.key}::${sql.raw(order.type)}, ${after.id}::uuid)`

const firstOf = (page: Page, within: SQL | undefined, most: number): SQL => {
  const { key } = page.order
  const direction = directionOf(page)
  return firstThatMatch(
    page,
    sql`select a.*, ${key} as key from agreement_listings a
      where ${and(within, beyond(page, key, sql`a.agreement_id`)) ?? sql`true`}
      order by ${key} ${direction}, a.agreement_id ${direction} limit ${most}`,
  )
}

/** The agreements of a party stand in the order of their signature in an index of their own. */
const firstOfParty = (page: Page, party: string, most: number): SQL =>
  firstThatMatch(
    page,
    sql`select a.*, p.signed as key from agreement_parties p join agreement_listings a using (agreement_id)
      where ${and(sql`p.party_id = ${party}`, beyond(page, sql`p.signed`, sql`p.agreement_id`))}
      order by p.signed desc, p.agreement_id desc limit ${most}`,
  )

const firstThatMatch = (page: Page, first: SQL): SQL => sql`
  select a.agreement_id as id, a.key from (${first}) a where ${page.matching}
  order by a.key ${directionOf(page)}, a.agreement_id ${directionOf(page)} limit ${page.most}`

const allInOrder = (page: Page, from = sql`agreement_listings a`): SQL => sql`
  with found as materialized (
    select a.agreement_id as id, ${page.order.key} as key from ${from}
    where ${and(page.matching, beyond(page, page.order.key, sql`a.agreement_id`))}
  )
  select id, key from found order by key ${directionOf(page)}, id ${directionOf(page)} limit ${page.most}`

const withDocuments = (page: Page, ids: SQL): SQL => sql`
  select d.document, d.id, page.key::text as key from (${ids}) page join agreements d using (id)
  order by page.key ${directionOf(page)}, d.id ${directionOf(page)}`
