import { and, type SQL, sql } from 'drizzle-orm'
import { lookUpFilter, type NamedIds } from '../agreements/list/lookup-filter.ts'
import { indexed, matching } from '../agreements/list/where.ts'
import { addMonths, type Day } from '../shared/calendar.ts'
import { meanMonth } from '../shared/durations.ts'
import type { Database } from '../database/connect.ts'
import { when } from '../database/sql.ts'
import { maxPageBytes, type Position, readCursor, type Interpretation, totalOf } from '../http/paging.ts'
import { periodErrors } from '../http/periods.ts'
import { Problem, type QueryError } from '../problems/problems.ts'
import { type DueDay, dueOf, type FoundDay, type Known, positionOf } from './due-days.ts'
import { type CalendarQuery, type DeadlineQuery, maxEvents, maxYears } from './schemas.ts'

interface Period {
  from: Day
  to: Day
}

/** Number of days read at once for a calendar. */
const batchSize = 500

/** Months searched first; each time this does not fill the page, six times as many are searched next. */
const firstMonths = 1

interface FoundDays {
  due: DueDay[]
  /** Whether there may be more beyond this page. */
  more: boolean
  interpretation: Interpretation | null
}

interface FoundPage extends FoundDays {
  period: Period
  /** How many there are in all, if asked. */
  total: number | undefined
  /** How many of the agreements that match have no known term. */
  withoutKnownTerm: number
}

/** All months are read in one snapshot: otherwise a day that moves meanwhile could appear twice, or not at all. */
const inOneSnapshot = { readOnly: true }

/**
 * A page of deadlines, ordered by day, kind and agreement. It ends early when the documents of its agreements exceed
 * `maxPageBytes`.
 */
export const listDue = (db: Database, query: DeadlineQuery, today: Day, limit: number): Promise<FoundPage> =>
  db.transaction(async (db) => {
    const after = readCursor('deadlines', query, 'dayAndWord')
    const period = periodOf(query, today)
    const named = await lookUpFilter(db, query, {
      after,
      errors: errorsIn(query, period),
    })
    const asked = { query, condition: matching(query, named), period, known: new Map() }
    const { due, next } = await read(db, asked, after, limit)
    return {
      due,
      more: next !== undefined,
      interpretation: named.words ?? null,
      period,
      total: await totalOf(query, () => countDue(db, asked)),
      withoutKnownTerm: await countWithoutTerm(db, query, named),
    }
  }, inOneSnapshot)

async function countDue(db: Database, { query: { kind }, condition, period }: Asked): Promise<number> {
  const found = within(period, condition, isOf(kind, period.to))
  const [counted] = await db.query<{ total: string }>(
    sql`select count(*) as total from (select distinct * from (${found}) found) one`,
  )
  return Number(counted!.total)
}

async function countWithoutTerm(db: Database, query: DeadlineQuery, named: NamedIds): Promise<number> {
  const [counted] = await db.query<{ total: string }>(sql`
    select count(*) as total from agreement_listings a where ${and(sql`not a.has_term`, indexed(query, named))}`)
  return Number(counted!.total)
}

/** Of one of these kinds, if some are given, and due on `to` or before. */
const isOf = (kind: DeadlineQuery['kind'], to: Day): SQL | undefined =>
  and(
    when(kind, (kinds) => sql`s.kind = any(${sql.param(kinds)}::text[])`),
    sql`o.day <= ${to}::date`,
  )

/**
 * All deadlines in the period, read in batches.
 * @throws Problem 400 when there are too many for one calendar
 */
export const readAllDue = (db: Database, query: CalendarQuery, today: Day): Promise<Omit<FoundDays, 'more'>> =>
  db.transaction((db) => readBatches(db, query, today), inOneSnapshot)

async function readBatches(db: Database, query: CalendarQuery, today: Day): Promise<Omit<FoundDays, 'more'>> {
  const period = periodOf(query, today)
  const named = await lookUpFilter(db, query, { errors: errorsIn(query, period) })
  const asked = { query, condition: matching(query, named), period, known: new Map() }
  const all: DueDay[] = []
  let size = 0
  for (let next: Position | undefined, more = true; more; more = next !== undefined) {
    const batch = await read(db, asked, next, batchSize)
    all.push(...batch.due)
    size += batch.due.reduce((sum, { agreement }) => sum + sizeOf(agreement), 0)
    if (all.length > maxEvents || size > maxPageBytes) throw tooMany()
    next = batch.next
  }
  return { due: all, interpretation: named.words ?? null }
}

/** The approximate size of an agreement in a calendar, in UTF-16 units. */
const sizeOf = ({ title, parties }: DueDay['agreement']): number =>
  parties.reduce((sum, { name }) => sum + name.length, title.length)

function tooMany(): Problem {
  const message = `A calendar must have at most ${maxEvents} events and 4 MB of text. Use a shorter period or more filters.`
  return new Problem('invalid_request', message, [{ parameter: 'to', code: 'too_many', message }])
}

