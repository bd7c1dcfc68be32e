import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Database } from '../database/connect.ts'
import { Problem, ruleBroken } from '../problems/problems.ts'
import type { Entries, Lookup, Named, Placed } from './lookup.ts'
import type { RegistryName } from './tables.ts'

/** The representation of an entry, as far as every registry has it. */
export interface Shown {
  id: string
  version: number
}

/** An entry in a request. */
export interface Written {
  code: string
}

/** An entry to be created; without a code it is assigned one. */
export type Added<Whole extends Written> = Omit<Whole, 'code'> & { code?: string | undefined }

/** The query parameters that the list of every registry has. */
export interface ListQuery {
  q?: string | undefined
  parent?: string | undefined
  limit?: number | undefined
  cursor?: string | undefined
  count?: 'exact' | undefined
}

/** An entry that is created or edited, with the entries of its own registry that it refers to. */
export interface Linked<Entry extends Placed, Whole extends Written> {
  id: string
  given: Added<Whole>
  /** The entry before the edit; absent when it is created. */
  before?: Whole
  entries: Entries<Entry>
}

/** Where the entries of a registry have parents in the same registry. */
interface Hierarchy<Entry extends Placed> {
  /** The column with the id of the parent. */
  parentId: PgColumn
  /** JSON Pointer to the field with the parent. */
  pointer: string
  /** The message when `parent` is below the entry. */
  cycle: (parent: Entry) => string
}

/** Everything in which one registry differs from another. */
export interface Definition<
  Entry extends Placed,
  Document extends Shown,
  Whole extends Written,
  Query extends ListQuery,
> extends Lookup<Entry> {
  name: RegistryName
  table: PgTable & Record<'id' | 'code' | 'words', PgColumn>
  nameColumn: PgColumn
  /** Absent when no entry has a parent. */
  hierarchy?: Hierarchy<Entry>
  /** The full code of an entry, as SQL. Lists are ordered by it unless they are searched. */
  key: SQL | PgColumn
  /** The key of an advisory lock that nothing else uses. */
  lock: number
  /** The approximate size of an entry as JSON, in bytes. */
  size: SQL
  /** Whether an entry no longer exists in the world; a search returns it after current ones. */
  ended: SQL
  /** Reads entries with everything they show in one statement, so that an answer is consistent. */
  select: (db: Database, where: SQL | undefined) => Promise<Document[]>
  /** The entry with this code. */
  withCode: (code: string) => SQL | undefined
  /** The filters of a list other than `q` and `parent`. */
  matching: (query: Query) => SQL | undefined
  codeOf: (entry: Entry | Document | Whole) => string
  /** The reference to the parent. */
  parentOf: (given: Added<Whole>) => string | null
  columns: (input: Whole, parent: Entry | null) => Record<string, unknown>
  /** The representation as a request would send it. */
  writable: (document: Document) => Whole
  /** Checks the rules that only this registry has; `before` is the entry before an edit. @throws Problem 422 */
  check: (given: Added<Whole>, parent: Entry | null, before?: Whole) => void
  /** The entries of the same registry that an entry refers to, other than its parent. */
  named?: (given: Added<Whole>) => Named[]
  /** The entry with each reference to another entry replaced. Absent when it has none. */
  withReferences?: (given: Whole, replace: (reference: string) => string) => Whole
  /** Stores the links of an entry to others. @throws Problem 422 */
  link?: (db: Database, linked: Linked<Entry, Whole>) => Promise<void>
  /** Every name of an entry, with the JSON Pointer of its field. */
  calledIn: (given: Whole) => { pointer: string; name: string }[]
  /** Which entries with the same name under the same parent are the same thing; undefined: all. */
  sameAs: (linked: Linked<Entry, Whole>) => SQL | undefined
  /** A readable code, which may be in use. @throws Problem 422 when a code must be given */
  likelyCode: (given: Added<Whole>, parent: Entry | null) => string
  /** The entries among which codes are unique. Default: all. */
  rivals?: (given: Added<Whole>) => SQL
  /** Whether agreements show what an edit has changed. Default: always. */
  isShown?: (before: Whole, after: Whole) => boolean
}

type ChangeColumns = Record<'version' | 'createdAt' | 'updatedAt' | 'updatedBy', PgColumn>

/** The fields about changes that every entry has. */
export const changesShown = ({ version, createdAt, updatedAt, updatedBy }: ChangeColumns) => ({
  version,
  createdAt: instantIn(createdAt),
  updatedAt: instantIn(updatedAt),
  updatedBy,
})

const instantIn = (column: PgColumn) => sql<string>`${column}`.mapWith((text: string) => new Date(text).toISOString())

/** A 422 for one field. */
export const broken = (pointer: string, code: string, message: string): Problem =>
  ruleBroken([{ pointer, code, message }])

/** A 409 for a code that is in use. */
export const taken = (message: string): Problem =>
  new Problem('taken', message, [{ pointer: '/code', code: 'taken', message }])
