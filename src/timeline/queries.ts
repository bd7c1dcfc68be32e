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
  const { event, from, to, preferred, party, pair, signatory, withPredecessors, kinds, researchDomain, collection } =
    query
  const filter = { party, pair, signatory, withPredecessors, kinds, researchDomain, collection }
  const matches = and(
    when(event, (events) => sql`d.event = any(${sql.param(events)}::text[])`),
    when(from, (day) => sql`(d.last_day >= ${day}::date or (d.last_day is null and d.first_day is not null))`),
    when(to, (day) => sql`(d.first_day <= ${day}::date or (d.first_day is null and d.last_day is not null))`),
    when(preferred, (said) => sql`d.preferred = ${said === 'true'}`),
    matching(filter, await lookUpFilter(db, filter, { errors: periodErrors(query, ['from', 'to']) })),
  )
  const descending = query.sort === '-date'
  const after = readCursor('dates', query, 'date')
  const key = descending ? sql`coalesce(d.first_day, '-infinity'::date)` : sql`coalesce(d.first_day, 'infinity'::date)`
  const [direction, isAfter] = descending ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`]
  const rows = await db.query<Row>(sql`
    select ${key}::text as key,
      json_build_object('id', d.id, 'event', d.event, 'occurrence', d.occurrence, 'date', d.date,
        'firstDay', d.first_day, 'lastDay', d.last_day, 'effectiveDate', d.effective_date,
        'effectiveFirstDay', d.effective_first_day, 'effectiveLastDay', d.effective_last_day,
        'extension', d.extension, 'term', d.term,
        'place', d.place, 'preferred', d.preferred, 'source', d.source_key, 'note', d.note) as date,
      case when s.id is not null then
        json_build_object('id', s.id, 'code', s.code, 'name', s.name, 'kind', s.kind) end as signatory,
      json_build_object('id', own.id, 'reference', own.reference, 'title', own.title) as agreement
    from dates d join agreement_listings a using (agreement_id) join agreements own on own.id = agreement_id left join signatories s on s.id = d.signatory_id
    where ${
      and(
        matches,
        when(after, ({ key: day, id }) => sql`(${key}, d.id) ${isAfter} (${day}::date, ${id}::uuid)`),
      ) ?? sql`true`
    }
    order by ${key} ${direction}, d.id ${direction} limit ${limitOf(query) + 1}`)
  return {
    rows: rows.map(({ date, signatory, agreement, key }) => ({
      id: date.id,
      key,
      document: JSON.stringify(inOrder({ ...date, signatory, agreement })),
    })),
    total: await totalOf(query, () => countDates(db, matches)),
  }
}

async function countDates(db: Database, matches: SQL | undefined): Promise<number> {
  const [counted] = await db.query<{ total: string }>(
    sql`select count(*) as total from dates d join agreement_listings a using (agreement_id) where ${matches ?? sql`true`}`,
  )
  return Number(counted!.total)
}

/** The properties in the same order as in an agreement. */
const inOrder = ({ id, event, signatory, ...rest }: TimelineDate): TimelineDate => ({ id, event, signatory, ...rest })
