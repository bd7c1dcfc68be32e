import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Act, lifecycleEvents, type Term } from '../src/agreements/lifecycle.ts'
import { inForcePeriods, periods, standing } from '../src/agreements/status.ts'
import { act, term } from './support/acts.ts'

/** Periods in short: `in_force 2001-01-01..2005-01-01`, with how it ended, and `~` when approximate. */
const told = (acts: Act[], of: Term | null = null): string[] =>
  periods(acts, of).map(
    ({ status, from, until, endedBy, approximate }) =>
      `${status} ${from ?? ''}..${until ?? ''}${endedBy ? ` ${endedBy}` : ''}${approximate ? ' ~' : ''}`,
  )

const signed = act('signed', '2000-06-15')
const inForce = act('entered_into_force', '2001-01-01')
const start = ['unknown ..2000-06-15', 'signed 2000-06-15..2001-01-01']

describe('the periods of an agreement', () => {
  test.each<[string, Act[], Term | null, string[]]>([
    ['nothing known', [], null, ['unknown ..']],
    ['never in force', [signed], null, ['unknown ..2000-06-15', 'signed 2000-06-15..']],
    ['in force', [signed, inForce], null, [...start, 'in_force 2001-01-01..']],
    [
      'in force on the day of signature',
      [signed, act('entered_into_force', '2000-06-15')],
      null,
      ['unknown ..2000-06-15', 'in_force 2000-06-15..'],
    ],
    [
      'in force before signature',
      [signed, act('entered_into_force', '2000-01-01')],
      null,
      ['unknown ..2000-01-01', 'in_force 2000-01-01..'],
    ],
    ['in force, signature unknown', [inForce], null, ['unknown ..2001-01-01', 'in_force 2001-01-01..']],
    [
      'negotiated',
      [act('negotiation_started', '1999-01-01'), signed],
      null,
      ['unknown ..1999-01-01', 'negotiating 1999-01-01..2000-06-15', 'signed 2000-06-15..'],
    ],
    ['initialled', [act('initialled', '1999-01-01')], null, ['unknown ..1999-01-01', 'negotiating 1999-01-01..']],
    ['adopted', [act('adopted', '1999-01-01')], null, ['unknown ..1999-01-01', 'negotiating 1999-01-01..']],
    [
      'signed definitively',
      [act('signed_definitively', '2000-06-15')],
      null,
      ['unknown ..2000-06-15', 'signed 2000-06-15..'],
    ],
    ['notes exchanged', [act('notes_exchanged', '2000-06-15')], null, ['unknown ..2000-06-15', 'signed 2000-06-15..']],
    [
      'ratified by one side, no signature known',
      [act('ratified', '2000-08-01', { signatory: 'KR' })],
      null,
      ['unknown ..2000-08-01', 'signed 2000-08-01..'],
    ],
    [
      'ratified by both, not in force',
      [signed, act('ratified', '2000-08-01', { signatory: 'KR' }), act('ratified', '2000-09-01', { signatory: 'US' })],
      null,
      ['unknown ..2000-06-15', 'signed 2000-06-15..'],
    ],
    [
      'signed by each on a day of its own: by the last',
      [act('signed', '2000-06-15', { signatory: 'KR' }), act('signed', '2000-07-01', { signatory: 'US' })],
      null,
      ['unknown ..2000-07-01', 'signed 2000-07-01..'],
    ],
    [
      'provisional, then definitive',
      [signed, act('provisionally_applied', '2000-07-01'), inForce],
      null,
      [
        'unknown ..2000-06-15',
        'signed 2000-06-15..2000-07-01',
        'provisionally_applied 2000-07-01..2001-01-01',
        'in_force 2001-01-01..',
      ],
    ],
    [
      'provisional after in force says nothing',
      [signed, inForce, act('provisionally_applied', '2002-01-01')],
      null,
      [...start, 'in_force 2001-01-01..'],
    ],
    [
      'two suspensions',
      [
        signed,
        inForce,
        act('suspended', '2002-01-01'),
        act('resumed', '2003-01-01'),
        act('suspended', '2004-01-01', { occurrence: 2 }),
        act('resumed', '2005-01-01', { occurrence: 2 }),
      ],
      null,
      [
        ...start,
        'in_force 2001-01-01..2002-01-01',
        'suspended 2002-01-01..2003-01-01',
        'in_force 2003-01-01..2004-01-01',
        'suspended 2004-01-01..2005-01-01',
        'in_force 2005-01-01..',
      ],
    ],
    [
      'resumed without suspension says nothing',
      [signed, inForce, act('resumed', '2003-01-01')],
      null,
      [...start, 'in_force 2001-01-01..'],
    ],
    [
      'suspended, then terminated',
      [signed, inForce, act('suspended', '2002-01-01'), act('terminated', '2003-01-01')],
      null,
      [
        ...start,
        'in_force 2001-01-01..2002-01-01',
        'suspended 2002-01-01..2003-01-01',
        'terminated 2003-01-01.. terminated',
      ],
    ],
    [
      'a suspension of provisional application resumes it',
      [
        signed,
        act('provisionally_applied', '2000-07-01'),
        act('suspended', '2000-08-01'),
        act('resumed', '2000-09-01'),
      ],
      null,
      [
        'unknown ..2000-06-15',
        'signed 2000-06-15..2000-07-01',
        'provisionally_applied 2000-07-01..2000-08-01',
        'suspended 2000-08-01..2000-09-01',
        'provisionally_applied 2000-09-01..',
      ],
    ],
    [
      'denounced, with a later effect',
      [signed, inForce, act('denounced', '2005-03-01', { signatory: 'KR', effective: '2005-09-01' })],
      null,
      [...start, 'in_force 2001-01-01..2005-09-01', 'terminated 2005-09-01.. denounced'],
    ],
    [
      'denounced, no effect told: twelve months',
      [signed, inForce, act('denounced', '2005-03-01', { signatory: 'KR' })],
      null,
      [...start, 'in_force 2001-01-01..2006-03-01', 'terminated 2006-03-01.. denounced'],
    ],
    [
      'withdrawn, with the notice that its term asks for',
      [signed, inForce, act('withdrawn', '2005-03-01')],
      term(null, 'indefinite', { noticeMonths: 6 }),
      [...start, 'in_force 2001-01-01..2005-09-01', 'terminated 2005-09-01.. withdrawn'],
    ],
    [
      'expired, as an act',
      [signed, inForce, act('expired', '2004-01-01')],
      null,
      [...start, 'in_force 2001-01-01..2004-01-01', 'terminated 2004-01-01.. expired'],
    ],
    [
      'expired by its term',
      [signed, inForce],
      term(36, 'none'),
      [...start, 'in_force 2001-01-01..2004-01-01', 'terminated 2004-01-01.. expired'],
    ],
    [
      'extended twice',
      [signed, inForce, act('extended', '2003-11-01'), act('extended', '2004-11-01', { occurrence: 2 })],
      term(36, 'express', { renewalMonths: 12 }),
      [...start, 'in_force 2001-01-01..2006-01-01', 'terminated 2006-01-01.. expired'],
    ],
    [
      'an express renewal that never came',
      [signed, inForce],
      term(36, 'express'),
      [...start, 'in_force 2001-01-01..2004-01-01', 'terminated 2004-01-01.. expired'],
    ],
    ['renewed tacitly', [signed, inForce], term(36, 'tacit'), [...start, 'in_force 2001-01-01..']],
    [
      'superseded',
      [signed, inForce, act('superseded', '2010-01-01')],
      null,
      [...start, 'in_force 2001-01-01..2010-01-01', 'terminated 2010-01-01.. superseded'],
    ],
    [
      'the first end counts',
      [signed, inForce, act('superseded', '2003-01-01'), act('terminated', '2010-01-01')],
      term(36, 'none'),
      [...start, 'in_force 2001-01-01..2003-01-01', 'terminated 2003-01-01.. superseded'],
    ],
    [
      'terminated without ever being in force',
      [signed, act('terminated', '2003-01-01')],
      null,
      ['unknown ..2000-06-15', 'signed 2000-06-15..2003-01-01', 'terminated 2003-01-01.. terminated'],
    ],
    [
      'in force again after its end',
      [signed, inForce, act('terminated', '2003-01-01'), act('entered_into_force', '2004-01-01', { occurrence: 2 })],
      null,
      [
        ...start,
        'in_force 2001-01-01..2003-01-01',
        'terminated 2003-01-01..2004-01-01 terminated',
        'in_force 2004-01-01..',
      ],
    ],
    [
      'the month only: from its first day',
      [signed, act('entered_into_force', '2001-01')],
      null,
      ['unknown ..2000-06-15', 'signed 2000-06-15..2001-01-01 ~', 'in_force 2001-01-01.. ~'],
    ],
    [
      'the year of the end only: to its last day',
      [signed, inForce, act('terminated', '2003')],
      null,
      [...start, 'in_force 2001-01-01..2003-12-31 ~', 'terminated 2003-12-31.. terminated ~'],
    ],
    ['an uncertain day', [act('signed', '2000-06-15?')], null, ['unknown ..2000-06-15 ~', 'signed 2000-06-15.. ~']],
    [
      'no end known, as registers write it',
      [signed, inForce, act('terminated', '9999-12-31')],
      null,
      [...start, 'in_force 2001-01-01..'],
    ],
    [
      'the effective date counts, not that of the act',
      [signed, act('entered_into_force', '2000-12-20', { effective: '2001-01-01' })],
      null,
      [...start, 'in_force 2001-01-01..'],
    ],
    [
      'values that are not preferred do not count',
      [signed, inForce, act('terminated', '2003-01-01', { preferred: false })],
      null,
      [...start, 'in_force 2001-01-01..'],
    ],
    ...(['registered', 'reserved', 'declared', 'amended', 'extended', 'corrected', 'succeeded'] as const).map(
      (event): [string, Act[], null, string[]] => [
        `${event} changes no status`,
        [signed, inForce, act(event, '2002-01-01')],
        null,
        [...start, 'in_force 2001-01-01..'],
      ],
    ),
  ])('%s', (_name, acts, of, expected) => {
    expect(told(acts, of)).toEqual(expected)
    expect(told(acts.toReversed(), of), 'whatever the order of the acts').toEqual(expected)
  })
})

