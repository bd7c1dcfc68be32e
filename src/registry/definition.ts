import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Database } from '../database/connect.ts'
import { Problem, ruleBroken } from '../problems/problems.ts'
import type { Entries, Lookup, Named, Placed } from './lookup.ts'
import type { RegistryName } from './tables.ts'

/** An entry as it is read. */
export interface Shown {
  id: string
  version: number
}

/** An entry as a client writes it. */
export interface Written {
  code: string
}

/** An entry as it is added: without a code, one is made. */
export type Added<Whole extends Written> = Omit<Whole, 'code'> & { code?: string | undefined }

/** What the list of any registry is asked for. */
export interface ListQuery {
  q?: string | undefined
  parent?: string | undefined
  limit?: number | undefined
  cursor?: string | undefined
  count?: 'exact' | undefined
}

/** An entry that is written, and what it names of its own registry. */
export interface Linked<Entry extends Placed, Whole extends Written> {
  id: string
  given: Added<Whole>
  /** What an edit replaces. */
  before?: Whole
  entries: Entries<Entry>
}

/** What one registry has of its own. */
export interface Definition<
  Entry extends Placed,
  Document extends Shown,
  Whole extends Written,
  Query extends ListQuery,
> extends Lookup<Entry> {
  name: RegistryName
  table: PgTable & Record<'id' | 'code' | 'words', PgColumn>
  nameColumn: PgColumn
  /** The column with the id of the entry above. */
  parentId: PgColumn
  /** The pointer to the field with the entry above. */
  parentPointer: string
  /** What an entry is found by beside its id, as SQL; lists are in its order unless words are looked for. */
  key: SQL | PgColumn
  /** A number for `pg_advisory_xact_lock` that nothing else in the database locks. */
  lock: number
  /** About how many bytes an entry takes as JSON. */
  size: SQL
  /** Whether an entry is over: where words are looked for, it comes after those that are not. */
  ended: SQL
  /** Reads entries, each with what it shows by one statement, so as at one moment. */
  select: (db: Database, where: SQL | undefined) => Promise<Document[]>
  /** The entry with this code. */
  withCode: (code: string) => SQL | undefined
  /** What a list is narrowed by, beside `q` and `parent`. */
  matching: (query: Query) => SQL | undefined
  codeOf: (entry: Entry | Document | Whole) => string
  /** The reference of the entry above. */
  parentOf: (given: Added<Whole>) => string | null
  columns: (input: Whole, parent: Entry | null) => Record<string, unknown>
  /** An entry as a client would write it. */
  writable: (document: Document) => Whole
  /** The rules of this registry alone; `before` is what an edit replaces. @throws Problem 422 */
  check: (given: Added<Whole>, parent: Entry | null, before?: Whole) => void
  /** What else of its registry an entry names, beside the one above it. */
  named?: (given: Added<Whole>) => Named[]
  /** Stores what links an entry to others. @throws Problem 422 */
  link?: (db: Database, linked: Linked<Entry, Whole>) => Promise<void>
  /** All that an entry is called, each with its place in a request. */
  calledIn: (given: Whole) => { pointer: string; name: string }[]
  /** What else an entry must be, beside having a name of another under the same parent, to be the same thing twice. */
  sameAs: (linked: Linked<Entry, Whole>) => SQL | undefined
  /** A readable code, not necessarily free. @throws Problem 422 when a code must be given */
  likelyCode: (given: Added<Whole>, parent: Entry | null) => string
  /** The entries that may not have the code of another; all unless given. */
  rivals?: (given: Added<Whole>) => SQL
  /** Why an entry cannot stand under `parent`, which stands under it. */
  cycle: (parent: Entry) => string
}

type ChangeColumns = Record<'version' | 'createdAt' | 'updatedAt' | 'updatedBy', PgColumn>

/** What every entry shows of its changes. */
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

/** A 409 for a code that another entry has. */
export const taken = (message: string): Problem =>
  new Problem('taken', message, [{ pointer: '/code', code: 'taken', message }])