function periodOf({ from: asked, to: until }: CalendarQuery, today: Day): Period {
  const from = asked ?? (until !== undefined && until < today ? later(until, -6) : today)
  return { from, to: until ?? later(from, 6) }
}

/** An error when the period ends before it begins, or is too long. */
function errorsIn(query: CalendarQuery, { from, to }: Period): QueryError[] {
  if (to <= later(from, 12 * maxYears)) return periodErrors(query, ['from', 'to'])
  const message = `\`to\` (${to}) must be at most ${maxYears} years after \`from\` (${from}).`
  return [{ parameter: 'to', code: 'invalid_value', message }]
}

const later = (day: Day, months: number): Day => addMonths(day, months) ?? '9999-12-31'

interface Asked {
  query: CalendarQuery
  condition: SQL | undefined
  period: Period
  /** The agreements already read, by id. */
  known: Map<string, Known>
}

/** @returns at most `max` deadlines, and where to continue when there may be more */
async function read(
  db: Database,
  { query: { kind }, condition, period: { from, to }, known }: Asked,
  after: Position | undefined,
  max: number,
): Promise<{ due: DueDay[]; next: Position | undefined }> {
  const due: DueDay[] = []
  let at: FoundDay | undefined
  const last = after?.key.slice(0, 10) ?? from
  let begin = last > from ? last : from
  for (let months = firstMonths; begin <= to; months *= 6) {
    const end = addMonths(begin, months)
    const where = and(isOf(kind, to), end === null ? undefined : sql`o.day < ${end}::date`, when(after, isAfter))
    const period = { from: begin, to: end === null || end > to ? to : end }
    const room = max - due.length
    const found = within(period, condition, where, room + 1)
    const rows = await db.query<FoundDay>(withDocuments(found, room, [...known.keys()]))
    const fitting = rows.filter(({ fits }) => fits)
    due.push(...(await dueOf(fitting, known)))
    at = fitting.at(-1) ?? at
    if (fitting.length < rows.length) return { due, next: at && positionOf(at) }
    begin = end ?? '~'
  }
  return { due, next: undefined }
}

const isAfter = ({ key, id }: Position): SQL =>
  sql`(o.day, s.kind, s.agreement_id) > (${key.slice(0, 10)}::date, ${key.slice(11)}::text, ${id}::uuid)`

/** By how many days a mean interval can differ from the exact one: the lengths of months, leap years, short months. */
const slack = 8

/** Months and days as a number of days, by mean months. */
const inDays = (months: SQL, days: SQL): SQL => sql`((${months}) * ${sql.raw(String(meanMonth))}::float8 + (${days}))`

/**
 * The days of all series from `from` to `to`, inclusive. Mean months limit the candidates of each series; the days are then
 * checked.
 */
function within({ from, to }: Period, condition: SQL | undefined, where: SQL | undefined, limit?: number): SQL {
  const base = inDays(sql`s.months - s.back`, sql`s.days - s.back_days`)
  const interval = inDays(sql`s.every`, sql`s.every_days`)
  const numberOf = (day: Day, margin: number): SQL =>
    sql`((${day}::date - s.start) + ${sql.raw(String(margin))} - ${base}) / ${interval}`
  return sql`
    select s.agreement_id as id, s.kind, o.day
    from agreement_due s ${condition && sql`join agreement_listings a using (agreement_id)`}
      cross join lateral (
        select floor(${numberOf(from, -slack)}) as min, ceil(${numberOf(to, slack)}) as max
      ) range
      cross join lateral (
        select (s.start + make_interval(months => s.months + n * s.every, days => s.days + n * s.every_days)
          - make_interval(months => s.back, days => s.back_days))::date as day
        from generate_series(greatest(s.first, range.min)::integer, least(s.last, range.max)::integer) n
      ) o
    where ${and(sql`range.min <= s.last and range.max >= s.first`, sql`o.day >= ${from}::date`, condition, where)}
    order by o.day, s.kind, s.agreement_id ${limit === undefined ? sql`` : sql`limit ${limit}`}`
}

/**
 * The first `room` days of `found` with the documents of their agreements. Each document is read once, and only if it is
 * not in `known`. Days beyond `maxPageBytes` of documents do not fit: they are listed without their documents.
 */
const withDocuments = (found: SQL, room: number, known: string[]): SQL => sql`
  select id, kind, day, fits, format, case when fits and is_read then document end as document
  from (
    select *, place <= ${room} and (place = 1 or bytes <= ${maxPageBytes}) as fits
    from (
      select page.*, a.document, a.format, row_number() over in_order as place,
        sum(case when is_read then octet_length(a.document) else 0 end) over in_order as bytes
      from (
        select *, rank() over (partition by id order by day, kind) = 1 and id <> all (${sql.param(known)}::uuid[]) as is_read
        from (${found}) found
      ) page join agreements a using (id)
      window in_order as (order by page.day, page.kind, page.id rows unbounded preceding)
    ) page
  ) page order by day, kind, id`
