import { sql } from 'drizzle-orm'
import { bigint, check, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { instant, literals } from '../database/sql.ts'

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

/** Registry entries that were deleted: nothing else is kept of them. */
export const registryDeletions = pgTable(
  'registry_deletions',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    registry: text({ enum: registries }).notNull(),
    entryId: uuid('entry_id').notNull(),
    /** The code by which it was named: of a domain with its scheme, `theme:fire`. */
    code: text().notNull(),
    /** Null: nobody was told apart. */
    actor: text(),
    note: text(),
    deletedAt: instant('deleted_at')
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  (table) => [
    unique('registry_deletions_entry_key').on(table.entryId),
    check('registry_deletions_registry_check', sql`${table.registry} in (${literals(registries)})`),
  ],
)
