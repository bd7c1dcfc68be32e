import { type SQL, sql } from 'drizzle-orm'
import type { Database, Statement } from '../../database/connect.ts'
import type { Taken } from '../../http/paging.ts'
import { longestMended, mostMended, nearNames } from '../../registry/name-search.ts'
import { looseQueryOf, tsqueryOf, readSearch, type Search, wantedWords, withWords, written } from './search-syntax.ts'

/** What `q` asks for, looked up: the one meaning that it has wherever it is taken. */
export interface Words extends Taken {
  /** As `to_tsquery` of the configuration `register` reads it. */
  query: string
  /** What an index is asked for, where that is less. */
  loose: string
}

const queriesOf = (search: Search): Pick<Words, 'query' | 'loose'> => ({
  query: tsqueryOf(search),
  loose: looseQueryOf(search),
})

/** How many finds are ranked: words that more agreements have tell none of them apart. */
const mostRanked = 1_000

/** Looks up `q`; a misspelt name is mended where no agreement has the words as they stand. */
export async function lookUpWords(db: Database, q: string): Promise<Words> {
  const search = readSearch(q)
  const queries = queriesOf(search)
  if (queries.query !== '' && wantedWords(search).length === 0) return { ...queries, common: true, didYouMean: null }
  return (await found(db, search)) ?? mended(db, search)
}

/** `q` as the first page took it: nothing is doubted again, so that the pages are those of one list. */
export const wordsAsTaken = (q: string, taken: Taken): Words => ({
  ...queriesOf(readSearch(taken.didYouMean ?? q)),
  ...taken,
})

/** A query as PostgreSQL takes it, read once. */
const readOnce = (query: string): SQL => sql`(select to_tsquery('register', ${query}))`

/** That the agreement of a listing `a` has the words: it is one of all that have them, from the index. */
export const hasWords = ({ loose, query }: Words): SQL =>
  sql`a.agreement_id in (select agreements_with(${readOnce(loose)}, ${readOnce(query)}))`

/** The same, looked at one listing after the other and last of all: for words that are common, until a page is full. */
export const hasCommonWords = ({ query }: Words): SQL => sql`(select a.search @@ ${readOnce(query)} offset 0)`

/**
 * The same, for a plan that begins with the index. Where the rows must be looked at besides, the index is asked for
 * less: else it would have all that is asked for looked at again.
 */
export const hasWordsByIndex = (words: Words): SQL =>
  words.loose === words.query
    ? sql`a.search @@ ${readOnce(words.query)}`
    : sql`a.search @@ ${readOnce(words.loose)} and ${hasCommonWords(words)}`

/** How well the listing `a` suits the words. */
export const rank = ({ query }: Words): SQL => sql`ts_rank(a.search, ${readOnce(query)})`

const countFinds: Statement = {
  name: 'count-finds',
  text: `select agreements_found(to_tsquery('register', $1), to_tsquery('register', $2), $3)::integer as found`,
}

/** The search, when it finds something. */
async function found(db: Database, search: Search, didYouMean: string | null = null): Promise<Words | undefined> {
  const queries = queriesOf(search)
  const [row] = await db.query<{ found: number }>(countFinds, [queries.loose, queries.query, mostRanked + 1])
  return row!.found === 0 ? undefined : { ...queries, common: row!.found > mostRanked, didYouMean }
}

/**
 * What a search that finds nothing is taken for: the same with its misspelt names mended. When that finds nothing
 * either, it is told what would: the words that are known, or any one of them.
 */
async function mended(db: Database, search: Search): Promise<Words> {
  const nothing: Words = { ...queriesOf(search), common: false, didYouMean: null }
  const wanted = wantedWords(search)
  if (wanted.length === 0 || wanted.length > mostMended || written(search).length > longestMended) return nothing
  const unknown = await unknownWords(db, wanted)
  const names = await nearNames(db, unknown)
  const corrected = withWords(search, (word) => names.get(word) ?? word)
  const finds = names.size > 0 && isShort(corrected) && (await found(db, corrected, written(corrected)))
  if (finds) return finds
  const known = withWords(corrected, (word) => (unknown.includes(word) ? null : word))
  const any = known.flat().flatMap((term) => (term.not ? [] : [[term]]))
  for (const other of [known, any]) {
    if (other.length > 0 && isShort(other) && (await found(db, other)))
      return { ...nothing, didYouMean: written(other) }
  }
  return nothing
}

/** Whether what is told to be meant can be asked for. */
const isShort = (search: Search): boolean => written(search).length <= longestMended

/** Those of the words that no agreement has. */
async function unknownWords(db: Database, words: string[]): Promise<string[]> {
  const rows = await db.query<{ word: string }>(sql`
    select word from unnest(${sql.param(words)}::text[]) word, plainto_tsquery('register', word) query
    where agreements_found(query, query, 1) = 0`)
  return rows.map(({ word }) => word)
}
