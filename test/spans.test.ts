import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { actDays, lineOf } from '../src/agreements/list/act-ranges.ts'
import { lifecycleEvents } from '../src/agreements/time/lifecycle.ts'
import { freshDatabase } from './support/register.ts'

const { db } = await freshDatabase()

const toDay = (year: number, month: number, day: number) =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
const month = fc.constantFrom(1, 6, 12)
const dayOfMonth = fc.constantFrom(1, 15, 28)
const edges = fc.constantFrom(1, 1699, 1700, 1799, 1800, 1979, 1980, 1989, 1990, 1999, 2000, 2299, 2300, 9999)
const day = fc.oneof(
  fc.tuple(fc.integer({ min: 1850, max: 2060 }), month, dayOfMonth).map((parts) => toDay(...parts)),
  fc.tuple(edges, month, dayOfMonth).map((parts) => toDay(...parts)),
)
const open = fc.option(day, { freq: 5 })
/** A first and a last day, either of which may be open. */
const period = fc.tuple(open, open).map(([a, b]) => (a !== null && b !== null && b < a ? [b, a] : [a, b]))
const known = period.filter(([first, last]) => first !== null || last !== null)

const yearOf = (day: string) => Math.min(Math.max(Number(day.slice(0, 4)), 1700), 2299)
/** Whether two periods have a year in common; years outside the spans count as the first or the last one. */
const share = ([a, b]: (string | null)[], [c, d]: (string | null)[]) =>
  yearOf(a ?? '0001-01-01') <= yearOf(d ?? '9999-12-31') && yearOf(c ?? '0001-01-01') <= yearOf(b ?? '9999-12-31')
const meet = ([a, b]: (string | null)[], [c, d]: (string | null)[]) =>
  (a ?? '') <= (d ?? '~') && (c ?? '') <= (b ?? '~')

const truth = async (condition: ReturnType<typeof sql>): Promise<unknown> =>
  (await db.query<{ holds: unknown }>(sql`select ${condition} as holds`))[0]!.holds

const within = ([from, to]: (string | null)[]) =>
  sql`spans_within(${from ?? '-infinity'}::date, ${to ?? 'infinity'}::date)`

const runs = { numRuns: 400 }

test('a day that can fall in a period is found by spans of years, and no others except of the same year', () =>
  fc.assert(
    fc.asyncProperty(period, period, async ([first, last], asked) => {
      const found = await truth(sql`day_spans(${first}::date, ${last}::date) && ${within(asked)}`)
      expect(found).toBe(first === null ? null : share([first!, last!], asked as string[]))
    }),
    runs,
  ))

const act = fc.tuple(fc.constantFrom(...lifecycleEvents), known)

test('acts are found by their spans, and compared exactly, one of them or any', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(act, { maxLength: 5 }),
      fc.option(fc.uniqueArray(fc.constantFrom(...lifecycleEvents), { minLength: 1, maxLength: 3 })),
      period,
      async (acts, events, asked) => {
        const named = acts.map(([event, [firstDay, lastDay]]) => ({ event, firstDay: firstDay!, lastDay: lastDay! }))
        const range = sql`${actDays(named)}::int4multirange`
        const labels = events?.map((event) => String(lineOf(event))) ?? ['any']
        const spans = await truth(
          sql`coalesce(act_spans(${range}) && labelled(${sql.param(labels)}::text[], ${within(asked)}), false)`,
        )
        const wanted = acts.filter(([event]) => events === null || events.includes(event))
        expect(spans).toBe(wanted.some(([, days]) => share(days, asked)))
        const [firstDay = null, lastDay = null] = asked
        const days = actDays((events ?? lifecycleEvents).map((event) => ({ event, firstDay, lastDay })))
        expect(await truth(sql`${range} && ${days}::int4multirange`)).toBe(wanted.some(([, days]) => meet(days, asked)))
      },
    ),
    runs,
  ))

test('a status on a day is found by its spans', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(day, { maxLength: 4 }),
      fc.array(fc.constantFrom('signed', 'in_force', 'unknown'), { minLength: 5, maxLength: 5 }),
      fc.uniqueArray(fc.constantFrom('signed', 'in_force', 'unknown', 'suspended'), { minLength: 1, maxLength: 2 }),
      day,
      async (days, names, asked, on) => {
        const since = ['-infinity', ...days.toSorted()]
        const statuses = since.map((_, i) => names[i]!)
        const periods = since.map((from, i) => [i === 0 ? null : from, since[i + 1] ?? null])
        const found = await truth(sql`standing_spans(${sql.param(statuses)}::text[], ${sql.param(since)}::date[])
          && standing_spans_on(${sql.param(asked)}::text[], ${on}::date)`)
        expect(found).toBe(periods.some((period, i) => asked.includes(statuses[i]!) && share(period, [on, on])))
        const standing = await truth(
          sql`(${sql.param(statuses)}::text[])[width_bucket(${on}::date, ${sql.param(since)}::date[])]`,
        )
        if (asked.some((status) => status === standing)) expect(found).toBe(true)
      },
    ),
    runs,
  ))
