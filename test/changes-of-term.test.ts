import { describe, expect, test } from 'vitest'
import { extensionOf, termOf } from '../src/agreements/publication/life.ts'
import { Extension, NewExtension, NewTerm, Term } from '../src/agreements/term-schemas.ts'
import type { Act } from '../src/agreements/time/lifecycle.ts'
import { exitDayOn, occurrences, statusOn, type Timeline } from '../src/agreements/time/timeline.ts'
import { act, lifeOf } from './support/acts.ts'

type Written = Record<string, unknown>

const term = (written: Written) => termOf(Term.parse(NewTerm.parse(written)))
const timeline = (acts: Act[], of: Written | null): Timeline => lifeOf(acts, of && term(of))
const extended = (day: string, by: Written | null, over: Parameters<typeof act>[2] = {}) =>
  act('extended', day, { extension: by && extensionOf(Extension.parse(NewExtension.parse(by))), ...over })
const amended = (day: string, to: Written, over: Parameters<typeof act>[2] = {}) =>
  act('amended', day, { term: term(to), ...over })

const inForce = ({ periods }: Timeline) =>
  periods.flatMap(({ status, from, until }) => (status === 'in_force' ? [`${from}..${until ?? ''}`] : []))
const next = (of: Timeline, day: string) => statusOn(of, day).nextExpiry
const dueDays = (of: Timeline, from: string, to: string) =>
  occurrences(of, from, to).map(({ kind, day }) => `${kind} ${day}`)

const entered = act('entered_into_force', '2015-08-18')
const threeYears = { length: 'P3Y', atEnd: 'extended_if_agreed' }

describe('“extended …”', () => {
  test('by six months, before the end', () => {
    const of = timeline([entered, extended('2018-06-01', { length: '6 months' })], threeYears)
    expect(inForce(of)).toEqual(['2015-08-18..2019-02-18'])
    expect(next(of, '2018-06-01')).toBe('2019-02-18')
    expect(next(of, '2018-05-31'), 'as agreed by then').toBe('2018-08-18')
  })

  test('until 17 August 2019, in force that day', () => {
    const of = timeline([entered, extended('2018-06-01', { lastDay: '2019-08-17' })], threeYears)
    expect(inForce(of)).toEqual(['2015-08-18..2019-08-18'])
    expect(dueDays(of, '2018-01-01', '2020-01-01')).toEqual(['expiry 2019-08-18'])
  })

  test('until a day, and nothing else is known of the term', () => {
    expect(inForce(timeline([entered, extended('2018-06-01', { lastDay: '2019-08-17' })], null))).toEqual([
      '2015-08-18..2019-08-18',
    ])
  })

  test('until a day before the end: it ends no earlier', () => {
    expect(inForce(timeline([entered, extended('2016-06-01', { lastDay: '2017-08-17' })], threeYears))).toEqual([
      '2015-08-18..2018-08-18',
    ])
  })

  test('several times, by lengths of their own and by the length of the term', () => {
    const acts = [
      entered,
      extended('2018-06-01', { length: 'P6M' }),
      extended('2019-01-01', { length: 'P30D' }, { occurrence: 2 }),
      extended('2019-03-01', null, { occurrence: 3 }),
    ]
    expect(inForce(timeline(acts, threeYears))).toEqual(['2015-08-18..2022-03-20'])
  })

  test('twice for one period, by two dates: once', () => {
    const twice = [
      extended('2018-06-01', { length: 'P6M' }),
      extended('2018-06-01', { length: 'P6M' }, { occurrence: 2 }),
    ]
    expect(inForce(timeline([entered, ...twice], threeYears))).toEqual(['2015-08-18..2019-02-18'])
  })

  test('beyond renewals: they are counted from the new end, and as often as before', () => {
    const renewing = { length: 'P3Y', atEnd: 'renews', renewal: { length: 'P1Y', most: 2, notice: 'P1M' } }
    const of = timeline([entered, extended('2019-01-01', { length: 'P6M' })], renewing)
    expect(next(of, '2018-12-31')).toBe('2019-08-18')
    expect(dueDays(of, '2018-01-01', '2030-01-01')).toEqual([
      'notice 2018-07-18',
      'renewal 2018-08-18',
      'notice 2020-01-18',
      'renewal 2020-02-18',
      'expiry 2021-02-18',
    ])
  })
})

