import { setImmediate } from 'node:timers/promises'
import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import { closest } from '../shared/edit-distance.ts'
import { groupedBy } from '../shared/grouped.ts'
import { indexedKeys, nameKey } from './name-keys.ts'

/** The key of a name (see `name-keys.ts`), and the code of the entry that has it. */
interface NamedEntry {
  code: string
  name: string
  /** Of several entries with one name, those with the lowest place are suggested. */
  place: number
}

/** Suggested codes by reference: none, one, or a few that fit equally well. */
export type Suggestions = Map<string, string[]>

/** The maximum number of names that a reference is compared with, and their maximum length: that of a reference. */
const maxNames = 10_000
const maxLength = 130

/** The maximum number of references that are compared with similar names: each takes a few milliseconds. */
const maxCompared = 25

/** If so many entries have the name, none is suggested. */
const tooMany = 4

/**
 * Suggests entries for references to nothing: those that have the reference as a name, an alias or a number. For the first
 * 25 of the others, the only entry with a name that begins so, or the entry with the most similar name or code. Yields to
 * other requests between references.
 * @param names rows of code, key of a name, place, and whether the name is compared for similarity (`near`)
 */
export async function suggest(db: Database, names: SQL, references: string[]): Promise<Suggestions> {
  const all = [...new Set(references)]
  const suggestions = await exact(db, names, all)
  const rest = all.filter((reference) => !suggestions.has(reference))
  if (rest.length === 0) return suggestions
  const candidates = await db.query<NamedEntry>(sql`
    select code, name from (${names}) names where near and length(name) <= ${maxLength}
    order by place, code limit ${maxNames}`)
  for (const reference of rest.slice(0, maxCompared)) {
    await setImmediate()
    const key = nameKey(reference)
    suggestions.set(reference, beginning(candidates, key) ?? nearest(candidates, key))
  }
  return suggestions
}

/** The codes of the entries that have the reference as a name, by reference. */
export async function exact(db: Database, names: SQL, references: string[]): Promise<Suggestions> {
  const keysOf = new Map(references.map((reference) => [reference, indexedKeys(reference)] as const))
  const keys = [...new Set([...keysOf.values()].flat())]
  const rows = await db.query<NamedEntry>(sql`
    select name, code, place from (${names}) names where name = any(${sql.param(keys)}::text[])
    order by place, code limit ${maxNames}`)
  const byName = groupedBy(rows, ({ name }) => name)
  return new Map(
    references.flatMap((reference) => {
      const found = keysOf.get(reference)!.flatMap((key) => byName.get(key) ?? [])
      const best = Math.min(...found.map(({ place }) => place))
      const codes = [...new Set(found.flatMap(({ code, place }) => (place === best ? [code] : [])))]
      return codes.length === 0 || codes.length >= tooMany ? [] : [[reference, codes] as const]
    }),
  )
}

/** The only entry with a name that begins so and is not much longer: `Korea` for `Korea, South`. */
function beginning(candidates: NamedEntry[], key: string): string[] | undefined {
  if (key.length < 3) return undefined
  const begun = candidates.filter(({ name }) => name.startsWith(key) && name.length <= 2.5 * key.length)
  const codes = [...new Set(begun.map(({ code }) => code))]
  return codes.length === 1 ? codes : undefined
}

/** The entry with the most similar name. The first letter must agree, or be swapped: `Prussia` is not Russia. */
function nearest(candidates: NamedEntry[], key: string): string[] {
  const alike = new Map<string, string>()
  for (const { name, code } of candidates) if (beginsAlike(name, key) && !alike.has(name)) alike.set(name, code)
  const name = closest(key, alike.keys(), ({ length }) => maxSlips(Math.max(length, key.length)))
  return name === undefined ? [] : [alike.get(name)!]
}

const beginsAlike = (name: string, key: string): boolean =>
  name[0] === key[0] || (name[0] === key[1] && name[1] === key[0])

/** The number of letters of a name that may differ: a name of three letters is similar to too many. */
const maxSlips = (length: number): number => (length < 4 ? 0 : length < 8 ? 1 : 2)
