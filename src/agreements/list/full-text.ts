import { type SQL, sql } from 'drizzle-orm'
import type { Database, Statement } from '../../database/connect.ts'
import type { Interpretation } from '../../http/paging.ts'
import { maxCorrectedLength, maxCorrectedWords, nearNames } from '../../registry/name-search.ts'
import { looseQueryOf, tsqueryOf, readSearch, type Search, wantedWords, withWords, written } from './search-syntax.ts'

/** The full-text search `q` after correction, used the same way wherever `q` is accepted. */
export interface Words extends Interpretation {
  /** For `to_tsquery` with the configuration `register`. */
  query: string
  /** A less selective query that the index can answer quickly; finds at least the same. */
  loose: string
}

const queriesOf = (search: Search): Pick<Words, 'query' | 'loose'> => ({
  query: tsqueryOf(search),
  loose: looseQueryOf(search),
})

/** Searches with more results are not ranked: such common words do not distinguish agreements. */
export const maxRanked = 1_000

/** Looks up `q`. Misspelt names are corrected if the search finds nothing as given. */
export async function lookUpWords(db: Database, q: string): Promise<Words> {
  const search = readSearch(q)
  const queries = queriesOf(search)
  if (queries.query !== '' && wantedWords(search).length === 0) return { ...queries, common: true, didYouMean: null }
  return (await found(db, search)) ?? corrected(db, search)
}

/** `q` as interpreted for the first page: not corrected again, so that all pages belong to the same list. */
export const wordsAsInterpreted = (q: string, interpretation: Interpretation): Words => ({
  ...queriesOf(readSearch(interpretation.didYouMean ?? q)),
  ...interpretation,
})

/** The query as a subselect, so that PostgreSQL parses it only once. */
const parsedOnce = (query: string): SQL => sql`(select to_tsquery('register', ${query}))`

/** The listing `a` has the words: checked by looking up all matches in the index. */
export const hasWords = ({ loose, query }: Words): SQL =>
  sql`a.agreement_id in (select agreements_with(${parsedOnce(loose)}, ${parsedOnce(query)}))`

/** The same, checked row by row after all other conditions: for common words, where a page fills quickly. */
export const hasCommonWords = ({ query }: Words): SQL => sql`(select a.search @@ ${parsedOnce(query)} offset 0)`

/**
 * The same, for a plan that starts from the index. If the rows must be checked in any case, the index gets the loose
 * query; otherwise every row would be checked twice.
 */
export const hasWordsByIndex = (words: Words): SQL =>
  words.loose === words.query
    ? sql`a.search @@ ${parsedOnce(words.query)}`
    : sql`a.search @@ ${parsedOnce(words.loose)} and ${hasCommonWords(words)}`

/** The relevance of the listing `a`. */
export const rank = ({ query }: Words): SQL => sql`ts_rank(a.search, ${parsedOnce(query)})`

/** The words of a search that is read by `readRanked`; undefined for one without words that must be present. */
export function wordsToRank(q: string, interpretation: Interpretation | null): Words | undefined {
  const search = readSearch(interpretation?.didYouMean ?? q)
  if (interpretation?.common || wantedWords(search).length === 0) return undefined
  return { ...queriesOf(search), common: false, didYouMean: interpretation?.didYouMean ?? null }
}

const countFinds: Statement = {
  name: 'count-finds',
  text: `select agreements_found(to_tsquery('register', $1), to_tsquery('register', $2), $3)::integer as found`,
}

/** The search, or undefined if it finds nothing. */
async function found(db: Database, search: Search, didYouMean: string | null = null): Promise<Words | undefined> {
  const queries = queriesOf(search)
  const [row] = await db.query<{ found: number }>(countFinds, [queries.loose, queries.query, maxRanked + 1])
  return row!.found === 0 ? undefined : { ...queries, common: row!.found > maxRanked, didYouMean }
}

/**
 * Corrects a search that finds nothing: the same search with misspelt names replaced. If that finds nothing either,
 * `didYouMean` suggests a search that does: only the known words, or any one of them.
 */
async function corrected(db: Database, search: Search): Promise<Words> {
  const nothing: Words = { ...queriesOf(search), common: false, didYouMean: null }
  const wanted = wantedWords(search)
  if (wanted.length === 0 || wanted.length > maxCorrectedWords || written(search).length > maxCorrectedLength)
    return nothing
  const unknown = await unknownWords(db, wanted)
  const names = await nearNames(db, unknown)
  const respelt = withWords(search, (word) => names.get(word) ?? word)
  const finds = names.size > 0 && isShort(respelt) && (await found(db, respelt, written(respelt)))
  if (finds) return finds
  const known = withWords(respelt, (word) => (unknown.includes(word) ? null : word))
  const any = known.flat().flatMap((term) => (term.not ? [] : [[term]]))
  for (const other of [known, any]) {
    if (other.length > 0 && isShort(other) && (await found(db, other)))
      return { ...nothing, didYouMean: written(other) }
  }
  return nothing
}

/** Whether the suggestion is short enough to be searched for. */
const isShort = (search: Search): boolean => written(search).length <= maxCorrectedLength

/** The words that no agreement has. */
async function unknownWords(db: Database, words: string[]): Promise<string[]> {
  const rows = await db.query<{ word: string }>(sql`
    select word from unnest(${sql.param(words)}::text[]) word, plainto_tsquery('register', word) query
    where agreements_found(query, query, 1) = 0`)
  return rows.map(({ word }) => word)
}
