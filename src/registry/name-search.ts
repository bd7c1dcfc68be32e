import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Database } from '../database/connect.ts'
import { closest } from '../shared/edit-distance.ts'
import type { Position, Interpretation } from '../http/paging.ts'
import { bareKey, indexedKeys, nameKey } from './name-keys.ts'
import type { RegistryName } from './tables.ts'

/** A search for names in a registry. */
interface Names extends Interpretation {
  /** The search after correction. */
  q: string
}

/** The longest search that is corrected, in words and in characters. */
export const [maxCorrectedWords, maxCorrectedLength] = [8, 500]

/** The lengths of words that are corrected: a word of three letters is similar to too many. */
const [shortest, longest] = [4, 40]

/**
 * Looks up `q` in a registry. Misspelt names are corrected if no entry has the words as given.
 * @param after the end of the previous page; its correction applies here too
 */
export async function lookUpNames(
  db: Database,
  { name, table }: { name: RegistryName; table: PgTable },
  { q }: { q?: string | undefined },
  after: Position | undefined,
): Promise<Names | null> {
  if (q === undefined) return null
  if (after) return namesFor(q, after.interpretation?.didYouMean ?? null)
  if (await isThere(db, q, table)) return namesFor(q, null)
  const words = nameKey(q).split(' ')
  if (words.length > maxCorrectedWords || nameKey(q).length > maxCorrectedLength) return namesFor(q, null)
  const names = await nearNames(db, words, name)
  const corrected = words.map((word) => names.get(word) ?? word).join(' ')
  if (names.size > 0 && (await isThere(db, corrected, table))) return namesFor(q, corrected)
  const known = [...names.values()].join(' ')
  const other = names.size > 0 && (await isThere(db, known, table)) ? known : null
  return { ...namesFor(q, other), q }
}

const namesFor = (q: string, didYouMean: string | null): Names => ({
  q: didYouMean ?? q,
  common: false,
  didYouMean,
})

/** The column `words` contains every word of `q`, possibly within longer words. */
export const hasNames = ({ q }: Pick<Names, 'q'>): SQL => hasWords(sql`words`, q)

const hasWords = (text: SQL, q: string): SQL => sql`${text} like all (${sql.param(patternsOf(q))}::text[])`

/** A `like` pattern for each word of a name, with `%` and `_` escaped. */
const patternsOf = (name: string): string[] =>
  bareKey(name)
    .split(' ')
    .map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`)

/**
 * The sort key of the results for `q`: first the entry with this code, then with this name, with this alias or other name,
 * entries with all words in the name, and the others. Within each group, current entries come before former ones, and
 * shorter names before longer ones.
 */
export function nearest({ key, ended }: { key: SQL | PgColumn; ended: SQL }, { q }: Pick<Names, 'q'>): SQL {
  const keys = sql`${sql.param(indexedKeys(q))}::text[]`
  const line = (number: number) => sql`split_part(words, E'\n', ${sql.raw(String(number))})`
  const [code, name] = [line(1), line(2)]
  return sql`case
      when ${code} = any(${keys}) then '0'
      when ${name} = any(${keys}) then '1'
      when name_keys(words) && ${keys} then '2'
      when ${hasWords(name, q)} then '3'
      else '4'
    end || (${ended})::int || to_char(length(${name}), 'FM0000') || ' ' || ${key}`
}

async function isThere(db: Database, q: string, table: PgTable): Promise<boolean> {
  const rows = await db.query(sql`select from ${table} where ${hasNames({ q })} limit 1`)
  return rows.length > 0
}

/** The most similar word of a name in one registry (null: in both), for each of `words` that has one. */
export async function nearNames(
  db: Database,
  words: string[],
  registry: RegistryName | null = null,
): Promise<Map<string, string>> {
  const doubtful = words.filter((word) => word.length >= shortest && word.length <= longest)
  if (doubtful.length === 0) return new Map()
  const rows = await db.query<{ word: string; near: string[] }>(
    sql`select word, near from near_names(${sql.param(doubtful)}::text[], ${registry})`,
  )
  return new Map(
    rows.flatMap(({ word, near }) => {
      const name = closest(word, near, () => Math.floor(word.length / 4))
      return name === undefined ? [] : [[word, name]]
    }),
  )
}
