import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayOf, numberFrom, numbersWithin } from '../src/agreements/time/series.ts'
import * as rules from '../src/agreements/time/term.ts'
import { courseOf, noticeOfConvention, type Run } from '../src/agreements/time/term.ts'
import type { Term } from '../src/agreements/time/lifecycle.ts'
import { addDays } from '../src/shared/durations.ts'
import { addMonths, monthsBetween } from '../src/shared/calendar.ts'
import { term } from './support/acts.ts'

const threeThenYearly = term(36, 'tacit', { renewalMonths: 12, noticeMonths: 3 })
/** A run from one certain day, never extended. */
const from = (first: string, { next = null }: { next?: string | null } = {}) => {
  const start = { first, last: first, exact: true }
  return { ...start, began: first, isCounted: true, change: null, next, nextEntry: next }
}
type Beginning = ReturnType<typeof from>
/** The run of a term from a beginning. */
const runOf = (of: Term | null, start: Beginning): Run => ({
  ...start,
  term: of,
  course: courseOf(of, start, start.first),
})
const nextDue = (of: Term, start: Beginning, day: string) => rules.nextDue(runOf(of, start), day)
const renewalsOf = (of: Term, start: Beginning, end: string | null) =>
  rules.renewalsOf(runOf(of, start), start.first, end).filter(({ first, last }) => first <= last)
/** The renewals and the notice days of a run from `first` to `last`, in order. */
const termDays = (of: Term, run: Beginning, end: string | null, first: string, last: string) =>
  renewalsOf(of, run, end)
    .flatMap((series) => numbersWithin(series, first, last).map((n) => ({ kind: series.kind, day: dayOf(series, n)! })))
    .toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
const expiry = (of: typeof threeThenYearly, start: string, n: number): string | null => {
  const [renewals] = renewalsOf(of, from(start), null)
  return renewals === undefined || n > renewals.last ? null : dayOf(renewals, n)
}
const nextExpiryNumber = (of: typeof threeThenYearly, start: string, day: string): number =>
  numberFrom(renewalsOf(of, from(start), null)[0]!, addDays(day, 1)!)
/** The last day for notice before the end of a term of so many months from `start`. */
const noticeOf = (months: number, of: typeof threeThenYearly, start: string): string | null =>
  nextDue({ ...of, length: { months, days: 0 } }, from(start), start)?.notice ?? null
const endAfterNotice = (of: Term | null, start: Beginning | null, day: string) =>
  rules.endAfterNotice(of, start && runOf(of, start), day, noticeOfConvention)

describe('three years, then tacit yearly renewal with three months of notice', () => {
  test.each([
    ['in year one', '2001-06-01', '2004-01-01', '2003-10-01'],
    ['in year three', '2003-12-31', '2004-01-01', '2003-10-01'],
    ['in year four', '2004-01-01', '2005-01-01', '2004-10-01'],
    ['in year ten', '2010-06-01', '2011-01-01', '2010-10-01'],
  ])('%s', (_name, day, expected, notice) => {
    expect(nextDue(threeThenYearly, from('2001-01-01'), day)).toEqual({ expiry: expected, notice })
  })

  test('from 29 February: on the 29th in leap years, otherwise on the 28th', () => {
    const expiries = [0, 1, 2, 3, 4, 5].map((n) => expiry(threeThenYearly, '2004-02-29', n))
    expect(expiries).toEqual(['2007-02-28', '2008-02-29', '2009-02-28', '2010-02-28', '2011-02-28', '2012-02-29'])
  })

  test('from the 31st, monthly: back to the 31st after a short month', () => {
    const monthly = term(1, 'tacit')
    const expiries = [0, 1, 2, 3].map((n) => expiry(monthly, '2023-12-31', n))
    expect(expiries).toEqual(['2024-01-31', '2024-02-29', '2024-03-31', '2024-04-30'])
  })

  test('notice is counted back from the expiry', () => {
    expect(noticeOf(36, threeThenYearly, '2020-05-31')).toBe('2023-02-28')
    expect(noticeOf(36, threeThenYearly, '2021-05-31')).toBe('2024-02-29')
    expect(noticeOf(36, term(36, 'none', { noticeMonths: 3 }), '2021-05-31')).toBeNull()
    expect(noticeOf(36, term(36, 'tacit'), '2021-05-31')).toBeNull()
  })
})

