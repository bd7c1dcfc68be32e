import { sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Database } from '../database/connect.ts'
import { closest } from '../shared/edit-distance.ts'
import type { Position, Interpretation } from '../http/paging.ts'
import { fold, likeWords } from '../shared/text.ts'
import type { RegistryName } from './tables.ts'

/** What `q` asks of the names of a registry. */
interface Names extends Interpretation {
  /** Patterns that its words must all fit. */
  patterns: string[]
}

/** The most words, and the most characters, of a search that is mended. */
export const [mostMended, longestMended] = [8, 500]

/** The shortest and the longest word that is taken for another: of three letters, any could be meant. */
const [shortest, longest] = [4, 40]

/**
 * Looks up `q` in a registry; a misspelt name is mended where no entry has the words as they stand.
 * @param after the end of the page before: the words are taken as they were there
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
  const words = fold(q).split(/\s+/).filter(Boolean)
  if (words.length > mostMended || fold(q).length > longestMended) return namesFor(q, null)
  const names = await nearNames(db, words, name)
  const mended = words.map((word) => names.get(word) ?? word).join(' ')
  if (names.size > 0 && (await isThere(db, mended, table))) return namesFor(q, mended)
  const known = [...names.values()].join(' ')
  const other = names.size > 0 && (await isThere(db, known, table)) ? known : null
  return { ...namesFor(q, other), patterns: likeWords(q) }
}

const namesFor = (q: string, didYouMean: string | null): Names => ({
  patterns: likeWords(didYouMean ?? q),
  common: false,
  didYouMean,
})

async function isThere(db: Database, q: string, table: PgTable): Promise<boolean> {
  const rows = await db.query(
    sql`select from ${table} where words like all (${sql.param(likeWords(q))}::text[]) limit 1`,
  )
  return rows.length > 0
}

/** For each of the words that is nearly one of a name in the registries, or in one of them, that word. */
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
