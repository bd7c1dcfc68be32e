import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entryOf, termOf } from '../src/agreements/publication/life.ts'
import { EntryIntoForce, NewEntryIntoForce, NewTerm, Term } from '../src/agreements/term-schemas.ts'
import type { Act } from '../src/agreements/time/lifecycle.ts'
import { changesAfter, exitDayOn, type Life, occurrences, statusOn } from '../src/agreements/time/timeline.ts'
import { act, lifeOf } from './support/acts.ts'

type Written = Record<string, unknown>

/** The timeline of an agreement whose term and entry into force are written as in a request. */
const timeline = (acts: Act[], term: Written | null, entry: Written | null = null, over: Partial<Life> = {}) =>
  lifeOf(acts, term && termOf(Term.parse(NewTerm.parse(term))), {
    entryIntoForce: entry && entryOf(EntryIntoForce.parse(NewEntryIntoForce.parse(entry))),
    ...over,
  })
type Of = ReturnType<typeof timeline>

const dueDays = (of: Of, from: string, to: string) => occurrences(of, from, to).map(({ kind, day }) => `${kind} ${day}`)
const inForce = ({ periods }: Of) =>
  periods.flatMap(({ status, from, until }) => (status === 'in_force' ? [`${from}..${until ?? ''}`] : []))

const [signed, entered] = [act('signed', '2020-03-15'), act('entered_into_force', '2020-05-01')]

describe('“enters into force …”', () => {
  const notified = (side: 'US' | 'KR', day: string) => act('notified_completion', day, { signatory: side })
  const both = [notified('US', '2020-06-10'), notified('KR', '2020-08-20')]

  test.each<[string, Act[], Written, string[]]>([
    ['on signature', [signed], { on: 'signature' }, ['2020-03-15..']],
    [
      'thirty days after the later notification',
      [signed, ...both],
      { on: 'last_notification', delay: '30 days' },
      ['2020-09-19..'],
    ],
    [
      'on the first day of the second month following the later notification',
      [signed, ...both],
      { on: 'last_notification', delay: 'P1M', roundedUp: 'month' },
      ['2020-10-01..'],
    ],
    [
      'on the first day of the second month following, notified on the first of a month',
      [notified('US', '2020-06-10'), notified('KR', '2020-08-01')],
      { on: 'last_notification', delay: 'P1M', roundedUp: 'month' },
      ['2020-10-01..'],
    ],
    [
      'on the first day of the second month following, notified on 31 January',
      [notified('US', '2020-01-31'), notified('KR', '2020-01-31')],
      { on: 'last_notification', delay: 'P1M', roundedUp: 'month' },
      ['2020-03-01..'],
    ],
    ['on the later notification, of which one is known', [signed, both[0]!], { on: 'last_notification' }, []],
    [
      'on the later ratification, by whatever act each side consents',
      [act('ratified', '2020-06-10', { signatory: 'US' }), act('approved', '2020-07-01', { signatory: 'KR' })],
      { on: 'last_ratification' },
      ['2020-07-01..'],
    ],
    ['on the exchange of notes', [act('notes_exchanged', '2020-04-02')], { on: 'notes_exchanged' }, ['2020-04-02..']],
    ['on signature, but a source gives the day', [signed, entered], { on: 'signature' }, ['2020-05-01..']],
    ['on signature, by one side so far', [act('signed', '2020-03-15', { signatory: 'US' })], { on: 'signature' }, []],
  ])('%s', (_text, acts, entry, expected) => {
    expect(inForce(timeline(acts, null, entry))).toEqual(expected)
  })

  test('is derived as roughly as its trigger is known', () => {
    const of = timeline([act('signed', '2020-03')], null, { on: 'signature', delay: 'P1M' })
    expect(of.entry).toMatchObject({ first: '2020-04-01', last: '2020-04-30', exact: false })
    expect(statusOn(of, '2020-04-10')).toMatchObject({ status: 'in_force', approximate: true })
  })

  test('fixed for 2030 when it was signed in 2020: signed until then', () => {
    const of = timeline([signed, act('entered_into_force', '2030-01-01')], null)
    expect(statusOn(of, '2029-12-31')).toMatchObject({ status: 'signed', statusUntil: '2030-01-01' })
    expect(statusOn(of, '2030-01-01').status).toBe('in_force')
  })
})

