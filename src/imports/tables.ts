import { sql } from 'drizzle-orm'
import { boolean, check, foreignKey, index, integer, json, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { agreements } from '../agreements/tables.ts'
import { collections } from '../registry/collections/tables.ts'
import { instant, literals } from '../database/sql.ts'

export const importModes = ['create', 'upsert'] as const
export const importStatuses = ['queued', 'running', 'done', 'failed', 'cancelled'] as const
/** Verdicts of rows, which add up to the rows. */
export const verdicts = ['created', 'updated', 'unchanged', 'refused', 'skipped'] as const
/** `gone`: a row of an earlier import of the collection that this file does not have. */
export const rowVerdicts = [...verdicts, 'gone'] as const
export const unknownPartyRules = ['refuse', 'create'] as const
const formats = ['csv', 'tsv', 'ndjson', 'json', 'xlsx'] as const
export const phases = ['checking', 'writing', 'relating'] as const

/** Files that were sent to be imported, and how far the work on each has come. */
export const imports = pgTable(
  'imports',
  {
    id: uuid().primaryKey(),
    /** Null when it was made for this import, which then stored nothing. */
    collectionId: uuid('collection_id'),
    /** Whether it was made for this import. */
    madeCollection: boolean('made_collection').notNull().default(false),
    /** Whether the file has only some rows of its collection. */
    partial: boolean().notNull().default(false),
    fileName: text('file_name'),
    format: text({ enum: formats }).notNull(),
    /** The names of the columns. */
    columns: json().$type<string[]>().notNull(),
    mapping: json().notNull(),
    mode: text({ enum: importModes }).notNull(),
    atomic: boolean().notNull(),
    dryRun: boolean('dry_run').notNull(),
    unknownParties: text('unknown_parties', { enum: unknownPartyRules }).notNull(),
    status: text({ enum: importStatuses }).notNull(),
    /** The number of rows; rows that are gone do not count. */
    rows: integer().notNull(),
    phase: text({ enum: phases }),
    /** The last row that the phase has done. */
    position: integer().notNull().default(0),
    /** Rows by verdict, when it has ended. */
    counts: json().$type<Record<string, number>>(),
    failure: json().$type<{ code: string; message: string }>(),
    actor: text(),
    note: text(),
    createdAt: instant('created_at').notNull().defaultNow(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    cancelledBy: text('cancelled_by'),
    cancelRequested: boolean('cancel_requested').notNull().default(false),
    /** Who works on it, and until when nobody else may. */
    worker: uuid(),
    leaseUntil: instant('lease_until'),
  },
  (table) => [
    foreignKey({
      name: 'imports_collection_fk',
      columns: [table.collectionId],
      foreignColumns: [collections.id],
    }),
    index('imports_open_index')
      .on(table.id)
      .where(sql`status in ('queued', 'running')`),
    index('imports_collection_index').on(table.collectionId, table.id),
    check('imports_status_check', sql`${table.status} in (${literals(importStatuses)})`),
    check('imports_mode_check', sql`${table.mode} in (${literals(importModes)})`),
    check('imports_unknown_parties_check', sql`${table.unknownParties} in (${literals(unknownPartyRules)})`),
  ],
)

/** The rows of the files, and what became of them. */
export const importRows = pgTable(
  'import_rows',
  {
    importId: uuid('import_id').notNull(),
    /** From 1, as in the file; rows that are gone come after them. */
    number: integer().notNull(),
    /** The row as it is in the file; null when it is gone. */
    raw: json(),
    /** Size of `raw` as text, in bytes. */
    size: integer().notNull(),
    /** What was wrong with it when it was read. */
    errors: json(),
    rowKey: text('row_key'),
    verdict: text({ enum: rowVerdicts }),
    agreementId: uuid('agreement_id'),
    /** Reason, errors, warnings and similar agreements. */
    details: json(),
    /** Relations to agreements that were not there yet. */
    pending: json(),
  },
  (table) => [
    primaryKey({ name: 'import_rows_pk', columns: [table.importId, table.number] }),
    foreignKey({
      name: 'import_rows_import_fk',
      columns: [table.importId],
      foreignColumns: [imports.id],
    }).onDelete('cascade'),
    index('import_rows_key_index').on(table.importId, table.rowKey),
    index('import_rows_verdict_index').on(table.importId, table.verdict, table.number),
    check('import_rows_verdict_check', sql`${table.verdict} in (${literals(rowVerdicts)})`),
  ],
)

export const noteKinds = ['party', 'added', 'column', 'value', 'similar'] as const

/**
 * What is told once each for all rows that it touches: parties that were not matched, those that were added, unused columns, unknown values, and
 * that there are similar agreements.
 */
export const importNotes = pgTable(
  'import_notes',
  {
    importId: uuid('import_id').notNull(),
    kind: text({ enum: noteKinds }).notNull(),
    key: text().notNull(),
    /** How many rows it touches, and the first of them. */
    rows: integer().notNull(),
    firstRows: integer('first_rows').array().notNull(),
    details: json().notNull(),
  },
  (table) => [
    primaryKey({ name: 'import_notes_pk', columns: [table.importId, table.kind, table.key] }),
    foreignKey({
      name: 'import_notes_import_fk',
      columns: [table.importId],
      foreignColumns: [imports.id],
    }).onDelete('cascade'),
  ],
)

/** From which row of which collection an agreement comes. */
export const agreementOrigins = pgTable(
  'agreement_origins',
  {
    collectionId: uuid('collection_id').notNull(),
    rowKey: text('row_key').notNull(),
    agreementId: uuid('agreement_id').notNull(),
    /** The last import with the row; null when that was deleted. */
    importId: uuid('import_id'),
    rowNumber: integer('row_number').notNull(),
    /** SHA-256 of the row as it is in the file, and of the mapping. */
    rowHash: text('row_hash').notNull(),
    mappingHash: text('mapping_hash').notNull(),
  },
  (table) => [
    primaryKey({ name: 'agreement_origins_pk', columns: [table.collectionId, table.rowKey] }),
    foreignKey({
      name: 'agreement_origins_collection_fk',
      columns: [table.collectionId],
      foreignColumns: [collections.id],
    }),
    foreignKey({
      name: 'agreement_origins_agreement_fk',
      columns: [table.agreementId],
      foreignColumns: [agreements.id],
    }),
    foreignKey({
      name: 'agreement_origins_import_fk',
      columns: [table.importId],
      foreignColumns: [imports.id],
    }).onDelete('set null'),
    index('agreement_origins_agreement_index').on(table.agreementId),
    index('agreement_origins_import_index').on(table.importId),
  ],
)
