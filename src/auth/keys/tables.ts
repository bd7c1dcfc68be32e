import { sql } from 'drizzle-orm'
import { type AnyPgColumn, check, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant, literals } from '../../database/sql.ts'
import { roles } from '../../shared/schemas.ts'

/** API keys, including expired and revoked ones, which histories name. */
export const keys = pgTable(
  'keys',
  {
    id: uuid().primaryKey(),
    publicId: text('public_id').notNull().unique('keys_public_id_key'),
    /** SHA-256 of the whole key, in hexadecimal. */
    sha256: text().notNull(),
    name: text().notNull(),
    role: text({ enum: roles }).notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    createdBy: text('created_by'),
    expiresAt: instant('expires_at'),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
    revokedBy: text('revoked_by'),
    /** The key that this one replaced. */
    replaces: uuid()
      .unique('keys_replaces_key')
      .references((): AnyPgColumn => keys.id),
  },
  (table) => [
    check('keys_role_check', sql`${table.role} in (${literals(roles)})`),
    check('keys_revoked_check', sql`${table.revokedBy} is null or ${table.revokedAt} is not null`),
  ],
)
