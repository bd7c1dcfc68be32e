import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from '../../database/sql.ts'
import { causes, ofAgreement } from '../tables.ts'

/** Agreements whose republication failed. Each is retried with increasing delays until it succeeds. */
export const publicationFailures = pgTable('publication_failures', {
  agreementId: ofAgreement().primaryKey(),
  /** The name of the error, with the code and the constraint of a database error. Contains no data. */
  reason: text().notNull(),
  attempts: integer().notNull(),
  nextTry: instant('next_try').notNull(),
  /** The version at the last attempt; if it was edited since, it is retried immediately. */
  version: integer().notNull(),
  /** The cause of the pending publication. */
  cause: text({ enum: causes }).notNull(),
  actor: text(),
  note: text(),
})
