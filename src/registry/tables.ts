import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  date,
  index,
  integer,
  pgTable,
  smallint,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
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
  /** The last agreement of this part of a change that was divided among processes; null: there is no last one. */
  upTo: uuid('up_to'),
  /** The change that was divided, the same for all its parts; null if it was not. */
  dividedFrom: bigint('divided_from', { mode: 'number' }),
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

/**
 * What each entry of a registry was from an instant on; triggers write a row at every change (migration 0034). It stays when
 * the entry is deleted: a question with `asOf` uses the codes and the names of its instant.
 */
export const registryHistory = pgTable(
  'registry_history',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    registry: text({ enum: registries }).notNull(),
    entryId: uuid('entry_id').notNull(),
    /** In whole milliseconds, as the instants of publications are; `-infinity` for what was there when this table was made. */
    since: instant('since').notNull(),
    /** The code, for a domain with its scheme; null, as the following columns, when the entry was deleted. */
    code: text(),
    name: text(),
    /** The kind of a signatory. */
    kind: text(),
    parentId: uuid('parent_id'),
    depth: smallint(),
    /** The last day of a signatory. */
    validToDay: date('valid_to_day', { mode: 'string' }),
  },
  (table) => [
    index('registry_history_entry_index').on(
      table.registry,
      table.entryId,
      table.since.desc().nullsFirst(),
      table.id.desc().nullsFirst(),
    ),
    check('registry_history_registry_check', sql`${table.registry} in (${literals(registries)})`),
  ],
)

/** The same for the links from signatories to their predecessors. */
export const predecessorHistory = pgTable(
  'predecessor_history',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    successorId: uuid('successor_id').notNull(),
    predecessorId: uuid('predecessor_id').notNull(),
    since: instant('since').notNull(),
    removed: boolean().notNull(),
    kind: text(),
    lastDay: date('last_day', { mode: 'string' }),
  },
  (table) => [index('predecessor_history_successor_index').on(table.successorId, table.predecessorId)],
)

export const changeKinds = ['agreement', ...registries] as const
/** What happens to a registry entry besides edits; `restored`: its merge into another one was undone. */
export const entryOperations = ['deleted', 'merged', 'restored'] as const

/**
 * Every publication of an agreement, and what happens to registry entries besides edits, in one order. A row is added by
 * the transaction that makes the change; `sequence` is set once it is committed: see docs/decisions/changes.md.
 */
export const changes = pgTable(
  'changes',
  {
    /** Ascends within an agreement and within an entry, since their writes lock them; otherwise not in the order of commits. */
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** From 1, without gaps. */
    sequence: bigint({ mode: 'number' }),
    sequencedAt: instant('sequenced_at'),
    kind: text({ enum: changeKinds }).notNull(),
    /** The agreement or the registry entry. */
    entryId: uuid('entry_id').notNull(),
    /** The version of an agreement, which has the rest; null for a registry entry. */
    version: integer(),
    /** Null for an agreement, and so are the following columns. */
    operation: text({ enum: entryOperations }),
    code: text(),
    /** The entry that it was merged into; null unless `merged`. */
    mergedInto: uuid('merged_into'),
    actor: text(),
    note: text(),
    changedAt: instant('changed_at'),
  },
  (table) => [
    uniqueIndex('changes_sequence_key')
      .on(table.sequence)
      .where(sql`sequence is not null`),
    index('changes_unsequenced_index')
      .on(table.id)
      .where(sql`sequence is null`),
    check('changes_kind_check', sql`${table.kind} in (${literals(changeKinds)})`),
    check('changes_operation_check', sql`${table.operation} in (${literals(entryOperations)})`),
    check('changes_version_check', sql`(${table.kind} = 'agreement') = (${table.version} is not null)`),
  ],
)
