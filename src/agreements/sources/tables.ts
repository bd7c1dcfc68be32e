import { sql } from 'drizzle-orm'
import { check, date, foreignKey, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { ofAgreement } from '../tables.ts'
import { literals } from '../../database/sql.ts'
import { statedStatuses } from '../time/lifecycle.ts'

export const assessments = ['supported', 'contradicted', 'unverified'] as const

/** Sources of information. A date, a signature or a claim refers to a source of its own agreement by its key. */
export const sources = pgTable(
  'sources',
  {
    agreementId: ofAgreement(),
    key: text().notNull(),
    position: integer().notNull(),
    title: text().notNull(),
    publisher: text(),
    url: text(),
    publishedOn: text('published_on'),
    language: text(),
    quote: text(),
  },
  (table) => [primaryKey({ name: 'sources_pk', columns: [table.agreementId, table.key] })],
)

/** Claims about an agreement, and whether the evidence in the register supports them. */
export const agreementClaims = pgTable(
  'agreement_claims',
  {
    agreementId: ofAgreement(),
    position: integer().notNull(),
    statement: text().notNull(),
    sourceKey: text('source_key'),
    assessment: text({ enum: assessments }).notNull(),
    note: text(),
  },
  (table) => [
    primaryKey({ name: 'agreement_claims_pk', columns: [table.agreementId, table.position] }),
    foreignKey({
      name: 'agreement_claims_source_fk',
      columns: [table.agreementId, table.sourceKey],
      foreignColumns: [sources.agreementId, sources.key],
    }),
    check('agreement_claims_assessment_check', sql`${table.assessment} in (${literals(assessments)})`),
  ],
)

/** The statuses of an agreement that sources state, each for one day. */
export const agreementStatements = pgTable(
  'agreement_statements',
  {
    agreementId: ofAgreement(),
    position: integer().notNull(),
    status: text({ enum: statedStatuses }).notNull(),
    on: date('stated_on', { mode: 'string' }).notNull(),
    sourceKey: text('source_key'),
  },
  (table) => [
    primaryKey({ name: 'agreement_statements_pk', columns: [table.agreementId, table.position] }),
    foreignKey({
      name: 'agreement_statements_source_fk',
      columns: [table.agreementId, table.sourceKey],
      foreignColumns: [sources.agreementId, sources.key],
    }),
    check('agreement_statements_status_check', sql`${table.status} in (${literals(statedStatuses)})`),
  ],
)