describe('a denunciation without an effective date', () => {
  test('on the notice day or earlier takes effect at the next expiry; a day later, at the one after', () => {
    expect(endAfterNotice(threeThenYearly, from('2001-01-01'), '2003-10-01')).toBe('2004-01-01')
    expect(endAfterNotice(threeThenYearly, from('2001-01-01'), '2003-10-02')).toBe('2005-01-01')
  })

  test('with a notice longer than the renewal, takes effect at a later expiry', () => {
    const long = term(12, 'tacit', { noticeMonths: 18 })
    expect(endAfterNotice(long, from('2001-01-01'), '2005-01-15')).toBe('2007-01-01')
  })

  test('without notice months, is in time on the day before the expiry, but not on that day', () => {
    expect(endAfterNotice(term(12, 'tacit'), from('2001-01-01'), '2004-12-31')).toBe('2005-01-01')
    expect(endAfterNotice(term(12, 'tacit'), from('2001-01-01'), '2005-01-01')).toBe('2006-01-01')
  })

  test('at the end of a short month, is in time only up to the notice day', () => {
    const monthly = term(1, 'tacit', { noticeMonths: 1 })
    expect(endAfterNotice(monthly, from('2023-01-31'), '2023-02-28')).toBe('2023-03-31')
    expect(endAfterNotice(monthly, from('2023-01-31'), '2023-03-01')).toBe('2023-04-30')
    expect(endAfterNotice(monthly, from('2023-01-31'), '2023-03-30')).toBe('2023-04-30')
    expect(endAfterNotice(monthly, from('2023-01-31'), '2023-03-31')).toBe('2023-05-31')
  })

  test('before the entry into force, takes effect at the first expiry', () => {
    expect(endAfterNotice(threeThenYearly, from('2001-01-01'), '2000-06-01')).toBe('2004-01-01')
  })

  test('beyond the calendar never ends the agreement', () => {
    expect(endAfterNotice(threeThenYearly, from('2001-01-01'), '9999-11-01')).toBeNull()
    expect(endAfterNotice(null, null, '9999-01-01')).toBeNull()
  })

  test('without tacit renewal: takes effect after the notice of the term, or the twelve months of the Vienna Convention', () => {
    expect(endAfterNotice(term(null, 'indefinite', { noticeMonths: 6 }), from('2001-01-01'), '2005-08-31')).toBe(
      '2006-02-28',
    )
    expect(endAfterNotice(null, null, '2005-08-31')).toBe('2006-08-31')
  })
})

describe('the days of a term within a period', () => {
  const days = (of: typeof threeThenYearly, end: string | null, first: string, last: string) =>
    termDays(of, from('2001-01-01'), end, first, last).map(({ kind, day }) => `${kind} ${day}`)

  test('each renewal and each notice day, bounds included', () => {
    expect(days(threeThenYearly, null, '2003-10-01', '2005-01-01')).toEqual([
      'notice 2003-10-01',
      'renewal 2004-01-01',
      'notice 2004-10-01',
      'renewal 2005-01-01',
    ])
    expect(days(threeThenYearly, null, '2003-10-02', '2003-12-31')).toEqual([])
  })

  test('the notice for a renewal beyond the period', () => {
    expect(days(threeThenYearly, null, '2004-09-01', '2004-10-31')).toEqual(['notice 2004-10-01'])
  })

  test('until the end, which is not a renewal and needs no notice', () => {
    expect(days(threeThenYearly, '2005-01-01', '2003-01-01', '2010-01-01')).toEqual([
      'notice 2003-10-01',
      'renewal 2004-01-01',
    ])
    expect(days(threeThenYearly, '2005-01-02', '2005-01-01', '2010-01-01')).toEqual(['renewal 2005-01-01'])
    expect(days(threeThenYearly, '2000-01-01', '1999-01-01', '2010-01-01')).toEqual([])
    expect(days(term(36, 'none', { noticeMonths: 3 }), '2004-01-01', '2001-01-01', '2020-01-01')).toEqual([])
    expect(days(term(null, 'indefinite'), null, '2001-01-01', '2020-01-01')).toEqual([])
  })

  test('with a notice longer than the term: no notice day before the entry into force, but those after it', () => {
    const long = term(12, 'tacit', { noticeMonths: 18 })
    expect(days(long, null, '2000-01-01', '2002-01-01')).toEqual(['notice 2001-07-01', 'renewal 2002-01-01'])
    expect(days(long, null, '2001-06-01', '2001-12-31')).toEqual(['notice 2001-07-01'])
  })

  test('with a notice as long as the term, from the 31st: a short month brings it before the entry into force', () => {
    const monthly = term(1, 'tacit', { noticeMonths: 1 })
    const found = termDays(monthly, from('2001-01-31'), null, '2001-01-01', '2001-03-31')
    expect(found.map(({ kind, day }) => `${kind} ${day}`)).toEqual([
      'renewal 2001-02-28',
      'notice 2001-02-28',
      'notice 2001-03-30',
      'renewal 2001-03-31',
    ])
  })

  test('before the entry into force: none', () => {
    expect(days(threeThenYearly, null, '1990-01-01', '2000-12-31')).toEqual([])
  })

  test('until another entry into force starts the term again', () => {
    const run = from('2001-01-01', { next: '2003-01-01' })
    expect(termDays(term(12, 'tacit'), run, null, '2001-01-01', '2020-01-01').map(({ day }) => day)).toEqual([
      '2002-01-01',
    ])
  })

  test('of a treaty of 1351 with monthly renewal, as quickly as of a new one', () => {
    const monthly = term(240, 'tacit', { renewalMonths: 1, noticeMonths: 1 })
    const found = termDays(monthly, from('1351-08-01'), null, '2026-01-01', '2026-03-31')
    expect(found.filter(({ kind }) => kind === 'renewal').map(({ day }) => day)).toEqual([
      '2026-01-01',
      '2026-02-01',
      '2026-03-01',
    ])
    const started = performance.now()
    for (let n = 0; n < 200; n += 1) termDays(monthly, from('1351-08-01'), null, '2026-01-01', '2026-03-31')
    expect(performance.now() - started, 'not through all of 8,000 renewals').toBeLessThan(1_000)
  })

  test('none after the end of the calendar', () => {
    expect(expiry(threeThenYearly, '9998-01-01', 0)).toBeNull()
    expect(
      termDays(term(12, 'tacit'), from('9990-01-01'), null, '9998-06-01', '9999-12-31').map(({ day }) => day),
    ).toEqual(['9999-01-01'])
  })
})

