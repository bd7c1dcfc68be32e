import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant, literals } from '../../database/sql.ts'
import { roles } from '../../shared/schemas.ts'
import { keys } from '../keys/tables.ts'

/** People who are signed in on the pages. */
export const sessions = pgTable(
  'sessions',
  {
    /** SHA-256 of the token in the cookie, in hexadecimal. */
    sha256: text().primaryKey(),
    actor: text().notNull(),
    /** As pages show it. */
    name: text().notNull(),
    role: text({ enum: roles }),
    via: text({ enum: ['key', 'oidc'] }).notNull(),
    /** The key that was used to sign in: when it ends, so does the session. */
    keyId: uuid('key_id').references(() => keys.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    check('sessions_role_check', sql`${table.role} in (${literals(roles)})`),
    check('sessions_via_check', sql`${table.via} in ('key', 'oidc')`),
    check('sessions_key_check', sql`(${table.via} = 'key') = (${table.keyId} is not null)`),
    index('sessions_expires_at_index').on(table.expiresAt),
  ],
)