describe('where an agreement stands', () => {
  test('in force from its first day up to, not including, the day it ends', () => {
    const acts = [signed, inForce, act('terminated', '2005-01-01')]
    const on = (day: string) => standing(acts, null, day).status
    expect(['2000-12-31', '2001-01-01', '2004-12-31', '2005-01-01'].map(on)).toEqual([
      'signed',
      'in_force',
      'in_force',
      'terminated',
    ])
  })

  test('tells the term that runs, and the notice that still stops its renewal', () => {
    const acts = [signed, act('entered_into_force', '2020-01-31')]
    const of = term(36, 'tacit', { renewalMonths: 12, noticeMonths: 3 })
    const due = (day: string) => {
      const { nextExpiry, noticeDeadline, changesOn } = standing(acts, of, day)
      return [nextExpiry, noticeDeadline, changesOn]
    }
    expect(due('2019-12-31')).toEqual([null, null, '2020-01-31'])
    expect(due('2020-01-31')).toEqual(['2023-01-31', '2022-10-31', '2023-01-31'])
    expect(due('2022-12-01')).toEqual(['2023-01-31', '2022-10-31', '2023-01-31'])
    expect(due('2023-01-31')).toEqual(['2024-01-31', '2023-10-31', '2024-01-31'])
    expect(due('2029-05-05')).toEqual(['2030-01-31', '2029-10-31', '2030-01-31'])
  })

  test('denounced in time, it runs out at the next expiry; too late, at the one after', () => {
    const of = term(36, 'tacit', { renewalMonths: 12, noticeMonths: 3 })
    const after = (day: string) =>
      standing([signed, inForce, act('denounced', day, { signatory: 'US' })], of, '2003-11-01')
    expect(after('2003-10-01')).toMatchObject({
      statusUntil: '2004-01-01',
      nextExpiry: '2004-01-01',
      noticeDeadline: null,
    })
    expect(after('2003-10-02')).toMatchObject({
      statusUntil: '2005-01-01',
      nextExpiry: '2004-01-01',
      noticeDeadline: '2003-10-01',
    })
  })

  test('nothing expires where another act ends it before', () => {
    const acts = [signed, inForce, act('terminated', '2002-01-01')]
    expect(standing(acts, term(36, 'none'), '2001-06-01')).toMatchObject({
      nextExpiry: null,
      statusUntil: '2002-01-01',
    })
    expect(standing(acts, term(36, 'none'), '2010-06-01')).toMatchObject({
      status: 'terminated',
      nextExpiry: null,
      changesOn: null,
    })
  })
})

