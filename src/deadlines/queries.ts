import { and, type SQL, sql } from 'drizzle-orm'
import { actOf } from '../agreements/document.ts'
import { lookUpFilter, matching } from '../agreements/matching.ts'
import type { Agreement } from '../agreements/schemas.ts'
import { type Occurrence, occurrences } from '../agreements/status.ts'
import { addMonths, type Day, monthsBetween } from '../calendar.ts'
import type { Database } from '../database/connect.ts'
import { when } from '../database/sql.ts'
import { wordsAsTaken } from '../agreements/search.ts'
import { type Position, readCursor, type Taken } from '../paging.ts'
import { checkPeriods } from '../period.ts'
import { Problem } from '../problems.ts'
import { type DeadlineQuery, mostEvents, mostYears } from './schemas.ts'

/** Something that is due with an agreement, and where it stands in the list. */
export interface DueDay {
  agreement: Agreement
  occurrence: Occurrence
  position: Position
}

interface Period {
  from: Day
  to: Day
}

/** How many days a calendar reads at once. */
const batch = 500

/** How many months it looks through first; each time that this does not fill a page, six times as many more. */
const firstMonths = 1

/** A page of what is due, with one row more when there is a next one: by day, then kind, then agreement. */
export async function listDue(
  db: Database,
  query: DeadlineQuery,
  today: Day,
  limit: number,
): Promise<{ due: DueDay[]; taken: Taken | null }> {
  const after = readCursor('deadlines', query, 'dayAndWord')
  const named = await lookUpFilter(db, query, after?.taken ? wordsAsTaken(query.q!, after.taken) : undefined)
  const due = await read(db, query, matching(query, named), periodOf(query, today), after, limit + 1)
  return { due, taken: named.words ?? null }
}

/**
 * All that is due, a batch at a time.
 * @throws Problem 400 when it is more than one calendar may hold
 */
export async function readAllDue(
  db: Database,
  query: DeadlineQuery,
  today: Day,
): Promise<{ due: DueDay[]; taken: Taken | null }> {
  const named = await lookUpFilter(db, query)
  const [condition, period] = [matching(query, named), periodOf(query, today)]
  const all: DueDay[] = []
  for (let more = true; more;) {
    const found = await read(db, query, condition, period, all.at(-1)?.position, batch)
    all.push(...found)
    more = found.length === batch
    if (all.length > mostEvents) throw tooMany()
  }
  return { due: all, taken: named.words ?? null }
}

function tooMany(): Problem {
  const message = `More than ${mostEvents} days are due, too many for one calendar: ask for less, such as one party or kind.`
  return new Problem('invalid_request', message, [{ parameter: 'format', code: 'too_many', message }])
}

/** @throws Problem 400 when the period ends before it begins, or is too long */
function periodOf(query: DeadlineQuery, today: Day): Period {
  checkPeriods(query, ['from', 'to'])
  const { from: asked, to: until } = query
  const from = asked ?? (until !== undefined && until < today ? later(until, -6) : today)
  const to = until ?? later(from, 6)
  if (to > later(from, 12 * mostYears)) throw tooLong(from, to)
  return { from, to }
}

const later = (day: Day, months: number): Day => addMonths(day, months) ?? '9999-12-31'

function tooLong(from: Day, to: Day): Problem {
  const message = `\`to\` (${to}) must be at most ${mostYears} years after \`from\` (${from}).`
  return new Problem('invalid_request', message, [{ parameter: 'to', code: 'invalid_value', message }])
}

async function read(
  db: Database,
  { kind }: DeadlineQuery,
  condition: SQL | undefined,
  { from, to }: Period,
  after: Position | undefined,
  most: number,
): Promise<DueDay[]> {
  const due: DueDay[] = []
  const last = after?.key.slice(0, 10) ?? from
  let begin = last > from ? last : from
  for (let months = firstMonths; begin <= to && due.length < most; months *= 6) {
    const end = addMonths(begin, months)
    const where = and(
      when(kind, (kinds) => sql`s.kind = any(${sql.param(kinds)}::text[])`),
      sql`o.day <= ${to}::date`,
      end === null ? undefined : sql`o.day < ${end}::date`,
      when(after, beyond),
    )
    const period = { from: begin, to: end === null || end > to ? to : end }
    const rows = await db.query<Row>(within(period, condition, where, most - due.length))
    due.push(...rows.flatMap(dueOf))
    begin = end ?? '~'
  }
  return due
}

const beyond = ({ key, id }: Position): SQL =>
  sql`(o.day, s.kind, s.agreement_id) > (${key.slice(0, 10)}::date, ${key.slice(11)}::text, ${id}::uuid)`

interface Row {
  id: string
  day: Day
  kind: Occurrence['kind']
  document: string
}

/** The number of a day's month, as `agreement_due.month` counts them. */
const monthOf = (day: Day): number => monthsBetween('0001-01-01', day) + 12

/** The days of all series from `from` to `to`: their months say which numbers can fall in it, their days which do. */
function within({ from, to }: Period, condition: SQL | undefined, where: SQL | undefined, limit: number): SQL {
  const [first, last] = [monthOf(from), monthOf(to)]
  const [least, most] = [
    sql`(${first}::integer - s.month + s.every - 1) / s.every`,
    sql`(${last}::integer - s.month) / s.every`,
  ]
  return sql`
    select page.*, a.document from (
      select s.agreement_id as id, s.kind, o.day
      from agreement_due s ${condition && sql`join agreement_listings a using (agreement_id)`}
        cross join lateral (
          select (s.start + make_interval(months => s.months + n * s.every) - make_interval(months => s.back))::date as day
          from generate_series(greatest(s.first, ${least}), least(s.last, ${most})) n limit ${last - first + 1}
        ) o
      where ${and(
        sql`s.month + s.first * s.every <= ${last}::integer and s.month + s.last * s.every >= ${first}::integer`,
        sql`${least} <= ${most}`,
        sql`o.day >= ${from}::date`,
        condition,
        where,
      )}
      order by o.day, s.kind, s.agreement_id limit ${limit}
    ) page join agreements a using (id) order by page.day, page.kind, page.id`
}

/** What a row found is said in full by the rules of time themselves. */
function dueOf({ id, day, kind, document }: Row): DueDay[] {
  const agreement = JSON.parse(document) as Agreement
  return occurrences(agreement.dates.map(actOf), agreement.term, day, day)
    .filter((occurrence) => occurrence.kind === kind)
    .map((occurrence) => ({ agreement, occurrence, position: { key: `${day} ${kind}`, id, taken: null } }))
}