describe('the order of extensions, and what is counted from them', () => {
  const renewing = { length: 'P1Y', atEnd: 'renews', renewal: { length: 'P1M' } }

  test('renewals after an extension by days are counted from the end to which it moved', () => {
    const of = timeline([act('entered_into_force', '2015-01-20'), extended('2015-06-01', { length: 'P15D' })], renewing)
    expect([next(of, '2015-06-01'), next(of, '2016-02-04')]).toEqual(['2016-02-04', '2016-03-04'])
  })

  test('an extension until a day, of a term whose end was not known: it renews itself from then', () => {
    const term = { atEnd: 'renews', renewal: { length: 'P1Y' } }
    const of = timeline([entered, extended('2016-06-01', { lastDay: '2018-12-31' })], term)
    expect([next(of, '2018-12-31'), next(of, '2019-01-01')]).toEqual(['2019-01-01', '2020-01-01'])
  })

  test('an extension after renewals of unknown length leaves the end unknown', () => {
    const of = timeline([entered, extended('2019-06-01', { length: 'P1Y' })], {
      lastDay: '2018-12-31',
      atEnd: 'renews',
    })
    expect([next(of, '2018-06-01'), next(of, '2019-06-01')]).toEqual(['2019-01-01', null])
  })

  test('of two, the one that was agreed first decides first', () => {
    const acts = [
      extended('2016-06-01', { length: 'P1Y' }, { effective: '2018-02-01', occurrence: 2 }),
      extended('2017-06-01', { length: 'P6M' }, { effective: '2018-01-01' }),
    ]
    const of = timeline([entered, ...acts], threeYears)
    const days = ['2016-05-31', '2016-06-01', '2017-06-01'].map((day) => next(of, day))
    expect(days).toEqual(['2018-08-18', '2019-08-18', '2020-02-18'])
  })

  test('notice “after the minimum term” is not put off by an extension after a renewal', () => {
    const exit = { notice: 'P6M', from: 'after_minimum' }
    const term = { length: 'P2Y', atEnd: 'renews', renewal: { length: 'P1Y' }, exit }
    const of = timeline([entered, extended('2019-01-01', { length: 'P5Y' })], term)
    expect(exitDayOn(of, '2020-01-01')).toBe('2020-07-01')
  })

  test('notice for the end of a minimum term that is over ends nothing', () => {
    const term = { length: 'P2Y', atEnd: 'open_ended', exit: { notice: 'P3M', takesEffect: 'term_end' } }
    const of = timeline([entered], term)
    expect([exitDayOn(of, '2017-05-18'), exitDayOn(of, '2017-05-19'), exitDayOn(of, '2020-01-01')]).toEqual([
      '2017-08-18',
      null,
      null,
    ])
  })

  test('notice for the end of a term, given too late: it ends with the term', () => {
    const of = timeline([entered], { lastDay: '2018-12-31', exit: { notice: 'P3M', takesEffect: 'term_end' } })
    expect([exitDayOn(of, '2018-01-01'), exitDayOn(of, '2018-12-01')]).toEqual(['2019-01-01', '2019-01-01'])
  })

  test('no notice is told for a day before the entry into force, also after an amendment', () => {
    const slow = { length: 'P2Y', atEnd: 'renews', renewal: { notice: 'P3Y' } }
    const of = timeline([entered, amended('2016-01-01', slow)], null)
    expect(statusOn(of, '2016-06-01')).toMatchObject({ nextExpiry: '2017-08-18', noticeDeadline: null })
  })

  test('an end before the entry into force hides no later expiry', () => {
    const acts = [act('terminated', '2014-06-01'), entered]
    const of = timeline(acts, { runsFrom: '2014-01-01', length: 'P5Y' })
    expect(next(of, '2016-01-01')).toBe('2019-01-01')
  })
})

