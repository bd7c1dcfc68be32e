import { bigint, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from '../database/sql.ts'

/** Registry entries that changed, which what shows them does not show yet. */
export const registryChanges = pgTable('registry_changes', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  registry: text({ enum: ['signatory', 'research_domain'] }).notNull(),
  entryId: uuid('entry_id').notNull(),
  /** Who changed the entry and why: what is published again because of it says so. */
  actor: text(),
  note: text(),
  /** The last agreement that is done: they are taken in the order of their ids. */
  doneUpTo: uuid('done_up_to'),
  changedAt: instant('changed_at').notNull().defaultNow(),
})
