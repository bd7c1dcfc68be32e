import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  date,
  foreignKey,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Identifier } from '../../shared/schemas.ts'
import { instant, literals } from '../../database/sql.ts'
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

/** The kinds of bodies that are parties for themselves, whatever body is above them. */
export const partyKinds = [
  'state',
  'former_state',
  'territory',
  'supranational_body',
  'intergovernmental_organization',
] as const satisfies (typeof signatoryKinds)[number][]

export const nameKinds = ['short', 'long', 'variant', 'older'] as const

/** A name of a body in one language. */
export interface SignatoryName {
  language: string
  name: string
  kind: (typeof nameKinds)[number]
  source: string | null
}

/** The kinds of succession; `data/README.md` says what each means. */
export const successionKinds = [
  'independence',
  'end_of_mandate',
  'end_of_trusteeship',
  'end_of_colony',
  'restored_independence',
  'dissolution',
  'division',
  'separation',
  'union',
  'annexation',
  'cession',
  'transfer_of_territory',
  'continuation',
  'renaming',
  'change_of_status',
  'succession',
  'transfer_of_functions',
  're_establishment',
  'same_country',
] as const

/** The kinds after which the successor is the same body, or has taken the place of its predecessor as a whole. */
export const wholeSuccessionKinds = ['continuation', 'renaming', 'succession', 're_establishment'] as const

/**
 * Bodies that can sign. `depth` is that of the parent plus one, which the foreign key ensures: a cycle would need a depth
 * greater than itself, so the database refuses cycles without a trigger.
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
    names: json()
      .$type<SignatoryName[]>()
      .notNull()
      .default(sql`'[]'`),
    identifiers: json().$type<Identifier[]>().notNull(),
    validFrom: text('valid_from'),
    validFromDay: date('valid_from_day', { mode: 'string' }),
    validTo: text('valid_to'),
    validToDay: date('valid_to_day', { mode: 'string' }),
    /** The version that was last loaded from the vocabularies; an entry with this version has not been edited since. */
    loadedVersion: integer('loaded_version'),
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
    index('signatories_names_index').using('gin', sql`name_keys(words)`),
    check('signatories_kind_check', sql`${table.kind} in (${literals(signatoryKinds)})`),
    check('signatories_parent_check', sql`(${table.parentId} is null) = (${table.parentDepth} is null)`),
    check('signatories_depth_check', sql`${table.depth} <= 8`),
    check('signatories_party_check', sql`${table.kind} <> 'agency' or ${table.parentId} is not null`),
    check('signatories_code_check', sql`${table.code} = upper(${table.code})`),
  ],
)

/** Links from bodies to their predecessors. Edits refuse cycles. */
export const signatoryPredecessors = pgTable(
  'signatory_predecessors',
  {
    successorId: uuid('successor_id').notNull(),
    predecessorId: uuid('predecessor_id').notNull(),
    /** Its position in the list of predecessors. */
    position: smallint().notNull(),
    date: text(),
    firstDay: date('first_day', { mode: 'string' }),
    lastDay: date('last_day', { mode: 'string' }),
    kind: text({ enum: successionKinds }),
    source: text(),
  },
  (table) => [
    primaryKey({ columns: [table.successorId, table.predecessorId] }),
    foreignKey({
      name: 'signatory_predecessors_successor_fk',
      columns: [table.successorId],
      foreignColumns: [signatories.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'signatory_predecessors_predecessor_fk',
      columns: [table.predecessorId],
      foreignColumns: [signatories.id],
    }),
    index('signatory_predecessors_predecessor_index').on(table.predecessorId),
    check('signatory_predecessors_itself_check', sql`${table.successorId} <> ${table.predecessorId}`),
    check('signatory_predecessors_kind_check', sql`${table.kind} in (${literals(successionKinds)})`),
  ],
)

/**
 * Bodies that were merged into others, undone merges included. While `signatory_id` is set, the id and the code of the
 * lost entry mean that entry.
 */
export const signatoryMerges = pgTable(
  'signatory_merges',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    lostId: uuid('lost_id').notNull(),
    lostCode: text('lost_code').notNull(),
    /** The entry that it was merged into. */
    keptId: uuid('kept_id').notNull(),
    /** The entry that it means now: `kept_id`, or the one that this was merged into; null when undone or deleted. */
    signatoryId: uuid('signatory_id'),
    /** What the merge has changed, to undo it: see `Undo`. */
    undo: json().notNull(),
    actor: text(),
    note: text(),
    mergedAt: instant('merged_at').notNull(),
    undoneAt: instant('undone_at'),
    undoneBy: text('undone_by'),
    undoNote: text('undo_note'),
  },
  (table) => [
    uniqueIndex('signatory_merges_lost_id_key')
      .on(table.lostId)
      .where(sql`signatory_id is not null`),
    uniqueIndex('signatory_merges_lost_code_key')
      .on(table.lostCode)
      .where(sql`signatory_id is not null`),
    index('signatory_merges_signatory_index').on(table.signatoryId),
    foreignKey({
      name: 'signatory_merges_signatory_fk',
      columns: [table.signatoryId],
      foreignColumns: [signatories.id],
    }).onDelete('set null'),
  ],
)