describe('extended after it had lapsed', () => {
  test('with effect from the lapse: without a gap, and it says so', () => {
    const late = extended('2018-12-01', { length: 'P1Y' }, { effective: '2018-08-18' })
    const of = timeline([entered, late], threeYears)
    expect(inForce(of)).toEqual(['2015-08-18..2019-08-18'])
    expect(of.lateChanges).toMatchObject([{ lapsed: '2018-08-18', isRetroactive: true }])
  })

  test('from its own day: revived after a gap, and it says so', () => {
    const of = timeline([entered, extended('2018-12-01', { length: 'P1Y' })], threeYears)
    expect(inForce(of)).toEqual(['2015-08-18..2018-08-18', '2018-12-01..2019-08-18'])
    expect(statusOn(of, '2018-10-01')).toMatchObject({ status: 'terminated', endedBy: 'expired' })
    expect(of.lateChanges).toMatchObject([{ lapsed: '2018-08-18', isRetroactive: false, isOver: false }])
  })

  test('to a day that is over by then: it stays at an end', () => {
    const of = timeline([entered, extended('2019-12-01', { length: 'P1Y' })], threeYears)
    expect(inForce(of)).toEqual(['2015-08-18..2018-08-18'])
    expect(of.lateChanges).toMatchObject([{ isOver: true }])
  })

  test('what was never in force is not in force by an extension', () => {
    const signed = act('signed', '2015-01-01')
    const of = timeline([signed, extended('2018-12-01', { lastDay: '2020-01-01' })], { lastDay: '2018-08-17' })
    expect(of.periods.map(({ status }) => status)).toEqual(['unknown', 'signed', 'terminated', 'signed', 'terminated'])
  })

  test('by an extension that was agreed before, to a day before its effect: it is not revived', () => {
    const extension = extended('2017-01-01', { lastDay: '2018-12-31' }, { effective: '2019-06-01' })
    expect(inForce(timeline([entered, extension], null))).toEqual(['2015-08-18..2019-01-01'])
  })

  test('what expired, entered into force again and was withdrawn on that day is not revived', () => {
    const again = '2019-03-02'
    const acts = [
      act('entered_into_force', again, { occurrence: 2 }),
      act('withdrawn', again, { occurrence: 2, effective: again }),
      extended('2020-01-01', { length: 'P9Y' }),
    ]
    expect(inForce(timeline([entered, ...acts], threeYears))).toEqual(['2015-08-18..2018-08-18'])
  })

  test('what was denounced is not revived', () => {
    const denounced = act('denounced', '2016-01-01', { effective: '2017-01-01' })
    expect(inForce(timeline([entered, denounced, extended('2018-06-01', { length: 'P1Y' })], threeYears))).toEqual([
      '2015-08-18..2017-01-01',
    ])
  })
})

describe('amended: another term from a day on', () => {
  const longer = { length: 'P10Y', atEnd: 'ends' }

  test('counted from the same beginning; before that day the old term applies', () => {
    const of = timeline([entered, amended('2017-01-01', longer)], threeYears)
    expect(inForce(of)).toEqual(['2015-08-18..2025-08-18'])
    expect([next(of, '2016-12-31'), next(of, '2017-01-01')]).toEqual(['2018-08-18', '2025-08-18'])
  })

  test('from its effective date, not from its own day', () => {
    const of = timeline([entered, amended('2017-01-01', longer, { effective: '2017-07-01' })], threeYears)
    expect([next(of, '2017-06-30'), next(of, '2017-07-01')]).toEqual(['2018-08-18', '2025-08-18'])
  })

  test('to one that is over already: it ends on the day of the amendment', () => {
    const of = timeline([entered, amended('2017-01-01', { lastDay: '2016-06-30' })], { atEnd: 'open_ended' })
    expect(inForce(of).length).toBe(1)
    expect(inForce(timeline([entered, amended('2017-01-01', { length: 'P1Y' })], threeYears))).toEqual([
      '2015-08-18..2017-01-01',
    ])
  })

  test('notice follows the term of the day', () => {
    const yearly = { length: 'P1Y', atEnd: 'renews', renewal: { notice: 'P1M' } }
    const slower = { length: 'P1Y', atEnd: 'renews', renewal: { notice: 'P6M' } }
    const of = timeline([entered, amended('2017-01-01', slower)], yearly)
    expect(statusOn(of, '2016-12-31').noticeDeadline).toBe('2017-07-18')
    expect(statusOn(of, '2017-01-01').noticeDeadline).toBe('2017-02-18')
    expect(dueDays(of, '2016-01-01', '2018-03-01')).toEqual([
      'notice 2016-07-18',
      'renewal 2016-08-18',
      'notice 2017-02-18',
      'renewal 2017-08-18',
      'notice 2018-02-18',
    ])
  })

  test('an amendment of something else leaves the term as it is', () => {
    expect(inForce(timeline([entered, act('amended', '2017-01-01')], threeYears))).toEqual(['2015-08-18..2018-08-18'])
  })
})

describe('the cases of a register of a state', () => {
  test('a limited number of renewals', () => {
    const of = timeline([entered], { length: 'P1Y', atEnd: 'renews', renewal: { most: 3 } })
    expect(inForce(of)).toEqual(['2015-08-18..2019-08-18'])
  })

  test('suspended across the end: the term runs out meanwhile', () => {
    const acts = [entered, act('suspended', '2018-01-01'), act('resumed', '2018-12-01')]
    const of = timeline(acts, threeYears)
    expect(inForce(of)).toEqual(['2015-08-18..2018-01-01'])
    expect(statusOn(of, '2018-12-01')).toMatchObject({ status: 'terminated', endedBy: 'expired' })
  })

  test('provisional application that ends: terminated, and never in force', () => {
    const acts = [act('provisionally_applied', '2015-01-01'), act('denounced', '2016-01-01', { signatory: 'US' })]
    const of = timeline(acts, null)
    expect(statusOn(of, '2016-01-01')).toMatchObject({ status: 'terminated', endedBy: 'denounced' })
    expect(inForce(of)).toEqual([])
  })
})
