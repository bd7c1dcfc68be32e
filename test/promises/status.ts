import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Act, lifecycleEvents } from '../../src/agreements/time/lifecycle.ts'
import { inForcePeriods } from '../../src/agreements/time/status.ts'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { entryOf, termOf } from '../../src/agreements/publication/life.ts'
import type { Timeline } from '../../src/agreements/time/timeline.ts'
import type { EndByOther } from '../../src/agreements/time/other-agreements.ts'
import * as timelines from '../../src/agreements/time/timeline.ts'
import { act, lifeOf as lifeOfActs } from '../support/acts.ts'
import { lifeOf } from '../support/plain-time.ts'

const dayNumber = (n: number) => new Date(Date.UTC(2000, 0, 1 + n)).toISOString().slice(0, 10)
const day = fc.integer({ min: 0, max: 4_000 }).map(dayNumber)
const anAct = fc
  .record({
    event: fc.oneof(
      fc.constantFrom(...lifecycleEvents),
      fc.constantFrom('entered_into_force', 'suspended', 'resumed', 'denounced', 'extended', 'terminated'),
    ),
    date: fc.oneof(
      day,
      fc.integer({ min: 0, max: 3 }).map((n) => `2004-03-0${n + 1}`),
      day.map((text) => text.slice(0, 7)),
      day.map((text) => text.slice(0, 4)),
      day.map((text) => `${text}?`),
      day.map((text) => `${text}/..`),
      day.map((text) => `/${text}`),
      fc.constant('9999-12-31'),
    ),
    signatory: fc.constantFrom(null, 'US', 'KR'),
    occurrence: fc.integer({ min: 1, max: 2 }),
    preferred: fc.boolean(),
    effective: fc.option(fc.oneof(day, fc.constant('9999')), { nil: undefined, freq: 3 }),
  })
  .map(({ event, date, effective, ...over }) =>
    act(event, date, effective === undefined ? over : { ...over, effective }),
  )
const someActs = (maxLength: number) =>
  fc
    .array(anAct, { maxLength })
    .chain((acts) => fc.constantFrom(acts, [...acts, act('entered_into_force', '2003-01-31')]))
const lengths = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((n) => `P${n}M`),
  fc.integer({ min: 1, max: 5 }).map((n) => `P${n}Y`),
  fc.integer({ min: 20, max: 900 }).map((n) => `P${n}D`),
  fc.constantFrom('P26W', 'P1Y6M', 'P1M15D'),
)
const notices = fc.oneof(lengths, fc.constantFrom('P0D', 'P90D', 'P3M'))
const writtenTerm = fc
  .record({
    runsFrom: fc.oneof(
      { weight: 3, arbitrary: fc.constant('entry_into_force') },
      { weight: 1, arbitrary: fc.constant('signature') },
      { weight: 1, arbitrary: day },
    ),
    length: fc.option(lengths, { freq: 8 }),
    lastDay: fc.option(day, { freq: 1 }),
    atEnd: fc.constantFrom('ends', 'renews', 'renews', 'renews', 'extended_if_agreed', 'open_ended', null),
    renewal: fc.option(
      fc.record({
        length: fc.option(lengths),
        most: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 1 }),
        notice: fc.option(notices, { freq: 4 }),
      }),
      { freq: 8 },
    ),
    exit: fc.option(
      fc.record({
        notice: fc.option(notices, { freq: 8 }),
        from: fc.constantFrom('any', 'after_minimum'),
        takesEffect: fc.constantFrom('at_once', 'month_end', 'year_end', 'term_end'),
      }),
      { freq: 1 },
    ),
    sunset: fc.constant(null),
    endsWith: fc.constant(null),
  })
  .map(({ length, lastDay, ...rest }) => ({ ...rest, length: lastDay === null ? length : null, lastDay }))
const writtenEntry = fc.option(
  fc.record({
    on: fc.constantFrom('signature', 'notes_exchanged', 'last_notification', 'last_ratification'),
    delay: fc.option(fc.constantFrom('P30D', 'P1M', 'P2M')),
    roundedUp: fc.constantFrom(null, 'month'),
  }),
)
const aTerm = fc.option(writtenTerm, { freq: 5 })

interface Rules {
  of: Agreement['term']
  entry?: Agreement['entryIntoForce']
  isBinding?: boolean
  statements?: Agreement['statusStatements']
  ends?: EndByOther[]
}

const signatories = [1, 2].map((side) => ({
  side,
  signatory: { id: side === 1 ? 'US' : 'KR' },
  ancestors: [],
})) as unknown as Agreement['signatories']

/** The timeline of acts, as of a document. */
const timelineOfActs = (
  acts: Act[],
  { of, entry = null, isBinding = true, statements = [], ends = [] }: Rules,
): Timeline =>
  lifeOfActs(acts, of && termOf(of), { entryIntoForce: entry && entryOf(entry), isBinding, statements, ends })
