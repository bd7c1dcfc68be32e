import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  date,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core'
import { datemultirange, instant, int4multirange, literals, tsvector } from '../../database/sql.ts'
import { signatories } from '../../registry/signatories/tables.ts'
import { agreementTypes, agreementVersions, bindings, causes, ofAgreement } from '../tables.ts'
import { dueKinds, statusBases, statuses } from '../time/lifecycle.ts'

const days = (name: string) => date(name, { mode: 'string' })
const texts = (name: string) => text(name).array().notNull()
const uuids = (name: string) => uuid(name).array().notNull()

/** The columns by which lists filter and sort, derived at publication. */
const listingColumns = () => ({
  type: text({ enum: agreementTypes }).notNull(),
  binding: text({ enum: bindings }).notNull(),
  collectionId: uuid('collection_id'),
  status: text({ enum: statuses }).notNull(),
  statusBasis: text('status_basis', { enum: statusBases }).notNull(),
  /** The first and the last possible day of signature, infinite where open; null when unknown. */
  signed: days('signed'),
  signedLast: days('signed_last'),
  nextExpiry: days('next_expiry'),
  sortTitle: text('sort_title').notNull(),
  updatedAt: instant('updated_at').notNull(),
  inForce: datemultirange('in_force').notNull(),
  /** The statuses in order, what each rests on, and its first day; the first begins at -infinity. */
  statuses: texts('statuses'),
  bases: texts('bases'),
  since: date('since', { mode: 'string' }).array().notNull(),
  /** The kinds of its parties, joined: see `joinKinds`. */
  partyKinds: text('party_kinds').notNull(),
  /** The kinds of its two sides: see `kindsOfSides`. */
  sideKinds: text('side_kinds').notNull(),
  /** Whether its term is known; without one, no deadline follows from it. */
  hasTerm: boolean('has_term').notNull(),
  /** Its parties, and when it is in force for each of them; null when for all of them as for the agreement. */
  parties: uuids('parties'),
  partiesInForce: datemultirange('parties_in_force').array(),
  /** The signatories that are not witnesses and the bodies above them, parties included. */
  bodies: uuids('bodies'),
  /** Its research domains and their broader domains. */
  domains: uuids('domains'),
  /** The acts that have a preferred date, and all possible days of these dates: see `actDays`. */
  events: texts('events'),
  acts: int4multirange('acts').notNull(),
  /** The first day on which any of these acts can have taken effect, and the last possible day of any; null if none. */
  firstAct: days('first_act'),
  lastAct: days('last_act'),
  warnings: texts('warnings'),
  /** The words for full-text search: see `search_vector`. */
  search: tsvector().notNull(),
})

/**
 * The columns by which lists filter and sort: one row per agreement that is not deleted, derived at publication. They are
 * kept apart from the documents so that a scan reads many agreements per disk page.
 */
export const agreementListings = pgTable(
  'agreement_listings',
  {
    agreementId: ofAgreement().primaryKey(),
    ...listingColumns(),
  },
  (table) => [
    // One per sort order; the last columns let a scan skip rows outside a period without reading them.
    index('agreement_listings_latest_index').on(
      sql`coalesce(signed, '-infinity'::date) desc`,
      table.agreementId.desc().nullsFirst(),
      table.signedLast,
      table.firstAct,
      table.lastAct,
    ),
    index('agreement_listings_earliest_index').on(
      sql`coalesce(signed, 'infinity'::date)`,
      table.agreementId,
      table.signedLast,
      table.firstAct,
      table.lastAct,
    ),
    index('agreement_listings_title_index').on(table.sortTitle, table.agreementId, table.type),
    index('agreement_listings_updated_index').on(table.updatedAt, table.agreementId),
    index('agreement_listings_expiry_index').on(
      sql`coalesce(next_expiry, 'infinity'::date)`,
      table.agreementId,
      table.status,
    ),
    // Finds the matches of any filter, in any order: by values, spans of years and words.
    index('agreement_listings_filters_index')
      .using(
        'gin',
        table.bodies,
        table.domains,
        table.events,
        table.warnings,
        sql`(array[party_kinds])`,
        sql`(array[type])`,
        sql`(array[binding])`,
        sql`(array[status])`,
        sql`standing_spans(statuses, since)`,
        sql`act_spans(acts)`,
        sql`day_spans(signed, signed_last)`,
        sql`day_spans(next_expiry, next_expiry)`,
        table.search,
        sql`(array[status_basis])`,
        sql`standing_spans(bases, since)`,
        sql`(array[collection_id])`,
      )
      // Every search scans the whole pending list, so it is kept short (in kB).
      .with({ gin_pending_list_limit: 256 }),
    check('agreement_listings_status_check', sql`${table.status} in (${literals(statuses)})`),
    check('agreement_listings_basis_check', sql`${table.statusBasis} in (${literals(statusBases)})`),
  ],
)

/**
 * What lists could filter each version by: its listing, with what their filters read from other tables. A deletion has no
 * row, neither has a version that is not listed, and those in `versions_to_list` get theirs later.
 */