const day = fc
  .integer({ min: 0, max: 3_600_000 })
  .map((n) => new Date(Date.UTC(2, 0, 1 + n)).toISOString().slice(0, 10))
  .filter((text) => text > '0100-01-01' && text < '9000-01-01')
const months = fc.integer({ min: 1, max: 600 })

describe('for any day', () => {
  test('adding and subtracting months stays in the calendar, and drifts by no more than the length of a short month', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -1000, max: 1000 }), (before, n) => {
        const reached = addMonths(before, n)!
        expect(reached).toMatch(/^\d{4}-\d{2}-\d{2}$/)
        expect(new Date(`${reached}T00:00:00Z`).toISOString().slice(0, 10)).toBe(reached)
        expect(monthsBetween(before, reached)).toBe(n)
        expect(Number(reached.slice(8))).toBeLessThanOrEqual(Number(before.slice(8)))
      }),
    )
  })

  test('notice is due before the expiry, and each renewal begins where the last one ends', () => {
    fc.assert(
      fc.property(day, months, months, months, (start, first, each, notice) => {
        const of = term(first, 'tacit', { renewalMonths: each, noticeMonths: notice })
        let before = start
        for (let n = 0; n < 12; n += 1) {
          const reached = expiry(of, start, n)
          if (reached === null) return
          expect(reached > before).toBe(true)
          expect(addMonths(reached, -notice)! < reached).toBe(true)
          const due = nextDue(of, from(start), addDays(reached, -1)!)
          expect(due).toMatchObject({ expiry: reached })
          if (due!.notice !== null) expect(due!.notice).toBe(addMonths(reached, -notice))
          before = reached
        }
      }),
    )
  })

  test('a denunciation ends the agreement at the first expiry for which it is in time', () => {
    const short = fc.integer({ min: 1, max: 30 })
    fc.assert(
      fc.property(day, short, short, fc.option(short), fc.integer({ min: 0, max: 3_000 }), (start, a, b, notice, n) => {
        const of = term(a, 'tacit', { renewalMonths: b, noticeMonths: notice })
        const on = new Date(Date.parse(`${start}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10)
        const inTime = (end: string) => (notice === null ? on < end : on <= addMonths(end, -notice)!)
        let number = 0
        while (!inTime(expiry(of, start, number)!)) number += 1
        expect(endAfterNotice(of, from(start), on)).toBe(expiry(of, start, number))
      }),
      { numRuns: 1_000 },
    )
  })

  test('the deadlines of adjacent periods are those of the whole period', () => {
    const short = fc.integer({ min: 1, max: 30 })
    const any = fc.integer({ min: 0, max: 4_000 })
    fc.assert(
      fc.property(day, short, short, fc.option(short), any, any, (start, a, b, notice, x, y) => {
        const at = (n: number) => new Date(Date.parse(`${start}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10)
        const of = term(a, 'tacit', { renewalMonths: b, noticeMonths: notice })
        const days = (first: number, last: number) => termDays(of, from(start), null, at(first), at(last))
        const cut = Math.min(x, y)
        expect([...days(0, cut), ...days(cut + 1, 4_000)]).toEqual(days(0, 4_000))
      }),
      { numRuns: 300 },
    )
  })

  test('the next expiry is after the day, and the previous one is not', () => {
    fc.assert(
      fc.property(day, months, months, fc.integer({ min: 0, max: 500_000 }), (start, first, each, later) => {
        const of = term(first, 'tacit', { renewalMonths: each })
        const on = new Date(Date.parse(`${start}T00:00:00Z`) + later * 86_400_000).toISOString().slice(0, 10)
        if (on.startsWith('+') || on > '9000-01-01') return
        const n = nextExpiryNumber(of, start, on)
        expect(expiry(of, start, n)! > on).toBe(true)
        if (n > 0) expect(expiry(of, start, n - 1)! <= on).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})
