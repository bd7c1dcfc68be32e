import { type SQL, sql } from 'drizzle-orm'
import { inUtc, lastChange, readAsHeld } from '../agreements/list/as-held.ts'
import { entriesOf } from '../agreements/list/entries.ts'
import type { AgreementFilter } from '../agreements/list/filter.ts'
import type { Entries } from '../agreements/list/page-plans.ts'
import { lookUpFilter } from '../agreements/list/lookup-filter.ts'
import { indexed } from '../agreements/list/where.ts'
import { type KeptResults, registerState } from '../agreements/list/kept-results.ts'
import { noAgreement, readAgreementAsOf } from '../agreements/queries.ts'
import type { Database } from '../database/connect.ts'
import { prepared, textOf } from '../database/prepared.ts'
import { Problem } from '../problems/problems.ts'
import { aroundDated, aroundEntry, before, type Census, censusOf, totalOf } from './around-entry.ts'
import { neighbour } from './neighbour.ts'
import type { Position } from './schemas.ts'

interface Neighbour {
  id: string
  reference: string | null
  title: string
  signed: string | null
}

/** A position without its addresses. */
interface Counted extends Omit<Position, 'selection' | 'cite'> {
  /** See `lastChange`. */
  lastChange: string | null
}

interface Row {
  lastChange: string | null
  total: string
  before: string
  signed: string | null
  daysSincePrevious: number | null
  previous: Neighbour | null
  next: Neighbour | null
}

interface DatedRow extends Omit<Row, 'total' | 'before'> {
  /** See `registerState`. */
  state: string | null
  month: number
  beforeInMonth: string
}

/** Order of signature; the id breaks ties; unknown days come last. */
const key = sql`coalesce(a.signed, 'infinity'::date)`
/** The first possible day of signature; null when open or unknown. */
const signed = sql`nullif(a.signed, '-infinity'::date)`

/**
 * The position of an agreement among those that match, with its neighbours.
 * @throws Problem 404 when there is no such agreement, or it does not match
 */
export async function readPosition(
  db: Database,
  id: string,
  filter: AgreementFilter,
  kept?: KeptResults,
): Promise<Counted> {
  const named = await lookUpFilter(db, filter)
  const entries = filter.asOf === undefined ? entriesOf(filter, named) : undefined
  const [row] =
    entries && !entries.matching
      ? await amongEntries(db, id, entries, kept)
      : await readAsHeld<Row>(db, filter.asOf, around(id, indexed(filter, named) ?? sql`true`, filter.asOf))
  if (!row) throw await notInSelection(db, id, filter.asOf)
  return {
    lastChange: row.lastChange,
    position: Number(row.before) + 1,
    total: Number(row.total),
    signed: row.signed,
    previous: row.previous,
    next: row.next,
    daysSincePrevious: row.daysSincePrevious,
    didYouMean: named.words?.didYouMean ?? null,
  }
}

/** With `kept`, the counts of months are kept, and used if nothing changed since. */
async function amongEntries(db: Database, id: string, entries: Entries, kept: KeptResults | undefined): Promise<Row[]> {
  const row = kept && (await besideCensus(db, id, entries, kept))
  return row ? [row] : db.query<Row>(...prepared(aroundEntry(id, entries)))
}

/** Undefined when the register changes meanwhile, or the agreement has no day. */
async function besideCensus(db: Database, id: string, entries: Entries, kept: KeptResults): Promise<Row | undefined> {
  const counting = censusOf(entries)
  const count = async () => (await db.query<Census>(...prepared(counting)))[0]!
  const { result: census, state } = await kept.readWithState(db, JSON.stringify(textOf(counting)), count)
  if (state === null) return undefined
  const [row] = await db.query<DatedRow>(...prepared(aroundDated(id, entries, census, registerState)))
  if (row?.state !== state) return undefined
  const place = before(row.month, census) + Number(row.beforeInMonth)
  return { ...row, total: String(totalOf(census)), before: String(place) }
}

/** Finds all matches once, counts those before the agreement and looks up its neighbours. */
const around = (id: string, where: SQL, asOf: string | undefined): SQL => sql`
  with found as materialized (
    select a.agreement_id as id, ${key} as key, ${signed} as signed from agreement_listings a where ${where}
  ), own as (select * from found where id = ${id})
  select own.signed, own.signed - previous.signed as "daysSincePrevious", ${neighbour(sql`previous`)} as previous,
    ${neighbour(sql`next`)} as next, (select count(*) from found) as total,
    (select count(*) from found f where (f.key, f.id) < (own.key, own.id)) as before, ${lastChange(asOf)} as "lastChange"
  from own
    left join lateral (
      select * from found f where (f.key, f.id) < (own.key, own.id) order by f.key desc, f.id desc limit 1
    ) previous on true
    left join lateral (
      select * from found f where (f.key, f.id) > (own.key, own.id) order by f.key, f.id limit 1
    ) next on true`

async function notInSelection(db: Database, id: string, asOf: string | undefined): Promise<Problem> {
  if (asOf !== undefined) {
    await readAgreementAsOf(db, id, asOf)
    return new Problem('not_found', `Agreement ${id} did not match the filter at ${inUtc(asOf)}.`)
  }
  const [there] = await db.query(sql`select from agreements where id = ${id} and deleted_at is null`)
  return there ? new Problem('not_found', 'The agreement does not match the filter.') : noAgreement(id)
}
