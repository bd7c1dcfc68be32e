import { sql } from 'drizzle-orm'
import {
  boolean,
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
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { instant, literals } from '../database/sql.ts'
import { collections } from '../registry/collections/tables.ts'
import { researchDomains } from '../registry/research-domains/tables.ts'
import { afterTerm, type EntryIntoForceOf, type Outlook, type TermOf, triggers } from './time/lifecycle.ts'

export const agreementTypes = [
  'treaty',
  'convention',
  'agreement',
  'protocol',
  'exchange_of_notes',
  'exchange_of_letters',
  'arrangement',
  'implementing_arrangement',
  'project_arrangement',
  'memorandum_of_understanding',
  'memorandum_of_agreement',
  'joint_statement',
  'letter_of_intent',
  'declaration',
  'amendment',
  'extension',
  'minutes',
  'other',
] as const
export const bindings = ['binding', 'non_binding', 'unknown'] as const
export const relationKinds = ['amends', 'extends', 'supersedes', 'implements', 'terminates', 'cites'] as const
/** The relations by which an agreement ends the other one. */
export type EndingRelation = Extract<(typeof relationKinds)[number], 'supersedes' | 'terminates'>
/** `agreement`: another agreement on which it depends, or that has a relation to it, has changed. */
export const causes = ['edit', 'registry', 'clock', 'format', 'agreement'] as const
export const operations = ['created', 'updated', 'deleted', 'restored'] as const

/** A term as it is stored: `endsWith` is the id of the agreement with which this one ends. */
type StoredTerm = TermOf<string> & { endsWith: string | null }

/** The format of the document in the same row: see `upcasters`. */
const formatOfDocument = () => smallint('format').notNull().default(1)

/** An agreement's own fields, followed by the columns that publication derives from it and its parts. Reads return `document`. */
export const agreements = pgTable(
  'agreements',
  {
    id: uuid().primaryKey(),
    reference: text(),
    /** The reference in lower case: letter case alone must not distinguish references. */
    referenceKey: text('reference_key'),
    title: text().notNull(),
    titleIsDescriptive: boolean('title_is_descriptive').notNull(),
    alternativeTitles: json('alternative_titles').$type<{ language: string; title: string }[]>().notNull(),
    type: text({ enum: agreementTypes }).notNull(),
    binding: text({ enum: bindings }).notNull(),
    summary: text(),
    languages: text().array().notNull(),
    entryIntoForce: json('entry_into_force').$type<EntryIntoForceOf<string>>(),
    term: json().$type<StoredTerm>(),
    collectionId: uuid('collection_id'),
    createdAt: instant('created_at').notNull(),

    version: integer().notNull(),
    updatedAt: instant('updated_at').notNull(),
    deletedAt: instant('deleted_at'),
    document: text().notNull(),
    format: formatOfDocument(),
    /** The next day on which the document changes without an edit; the clock publishes it then. */
    changesOn: date('changes_on', { mode: 'string' }),
    /** The day for which its status was evaluated; `-infinity` when it was published before this was recorded. */
    judgedOn: date('judged_on', { mode: 'string' }).notNull(),
    /** The agreement with which it ends, from `term`. */
    endsWith: uuid('ends_with'),
    /** What of it matters to other agreements; null when it was published before this was stored. */
    outlook: json().$type<Outlook>(),
    side1: smallint()
      .notNull()
      .generatedAlwaysAs(sql`1`),
    side2: smallint()
      .notNull()
      .generatedAlwaysAs(sql`2`),
    /** A signature on each side that is not of a witness; null only in an agreement stored before witnesses were no parties. */
    side1SignatureId: uuid('side1_signature_id'),
    side2SignatureId: uuid('side2_signature_id'),
    mayBeOneSided: boolean('may_be_one_sided').notNull().default(false),
  },
  (table) => [
    uniqueIndex('agreements_reference_key')
      .on(table.referenceKey)
      .where(sql`deleted_at is null`),
    index('agreements_deleted_reference_index')
      .on(table.referenceKey)
      .where(sql`deleted_at is not null`),
    index('agreements_changes_on_index')
      .on(table.changesOn)
      .where(sql`deleted_at is null`),
    index('agreements_deleted_index')
      .on(table.deletedAt, table.id)
      .where(sql`deleted_at is not null`),
    index('agreements_judged_on_index')
      .on(table.judgedOn)
      .where(sql`deleted_at is null`),
    foreignKey({
      name: 'agreements_collection_fk',
      columns: [table.collectionId],
      foreignColumns: [collections.id],
    }),
    index('agreements_collection_index').on(table.collectionId, table.id),
    index('agreements_format_index')
      .on(table.format)
      .where(sql`deleted_at is null`),
    check(
      'agreements_sides_check',
      sql`${table.mayBeOneSided} or (${table.side1SignatureId} is not null and ${table.side2SignatureId} is not null)`,
    ),
    foreignKey({ name: 'agreements_ends_with_fk', columns: [table.endsWith], foreignColumns: [table.id] }),
    index('agreements_ends_with_index')
      .on(table.endsWith)
      .where(sql`ends_with is not null`),
    check(
      'agreements_ends_with_check',
      sql`${table.endsWith} is not distinct from (${table.term} ->> 'endsWith')::uuid`,
    ),
    check('agreements_ends_with_self_check', sql`${table.endsWith} <> ${table.id}`),
    check('agreements_type_check', sql`${table.type} in (${literals(agreementTypes)})`),
    check('agreements_binding_check', sql`${table.binding} in (${literals(bindings)})`),
    check('agreements_term_check', sql`${table.term} ->> 'atEnd' in (${literals(afterTerm)})`),
    check('agreements_entry_check', sql`${table.entryIntoForce} ->> 'on' in (${literals(triggers)})`),
  ],
)

/** The foreign key of every table that belongs to an agreement. */
export const ofAgreement = () =>
  uuid('agreement_id')
    .notNull()
    .references(() => agreements.id)

export const agreementDomains = pgTable(
  'agreement_domains',
  {
    agreementId: ofAgreement(),
    domainId: uuid('domain_id').notNull(),
  },
  (table) => [
    primaryKey({ name: 'agreement_domains_pk', columns: [table.agreementId, table.domainId] }),
    foreignKey({
      name: 'agreement_domains_domain_fk',
      columns: [table.domainId],
      foreignColumns: [researchDomains.id],
    }),
    index('agreement_domains_domain_index').on(table.domainId, table.agreementId),
  ],
)

/** `active` is false while the agreement is deleted, so that others can use its identifiers meanwhile. */
export const agreementIdentifiers = pgTable(
  'agreement_identifiers',
  {
    agreementId: ofAgreement(),
    scheme: text().notNull(),
    value: text().notNull(),
    /** The key that equal identifiers share: see `identifierKey`. */
    key: text().notNull(),
    position: integer().notNull(),
    active: boolean().notNull(),
  },
  (table) => [
    primaryKey({ name: 'agreement_identifiers_pk', columns: [table.agreementId, table.scheme, table.value] }),
    uniqueIndex('agreement_identifiers_key_key')
      .on(table.scheme, table.key)
      .where(sql`active`),
    index('agreement_identifiers_inactive_index')
      .on(table.scheme, table.key)
      .where(sql`not active`),
  ],
)

export const agreementDocuments = pgTable(
  'agreement_documents',
  {
    agreementId: ofAgreement(),
    position: integer().notNull(),
    title: text().notNull(),
    url: text().notNull(),
    language: text(),
    mediaType: text('media_type'),
  },
  (table) => [primaryKey({ name: 'agreement_documents_pk', columns: [table.agreementId, table.position] })],
)

export const agreementRelations = pgTable(
  'agreement_relations',
  {
    agreementId: ofAgreement(),
    position: integer().notNull(),
    kind: text({ enum: relationKinds }).notNull(),
    relatedId: uuid('related_id').notNull(),
  },
  (table) => [
    primaryKey({ name: 'agreement_relations_pk', columns: [table.agreementId, table.position] }),
    foreignKey({ name: 'agreement_relations_related_fk', columns: [table.relatedId], foreignColumns: [agreements.id] }),
    index('agreement_relations_related_index').on(table.relatedId),
    check('agreement_relations_kind_check', sql`${table.kind} in (${literals(relationKinds)})`),
    check('agreement_relations_self_check', sql`${table.relatedId} <> ${table.agreementId}`),
  ],
)

/** Every publication of every agreement: the history. `changes` has the order of all of them. */
export const agreementVersions = pgTable(
  'agreement_versions',
  {
    agreementId: ofAgreement(),
    version: integer().notNull(),
    operation: text({ enum: operations }).notNull(),
    cause: text({ enum: causes }).notNull(),
    actor: text(),
    note: text(),
    publishedAt: instant('published_at').notNull(),
    /** Null for a deletion. */
    document: text(),
    format: formatOfDocument(),
  },
  (table) => [
    // The migration includes `published_at`, by which the versions of an instant are found without reading rows.
    primaryKey({ name: 'agreement_versions_pk', columns: [table.agreementId, table.version] }),
    check('agreement_versions_cause_check', sql`${table.cause} in (${literals(causes)})`),
    check('agreement_versions_operation_check', sql`${table.operation} in (${literals(operations)})`),
  ],
)
