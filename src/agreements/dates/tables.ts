import { sql } from 'drizzle-orm'
import { boolean, check, date, foreignKey, index, json, pgTable, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { afterTerm, type ExtensionOf, lifecycleEvents, type TermOf } from '../time/lifecycle.ts'
import { ofAgreement } from '../tables.ts'
import { literals } from '../../database/sql.ts'
import { signatories } from '../../registry/signatories/tables.ts'
import { sources } from '../sources/tables.ts'

/**
 * Dates of lifecycle acts. Several rows may give different days for the same act; exactly one of them is preferred. The
 * migrations add what drizzle cannot express: a deferrable exclusion constraint (at most one preferred) and a constraint
 * trigger (at least one).
 */
export const dates = pgTable(
  'dates',
  {
    id: uuid().primaryKey(),
    agreementId: ofAgreement(),
    event: text({ enum: lifecycleEvents }).notNull(),
    signatoryId: uuid('signatory_id'),
    occurrence: smallint().notNull(),
    date: text().notNull(),
    firstDay: date('first_day', { mode: 'string' }),
    lastDay: date('last_day', { mode: 'string' }),
    effectiveDate: text('effective_date'),
    effectiveFirstDay: date('effective_first_day', { mode: 'string' }),
    effectiveLastDay: date('effective_last_day', { mode: 'string' }),
    extension: json().$type<ExtensionOf<string>>(),
    term: json().$type<TermOf<string>>(),
    place: text(),
    preferred: boolean().notNull(),
    sourceKey: text('source_key'),
    note: text(),
  },
  (table) => [
    foreignKey({ name: 'dates_signatory_fk', columns: [table.signatoryId], foreignColumns: [signatories.id] }),
    foreignKey({
      name: 'dates_source_fk',
      columns: [table.agreementId, table.sourceKey],
      foreignColumns: [sources.agreementId, sources.key],
    }),
    index('dates_agreement_index').on(table.agreementId),
    index('dates_signatory_index')
      .on(table.signatoryId)
      .where(sql`signatory_id is not null`),
    index('dates_day_index').on(sql`coalesce(first_day, 'infinity'::date)`, table.id),
    index('dates_latest_index').on(sql`coalesce(first_day, '-infinity'::date)`, table.id),
    index('dates_event_index').on(table.event, sql`coalesce(first_day, 'infinity'::date)`, table.id),
    index('dates_imprecise_index')
      .using('gist', sql`daterange(first_day, last_day, '[]')`)
      .where(sql`first_day is distinct from last_day`),
    check('dates_event_check', sql`${table.event} in (${literals(lifecycleEvents)})`),
    check('dates_occurrence_check', sql`${table.occurrence} >= 1`),
    check('dates_extension_check', sql`${table.extension} is null or ${table.event} = 'extended'`),
    check(
      'dates_term_check',
      sql`${table.term} is null or (${table.event} = 'amended' and ${table.term} ->> 'atEnd' in (${literals(afterTerm)}))`,
    ),
    check('dates_period_check', sql`${table.firstDay} <= ${table.lastDay}`),
    check('dates_effective_check', sql`${table.effectiveFirstDay} <= ${table.effectiveLastDay}`),
  ],
)
