import { sql } from 'drizzle-orm'
import { boolean, check, date, index, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { entryColumns } from '../tables.ts'

/** The lists from which agreements were taken. */
export const collections = pgTable(
  'collections',
  {
    ...entryColumns(),
    name: text().notNull(),
    publisher: text(),
    url: text(),
    licence: text(),
    asOf: date('as_of', { mode: 'string' }),
    note: text(),
    listed: boolean().notNull().default(true),
  },
  (table) => [
    unique('collections_code_key').on(table.code),
    index('collections_names_index').using('gin', sql`name_keys(words)`),
    check('collections_code_check', sql`${table.code} = lower(${table.code})`),
  ],
)
