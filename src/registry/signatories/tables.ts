import { sql } from 'drizzle-orm'
import { check, date, foreignKey, index, json, pgTable, smallint, text, unique, uuid } from 'drizzle-orm/pg-core'
import type { Identifier } from '../../shared/schemas.ts'
import { literals } from '../../database/sql.ts'
import { entryColumns } from '../tables.ts'

export const signatoryKinds = [
  'state',
  'former_state',
  'territory',
  'supranational_body',
  'intergovernmental_organization',
  'agency',
  'subnational',
  'other',
] as const

/**
 * Bodies that can sign. `depth` is one more than the parent's and the foreign key keeps it so: a cycle would need a
 * depth greater than itself, so the database refuses one without a trigger.
 */
export const signatories = pgTable(
  'signatories',
  {
    ...entryColumns(),
    name: text().notNull(),
    kind: text({ enum: signatoryKinds }).notNull(),
    parentId: uuid('parent_id'),
    parentDepth: smallint('parent_depth'),
    depth: smallint()
      .notNull()
      .generatedAlwaysAs(sql`coalesce(parent_depth + 1, 0)`),
    aliases: text().array().notNull(),
    identifiers: json().$type<Identifier[]>().notNull(),
    validFrom: text('valid_from'),
    validFromDay: date('valid_from_day', { mode: 'string' }),
    validTo: text('valid_to'),
    validToDay: date('valid_to_day', { mode: 'string' }),
  },
  (table) => [
    unique('signatories_code_key').on(table.code),
    unique('signatories_id_depth_key').on(table.id, table.depth),
    foreignKey({
      name: 'signatories_parent_fk',
      columns: [table.parentId, table.parentDepth],
      foreignColumns: [table.id, table.depth],
    }).onUpdate('cascade'),
    index('signatories_parent_index').on(table.parentId),
    check('signatories_kind_check', sql`${table.kind} in (${literals(signatoryKinds)})`),
    check('signatories_parent_check', sql`(${table.parentId} is null) = (${table.parentDepth} is null)`),
    check('signatories_depth_check', sql`${table.depth} <= 8`),
    check('signatories_party_check', sql`${table.kind} <> 'agency' or ${table.parentId} is not null`),
    check('signatories_code_check', sql`${table.code} = upper(${table.code})`),
  ],
)
