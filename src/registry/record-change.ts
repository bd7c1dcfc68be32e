import { sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import { changes, type RegistryName } from './tables.ts'

type EntryChange = Pick<(typeof changes)['$inferInsert'], 'entryId' | 'actor' | 'note' | 'mergedInto'> & {
  kind: RegistryName
  operation: NonNullable<(typeof changes)['$inferInsert']['operation']>
  /** The code of the entry, for a domain with its scheme: `theme:fire`. */
  code: string
}

/** Adds what happens to a registry entry to the feed of changes. Must be in the transaction that makes the change. */
export const recordChange = (db: Database, change: EntryChange) =>
  db.orm.insert(changes).values({ ...change, changedAt: sql`clock_timestamp()` })
