import { index, jsonb, pgTable, smallint, text } from 'drizzle-orm/pg-core'
import { bytea, instant } from '../../database/sql.ts'

/** The answers of writes that were sent with an `Idempotency-Key`, for their retries. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** SHA-256 of the caller, the route and the key. */
    id: bytea().primaryKey(),
    /** SHA-256 of the path and the body. */
    request: bytea().notNull(),
    status: smallint().notNull(),
    /** By name, in lower case. */
    headers: jsonb().$type<Record<string, string>>().notNull(),
    /** Null: the answer has no body. */
    body: text(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [index('idempotency_keys_created_at').on(table.createdAt)],
)
