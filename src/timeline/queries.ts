import { and, type SQL, sql } from 'drizzle-orm'
import { lookUpFilter } from '../agreements/list/lookup-filter.ts'
import { matching } from '../agreements/list/where.ts'
import type { Database } from '../database/connect.ts'
import { when } from '../database/sql.ts'
import { type Listed, limitOf, readCursor, totalOf } from '../http/paging.ts'
import { periodErrors } from '../http/periods.ts'
import type { SignatoryReference } from '../registry/signatories/schemas.ts'
import type { TimelineDate, TimelineQuery } from './schemas.ts'

interface Row {
  date: Omit<TimelineDate, 'signatory' | 'agreement'>
  signatory: SignatoryReference | null
  agreement: TimelineDate['agreement']
  key: string
}

interface DatesFound {
  rows: Listed[]
  /** How many there are in all, if asked. */
  total: number | undefined
}

/**
 * A page of the dates of agreements that are not deleted, ordered by day; unknown days come last in both directions.
 * @throws Problem 400 for a code that does not exist, a period that ends before it begins, or another list's cursor
 */
export async function listDates(db: Database, query: TimelineQuery): Promise<DatesFound> {
  const { event, preferred, party, pair, signatory, withPredecessors, kinds, researchDomain, collection } = query
  const filter = { party, pair, signatory, withPredecessors, kinds, researchDomain, collection }
  const matches = and(
    when(event, (events) => sql`d.event = any(${sql.param(events)}::text[])`),
    when(preferred, (said) => sql`d.preferred = ${said === 'true'}`),
    matching(filter, await lookUpFilter(db, filter, { errors: periodErrors(query, ['from', 'to']) })),
  )
  const descending = query.sort === '-date'
  const after = readCursor('dates', query, 'date')
  const unknown = descending ? sql`'-infinity'::date` : sql`'infinity'::date`
  const key = sql`coalesce(d.first_day, ${unknown})`
  const [direction, isAfter] = descending ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`]
  const most = limitOf(query) + 1
  const inPage = and(
    matches,
    when(after, ({ key: day, id }) => sql`(${key}, d.id) ${isAfter} (${day}::date, ${id}::uuid)`),
  )
  const pages = sourcesOf(key, unknown, query).map(
    (source) => sql`(
      select d.*, ${key} as key from (${source}) d join agreement_listings a using (agreement_id)
      where ${inPage ?? sql`true`} order by ${key} ${direction}, d.id ${direction} limit ${most})`,
  )
  const rows = await db.query<Row>(sql`
    select d.key::text as key,
      json_build_object('id', d.id, 'event', d.event, 'occurrence', d.occurrence, 'date', d.date,
        'firstDay', d.first_day, 'lastDay', d.last_day, 'effectiveDate', d.effective_date,
        'effectiveFirstDay', d.effective_first_day, 'effectiveLastDay', d.effective_last_day,
        'extension', d.extension, 'term', d.term,
        'place', d.place, 'preferred', d.preferred, 'source', d.source_key, 'note', d.note) as date,
      case when s.id is not null then
        json_build_object('id', s.id, 'code', s.code, 'name', s.name, 'kind', s.kind) end as signatory,
      json_build_object('id', own.id, 'reference', own.reference, 'title', own.title) as agreement
    from (
      select * from (${sql.join(pages, sql` union all `)}) d order by key ${direction}, id ${direction} limit ${most}
    ) d join agreements own on own.id = d.agreement_id left join signatories s on s.id = d.signatory_id
    order by d.key ${direction}, d.id ${direction}`)
  return {
    rows: rows.map(({ date, signatory, agreement, key }) => ({
      id: date.id,
      key,
      document: JSON.stringify(inOrder({ ...date, signatory, agreement })),
    })),
    total: await totalOf(query, () => countDates(db, and(inPeriod(query), matches))),
  }
}

type Period = Pick<TimelineQuery, 'from' | 'to'>

/** The dates that can be in the period. */
const inPeriod = ({ from, to }: Period): SQL | undefined =>
  and(
    when(from, (day) => sql`(d.last_day >= ${day}::date or (d.last_day is null and d.first_day is not null))`),
    when(to, (day) => sql`(d.first_day <= ${day}::date or (d.first_day is null and d.last_day is not null))`),
  )

/**
 * The same as selects that exclude one another, so that a page reads an index from where it begins: dates whose first day is
 * in the period, and the few that begin before it and can be in it. `offset 0`: those are found first, then put in order.
 */
function sourcesOf(key: SQL, unknown: SQL, period: Period): SQL[] {
  const { from, to } = period
  const dates = (condition: SQL): SQL => sql`select * from dates d where ${condition}`
  if (from === undefined && to === undefined) return [sql`select * from dates`]
  const days = sql`${from ?? '-infinity'}::date and ${to ?? 'infinity'}::date`
  const begins = dates(sql`${key} between ${days} and d.first_day is not null`)
  if (from === undefined)
    return [begins, dates(sql`${key} = ${unknown} and ${inPeriod(period)} and d.first_day is null`)]
  const before = dates(sql`d.first_day is distinct from d.last_day and ${inPeriod(period)}
    and daterange(d.first_day, d.last_day, '[]') @> daterange(${from}::date - 1, ${from}::date, '[]') offset 0`)
  return [begins, before]
}

async function countDates(db: Database, matches: SQL | undefined): Promise<number> {
  const [counted] = await db.query<{ total: string }>(
    sql`select count(*) as total from dates d join agreement_listings a using (agreement_id) where ${matches ?? sql`true`}`,
  )
  return Number(counted!.total)
}

/** The properties in the same order as in an agreement. */
const inOrder = ({ id, event, signatory, ...rest }: TimelineDate): TimelineDate => ({ id, event, signatory, ...rest })
