import type { SQL } from 'drizzle-orm'
import type { Database, Statement } from '../database/connect.ts'
import { withSuggestion, type Suggestion } from '../problems/did-you-mean.ts'
import { maxErrors, type Place, type PlacedError, unknownReferences } from '../problems/problems.ts'
import { isUuid } from '../shared/schemas.ts'
import { exact, suggest } from './unknown-codes.ts'

/** What something names, by id or code. */
export interface Named {
  reference: string
  /** Where the request names it; absent for what the register itself holds by a foreign key, which is there. */
  at?: Place
  /** In a query: what to do instead when the reference is several codes with commas between them. */
  ifSeveral?: (codes: string[]) => string
}

type NamedInRequest = Named & { at: Place }

/** An entry, and what it stands under. */
export interface Placed {
  id: string
  parentId: string | null
  /** How many stand above it. */
  depth: number
}

/** How the entries of a registry are looked up. */
export interface Lookup<Found extends Placed> {
  /** What an entry is called in messages. */
  what: string
  /** The address of the list that shows them all. */
  list: string
  codeOf: (entry: Found) => string
  /** A code in the case in which entries have it. */
  inCase: (code: string) => string
  /** Finds the entries with these ids or codes, and all that stand above them. */
  find: (db: Database, idsAndCodes: [string[], string[]], hold: Hold) => Promise<Found[]>
  /** Rows of code, name, place and near, as `suggest` takes them. */
  names: SQL
}

/** Whether what is looked up is held until the transaction ends (FOR KEY SHARE), or left free. */
export type Hold = 'held' | 'free'

/** The entries of one registry that were looked up, with all that stands above them. */
export class Entries<Found extends Placed> {
  readonly #lookup: Lookup<Found>
  readonly #entries = new Map<string, Found>()
  /** One for each name of what does not exist. */
  errors: PlacedError[] = []

  constructor(lookup: Lookup<Found>, entries: Found[]) {
    this.#lookup = lookup
    for (const entry of entries) this.#entries.set(entry.id, entry).set(lookup.codeOf(entry), entry)
  }

  has = (reference: string): boolean => this.#entries.has(keyOf(this.#lookup, reference))

  /** The entry that was looked up before, by id or code. */
  get(reference: string): Found {
    const entry = this.#entries.get(keyOf(this.#lookup, reference))
    if (entry === undefined) throw new Error(`${reference} was not looked up`)
    return entry
  }

  /** The entries above `entry`, the nearest first. */
  above(entry: Found): Found[] {
    const parent = entry.parentId === null ? undefined : this.get(entry.parentId)
    return parent ? [parent, ...this.above(parent)] : []
  }
}

const keyOf = (lookup: Pick<Lookup<Placed>, 'inCase'>, reference: string): string =>
  isUuid(reference) ? reference.toLowerCase() : lookup.inCase(reference)

/** Looks up what a request names in one registry, with what stands above it. */
export async function find<Found extends Placed>(
  db: Database,
  lookup: Lookup<Found>,
  named: Named[],
  hold: Hold,
): Promise<Entries<Found>> {
  const references = [...new Set(named.map(({ reference }) => keyOf(lookup, reference)))]
  const entries = new Entries(lookup, references.length === 0 ? [] : await rowsOf(db, lookup, references, hold))
  const absent = named
    .flatMap((name) => (name.at && !entries.has(name.reference) ? [{ ...name, at: name.at }] : []))
    .slice(0, maxErrors)
  if (absent.length > 0) entries.errors = await missing(db, lookup, absent)
  return entries
}

/**
 * Looks up what a write names in one registry, and holds it against change until the transaction ends (FOR KEY SHARE; a
 * registry write takes FOR UPDATE).
 * @throws Problem 422 for each name that does not exist, with the field and the nearest that does
 */
export async function lookUpEntries<Found extends Placed>(
  db: Database,
  lookup: Lookup<Found>,
  named: Named[],
): Promise<Entries<Found>> {
  const entries = await find(db, lookup, named, 'held')
  refuseMissing(entries.errors)
  return entries
}

