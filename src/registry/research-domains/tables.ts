import { sql } from 'drizzle-orm'
import { check, foreignKey, index, pgTable, smallint, text, unique, uuid } from 'drizzle-orm/pg-core'
import { entryColumns } from '../tables.ts'

/** Nodes of the taxonomies. `depth` prevents cycles as among signatories; a broader domain has the same scheme. */
export const researchDomains = pgTable(
  'research_domains',
  {
    ...entryColumns(),
    scheme: text().notNull(),
    label: text().notNull(),
    broaderId: uuid('broader_id'),
    broaderDepth: smallint('broader_depth'),
    depth: smallint()
      .notNull()
      .generatedAlwaysAs(sql`coalesce(broader_depth + 1, 0)`),
  },
  (table) => [
    unique('research_domains_code_key').on(table.scheme, table.code),
    unique('research_domains_id_depth_key').on(table.id, table.scheme, table.depth),
    foreignKey({
      name: 'research_domains_broader_fk',
      columns: [table.broaderId, table.scheme, table.broaderDepth],
      foreignColumns: [table.id, table.scheme, table.depth],
    }).onUpdate('cascade'),
    index('research_domains_broader_index').on(table.broaderId),
    check('research_domains_broader_check', sql`(${table.broaderId} is null) = (${table.broaderDepth} is null)`),
    check('research_domains_depth_check', sql`${table.depth} <= 8`),
    check('research_domains_code_check', sql`${table.code} = lower(${table.code})`),
  ],
)
