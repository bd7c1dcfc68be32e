import { and, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/connect.ts'
import { when } from '../../database/sql.ts'
import {
  type Found,
  type KeyType,
  limitOf,
  type PageRow,
  type Position,
  readCursor,
  type Interpretation,
  totalOf,
} from '../../http/paging.ts'
import { Problem } from '../../problems/problems.ts'
import type { AgreementFilter, AgreementQuery, agreementSorts } from './filter.ts'
import { lookUpFilter, type NamedIds } from './lookup-filter.ts'
import {
  actsWithin,
  countMatching,
  earliest,
  expiresInSpans,
  expiresWithin,
  expiry,
  indexed,
  isOfType,
  latest,
  matching,
  signedInSpans,
  signedWithin,
  hasStatusNow,
  updatedWithin,
} from './where.ts'
import {
  findAll,
  findAllAsHeld,
  findingByIndex,
  type Order,
  type Page,
  type Place,
  areRead,
  type Entries,
  readEntries,
  readInOrder,
  readRanked,
  sample,
} from './page-plans.ts'
import { entriesOf } from './entries.ts'
import { hasCommonWords, rank, type Words, wordsToRank } from './full-text.ts'

type Sort = (typeof agreementSorts)[number]

interface IndexedOrder extends Order {
  /** The conditions that the index of this order can check without reading the row. */
  within: (filter: AgreementFilter) => SQL | undefined
  /** Further conditions that the index can check; worth a full scan of it when many match. */
  alsoIndexed?: (filter: AgreementFilter) => SQL | undefined
  /** The condition by which the index of filters finds keys in a range. */
  spans?: (from: string | undefined, to: string | undefined) => SQL | undefined
}

/** The conditions that the indexes in the order of signature can check. */
const bySignature = (filter: AgreementFilter): SQL | undefined => and(signedWithin(filter), actsWithin(filter))

const byLatest = (filter: AgreementFilter): SQL | undefined =>
  and(
    bySignature(filter),
    when(filter.signedTo, (day) => sql`${latest} <= ${day}::date`),
  )

const nothing = (): undefined => undefined

const byExpiry = (filter: AgreementFilter): SQL | undefined => and(expiresWithin(filter), hasStatusNow(filter))

const orders: Record<Exclude<Sort, 'relevance'>, IndexedOrder> = {
  '-signed': { key: latest, type: 'date', descending: true, within: byLatest, spans: signedInSpans },
  signed: { key: earliest, type: 'date', descending: false, within: bySignature, spans: signedInSpans },
  title: { key: sql`a.sort_title`, type: 'text', descending: false, within: nothing, alsoIndexed: isOfType },
  '-title': { key: sql`a.sort_title`, type: 'text', descending: true, within: nothing, alsoIndexed: isOfType },
  '-updated': { key: sql`a.updated_at`, type: 'timestamptz', descending: true, within: updatedWithin },
  updated: { key: sql`a.updated_at`, type: 'timestamptz', descending: false, within: updatedWithin },
  expires: { key: expiry, type: 'date', descending: false, within: byExpiry, spans: expiresInSpans },
}

const byRank = (words: Words): Order => ({ key: rank(words), type: 'real', descending: true })

/**
 * A search for common words is not ranked, but sorted by day of signature.
 * @throws Problem 400 for relevance without words
 */
function sortOf({ sort, q }: AgreementQuery, words: Interpretation | null): Sort {
  if (sort === 'relevance' && q === undefined) {
    const message = '`sort=relevance` requires `q`.'
    throw new Problem('invalid_request', message, [{ parameter: 'sort', code: 'needs_q', message }])
  }
  const requested = sort ?? (q === undefined ? '-signed' : 'relevance')
  return requested === 'relevance' && words?.common ? '-signed' : requested
}

const typeOf = (sort: Sort): KeyType => (sort === 'relevance' ? 'real' : orders[sort].type)

export async function listAgreements(db: Database, query: AgreementQuery): Promise<Found> {
  const after = readCursor('agreements', query, (words) => typeOf(sortOf(query, words ?? null)))
  const ranked = asksWordsOnly(query) ? await rankedPage(db, query, after) : undefined
  if (ranked && ranked.found === 'few') return { rows: ranked.rows, interpretation: ranked.words }
  const common = ranked?.found === 'many' ? { interpretation: { common: true, didYouMean: null } } : undefined
  const named = await lookUpFilter(db, query, { after: common ?? after })
  const rows = await pageOfList(db, query, named, after)
  const found = { rows, interpretation: named.words ?? null }
  const count = (db: Database) => countMatching(db, query, named)
  const total = await totalOf(query, () => (query.asOf === undefined ? findingByIndex(db, count) : count(db)))
  return { ...found, total }
}

/** Whether it is a search without other filters, sorted by relevance if it finds few. */
const asksWordsOnly = ({ q, sort = 'relevance', limit: _, cursor: __, ...others }: AgreementQuery): boolean =>
  q !== undefined && sort === 'relevance' && Object.values(others).every((value) => value === undefined)

/** The page of a search without other filters, or how much it finds: few searches need more than this one statement. */
async function rankedPage(db: Database, query: AgreementQuery, after: Position | undefined) {
  const words = wordsToRank(query.q!, after?.interpretation ?? null)
  if (!words) return undefined
  return { words, ...(await readRanked(db, { order: byRank(words), after, max: limitOf(query) + 1 }, words)) }
}

async function pageOfList(
  db: Database,
  query: AgreementQuery,
  named: NamedIds,
  after: Position | undefined,
): Promise<PageRow[]> {
  const { words } = named
  const sort = sortOf(query, words ?? null)
  const order = sort === 'relevance' ? byRank(words!) : orders[sort]
  const page: Page = { order, after, max: limitOf(query) + 1 }
  if (query.asOf !== undefined) return findAllAsHeld(db, page, matching(query, named), query.asOf)
  const few = query.id ?? query.reference ?? query.identifier ?? (words && !words.common)
  const entries = few || sort !== '-signed' ? undefined : entriesOf(query, named)
  const isFound = entries ? await pageOfEntries(db, page, entries) : undefined
  if (isFound) return isFound
  const many =
    few || query.pair || sort === 'relevance' ? undefined : await pageOfMany(db, query, named, page, orders[sort])
  return many ?? findAll(db, page, indexed(query, named))
}

/** Entries of a party or a pair read in order: without other tables, or each with its listing. */
const [narrowRows, widerRows] = [4000, 1000]

/** @returns a page, or undefined when it is not full after as many entries */
async function pageOfEntries(db: Database, page: Page, entries: Entries): Promise<PageRow[] | undefined> {
  // A pair has few.
  if (entries.table === 'agreement_pairs' && !entries.matching) return readEntries(db, page, undefined, entries)
  const most = entries.matching ? widerRows : narrowRows
  const rows = await readEntries(db, page, most, entries)
  return rows.length === page.max || (await areRead(db, page, most, entries)) ? rows : undefined
}

/**
 * There are two ways to find a page. Reading the list in order and skipping what does not match is fast when many match.
 * Finding all matches by the index of the filters and sorting them is fast when few match. The number of matches cannot
 * be known in advance (the planner assumes that filters are independent of each other and of the order, but dates are
 * not), so the first rows in order are read as a probe. If many match further on, a sample estimates how far away they
 * are.
 * @returns a full page, or undefined when so few match that it is faster to find all of them
 */
async function pageOfMany(
  db: Database,
  query: AgreementQuery,
  named: NamedIds,
  page: Page,
  { within, alsoIndexed, spans }: IndexedOrder,
): Promise<PageRow[] | undefined> {
  const matches = matching(query, named, hasCommonWords)
  const inOrder = (rows: number): Promise<PageRow[]> => readInOrder(db, page, rows, matches, within(query))
  const toSampledPlace = async (): Promise<PageRow[]> => {
    const found = await sample(db, page, matches)
    if (found === undefined) return []
    const { until, total } = found
    const indexedToo = alsoIndexed?.(query)
    if (indexedToo && total > probeRows) return readInOrder(db, page, maxScanRows, matches, indexedToo)
    if (isNoDay(page.order, until)) return total < maxScanRows ? [] : inOrder(maxScanRows)
    const keys = [page.after?.key, until.key]
    const [from, to] = page.order.descending ? keys.toReversed() : keys
    return findAll(db, page, and(spans?.(from, to), indexed(query, named)), until)
  }
  const first = await inOrder(probeRows)
  if (first.length === page.max) return first
  const estimate = first.length === 0 ? Infinity : Math.ceil((probeRows * page.max) / first.length)
  const more = estimate <= maxEstimatedRows ? await inOrder(2 * estimate) : await toSampledPlace()
  return more.length === page.max ? more : undefined
}

/** Whether a place is among the listings without a day to sort by. */
const isNoDay = ({ type }: Order, { key }: Place): boolean => type === 'date' && key.endsWith('infinity')

/** Listings read as a probe. */
const probeRows = 1000
/** If the probe predicts that the page ends within this many listings, they are read in order. */
const maxEstimatedRows = 3000
/** Listings read in order when many match but no day tells how far away: without a day, or in the order of titles. */
const maxScanRows = 16_000
