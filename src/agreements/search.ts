import { type SQL, sql } from 'drizzle-orm'
import type { Database, Statement } from '../database/connect.ts'
import type { Taken } from '../paging.ts'
import { longestMended, mostMended, nearNames } from './names.ts'
import { tsqueryOf, readSearch, type Search, wantedWords, withWords, written } from './words.ts'

/** What `q` asks for, looked up: the one meaning that it has wherever it is taken. */
export interface Words extends Taken {
  /** As `to_tsquery` of the configuration `register` reads it. */
  query: string
}

/** How many finds are ranked: words that more agreements have tell none of them apart. */
const mostRanked = 1_000

/** Looks up `q`; a misspelt name is mended where no agreement has the words as they stand. */
export async function lookUpWords(db: Database, q: string): Promise<Words> {
  const search = readSearch(q)
  const query = tsqueryOf(search)
  if (query !== '' && wantedWords(search).length === 0) return { query, common: true, didYouMean: null }
  return (await found(db, search)) ?? mended(db, search)
}

/** `q` as the first page took it: nothing is doubted again, so that the pages are those of one list. */
export const wordsAsTaken = (q: string, taken: Taken): Words => ({
  query: tsqueryOf(readSearch(taken.didYouMean ?? q)),
  ...taken,
})

/** The agreements that have the words, as a condition on `id`: from the index, all of them at once. */
export const hasWords = ({ query }: Words, id: SQL): SQL =>
  sql`${id} in (select agreements_with(to_tsquery('register', ${query})))`

/** Those of them, `id`, that were signed in some years, as a text-search query tells them. */
export const withWordsIn = ({ query }: Words, years: string): SQL =>
  sql`agreements_with(to_tsquery('register', ${query}) && ${years}::tsquery)`

/** The same as `hasWords` for words that are common: looked at one agreement after the other, until a page is full. */
export const hasCommonWords = ({ query }: Words, id: SQL): SQL =>
  sql`exists (select from agreements w where w.id = ${id} and w.search @@ to_tsquery('register', ${query}) offset 0)`

/** The agreements that have the words, `id`, each with its `rank`. */
export const ranked = ({ query }: Words): SQL => sql`agreements_ranked(to_tsquery('register', ${query}))`

const countFinds: Statement = {
  name: 'count-finds',
  text: `select agreements_found(to_tsquery('register', $1), $2)::integer as found`,
}

/** How many agreements have the words. */
export async function countWith(db: Database, { query }: Words): Promise<number> {
  const [row] = await db.query<{ found: number }>(countFinds, [query, null])
  return row!.found
}

/** The search, when it finds something. */
async function found(db: Database, search: Search, didYouMean: string | null = null): Promise<Words | undefined> {
  const query = tsqueryOf(search)
  const [row] = await db.query<{ found: number }>(countFinds, [query, mostRanked + 1])
  return row!.found === 0 ? undefined : { query, common: row!.found > mostRanked, didYouMean }
}

/**
 * What a search that finds nothing is taken for: the same with its misspelt names mended. When that finds nothing
 * either, it is told what would: the words that are known, or any one of them.
 */
async function mended(db: Database, search: Search): Promise<Words> {
  const nothing: Words = { query: tsqueryOf(search), common: false, didYouMean: null }
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
    select word from unnest(${sql.param(words)}::text[]) word
    where agreements_found(plainto_tsquery('register', word), 1) = 0`)
  return rows.map(({ word }) => word)
}
