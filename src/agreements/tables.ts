import { sql } from 'drizzle-orm'
import {
  bigint,
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
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { datemultirange, daterange, literals, tsvector } from '../database/sql.ts'
import { researchDomains } from '../research-domains/tables.ts'
import { signatories } from '../signatories/tables.ts'
import { renewals, statuses } from './lifecycle.ts'

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
export const causes = ['edit', 'registry', 'clock'] as const
export const operations = ['created', 'updated', 'deleted', 'restored'] as const

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' })

/**
 * An agreement's own fields, then what publication derives from it and its parts: the document that reads pass
 * through, and the columns that lists filter and sort by.
 */
export const agreements = pgTable(
  'agreements',
  {
    id: uuid().primaryKey(),
    reference: text(),
    title: text().notNull(),
    titleIsDescriptive: boolean('title_is_descriptive').notNull(),
    alternativeTitles: json('alternative_titles').$type<{ language: string; title: string }[]>().notNull(),
    type: text({ enum: agreementTypes }).notNull(),
    binding: text({ enum: bindings }).notNull(),
    summary: text(),
    languages: text().array().notNull(),
    termMonths: integer('term_months'),
    termRenewal: text('term_renewal', { enum: renewals }),
    termRenewalMonths: integer('term_renewal_months'),
    termNoticeMonths: integer('term_notice_months'),
    createdAt: instant('created_at').notNull(),

    version: integer().notNull(),
    updatedAt: instant('updated_at').notNull(),
    deletedAt: instant('deleted_at'),
    document: text().notNull(),
    search: tsvector().notNull(),
    sortTitle: text('sort_title').notNull(),
    signed: date({ mode: 'string' }),
    /** The last day that the signature can have been on. */
    signedLast: date('signed_last', { mode: 'string' }),
    /** `signed`, or -infinity: a row comparison needs a value, and what has no day comes last in a descending list. */
    signedKey: date('signed_key', { mode: 'string' })
      .notNull()
      .generatedAlwaysAs(sql`coalesce(signed, '-infinity'::date)`),
    status: text({ enum: statuses }).notNull(),
    inForce: datemultirange('in_force').notNull(),
    nextExpiry: date('next_expiry', { mode: 'string' }),
    noticeDeadline: date('notice_deadline', { mode: 'string' }),
    warnings: text()
      .array()
      .notNull()
      .default(sql`'{}'::text[]`),
    /** The day on which the passing of time alone changes the document: the clock publishes it then. */
    changesOn: date('changes_on', { mode: 'string' }),
    side1: smallint()
      .notNull()
      .generatedAlwaysAs(sql`1`),
    side2: smallint()
      .notNull()
      .generatedAlwaysAs(sql`2`),
    side1SignatureId: uuid('side1_signature_id').notNull(),
    side2SignatureId: uuid('side2_signature_id').notNull(),
  },
  (table) => [
    uniqueIndex('agreements_reference_key')
      .on(table.reference)
      .where(sql`deleted_at is null`),
    index('agreements_signed_index')
      .on(table.signedKey.desc(), table.id.desc())
      .where(sql`deleted_at is null`),
    index('agreements_title_index')
      .on(table.sortTitle, table.id)
      .where(sql`deleted_at is null`),
    index('agreements_updated_index')
      .on(table.updatedAt.desc(), table.id.desc())
      .where(sql`deleted_at is null`),
    index('agreements_expiry_index')
      .on(table.nextExpiry, table.id)
      .where(sql`deleted_at is null`),
    index('agreements_changes_on_index')
      .on(table.changesOn)
      .where(sql`deleted_at is null`),
    index('agreements_search_index').using('gin', table.search),
    check('agreements_type_check', sql`${table.type} in (${literals(agreementTypes)})`),
    check('agreements_binding_check', sql`${table.binding} in (${literals(bindings)})`),
    check('agreements_status_check', sql`${table.status} in (${literals(statuses)})`),
    check('agreements_renewal_check', sql`${table.termRenewal} in (${literals(renewals)})`),
  ],
)

/** The parties of the agreements that are not deleted. A party stands on one side only: that is the primary key. */
export const agreementParties = pgTable(
  'agreement_parties',
  {
    agreementId: uuid('agreement_id')
      .notNull()
      .references(() => agreements.id),
    partyId: uuid('party_id').notNull(),
    side: smallint().notNull(),
    signed: date({ mode: 'string' }).notNull(),
  },
  (table) => [
    primaryKey({ name: 'agreement_parties_pk', columns: [table.agreementId, table.partyId] }),
    foreignKey({ name: 'agreement_parties_party_fk', columns: [table.partyId], foreignColumns: [signatories.id] }),
    index('agreement_parties_signed_index').on(table.partyId, table.signed.desc(), table.agreementId.desc()),
  ],
)

/** The statuses of an agreement one after another, derived at publication: what it was on any day. */
export const agreementPeriods = pgTable(
  'agreement_periods',
  {
    agreementId: uuid('agreement_id')
      .notNull()
      .references(() => agreements.id),
    position: integer().notNull(),
    status: text({ enum: statuses }).notNull(),
    period: daterange().notNull(),
  },
  (table) => [
    primaryKey({ name: 'agreement_periods_pk', columns: [table.agreementId, table.position] }),
    check('agreement_periods_status_check', sql`${table.status} in (${literals(statuses)})`),
    check('agreement_periods_period_check', sql`not isempty(${table.period})`),
  ],
)

export const agreementDomains = pgTable(
  'agreement_domains',
  {
    agreementId: uuid('agreement_id')
      .notNull()
      .references(() => agreements.id),
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

/** `active` is false while the agreement is deleted, so that its numbers are free meanwhile. */
export const agreementIdentifiers = pgTable(
  'agreement_identifiers',
  {
    agreementId: uuid('agreement_id')
      .notNull()
      .references(() => agreements.id),
    scheme: text().notNull(),
    value: text().notNull(),
    position: integer().notNull(),
    active: boolean().notNull(),
  },
  (table) => [
    primaryKey({ name: 'agreement_identifiers_pk', columns: [table.agreementId, table.scheme, table.value] }),
    uniqueIndex('agreement_identifiers_value_key')
      .on(table.scheme, table.value)
      .where(sql`active`),
  ],
)

export const agreementDocuments = pgTable(
  'agreement_documents',
  {
    agreementId: uuid('agreement_id')
      .notNull()
      .references(() => agreements.id),
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
    agreementId: uuid('agreement_id')
      .notNull()
      .references(() => agreements.id),
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

/** Every publication of every agreement: the history, and what the feeds read. */
export const agreementVersions = pgTable(
  'agreement_versions',
  {
    agreementId: uuid('agreement_id')
      .notNull()
      .references(() => agreements.id),
    version: integer().notNull(),
    operation: text({ enum: operations }).notNull(),
    cause: text({ enum: causes }).notNull(),
    actor: text(),
    note: text(),
    publishedAt: instant('published_at').notNull(),
    /** Stamped on committed rows by whoever reads the feed; null until then. */
    sequence: bigint({ mode: 'number' }),
    /** Null for a deletion. */
    document: text(),
  },
  (table) => [
    primaryKey({ name: 'agreement_versions_pk', columns: [table.agreementId, table.version] }),
    uniqueIndex('agreement_versions_sequence_key').on(table.sequence),
    index('agreement_versions_unstamped_index')
      .on(table.agreementId)
      .where(sql`sequence is null`),
    check('agreement_versions_cause_check', sql`${table.cause} in (${literals(causes)})`),
    check('agreement_versions_operation_check', sql`${table.operation} in (${literals(operations)})`),
  ],
)

/** Registry entries that changed, with the agreements that show them still to be published again. */
export const registryChanges = pgTable('registry_changes', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  registry: text({ enum: ['signatory', 'research_domain'] }).notNull(),
  entryId: uuid('entry_id').notNull(),
  /** The last agreement that is done: they are taken in the order of their ids. */
  doneUpTo: uuid('done_up_to'),
  changedAt: instant('changed_at').notNull().defaultNow(),
})
