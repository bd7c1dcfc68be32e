import { sql } from 'drizzle-orm'
import type { Database } from '../../src/database/connect.ts'
import { withoutLimits } from '../../src/database/time-limits.ts'

/** The tables that are copied, on two connections. */
const lanes = [
  ['agreements', 'dates', 'sources', 'agreement_due'],
  [
    'agreement_listings',
    'signatures',
    'agreement_domains',
    'agreement_identifiers',
    'agreement_parties',
    'agreement_pairs',
  ],
]

const copied = (id: string): string => `overlay(${id}::text placing lpad(to_hex(n), 4, '0') from 10 for 4)::uuid`

/** The days of copy number `n` are as many days later, some less than zero, so that few have the same. */
const later = `((n * 7919) % 3650 - 1825)`

const daysLater = (days: string[]): Record<string, string> =>
  Object.fromEntries(days.map((column) => [column, `${column.split('.')[1]} + ${later}`]))

const rangesLater = (column: string, range: string): string =>
  `(select coalesce(range_agg(${range}(lower(r) + ${later}, upper(r) + ${later})), '{}') from unnest(${column}) r)`

/** The columns of the copy number `n` that differ from those of the original. */
const differing: Record<string, string> = {
  'agreements.id': copied('id'),
  'agreements.document': `replace(document, id::text, (${copied('id')})::text)`,
  'agreements.reference': `reference || '-' || n`,
  'agreements.reference_key': `reference_key || '-' || n`,
  'agreements.side1_signature_id': copied('side1_signature_id'),
  'agreements.side2_signature_id': copied('side2_signature_id'),
  'agreement_identifiers.value': `value || '-' || n`,
  'agreement_identifiers.key': `key || 'x' || n`,
  'agreement_listings.search': `search || array_to_tsvector(array['nr' || n || 'x' || right(agreement_id::text, 6)::int])`,
  'agreement_listings.since': `array(select day + ${later} from unnest(since) day)`,
  'agreement_listings.acts': rangesLater('acts', 'int4range'),
  'agreement_listings.in_force': rangesLater('in_force', 'daterange'),
  'agreement_parties.in_force': rangesLater('in_force', 'daterange'),
  'agreement_pairs.in_force': rangesLater('in_force', 'daterange'),
  'signatures.id': copied('id'),
  'dates.id': copied('id'),
  ...daysLater([
    'agreement_listings.signed',
    'agreement_listings.signed_last',
    'agreement_listings.next_expiry',
    'agreement_listings.first_act',
    'agreement_listings.last_act',
    'agreement_parties.signed',
    'agreement_pairs.signed',
    'dates.first_day',
    'dates.last_day',
  ]),
}

const index = sql`agreement_listings_filters_index`

/**
 * Copies each agreement of a register `times` times, within the database: about 1,500 a second on two cores. A copy has
 * ids, references and identifiers of its own, other days, and a word that no other has: `nr3x42` is copy 3 of agreement 42.
 * Documents keep the days of the originals, and copies have no history: this is for plans and numbers of rows.
 */
export async function addCopies(db: Database, times: number): Promise<void> {
  await db.query(sql`alter index ${index} set (gin_pending_list_limit = 262144)`)
  await Promise.all(lanes.map((tables) => copy(db, tables, times)))
  await db.query(sql`alter index ${index} set (gin_pending_list_limit = 256)`)
  await db.query(sql`vacuum analyze`)
}

async function copy(db: Database, tables: string[], times: number): Promise<void> {
  await db.transaction(
    async (db) => {
      // Foreign keys need no check: those of the originals were checked.
      await db.query(sql`
        select set_config('session_replication_role', 'replica', true) from pg_roles
        where rolname = current_user and rolsuper`)
      await db.query(sql`set local synchronous_commit = off`)
      await db.query(sql`set local work_mem = '256MB'`)
      for (const table of tables) await db.query(sql.raw(await copying(db, table, times)))
    },
    { limits: withoutLimits },
  )
}

async function copying(db: Database, table: string, times: number): Promise<string> {
  const columns = await db.query<{ name: string }>(sql`
    select column_name as name from information_schema.columns
    where table_schema = current_schema() and table_name = ${table} and is_generated = 'NEVER' and is_identity = 'NO'`)
  const names = columns.map(({ name }) => name)
  const values = names.map((name) =>
    name === 'agreement_id' ? copied(name) : (differing[`${table}.${name}`] ?? `"${name}"`),
  )
  return `insert into ${table} (${names.map((name) => `"${name}"`).join(', ')})
    select ${values.join(', ')} from ${table}, generate_series(1, ${times}) n`
}
