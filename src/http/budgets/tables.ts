import { index, integer, pgTable } from 'drizzle-orm/pg-core'
import { bytea, instant } from '../../database/sql.ts'

/**
 * The windows of the rate limits that hold across processes, and what was given of each. The table is unlogged: a crash of
 * PostgreSQL empties it, and a standby does not have it.
 */
export const rateWindows = pgTable(
  'rate_windows',
  {
    /** SHA-256 of the budget and the caller. */
    id: bytea().primaryKey(),
    /** How many requests were given to all processes together. */
    used: integer().notNull(),
    /** How many were given last. */
    granted: integer().notNull(),
    ends: instant('ends').notNull(),
  },
  (table) => [index('rate_windows_ends_index').on(table.ends)],
)