/** @throws Problem for what is named and does not exist, with the status that its place has: see `unknownReferences` */
export function refuseMissing(errors: PlacedError[]): void {
  if (errors.length > 0) throw unknownReferences(errors)
}

/** The values of `$1` (ids) and `$2` (codes) of a statement that finds rows by either. */
export const idsAndCodes = (references: string[]): [string[], string[]] => [
  references.filter(isUuid),
  references.filter((reference) => !isUuid(reference)),
]

/** A statement that finds rows, holding them or leaving them free. */
export const holding = ({ name, text }: Statement, hold: Hold): Statement =>
  hold === 'held' ? { name: `${name}-held`, text: `${text} for key share` } : { name, text }

/** An entry can be moved while its row is waited for; then what is now above it is missing, and is looked up again. */
async function rowsOf<Found extends Placed>(
  db: Database,
  lookup: Lookup<Found>,
  references: string[],
  hold: Hold,
): Promise<Found[]> {
  const rows = await lookup.find(db, idsAndCodes(references), hold)
  const ids = new Set(rows.map(({ id }) => id))
  const complete = rows.every(({ parentId }) => parentId === null || ids.has(parentId))
  return complete ? rows : rowsOf(db, lookup, [...references, ...ids], hold)
}

async function missing<Found extends Placed>(
  db: Database,
  lookup: Lookup<Found>,
  absent: NamedInRequest[],
): Promise<PlacedError[]> {
  const { what, list, names } = lookup
  const several = await severalIn(db, lookup, absent)
  const single = absent.filter((named) => !several.has(named))
  const suggestions = await suggest(
    db,
    names,
    single.map(({ reference }) => reference),
  )
  return absent.map((named) => {
    const codes = several.get(named)
    if (codes) return severalNamed(what, named, codes)
    const suggested = suggestions.get(named.reference) ?? []
    if (suggested.length === 0) return unknownReference(what, named, ` Search at /v1/${list}?q=…`)
    if (suggested.length === 1) return unknownReference(what, named, '', { didYouMean: suggested[0]! })
    const either = suggested.map((code) => `\`${code}\``).join(' or ')
    return unknownReference(what, named, ` Did you mean ${either}?`)
  })
}

/** Those of a query that are several codes or names with commas between them, and the codes. */
async function severalIn<Found extends Placed>(
  db: Database,
  { names }: Lookup<Found>,
  absent: NamedInRequest[],
): Promise<Map<Named, string[]>> {
  const lists = absent
    .filter(({ reference, at }) => at.in === 'query' && reference.includes(','))
    .map((named) => ({ named, parts: named.reference.split(',').map((part) => part.trim()) }))
    .filter(({ parts }) => parts.every(Boolean))
  if (lists.length === 0) return new Map()
  const found = await exact(
    db,
    names,
    lists.flatMap(({ named, parts }) => [named.reference, ...parts]),
  )
  return new Map(
    lists.flatMap(({ named, parts }) => {
      const codes = parts.flatMap((part) => found.get(part)?.[0] ?? [])
      return found.has(named.reference) || codes.length < parts.length ? [] : [[named, codes] as const]
    }),
  )
}

function severalNamed(what: string, { reference, at, ifSeveral }: NamedInRequest, codes: string[]): PlacedError {
  const parameter = at.in === 'query' ? at.parameter : ''
  const repeated = codes.map((code) => `${parameter}=${code}`).join('&')
  const use = ifSeveral?.(codes) ?? `Repeat \`${parameter}\` for each: \`${repeated}\`.`
  const message = `There is no ${what} \`${reference}\`. ${use}`
  return { at, code: 'unknown_code', message }
}

/** The error of a name that stands for nothing. */
export function unknownReference(
  what: string,
  { reference, at }: NamedInRequest,
  whereTo = '',
  probably: Suggestion = {},
): PlacedError {
  const message = withSuggestion(`There is no ${what} \`${reference}\`.${whereTo}`, probably)
  return { at, code: 'unknown_code', message, ...probably }
}
