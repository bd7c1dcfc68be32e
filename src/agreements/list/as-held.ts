import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/connect.ts'
import { prepared } from '../../database/prepared.ts'
import { Problem, type QueryError } from '../../problems/problems.ts'
import { registriesAsHeld } from '../../registry/as-held.ts'
import type { AgreementFilter } from './filter.ts'

/** An instant as PostgreSQL and messages have it: RFC 3339 in UTC, in milliseconds. */
export const inUtc = (instant: string): string => new Date(instant).toISOString()

/** The version of an agreement `v` that the register held at the instant. */
const isHeld = `v.version = (
    select max(w.version) from agreement_versions w
    where w.agreement_id = v.agreement_id and w.published_at <= (select at from instant))`

/**
 * What the register held at `instant (at)`, as common table expressions with the names and columns of the tables that they
 * stand for, as far as questions read them. `held` has the latest version of each agreement until then, also a deletion,
 * which has no listing.
 */
const tablesAsHeld = `
  held as materialized (
    select distinct on (v.agreement_id) v.agreement_id, v.version from agreement_versions v
    where v.published_at <= (select at from instant) order by v.agreement_id desc, v.version desc
  ), agreement_listings as not materialized (
    select l.* from held join agreement_version_listings l on l.agreement_id = held.agreement_id and l.version = held.version
  ), agreements as not materialized (
    select v.agreement_id as id, v.document, v.format, own.reference, own.title
    from agreement_versions v, json_to_record(v.document::json) own (reference text, title text) where ${isHeld}
  )`

/** A query on the register as it was at an instant. */
const asHeld = (instant: string, query: SQL): SQL => sql`
  with instant as (select ${inUtc(instant)}::timestamptz as at), ${sql.raw(registriesAsHeld)}, ${sql.raw(tablesAsHeld)}
  select * from (${query}) asked`

/** Everything is read anyway: starting workers or compiling would take longer. */
const settings = { jit: 'off', max_parallel_workers_per_gather: '0', work_mem: '64MB' }

/** The rows of a query, on the register as it is or, with an instant, as it was then. */
export const readAsHeld = <Row extends object>(db: Database, asOf: string | undefined, query: SQL): Promise<Row[]> =>
  asOf === undefined
    ? db.query<Row>(...prepared(query))
    : db.transaction((db) => db.query<Row>(...prepared(asHeld(asOf, query))), { readOnly: true, settings })

/**
 * Refuses a question of a past instant while versions have no listing yet, after an upgrade.
 * @throws Problem `busy`
 */
export async function refuseUnlisted(db: Database): Promise<void> {
  const [waiting] = await db.query(sql`select from versions_to_list limit 1`)
  if (!waiting) return
  const message = 'The history is being prepared for `asOf` after an upgrade of the server. Try again in 30 s.'
  throw new Problem('busy', message, [], { 'retry-after': '30' })
}

/** Filters that need what is not kept of a past instant. */
export const notOfThePast = ({ asOf, q, warning }: AgreementFilter): QueryError[] =>
  asOf === undefined
    ? []
    : [
        ...(q === undefined ? [] : [refused('q', 'what a search finds depends on the names that are known today')]),
        ...(warning === undefined ? [] : [refused('warning', 'what is reported depends on the release of the server')]),
      ]

const refused = (parameter: string, why: string): QueryError => ({
  parameter,
  code: 'not_with_as_of',
  message: `\`${parameter}\` cannot be used with \`asOf\`: ${why}. Leave one of them out.`,
})

/**
 * The instant of the last change that a statement sees, RFC 3339 in UTC: as of it, what the statement finds is found for
 * ever. Null in a register without any, and in a question that has an instant. The last changes are read because an agreement
 * that is no longer listed is in none of the others; the publications of a batch have the same instant.
 */
export const lastChange = (asOf: string | undefined): SQL => (asOf === undefined ? ofThePresent : sql`null`)

const ofThePresent: SQL = sql.raw(`(
  select to_char(max(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from (
    select max(updated_at) as at from agreement_listings
    union all select max(deleted_at) from agreements where deleted_at is not null
    union all (
      select v.published_at
      from (select entry_id, version from changes where kind = 'agreement' order by id desc limit 20) c
        join agreement_versions v on v.agreement_id = c.entry_id and v.version = c.version)
    union all (select since from registry_history order by id desc limit 20)
    union all (select since from predecessor_history order by id desc limit 20)
  ) last where at > '-infinity')`)
