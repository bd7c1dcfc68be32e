import { sql } from 'drizzle-orm'
import { bigint, check, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { instant, literals } from '../database/sql.ts'

export const registries = ['signatory', 'research_domain', 'collection'] as const
export const agreementChanges = ['agreement', 'released_agreement', 'dependent_agreement'] as const
export type RegistryName = (typeof registries)[number]

/** The columns that every registry has. */
export const entryColumns = () => ({
  id: uuid().primaryKey(),
  code: text().notNull(),
  /** The keys of all its names: see `linesOf`. */
  words: text().notNull(),
  version: integer().notNull().default(1),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
  updatedBy: text('updated_by'),
})

/**
 * Changed registry entries whose agreements are not published again yet; changed agreements (`agreement`) on which others
 * may depend; agreements that another one no longer ends (`released_agreement`); and those that newly depend on another
 * one, which can have changed at the same time (`dependent_agreement`).
 */
export const registryChanges = pgTable('registry_changes', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  registry: text({ enum: [...registries, ...agreementChanges] }).notNull(),
  entryId: uuid('entry_id').notNull(),
  /** Who changed the entry, and why; the new versions of agreements record it. */
  actor: text(),
  note: text(),
  /** The last agreement that was published; they are published in the order of their ids. */
  doneUpTo: uuid('done_up_to'),
  changedAt: instant('changed_at').notNull().defaultNow(),
})

/** Deleted registry entries; nothing else of them is kept. */
export const registryDeletions = pgTable(
  'registry_deletions',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    registry: text({ enum: registries }).notNull(),
    entryId: uuid('entry_id').notNull(),
    /** The code, for a domain with its scheme: `theme:fire`. */
    code: text().notNull(),
    /** Null when the caller was not identified. */
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
