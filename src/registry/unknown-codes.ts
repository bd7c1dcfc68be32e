import { setImmediate } from 'node:timers/promises'
import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import { closest } from '../shared/edit-distance.ts'
import { groupedBy } from '../shared/grouped.ts'
import { indexedKeys, nameKey } from './name-keys.ts'

/** A key of a name (see `name-keys.ts`), and the code of the entry that has it. */
interface NamedEntry {
  code: string
  name: string
  /** Of entries with one name, those with the lowest number are suggested. */
  place: number
}

/** The codes that a reference to nothing probably stands for: none, one, or the few that it fits equally well. */
export type Suggestions = Map<string, string[]>

/** How many names an unknown code is compared with at most, and how long they are at most: as long as a reference. */
const maxNames = 10_000
const maxLength = 130

/** How many unknown codes are compared with similar names: each takes some milliseconds. */
const maxCompared = 25

/** Of so many entries that have the name, none is suggested. */
const tooMany = 4

/**
 * What each of the references to nothing was probably meant to be: what has it as a name, an alias or a number, or else,
 * of the first 25, the one entry with a name that begins so, or the one with the most similar name or code. Other
 * requests have a turn between one and the next.
 * @param names rows of a code, a key of a name, a place, and whether similar names are looked for among them (`near`)
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

/** The codes of the entries that have a reference as a name, where there are any. */
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

/** The one entry with a name that begins so and is not much longer: `Korea` is the beginning of `Korea, South`. */
function beginning(candidates: NamedEntry[], key: string): string[] | undefined {
  if (key.length < 3) return undefined
  const begun = candidates.filter(({ name }) => name.startsWith(key) && name.length <= 2.5 * key.length)
  const codes = [...new Set(begun.map(({ code }) => code))]
  return codes.length === 1 ? codes : undefined
}

/** The entry with the most similar name. Few mistype the first letter: `Prussia` is not Russia. */
function nearest(candidates: NamedEntry[], key: string): string[] {
  const alike = new Map<string, string>()
  for (const { name, code } of candidates) if (beginsAlike(name, key) && !alike.has(name)) alike.set(name, code)
  const name = closest(key, alike.keys(), ({ length }) => maxSlips(Math.max(length, key.length)))
  return name === undefined ? [] : [alike.get(name)!]
}

const beginsAlike = (name: string, key: string): boolean =>
  name[0] === key[0] || (name[0] === key[1] && name[1] === key[0])

/** How many letters of a name may be missing, added or others: of three letters, any could be meant. */
const maxSlips = (length: number): number => (length < 4 ? 0 : length < 8 ? 1 : 2)
