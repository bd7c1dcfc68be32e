import { and, type SQL, sql } from 'drizzle-orm'
import type { Entries } from '../agreements/list/page-plans.ts'
import { lastChange } from '../agreements/list/as-held.ts'
import { neighbour } from './neighbour.ts'

/** How many entries of a party or a pair begin in each month. */
export interface Census {
  /** Months from the beginning of the calendar, and their entries, in order. */
  months: [month: number, entries: number][]
  /** Entries without a day whose beginning is open: they come first. `nearest` is the last of them. */
  open: Undated
  /** Entries whose day is not known: they come last. `nearest` is the first of them. */
  unknown: Undated
}

interface Undated {
  entries: number
  nearest: string | null
}

const monthOf = (day: SQL): SQL => sql`(extract(year from ${day}) * 12 + extract(month from ${day}))::int`

/** Counts all entries; those without a day need their listing, which tells whether the beginning is open. */
export function censusOf(entries: Entries): SQL {
  const undated = (key: string, nearest: string): SQL => sql`(
    select json_build_object('entries', count(*), 'nearest', ${sql.raw(nearest)}(id::text)) from undated where key = ${key}::date)`
  return sql`
    with undated as materialized (${undatedOf(entries)})
    select ${undated('-infinity', 'max')} as open, ${undated('infinity', 'min')} as unknown, (
      select coalesce(json_agg(json_build_array(month, entries) order by month), '[]') from (
        select ${monthOf(sql`key`)} as month, count(*) as entries from (${datedOf(entries)}) f group by 1
      ) m) as months`
}

/** How many entries come before the beginning of a month. */
export function before(month: number, { months, open }: Census): number {
  return months.reduce((sum, [each, entries]) => (each < month ? sum + entries : sum), open.entries)
}

export function totalOf({ months, open, unknown }: Census): number {
  return months.reduce((sum, [, entries]) => sum + entries, open.entries + unknown.entries)
}

const select = ({ table, parts, within }: Entries, signed: SQL): SQL =>
  sql.join(
    parts.map(
      (of) =>
        sql`select p.agreement_id as id, p.signed as key from ${sql.raw(table)} p where ${and(of, within, signed)}`,
    ),
    sql` union all `,
  )

const datedOf = (entries: Entries): SQL => select(entries, sql`p.signed > '-infinity'`)

const undatedOf = (entries: Entries): SQL => sql`
  select e.id, coalesce(a.signed, 'infinity'::date) as key
  from (${select(entries, sql`p.signed = '-infinity'`)}) e join agreement_listings a on a.agreement_id = e.id`

/**
 * The place of an agreement among all of one party or one pair. The index of their entries counts those that have a day and
 * finds the neighbours; only entries without a day need their listing.
 */
export const aroundEntry = (id: string, entries: Entries): SQL => sql`
  with dated as not materialized (${datedOf(entries)}), undated as materialized (${undatedOf(entries)}),
    own as materialized (
      select id, key, ${dayOfKey(sql`key`)} as signed
      from (select * from dated where id = ${id} union all select * from undated where id = ${id}) f
    ), counted as (
      select count(*) as total, count(*) filter (where (f.key, f.id) < (own.key, own.id)) as before
      from (select * from dated union all select * from undated) f, own
    )
  select ${ofOwn}, counted.total, counted.before
  from own cross join counted ${neighbours(sql`dated`)}`

/**
 * The same for an entry with a day, when the months are counted: only its own is counted once more. No row when it has no day.
 * @param state what tells the state of the register
 */
export function aroundDated(id: string, entries: Entries, { open, unknown }: Census, state: SQL): SQL {
  // With two lower bounds, PostgreSQL begins at the first of all.
  const fromOwn = select(entries, sql`p.signed >= (select key from own)`)
  return sql`
  with dated as not materialized (${datedOf(entries)}), undated as materialized (
      select id, key from (values (${open.nearest}::uuid, date '-infinity'), (${unknown.nearest}::uuid, date 'infinity')) v (id, key)
      where id is not null
    ), own as materialized (select id, key, key as signed from dated where id = ${id})
  select ${ofOwn}, ${monthOf(sql`own.key`)} as month, ${state} as state, (
      select count(*) from dated f
      where f.key >= date_trunc('month', own.key::timestamp)::date and (f.key, f.id) < (own.key, own.id)) as "beforeInMonth"
  from own ${neighbours(sql`(${fromOwn})`)}`
}

const dayOfKey = (key: SQL): SQL => sql`nullif(nullif(${key}, 'infinity'), '-infinity')`

/** The next one among `dated` and `undated`. The index begins at `own`, and ends at the first. */
function nextOf(direction: 'before' | 'after', dated: SQL): SQL {
  const [is, order] = direction === 'before' ? [sql`<`, sql`desc`] : [sql`>`, sql``]
  const nearest = (all: SQL): SQL => sql`(
    select f.* from ${all} f
    where (f.key, f.id) ${is} ((select key from own), (select id from own)) order by f.key ${order}, f.id ${order} limit 1)`
  return sql`(
    select n.id, ${dayOfKey(sql`n.key`)} as signed
    from (${nearest(dated)} union all ${nearest(sql`undated`)}) n order by n.key ${order}, n.id ${order} limit 1)`
}

/** @param after those with a day, as far as the next one can be among them */
const neighbours = (after: SQL): SQL => sql`
  left join ${nextOf('before', sql`dated`)} previous on true left join ${nextOf('after', after)} next on true`

const ofOwn = sql`own.signed, own.signed - previous.signed as "daysSincePrevious", ${neighbour(sql`previous`)} as previous,
    ${neighbour(sql`next`)} as next, ${lastChange(undefined)} as "lastChange"`