const statusOn = (acts: Act[], of: Agreement['term'], on: string) => {
  const timeline = timelineOfActs(acts, { of })
  return { ...timelines.statusOn(timeline, on), changesOn: timelines.changesAfter(timeline, on) }
}
const periods = (acts: Act[], of: Agreement['term']) => timelineOfActs(acts, { of }).periods
const occurrences = (acts: Act[], of: Agreement['term'], from: string, to: string) =>
  timelines.occurrences(timelineOfActs(acts, { of }), from, to)

const textOf = ({ firstDay, exact }: Act['date']): string => (exact ? firstDay! : 'imprecise')

/** The acts as dates of a document. */
const asDates = (acts: Act[]) =>
  acts.map(({ event, signatory, occurrence, date, effective, preferred }) => ({
    event,
    occurrence,
    preferred,
    signatory: signatory === null ? null : { id: signatory },
    date: textOf(date),
    firstDay: date.firstDay,
    lastDay: date.lastDay,
    effectiveDate: effective && textOf(effective),
    effectiveFirstDay: effective?.firstDay ?? null,
    effectiveLastDay: effective?.lastDay ?? null,
  })) as Agreement['dates']

const someStatements = fc.array(
  fc.record({
    status: fc.constantFrom('in_force', 'in_force', 'terminated', 'signed', 'suspended'),
    on: fc.oneof(
      day,
      fc.integer({ min: 0, max: 3 }).map((n) => `2004-03-0${n + 1}`),
    ),
    source: fc.constant(null),
  }),
  { maxLength: 4 },
) as fc.Arbitrary<Agreement['statusStatements']>
const fromOthers: fc.Arbitrary<EndByOther[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<EndByOther[]>([]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.record({
        event: fc.constantFrom(...(['superseded', 'terminated', 'expired', 'expired'] as const)),
        day,
        exact: fc.boolean(),
        by: fc.constantFrom('a', 'b'),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  },
)
const rulesOfTime = fc.record({
  acts: someActs(10),
  of: aTerm,
  entry: writtenEntry,
  binding: fc.constantFrom('binding', 'unknown'),
  statements: someStatements,
  ends: fromOthers,
})

interface Amount {
  runs: number
  /** Runs of properties that are compared with a walk through thousands of days. */
  walks: number
}

/** The rules of time are correct for any acts and any term. */
export function statusIsTrue({ runs, walks }: Amount): void {
  describe('for any acts and any term', () => {
    test('the status and its end equal those of a naive implementation of the rules', () => {
      fc.assert(
        fc.property(rulesOfTime, fc.integer({ min: -100, max: 5_000 }), ({ acts, of, entry, ...rest }, n) => {
          const { binding, statements, ends } = rest
          const rules = { term: of, entryIntoForce: entry, binding, statusStatements: statements }
          const life = lifeOf(
            { dates: asDates(acts), signatories, ...rules },
            ends.map(({ exact, ...end }) => ({ ...end, isCertain: exact })),
          )
          const timeline = timelineOfActs(acts, { of, entry, isBinding: binding === 'binding', statements, ends })
          expect(timelines.statusOn(timeline, dayNumber(n))).toEqual(life.on(dayNumber(n)))
          expect(timelines.changesAfter(timeline, dayNumber(n))).toBe(life.changesAfter(dayNumber(n)))
          expect(timelines.exitDayOn(timeline, dayNumber(n))).toBe(life.exitOn(dayNumber(n)))
          expect(timeline.periods.map(({ from, status }) => [from, status])).toEqual(life.periods)
        }),
        { numRuns: runs },
      )
    })

    test('periods have no gaps, do not overlap, are not empty and differ from the previous one', () => {
      fc.assert(
        fc.property(someActs(10), aTerm, (acts, of) => {
          const all = periods(acts, of)
          expect(all[0]!.from).toBeNull()
          expect(all.at(-1)!.until).toBeNull()
          for (const [i, { status, from, until, endedBy }] of all.entries()) {
            if (i > 0) expect(from).toBe(all[i - 1]!.until)
            if (i > 0) expect(status).not.toBe(all[i - 1]!.status)
            if (from !== null && until !== null) expect(from < until).toBe(true)
            expect(endedBy === null).toBe(status !== 'terminated')
          }
          expect(inForcePeriods(all)).toEqual(all.filter(({ status }) => status === 'in_force'))
        }),
        { numRuns: runs },
      )
    })

    test('the order of the acts does not matter', () => {
      const shuffled = someActs(8).chain((acts) =>
        fc.tuple(fc.constant(acts), fc.shuffledSubarray(acts, { minLength: acts.length, maxLength: acts.length })),
      )
      fc.assert(
        fc.property(shuffled, aTerm, day, ([acts, mixed], of, on) => {
          expect(periods(mixed, of)).toEqual(periods(acts, of))
          expect(statusOn(mixed, of, on)).toEqual(statusOn(acts, of, on))
        }),
        { numRuns: runs },
      )
    })

    test('the status is that of the period of the day', () => {
      fc.assert(
        fc.property(someActs(8), aTerm, fc.integer({ min: -100, max: 5_000 }), (acts, of, n) => {
          const on = dayNumber(n)
          let walked = periods(acts, of)[0]!
          for (const period of periods(acts, of)) if (period.from !== null && period.from <= on) walked = period
          const { status, from: statusSince, until: statusUntil, endedBy, approximate } = walked
          expect(statusOn(acts, of, on)).toMatchObject({ status, statusSince, statusUntil, endedBy, approximate })
        }),
        { numRuns: runs },
      )
    })

    test('deadlines are in the future, notice before expiry, and only until the agreement ends', () => {
      fc.assert(
        fc.property(someActs(8), aTerm, day, (acts, of, on) => {
          const { status, nextExpiry, noticeDeadline } = statusOn(acts, of, on)
          if (nextExpiry === null) {
            expect(noticeDeadline).toBeNull()
            return
          }
          expect(status).not.toBe('terminated')
          expect(nextExpiry > on).toBe(true)
          expect((noticeDeadline ?? '') < nextExpiry).toBe(true)
          const isChanged = acts.some(({ event }) => event === 'extended')
          if (of!.atEnd !== 'renews' && !isChanged) expect(statusOn(acts, of, nextExpiry).endedBy).not.toBeNull()
        }),
        { numRuns: runs },
      )
    })

    test('the deadlines of a period are those found by a walk through its days', () => {
      fc.assert(
        fc.property(someActs(5), aTerm, fc.integer({ min: 0, max: 3_000 }), (acts, of, n) => {
          const [from, to] = [dayNumber(n), dayNumber(n + 700)]
          const walked = { expiry: new Set<string>(), renewal: new Set<string>(), notice: new Set<string>() }
          const add = (kind: keyof typeof walked, day: string | null) =>
            day !== null && from <= day && day <= to && walked[kind].add(day)
          for (let at = n - 1; at < n + 700 + 1_000; at += 1) {
            const { nextExpiry, noticeDeadline } = statusOn(acts, of, dayNumber(at))
            const then = statusOn(acts, of, dayNumber(at + 1))
            if (then.statusSince === dayNumber(at + 1) && then.status === 'terminated') add('expiry', then.statusSince)
            if (nextExpiry === null) continue
            const isRenewal = of!.atEnd === 'renews' && statusOn(acts, of, nextExpiry).status !== 'terminated'
            if (isRenewal) add('renewal', nextExpiry)
            add('notice', noticeDeadline)
          }
          const told = occurrences(acts, of, from, to)
          for (const kind of ['expiry', 'renewal', 'notice'] as const) {
            const days = told.filter((one) => one.kind === kind).map(({ day }) => day)
            expect(days.toSorted()).toEqual([...walked[kind]].toSorted())
          }
        }),
        { numRuns: walks },
      )
    })

    test('`changesOn` is the first later day on which the status differs', () => {
      const without = (standing: object) => JSON.stringify({ ...standing, changesOn: null })
      fc.assert(
        fc.property(someActs(6), aTerm, fc.integer({ min: -50, max: 4_000 }), (acts, of, n) => {
          const now = statusOn(acts, of, dayNumber(n))
          let first: string | null = null
          for (let at = n + 1; at < n + 3_000 && first === null; at += 1) {
            if (without(statusOn(acts, of, dayNumber(at))) !== without(now)) first = dayNumber(at)
          }
          expect(now.changesOn !== null && now.changesOn < dayNumber(n + 3_000) ? now.changesOn : null).toBe(first)
        }),
        { numRuns: 5 * walks },
      )
    })

    test('the time zone of the process does not matter', () => {
      const own = process.env['TZ']
      const inZone = (zone: string | undefined, acts: Act[], of: Agreement['term']) => {
        if (zone === undefined) delete process.env['TZ']
        else process.env['TZ'] = zone
        return [statusOn(acts, of, '2004-03-01'), occurrences(acts, of, '2003-01-01', '2009-12-31')]
      }
      fc.assert(
        fc.property(someActs(6), aTerm, (acts, of) => {
          const utc = inZone('UTC', acts, of)
          expect(inZone('Pacific/Kiritimati', acts, of)).toEqual(utc)
          expect(inZone('America/Los_Angeles', acts, of)).toEqual(utc)
          inZone(own, [], null)
        }),
      )
    })
  })
}
