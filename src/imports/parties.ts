import type { Database, Statement } from '../database/connect.ts'
import type { Day } from '../shared/calendar.ts'
import { indexedKey } from '../registry/name-keys.ts'
import { signatoryLookup } from '../registry/signatories/lookup.ts'
import { suggest } from '../registry/unknown-codes.ts'
import { partyKeys } from './party-keys.ts'

/** A body that a name can mean. */
export interface Candidate {
  id: string
  code: string
  name: string
  /** Its first and last day, where known. */
  from: Day | null
  to: Day | null
}

/** The bodies that have exactly this name; without any, `nearest` are told to a person, and never used. */
export interface PartyMatch {
  fits: Candidate[]
  nearest: string[]
}

const byKeys: Statement = {
  name: 'parties-by-name',
  text: `select id, code, name, words, valid_from_day as "from", valid_to_day as "to" from signatories
    where name_keys(words) && $1::text[] order by code`,
}

/** The number of names that are remembered. */
const maxRemembered = 20_000

/** Finds the bodies that a file names, by exact code, name, alias or name in another language; never by nearness. */
export class PartyMatcher {
  readonly #known = new Map<string, PartyMatch>()

  /** The match of a name that was looked up. */
  of = (name: string): PartyMatch => this.#known.get(name) ?? { fits: [], nearest: [] }

  /** Looks up the names that are not known yet, in one query. */
  async lookUp(db: Database, names: Iterable<string>): Promise<void> {
    const all = new Set(names)
    if (this.#known.size > maxRemembered) this.#known.clear()
    const wanted = [...all].filter((name) => !this.#known.has(name))
    if (wanted.length === 0) return
    const keysOf = new Map(wanted.map((name) => [name, partyKeys(name)]))
    const indexed = [...new Set([...keysOf.values()].flat().map(indexedKey))]
    const rows = await db.query<Candidate & { words: string }>(byKeys, [indexed])
    const byKey = new Map<string, Candidate[]>()
    for (const { words, ...candidate } of rows) {
      for (const line of new Set(words.split('\n').filter(Boolean))) {
        byKey.set(line, [...(byKey.get(line) ?? []), candidate])
      }
    }
    for (const [name, keys] of keysOf) {
      const fits = new Map(keys.flatMap((key) => byKey.get(key) ?? []).map((candidate) => [candidate.id, candidate]))
      this.#known.set(name, { fits: [...fits.values()], nearest: [] })
    }
    await this.#suggest(db, wanted)
  }

  /** Forgets all names that were not found: signatories were added. */
  forgetUnknown(): void {
    for (const [name, { fits }] of this.#known) if (fits.length === 0) this.#known.delete(name)
  }

  /** Forgets everything: signatories that were added are gone again. */
  forgetAll(): void {
    this.#known.clear()
  }

  async #suggest(db: Database, names: string[]): Promise<void> {
    const unknown = names.filter((name) => this.of(name).fits.length === 0 && name.length <= 130)
    if (unknown.length === 0) return
    const nearest = await suggest(db, signatoryLookup.names, unknown)
    for (const name of unknown) this.#known.set(name, { fits: [], nearest: nearest.get(name) ?? [] })
  }
}

const namesWithAnd: Statement = {
  name: 'names-with-and',
  text: String.raw`select distinct line from signatories, regexp_split_to_table(words, '\n') line
    where words ~ '\m(and|et|und|y)\M' and line ~ '\m(and|et|und|y)\M'`,
}

/** Whether a text is a name of a body that has `and` in it, such as `Trinidad and Tobago`. */
export async function knownNames(db: Database): Promise<(text: string) => boolean> {
  const names = new Set((await db.query<{ line: string }>(namesWithAnd)).map(({ line }) => line))
  return (text) => text.length < 300 && partyKeys(text).some((key) => names.has(key))
}

/** Of bodies with one name, the only one that existed on the day; all of them if that is not just one. */
export function onDay(fits: Candidate[], day: Day | null): Candidate[] {
  if (fits.length < 2 || day === null) return fits
  const existing = fits.filter(({ from, to }) => (from === null || from <= day) && (to === null || to >= day))
  return existing.length === 1 ? existing : fits
}