const day = fc.integer({ min: 0, max: 4_000 }).map((n) => new Date(Date.UTC(2000, 0, 1 + n)).toISOString().slice(0, 10))
const anAct = fc
  .record({
    event: fc.constantFrom(...lifecycleEvents),
    date: fc.oneof(
      day,
      day.map((text) => text.slice(0, 7)),
      day.map((text) => text.slice(0, 4)),
      day.map((text) => `${text}?`),
    ),
    signatory: fc.constantFrom(null, 'US', 'KR'),
    occurrence: fc.integer({ min: 1, max: 2 }),
    preferred: fc.boolean(),
    effective: fc.option(day, { nil: undefined, freq: 3 }),
  })
  .map(({ event, date, effective, ...over }) =>
    act(event, date, effective === undefined ? over : { ...over, effective }),
  )
const aTerm = fc.option(
  fc.record({
    months: fc.option(fc.integer({ min: 1, max: 60 })),
    renewal: fc.constantFrom('none', 'tacit', 'express', 'indefinite'),
    renewalMonths: fc.option(fc.integer({ min: 1, max: 36 })),
    noticeMonths: fc.option(fc.integer({ min: 1, max: 24 })),
  }),
)

describe('whatever the acts and the term', () => {
  test('periods leave no gap, do not overlap and are not empty', () => {
    fc.assert(
      fc.property(fc.array(anAct, { maxLength: 10 }), aTerm, (acts, of) => {
        const all = periods(acts, of)
        expect(all[0]!.from).toBeNull()
        expect(all.at(-1)!.until).toBeNull()
        for (const [i, { from, until }] of all.entries()) {
          if (i > 0) expect(from).toBe(all[i - 1]!.until)
          if (from !== null && until !== null) expect(from < until).toBe(true)
        }
        expect(inForcePeriods(all).every(({ status }) => status === 'in_force')).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test('the order of the acts does not matter', () => {
    fc.assert(
      fc.property(fc.array(anAct, { maxLength: 8 }), aTerm, (acts, of) => {
        expect(told(acts.toReversed(), of)).toEqual(told(acts, of))
      }),
      { numRuns: 1_000 },
    )
  })

  test('`changesOn` is the first later day on which anything differs', () => {
    const differing = (a: object, b: object) =>
      JSON.stringify({ ...a, changesOn: null }) !== JSON.stringify({ ...b, changesOn: null })
    fc.assert(
      fc.property(fc.array(anAct, { maxLength: 6 }), aTerm, day, (acts, of, from) => {
        const now = standing(acts, of, from)
        const until = now.changesOn ?? '2016-01-01'
        for (let at = Date.parse(from) + 86_400_000; at < Date.parse(until); at += 5 * 86_400_000) {
          const later = new Date(at).toISOString().slice(0, 10)
          if (differing(now, standing(acts, of, later))) throw new Error(`differs on ${later} already`)
        }
        if (now.changesOn !== null) expect(differing(now, standing(acts, of, now.changesOn))).toBe(true)
      }),
      { numRuns: 150 },
    )
  }, 60_000)
})