export const agreementVersionListings = pgTable(
  'agreement_version_listings',
  {
    agreementId: uuid('agreement_id').notNull(),
    version: integer().notNull(),
    /** As in `agreements`. */
    referenceKey: text('reference_key'),
    /** Each as `scheme:key`, with the key that equal identifiers share. */
    identifiers: texts('identifiers'),
    /** The side of each of its parties. */
    sides: smallint().array().notNull(),
    ...listingColumns(),
  },
  (table) => [
    primaryKey({ name: 'agreement_version_listings_pk', columns: [table.agreementId, table.version] }),
    foreignKey({
      name: 'agreement_version_listings_version_fk',
      columns: [table.agreementId, table.version],
      foreignColumns: [agreementVersions.agreementId, agreementVersions.version],
    }),
  ],
)

/** Versions that were stored before there were listings of versions, and have none yet: see `listOldVersions`. */
export const versionsToList = pgTable(
  'versions_to_list',
  {
    agreementId: uuid('agreement_id').notNull(),
    version: integer().notNull(),
  },
  (table) => [primaryKey({ name: 'versions_to_list_pk', columns: [table.agreementId, table.version] })],
)

/**
 * The parties of agreements that are not deleted. The primary key ensures that a party is on one side only. The last columns
 * are in the index too, so that lists of a party are filtered without reading other tables.
 */
export const agreementParties = pgTable(
  'agreement_parties',
  {
    agreementId: ofAgreement(),
    partyId: uuid('party_id').notNull(),
    side: smallint().notNull(),
    signed: date({ mode: 'string' }).notNull(),
    /** As in its listing; null when they are too many for an index. */
    domains: uuid().array(),
    /** When it is in force for this party; null when that is too much for an index. */
    inForce: datemultirange('in_force'),
  },
  (table) => [
    primaryKey({ name: 'agreement_parties_pk', columns: [table.agreementId, table.partyId] }),
    foreignKey({ name: 'agreement_parties_party_fk', columns: [table.partyId], foreignColumns: [signatories.id] }),
    // The migration includes `domains` and `in_force` in both.
    index('agreement_parties_early_index')
      .on(table.partyId, table.signed.desc().nullsFirst(), table.agreementId.desc().nullsFirst())
      .where(sql`coalesce(lower(in_force) < signed, true)`),
    index('agreement_parties_latest_index').on(
      table.partyId,
      table.signed.desc().nullsFirst(),
      table.agreementId.desc().nullsFirst(),
    ),
  ],
)

/** The pairs of parties on opposite sides of agreements that are not deleted; `one` is less than `other`. */
export const agreementPairs = pgTable(
  'agreement_pairs',
  {
    agreementId: ofAgreement(),
    one: uuid().notNull(),
    other: uuid().notNull(),
    signed: date({ mode: 'string' }).notNull(),
    /** When it is in force for both; null when that is too much for an index. */
    inForce: datemultirange('in_force'),
  },
  (table) => [
    primaryKey({ name: 'agreement_pairs_pk', columns: [table.agreementId, table.one, table.other] }),
    // The migration includes `in_force` in both.
    index('agreement_pairs_early_index')
      .on(table.one, table.other, table.signed.desc().nullsFirst(), table.agreementId.desc().nullsFirst())
      .where(sql`coalesce(lower(in_force) < signed, true)`),
    index('agreement_pairs_latest_index').on(
      table.one,
      table.other,
      table.signed.desc().nullsFirst(),
      table.agreementId.desc().nullsFirst(),
    ),
  ],
)

/**
 * The deadlines of agreements that are not deleted, derived at publication, as series: the `n`th day is
 * `months + n × every` months and `days + n × every_days` days after `start`, minus `back` months and `back_days` days,
 * for `n` from `first` to `last`, inclusive.
 */
export const agreementDue = pgTable(
  'agreement_due',
  {
    agreementId: ofAgreement(),
    position: integer().notNull(),
    kind: text({ enum: dueKinds }).notNull(),
    start: date({ mode: 'string' }).notNull(),
    months: integer().notNull(),
    days: integer().notNull().default(0),
    every: integer().notNull(),
    everyDays: integer('every_days').notNull().default(0),
    back: integer().notNull(),
    backDays: integer('back_days').notNull().default(0),
    first: integer().notNull(),
    last: integer().notNull(),
  },
  (table) => [
    primaryKey({ name: 'agreement_due_pk', columns: [table.agreementId, table.position] }),
    check('agreement_due_kind_check', sql`${table.kind} in (${literals(dueKinds)})`),
    check('agreement_due_every_check', sql`${table.every} + ${table.everyDays} >= 1`),
  ],
)

/** Agreements whose republication failed. Each is retried with increasing delays until it succeeds. */
export const publicationFailures = pgTable('publication_failures', {
  agreementId: ofAgreement().primaryKey(),
  /** The name of the error, with the code and the constraint of a database error. Contains no data. */
  reason: text().notNull(),
  attempts: integer().notNull(),
  nextTry: instant('next_try').notNull(),
  /** The version at the last attempt; if it was edited since, it is retried immediately. */
  version: integer().notNull(),
  /** The cause of the pending publication. */
  cause: text({ enum: causes }).notNull(),
  actor: text(),
  note: text(),
})
