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
  type Taken,
} from '../../http/paging.ts'
import { Problem } from '../../problems/problems.ts'
import type { AgreementFilter, AgreementQuery, agreementSorts } from './filter.ts'
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
  lookUpFilter,
  matching,
  type NamedIds,
  signedInSpans,
  signedWithin,
  standsNow,
  updatedWithin,
} from './where.ts'
import {
  findAll,
  findingByIndex,
  type Order,
  type Page,
  type Place,
  readInOrder,
  readOfParty,
  sample,
} from './page-plans.ts'
import { hasCommonWords, rank, type Words, wordsAsTaken } from './full-text.ts'

type Sort = (typeof agreementSorts)[number]

interface IndexedOrder extends Order {
  /** What a filter says of the key itself: the index of the order leaves the others out unread. */
  within: (filter: AgreementFilter) => SQL | undefined
  /** What else its index knows: worth looking for in all of it where many match. */
  besides?: (filter: AgreementFilter) => SQL | undefined
  /** What the index of filters knows of keys from one to another. */
  spans?: (from: string | undefined, to: string | undefined) => SQL | undefined
}

/** What the indexes in the order of signature know of a filter. */
const bySignature = (filter: AgreementFilter): SQL | undefined => and(signedWithin(filter), actsWithin(filter))

const byLatest = (filter: AgreementFilter): SQL | undefined =>
  and(
    bySignature(filter),
    when(filter.signedTo, (day) => sql`${latest} <= ${day}::date`),
  )

const nothing = (): undefined => undefined

const byExpiry = (filter: AgreementFilter): SQL | undefined => and(expiresWithin(filter), standsNow(filter))

const orders: Record<Exclude<Sort, 'relevance'>, IndexedOrder> = {
  '-signed': { key: latest, type: 'date', descending: true, within: byLatest, spans: signedInSpans },
  signed: { key: earliest, type: 'date', descending: false, within: bySignature, spans: signedInSpans },
  title: { key: sql`a.sort_title`, type: 'text', descending: false, within: nothing, besides: isOfType },
  '-title': { key: sql`a.sort_title`, type: 'text', descending: true, within: nothing, besides: isOfType },
  '-updated': { key: sql`a.updated_at`, type: 'timestamptz', descending: true, within: updatedWithin },
  updated: { key: sql`a.updated_at`, type: 'timestamptz', descending: false, within: updatedWithin },
  expires: { key: expiry, type: 'date', descending: false, within: byExpiry, spans: expiresInSpans },
}

const byRank = (words: Words): Order => ({ key: rank(words), type: 'real', descending: true })

/**
 * Common words rank nothing: what they find is in the order of the days.
 * @throws Problem 400 for relevance without words
 */
function sortOf({ sort, q }: AgreementQuery, words: Taken | null): Sort {
  if (sort === 'relevance' && q === undefined) {
    const message = '`sort=relevance` requires `q`.'
    throw new Problem('invalid_request', message, [{ parameter: 'sort', code: 'needs_q', message }])
  }
  const asked = sort ?? (q === undefined ? '-signed' : 'relevance')
  return asked === 'relevance' && words?.common ? '-signed' : asked
}

const typeOf = (sort: Sort): KeyType => (sort === 'relevance' ? 'real' : orders[sort].type)

interface FoundAgreements extends Found {
  /** How many there are in all, if asked. */
  total: number | undefined
}

export async function listAgreements(db: Database, query: AgreementQuery): Promise<FoundAgreements> {
  const after = readCursor('agreements', query, (words) => typeOf(sortOf(query, words ?? null)))
  const named = await lookUpFilter(db, query, after?.taken ? wordsAsTaken(query.q!, after.taken) : undefined)
  const rows = await pageOfList(db, query, named, after)
  const found = { rows, taken: named.words ?? null }
  if (query.count === undefined) return { ...found, total: undefined }
  return { ...found, total: await findingByIndex(db, (db) => countMatching(db, query, named)) }
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
  const page: Page = { order, after, most: limitOf(query) + 1 }
  const few = query.id ?? query.reference ?? query.identifier ?? query.pair ?? (words && !words.common)
  const rows = few || sort === 'relevance' ? undefined : await pageOfMany(db, query, named, page, orders[sort])
  return rows ?? findAll(db, page, indexed(query, named))
}

/**
 * Two ways to a page. In the order of the list, what does not match is passed over: quick when many match, and ever
 * slower the fewer do. By the index of the filters all that match are found, and then put in order: quick when few do.
 * How many do cannot be known beforehand (the planner takes filters to be independent of each other and of the order,
 * and dates are not), so a glance at the first ones in order decides. Where many match, but further on, a sample tells
 * how far on the page lies.
 * @returns a full page, or none when so few match that all are better found
 */
async function pageOfMany(
  db: Database,
  query: AgreementQuery,
  named: NamedIds,
  page: Page,
  { within, besides, spans }: IndexedOrder,
): Promise<PageRow[] | undefined> {
  const matches = matching(query, named, hasCommonWords)
  const party = page.order === orders['-signed'] && named.party?.length === 1 ? named.party[0] : undefined
  const inOrder = (further: number): Promise<PageRow[]> =>
    party === undefined
      ? readInOrder(db, page, further, matches, within(query))
      : readOfParty(db, page, further, matches, { party, signedTo: query.signedTo })
  const toSampledPlace = async (): Promise<PageRow[]> => {
    const found = await sample(db, page, matches)
    if (found === undefined) return []
    const { until, total } = found
    const known = besides?.(query)
    if (known && total > glance) return readInOrder(db, page, farthest, matches, known)
    if (isNoDay(page.order, until)) return total < farthest ? [] : inOrder(farthest)
    const keys = [page.after?.key, until.key]
    const [from, to] = page.order.descending ? keys.toReversed() : keys
    return findAll(db, page, and(spans?.(from, to), indexed(query, named)), until)
  }
  const first = await inOrder(glance)
  if (first.length === page.most) return first
  const ahead = first.length === 0 ? Infinity : Math.ceil((glance * page.most) / first.length)
  const more = ahead <= far ? await inOrder(2 * ahead) : await toSampledPlace()
  return more.length === page.most ? more : undefined
}

/** Whether a listing stands among those that have no day to be ordered by. */
const isNoDay = ({ type }: Order, { key }: Place): boolean => type === 'date' && key.endsWith('infinity')

/**
 * How many listings a glance is; how far ahead the end of the page may be, judged by it, for all up to there to be read;
 * and how many are read where many match, but no span tells how far: among those without a day, or in the order of titles.
 */
const glance = 1000
const far = 3000
const farthest = 16_000