describe('how long it runs', () => {
  test('five years from signature, and from entry into force', () => {
    const next = (runsFrom: string) =>
      statusOn(timeline([signed, entered], { runsFrom, length: '5 years' }), '2021-01-01')
    expect(next('signature')).toMatchObject({ nextExpiry: '2025-03-15', statusUntil: '2025-03-15' })
    expect(next('entry_into_force')).toMatchObject({ nextExpiry: '2025-05-01', statusUntil: '2025-05-01' })
    expect(next('2020-01-01')).toMatchObject({ nextExpiry: '2025-01-01' })
  })

  test('five years from signature, and nobody says when it entered into force: it ends all the same', () => {
    const of = timeline([signed], { runsFrom: 'signature', length: 'P5Y' })
    expect(statusOn(of, '2021-01-01')).toMatchObject({ status: 'signed', nextExpiry: '2025-03-15' })
    expect(statusOn(of, '2025-03-15')).toMatchObject({ status: 'terminated', endedBy: 'expired' })
    expect(dueDays(of, '2020-01-01', '2030-01-01')).toEqual(['expiry 2025-03-15'])
  })

  test('from a day that is not known: no end, and it says so', () => {
    expect(timeline([signed], { length: 'P5Y' })).toMatchObject({ startIsUnknown: true, due: [] })
    expect(timeline([entered], { length: 'P5Y', runsFrom: 'signature' })).toMatchObject({ startIsUnknown: true })
    expect(timeline([entered], { length: 'P5Y' }).startIsUnknown).toBe(false)
  })

  test('until 31 December 2026: in force that day, and the day after is the first one out', () => {
    const of = timeline([signed, entered], { lastDay: '2026-12-31' })
    expect(statusOn(of, '2026-12-31')).toMatchObject({ status: 'in_force', nextExpiry: '2027-01-01' })
    expect(statusOn(of, '2027-01-01')).toMatchObject({ status: 'terminated', endedBy: 'expired', approximate: false })
    expect(dueDays(of, '2026-01-01', '2027-12-31')).toEqual(['expiry 2027-01-01'])
    expect(statusOn(timeline([signed], { lastDay: '2026-12-31' }), '2020-06-01').nextExpiry).toBe('2027-01-01')
  })

  test('suspended: the term runs on', () => {
    const of = timeline([entered, act('suspended', '2021-01-01'), act('resumed', '2022-01-01')], { length: 'P5Y' })
    expect(statusOn(of, '2021-06-01')).toMatchObject({ status: 'suspended', nextExpiry: '2025-05-01' })
  })
})

describe('what happens at the end', () => {
  test('ninety days of notice are never rounded to months', () => {
    const term = { length: 'P1Y', atEnd: 'renews', renewal: { notice: '90 days' } }
    const of = timeline([act('entered_into_force', '2026-05-01')], term)
    expect(statusOn(of, '2026-06-01')).toMatchObject({ nextExpiry: '2027-05-01', noticeDeadline: '2027-01-31' })
    expect(statusOn(of, '2027-06-01')).toMatchObject({ nextExpiry: '2028-05-01', noticeDeadline: '2028-02-01' })
  })

  test('notice is counted back from the last day where the text gives it', () => {
    const term = { lastDay: '2026-12-31', atEnd: 'renews', renewal: { length: 'P1Y', notice: 'P6M' } }
    const of = timeline([entered], term)
    expect(statusOn(of, '2026-01-01')).toMatchObject({ nextExpiry: '2027-01-01', noticeDeadline: '2026-06-30' })
    expect(statusOn(of, '2027-01-01')).toMatchObject({ nextExpiry: '2028-01-01', noticeDeadline: '2027-06-30' })
    expect(dueDays(of, '2026-01-01', '2027-12-31')).toEqual([
      'notice 2026-06-30',
      'renewal 2027-01-01',
      'notice 2027-06-30',
    ])
  })

  test('renews for one further period, and then ends', () => {
    const of = timeline([entered], { length: 'P3Y', atEnd: 'renews', renewal: { most: 1, notice: 'P3M' } })
    expect(statusOn(of, '2021-01-01')).toMatchObject({ nextExpiry: '2023-05-01', noticeDeadline: '2023-02-01' })
    expect(statusOn(of, '2023-05-01')).toMatchObject({ nextExpiry: '2026-05-01', noticeDeadline: null })
    expect(statusOn(of, '2026-05-01')).toMatchObject({ status: 'terminated', endedBy: 'expired' })
    expect(dueDays(of, '2020-01-01', '2040-01-01')).toEqual([
      'notice 2023-02-01',
      'renewal 2023-05-01',
      'expiry 2026-05-01',
    ])
  })

  test('renews for successive periods unless notice is given six months before', () => {
    const of = timeline([entered], { length: 'P5Y', atEnd: 'renews', renewal: { length: 'P2Y', notice: '6 months' } })
    expect(dueDays(of, '2024-01-01', '2027-12-31')).toEqual([
      'notice 2024-11-01',
      'renewal 2025-05-01',
      'notice 2026-11-01',
      'renewal 2027-05-01',
    ])
  })

  test('five years, then indefinite: the end of the first term is a deadline, and no expiry', () => {
    const of = timeline([entered], { length: 'P5Y', atEnd: 'open_ended' })
    expect(statusOn(of, '2021-01-01')).toMatchObject({ statusUntil: null, nextExpiry: null })
    expect(dueDays(of, '2020-01-01', '2040-01-01')).toEqual(['minimum_term 2025-05-01'])
    const ended = timeline([entered, act('terminated', '2023-01-01')], { length: 'P5Y', atEnd: 'open_ended' })
    expect(dueDays(ended, '2020-01-01', '2040-01-01')).toEqual(['expiry 2023-01-01'])
  })

  test('what was made under it lives on for ten years', () => {
    const of = timeline([entered], { length: 'P5Y', atEnd: 'ends', sunset: 'P10Y' })
    expect(dueDays(of, '2020-01-01', '2040-01-01')).toEqual(['expiry 2025-05-01', 'sunset 2035-05-01'])
  })
})

