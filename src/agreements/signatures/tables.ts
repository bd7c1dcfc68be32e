import { sql } from 'drizzle-orm'
import { check, foreignKey, index, integer, pgTable, smallint, text, unique, uuid } from 'drizzle-orm/pg-core'
import { ofAgreement } from '../tables.ts'
import { literals } from '../../database/sql.ts'
import { signatories } from '../../registry/signatories/tables.ts'
import { sources } from '../sources/tables.ts'

export const signatureRoles = ['signed', 'responsible', 'succeeded', 'witnessed'] as const
export type SignatureRole = (typeof signatureRoles)[number]

/** The signatories on each side of an agreement. */
export const signatures = pgTable(
  'signatures',
  {
    id: uuid().primaryKey(),
    agreementId: ofAgreement(),
    position: integer().notNull(),
    side: smallint().notNull().$type<1 | 2>(),
    signatoryId: uuid('signatory_id').notNull(),
    role: text({ enum: signatureRoles }).notNull(),
    /** The side that it fills; null for a witness. */
    filledSide: smallint('filled_side').generatedAlwaysAs(sql`case when role <> 'witnessed' then side end`),
    representativeName: text('representative_name'),
    representativeOffice: text('representative_office'),
    sourceKey: text('source_key'),
  },
  (table) => [
    unique('signatures_side_key').on(table.id, table.agreementId, table.filledSide),
    foreignKey({ name: 'signatures_signatory_fk', columns: [table.signatoryId], foreignColumns: [signatories.id] }),
    foreignKey({
      name: 'signatures_source_fk',
      columns: [table.agreementId, table.sourceKey],
      foreignColumns: [sources.agreementId, sources.key],
    }),
    index('signatures_agreement_index').on(table.agreementId),
    index('signatures_signatory_index').on(table.signatoryId, table.agreementId),
    check('signatures_side_check', sql`${table.side} in (1, 2)`),
    check('signatures_role_check', sql`${table.role} in (${literals(signatureRoles)})`),
    check(
      'signatures_representative_check',
      sql`${table.representativeName} is not null or ${table.representativeOffice} is null`,
    ),
  ],
)
