import { integer, json, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { instant } from '../../database/sql.ts'

/** Mappings that are kept under a name. */
export const mappings = pgTable(
  'mappings',
  {
    id: uuid().primaryKey(),
    name: text().notNull(),
    mapping: json().notNull(),
    version: integer().notNull().default(1),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    updatedBy: text('updated_by'),
  },
  (table) => [unique('mappings_name_key').on(table.name)],
)