describe('termination by notice: the exit day', () => {
  const exits = (term: Written, ...days: string[]) => days.map((day) => exitDayOn(timeline([entered], term), day))

  test('on six months’ notice at any time, with a term or without', () => {
    const exit = { notice: 'P6M' }
    expect(exits({ atEnd: 'open_ended', exit }, '2021-08-31', '2022-01-01')).toEqual(['2022-02-28', '2022-07-01'])
    expect(exits({ length: 'P5Y', exit }, '2021-01-15', '2025-01-01')).toEqual(['2021-07-15', '2025-05-01'])
  })

  test('is never an end from before the day asked', () => {
    const acts = [act('terminated', '2018-03-01'), entered]
    const of = timeline(acts, { runsFrom: '2016-01-01', length: 'P20Y', exit: { notice: 'P6M' } })
    expect(exitDayOn(of, '2021-01-15')).toBe('2021-07-15')
  })

  test('only after the minimum term', () => {
    const term = { length: 'P5Y', atEnd: 'open_ended', exit: { notice: 'P6M', from: 'after_minimum' } }
    expect(exits(term, '2021-01-15', '2026-01-15')).toEqual(['2025-11-01', '2026-07-15'])
  })

  test('six months before the end of a calendar year, as in tax treaties', () => {
    const term = { exit: { notice: 'P6M', takesEffect: 'year_end' } }
    expect(exits(term, '2021-06-30', '2021-07-01')).toEqual(['2022-01-01', '2023-01-01'])
  })

  test('at the end of a month', () => {
    const term = { exit: { notice: 'P30D', takesEffect: 'month_end' } }
    expect(exits(term, '2021-03-31', '2021-04-01', '2021-04-02')).toEqual(['2021-05-01', '2021-06-01', '2021-06-01'])
  })

  test('at the end of the term', () => {
    const term = { length: 'P1Y', atEnd: 'renews', exit: { notice: 'P3M', takesEffect: 'term_end' } }
    expect(exits(term, '2021-02-01', '2021-02-02')).toEqual(['2021-05-01', '2022-05-01'])
  })

  test('without notice, at once', () => {
    expect(exits({ exit: { notice: 'P0D' } }, '2021-02-01')).toEqual(['2021-02-01'])
  })

  test('by preventing the next renewal', () => {
    const term = { length: 'P3Y', atEnd: 'renews', renewal: { length: 'P1Y', notice: 'P3M' } }
    expect(exits(term, '2021-01-01', '2023-02-01', '2023-02-02')).toEqual(['2023-05-01', '2023-05-01', '2024-05-01'])
  })

  test('is null where no text gives the notice, and while it is not in force', () => {
    expect(exits({ length: 'P5Y' }, '2021-01-01')).toEqual([null])
    expect(exits({ exit: {} }, '2021-01-01')).toEqual([null])
    expect(exits({ exit: { notice: 'P6M' } }, '2020-04-30')).toEqual([null])
    expect(exits({ length: 'P1Y', exit: { notice: 'P6M' } }, '2021-05-01')).toEqual([null])
  })

  test('changes no document as days pass', () => {
    const of = timeline([entered], { atEnd: 'open_ended', exit: { notice: 'P6M' } })
    expect(changesAfter(of, '2021-01-01')).toBeNull()
  })
})

describe('where the text is silent about notice', () => {
  const denounced = act('denounced', '2022-03-01', { signatory: 'KR' })

  test('the Convention gives twelve months for what is binding', () => {
    expect(inForce(timeline([entered, denounced], null))).toEqual(['2020-05-01..2023-03-01'])
  })

  test('and nothing for a memorandum: no end is invented, and it says so', () => {
    const of = timeline([entered, denounced], null, null, { isBinding: false })
    expect(inForce(of)).toEqual(['2020-05-01..'])
    expect(of.endless).toEqual([1])
    const told = timeline([entered, denounced], { exit: { notice: 'P6M' } }, null, { isBinding: false })
    expect(inForce(told)).toEqual(['2020-05-01..2022-09-01'])
    expect(told.endless).toEqual([])
  })
})

