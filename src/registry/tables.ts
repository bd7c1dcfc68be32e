import { bigint, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from '../database/sql.ts'

const registries = ['signatory', 'research_domain'] as const
export type RegistryName = (typeof registries)[number]

/** The columns of an entry of any registry. */
export const entryColumns = () => ({
  id: uuid().primaryKey(),
  code: text().notNull(),
  /** All that a search finds it by, folded. */
  words: text().notNull(),
  version: integer().notNull().default(1),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
  updatedBy: text('updated_by'),
})

/** Registry entries that changed, which what shows them does not show yet. */
export const registryChanges = pgTable('registry_changes', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  registry: text({ enum: registries }).notNull(),
  entryId: uuid('entry_id').notNull(),
  /** Who changed the entry and why: what is published again because of it says so. */
  actor: text(),
  note: text(),
  /** The last agreement that is done: they are taken in the order of their ids. */
  doneUpTo: uuid('done_up_to'),
  changedAt: instant('changed_at').notNull().defaultNow(),
})
