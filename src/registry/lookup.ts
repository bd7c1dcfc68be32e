import { type SQL, sql } from 'drizzle-orm'
import type { Database, Statement } from '../database/connect.ts'
import { withSuggestion, type Suggestion } from '../problems/did-you-mean.ts'
import { maxErrors, type Place, type PlacedError, unknownReferences } from '../problems/problems.ts'
import { isUuid } from '../shared/schemas.ts'
import { exact, suggest } from './unknown-codes.ts'

/** A reference by id or code. */
export interface Named {
  reference: string
  /** Its place in the request; absent for a foreign key of the register, which always exists. */
  at?: Place
  /** In a query: what to use instead if the reference is several codes separated by commas. */
  ifSeveral?: (codes: string[]) => string
}

type NamedInRequest = Named & { at: Place }

/** An entry with its place in the hierarchy. */
export interface Placed {
  id: string
  parentId: string | null
  /** The number of entries above it. */
  depth: number
}

/** How to look up entries of a registry. */
export interface Lookup<Found extends Placed> {
  /** The noun for an entry in messages. */
  what: string
  /** The path of the list of all entries, below `/v1/`. */
  list: string
  codeOf: (entry: Found) => string
  /** A code in the letter case of the registry. */
  inCase: (code: string) => string
  /** Finds the entries with these ids or codes, and all entries above them. */
  find: (db: Database, idsAndCodes: [string[], string[]], hold: Hold) => Promise<Found[]>
  /**
   * The text of a query that finds the same without locks, each by an index. Arrays are in subqueries, so that the planner
   * does not count their values: it would plan each request anew.
   */
  reading: (ids: string, codes: string) => string
  /** Rows of code, name, place and near, as `suggest` takes them. */
  names: SQL
  /** Rows of `former_id` and `code` of entries that were merged into others, and `id` of the entry that each means now. */
  former?: SQL
}

/** An id or a code of an entry that was merged into another, and the id of that one. */
interface Former {
  name: string
  id: string
}

/** Whether entries are locked until the end of the transaction (FOR KEY SHARE). */
export type Hold = 'held' | 'free'

/** Entries of one registry that were looked up, with all entries above them. */
export class Entries<Found extends Placed> {
  readonly #lookup: Lookup<Found>
  readonly #entries = new Map<string, Found>()
  /** One for each reference to nothing. */
  errors: PlacedError[] = []

  constructor(lookup: Lookup<Found>, entries: Found[], former: Former[] = []) {
    this.#lookup = lookup
    const byId = new Map(entries.map((entry) => [entry.id, entry]))
    for (const { name, id } of former) if (byId.has(id)) this.#entries.set(name, byId.get(id)!)
    for (const entry of entries) this.#entries.set(entry.id, entry).set(lookup.codeOf(entry), entry)
  }

  has = (reference: string): boolean => this.#entries.has(keyOf(this.#lookup, reference))

  /** The entry with this id or code, which was looked up before. */
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

/** The references, each once, as they are looked up. */
export const distinctKeys = (lookup: Pick<Lookup<Placed>, 'inCase'>, named: Named[]): string[] => [
  ...new Set(named.map(({ reference }) => keyOf(lookup, reference))),
]

/**
 * Looks up the references of a request in one registry, with all entries above.
 * @param read the entries with these ids and codes, and all entries above them, if they were read already
 */
export async function find<Found extends Placed>(
  db: Database,
  lookup: Lookup<Found>,
  named: Named[],
  hold: Hold,
  read?: Found[],
): Promise<Entries<Found>> {
  const entries = await entriesNamed(db, lookup, distinctKeys(lookup, named), hold, read)
  const absent = named
    .flatMap((name) => (name.at && !entries.has(name.reference) ? [{ ...name, at: name.at }] : []))
    .slice(0, maxErrors)
  if (absent.length > 0) entries.errors = await missing(db, lookup, absent)
  return entries
}

/**
 * The entries with these ids and codes. Those that are missing may be of entries that were merged into others, possibly
 * while the first statement waited for their rows, or may exist again since a merge was undone.
 */
async function entriesNamed<Found extends Placed>(
  db: Database,
  lookup: Lookup<Found>,
  references: string[],
  hold: Hold,
  read?: Found[],
): Promise<Entries<Found>> {
  if (references.length === 0) return new Entries(lookup, [])
  const entries = new Entries(lookup, read ?? (await rowsOf(db, lookup, references, hold)))
  const missing = references.filter((reference) => !entries.has(reference))
  if (missing.length === 0 || lookup.former === undefined) return entries
  const former = await formerNamed(db, lookup.former, missing)
  const all = [...references, ...former.map(({ id }) => id)]
  return new Entries(lookup, await rowsOf(db, lookup, all, hold), former)
}

/** Of these ids and codes, those of entries that were merged into others. */
export async function formerNamed(db: Database, former: SQL, references: string[]): Promise<Former[]> {
  const [ids, codes] = idsAndCodes(references)
  const rows = await db.query<{ formerId: string; code: string; id: string }>(sql`
    select former_id as "formerId", code, id from (${former}) former
    where former_id = any(${sql.param(ids)}::uuid[]) or code = any(${sql.param(codes)}::text[])`)
  return rows.flatMap(({ formerId, code, id }) => [
    { name: formerId, id },
    { name: code, id },
  ])
}

/**
 * Looks up the references of a write in one registry, and locks the entries until the end of the transaction (FOR KEY
 * SHARE; a write of the registry takes FOR UPDATE).
 * @throws Problem 422 with the field and a suggestion for each reference to nothing
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

/** @throws Problem for references to nothing; their place decides the status: see `unknownReferences` */
export function refuseMissing(errors: PlacedError[]): void {
  if (errors.length > 0) throw unknownReferences(errors)
}

/** References as the values of `$1` (ids) and `$2` (codes) of a statement. */
export const idsAndCodes = (references: string[]): [string[], string[]] => [
  references.filter(isUuid),
  references.filter((reference) => !isUuid(reference)),
]

/** A statement that finds rows, with or without locks. */
export const holding = ({ name, text }: Statement, hold: Hold): Statement =>
  hold === 'held' ? { name: `${name}-held`, text: `${text} for key share` } : { name, text }

/** An entry can be moved while the statement waits for its row. Its new parents are then missing: it is repeated. */
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

/** Where a program searches for an entry that no suggestion fits: the end of a message. */
export const searchAt = (list: string): string => ` Search at /v1/${list}?q=…`

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
    if (suggested.length === 0) return unknownReference(what, named, searchAt(list))
    if (suggested.length === 1) return unknownReference(what, named, '', { didYouMean: suggested[0]! })
    const either = suggested.map((code) => `\`${code}\``).join(' or ')
    return unknownReference(what, named, ` Did you mean ${either}?`)
  })
}

/** References in a query that are several codes or names separated by commas, with the codes. */
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

/** The error for a reference to nothing. */
export function unknownReference(
  what: string,
  { reference, at }: NamedInRequest,
  whereTo = '',
  probably: Suggestion = {},
): PlacedError {
  const message = withSuggestion(`There is no ${what} \`${reference}\`.${whereTo}`, probably)
  return { at, code: 'unknown_code', message, ...probably }
}