describe('acts that end it, or do not', () => {
  const denounced = act('denounced', '2022-03-01', { signatory: 'KR' })
  const revoked = (day: string) => act('denunciation_revoked', day, { signatory: 'KR' })

  test('a denunciation taken back before it takes effect changes nothing', () => {
    const of = timeline([entered, denounced, revoked('2023-02-28')], null)
    expect(inForce(of)).toEqual(['2020-05-01..'])
    expect(of).toMatchObject({ lateRevocations: [], due: [] })
    const effective = act('denounced', '2022-03-01', { signatory: 'KR', effective: '2022-06-01' })
    expect(inForce(timeline([entered, effective, revoked('2022-05-31')], null))).toEqual(['2020-05-01..'])
  })

  test('taken back later, or by the other party, it ends all the same', () => {
    const late = timeline([entered, denounced, revoked('2023-03-01')], null)
    expect(inForce(late)).toEqual(['2020-05-01..2023-03-01'])
    expect(late.lateRevocations).toEqual([2])
    const other = act('denunciation_revoked', '2022-06-01', { signatory: 'US' })
    expect(inForce(timeline([entered, denounced, other], null))).toEqual(['2020-05-01..2023-03-01'])
  })

  test('denounced again after a revocation', () => {
    const again = act('denounced', '2024-01-01', { signatory: 'KR', occurrence: 2 })
    expect(inForce(timeline([entered, denounced, revoked('2022-06-01'), again], null))).toEqual([
      '2020-05-01..2025-01-01',
    ])
  })

  test('withdrawn before the entry into force: terminated at once, never in force', () => {
    const of = timeline([signed, act('withdrawn', '2020-04-01', { signatory: 'KR' })], { exit: { notice: 'P6M' } })
    expect(statusOn(of, '2020-04-01')).toMatchObject({ status: 'terminated', endedBy: 'withdrawn' })
    expect(inForce(of)).toEqual([])
  })

  test('with effect later than the act: on that day', () => {
    const effective = act('terminated', '2022-03-01', { effective: '2022-12-31' })
    expect(inForce(timeline([entered, effective], null))).toEqual(['2020-05-01..2022-12-31'])
  })

  test('the entry into force follows from the exchange of instruments', () => {
    const entry = { on: 'instruments_exchanged', delay: 'P1M' }
    const of = timeline([signed, act('instruments_exchanged', '2020-09-30')], null, entry)
    expect(inForce(of)).toEqual(['2020-10-30..'])
    expect(statusOn(timeline([act('instruments_exchanged', '2020-09-30')], null), '2020-10-01').status).toBe('signed')
  })
})

describe('for any term', () => {
  const length = fc.oneof(
    fc.integer({ min: 1, max: 60 }).map((n) => `P${n}M`),
    fc.integer({ min: 1, max: 900 }).map((n) => `P${n}D`),
    fc.constantFrom('P5Y', 'P1Y6M', 'P26W', 'P1M15D'),
  )
  const terms = fc.record({
    length,
    atEnd: fc.constant('renews'),
    renewal: fc.record({ length, most: fc.option(fc.integer({ min: 1, max: 5 })), notice: length }),
  })
  const start = fc
    .integer({ min: 0, max: 9_000 })
    .map((n) => new Date(Date.UTC(2000, 0, 1 + n)).toISOString().slice(0, 10))

  test('each notice is before its renewal, and each renewal is the expiry of the days before it', () => {
    fc.assert(
      fc.property(terms, start, (term, day) => {
        const of = timeline([act('entered_into_force', day)], term)
        const all = occurrences(of, day, '2035-01-01')
        let last = day
        for (const { kind, day, renewal } of all) {
          if (kind === 'notice') expect(day < renewal!).toBe(true)
          else {
            expect(statusOn(of, last).nextExpiry).toBe(day)
            last = day
          }
        }
      }),
    )
  })

  test('notice on the deadline is in time for that expiry; a day later it is not', () => {
    fc.assert(
      fc.property(terms, start, (term, day) => {
        const of = timeline([act('entered_into_force', day)], term)
        for (const { kind, day: last, renewal } of occurrences(of, day, '2031-01-01')) {
          if (kind !== 'notice' || statusOn(of, last).status !== 'in_force') continue
          // Of renewals that are a day apart, one last day can precede several.
          expect(exitDayOn(of, last)! <= renewal!).toBe(true)
          const late = new Date(Date.parse(last) + 86_400_000).toISOString().slice(0, 10)
          expect((exitDayOn(of, late) ?? '~') > renewal! || statusOn(of, late).status !== 'in_force').toBe(true)
        }
      }),
    )
  })
})
