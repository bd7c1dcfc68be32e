import { sql } from 'drizzle-orm'
import { check, foreignKey, index, integer, json, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from '../../database/sql.ts'
import { imports } from '../tables.ts'

/** Files that were uploaded on a page, until somebody has said what their columns are. */
export const waitingFiles = pgTable(
  'waiting_files',
  {
    id: uuid().primaryKey(),
    name: text().notNull(),
    /** In bytes. */
    size: integer().notNull(),
    /** The first rows, and what was seen in the columns. */
    head: json().notNull(),
    /** How it is to be read and imported. */
    plan: json().notNull(),
    actor: text(),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    /** The dry run of the plan as it is; null when there was none. */
    dryRunId: uuid('dry_run_id'),
    /** The import of the plan as it is; null when there was none. */
    importId: uuid('import_id'),
  },
  (table) => [
    foreignKey({
      name: 'waiting_files_dry_run_fk',
      columns: [table.dryRunId],
      foreignColumns: [imports.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'waiting_files_import_fk',
      columns: [table.importId],
      foreignColumns: [imports.id],
    }).onDelete('set null'),
    index('waiting_files_updated_index').on(table.updatedAt),
    index('waiting_files_dry_run_index').on(table.dryRunId),
    index('waiting_files_import_index').on(table.importId),
    check('waiting_files_size_check', sql`${table.size} > 0`),
  ],
)

/** Their content, in pieces. */
export const waitingFilePieces = pgTable(
  'waiting_file_pieces',
  {
    fileId: uuid('file_id').notNull(),
    /** From 0. */
    number: integer().notNull(),
    bytes: bytea().notNull(),
  },
  (table) => [
    primaryKey({ name: 'waiting_file_pieces_pk', columns: [table.fileId, table.number] }),
    foreignKey({
      name: 'waiting_file_pieces_file_fk',
      columns: [table.fileId],
      foreignColumns: [waitingFiles.id],
    }).onDelete('cascade'),
  ],
)
