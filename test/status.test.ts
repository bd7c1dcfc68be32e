import { describe, expect, test } from 'vitest'
import { type Act, lifecycleEvents, type Term } from '../src/agreements/time/lifecycle.ts'
import { statusIsTrue } from './promises/status.ts'
import { act, occurrences, shortPeriods, statusOn, term } from './support/acts.ts'

const signed = act('signed', '2000-06-15')
const inForce = act('entered_into_force', '2001-01-01')
const start = ['unknown ..2000-06-15', 'signed 2000-06-15..2001-01-01']
const shortly: Partial<Record<Act['event'], string>> = {
  signed_definitively: 'signed',
  notes_exchanged: 'signed',
  entered_into_force: 'in_force',
}

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
      'denounced, no effective date: twelve months',
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
    [
      'a day that is not known says nothing, whatever the act',
      lifecycleEvents.map((event) => act(event, '9999-12-31')),
      term(12, 'express'),
      ['unknown ..'],
    ],
    [
      'an unknown effective date leaves that of the act',
      [signed, act('entered_into_force', '2001-01-01', { effective: '9999-12-31' })],
      null,
      [...start, 'in_force 2001-01-01..'],
    ],
    [
      'an unknown day of the whole leaves those of the parties',
      [
        act('signed', '9999-12-31'),
        act('signed', '2000-06-15', { signatory: 'KR' }),
        act('signed', '2000-07-01', { signatory: 'US' }),
      ],
      null,
      ['unknown ..2000-07-01', 'signed 2000-07-01..'],
    ],
    [
      'one party on a day, the other in that month: not before that day, and approximate',
      [act('signed', '2000-06-15', { signatory: 'KR' }), act('signed', '2000-06', { signatory: 'US' })],
      null,
      ['unknown ..2000-06-15 ~', 'signed 2000-06-15.. ~'],
    ],
    [
      'the day of the whole goes before those of the parties',
      [
        act('entered_into_force', '2001-01-01'),
        act('entered_into_force', '2002-01-01', { signatory: 'KR' }),
        act('entered_into_force', '2000-01-01', { signatory: 'US' }),
      ],
      null,
      ['unknown ..2001-01-01', 'in_force 2001-01-01..'],
    ],
    ...(
      ['signed', 'signed_definitively', 'notes_exchanged', 'provisionally_applied', 'entered_into_force'] as const
    ).map((event): [string, Act[], null, string[]] => [
      `${event} by each: when the last has done it`,
      [act(event, '2000-06-15', { signatory: 'KR' }), act(event, '2000-07-01', { signatory: 'US' })],
      null,
      ['unknown ..2000-07-01', `${shortly[event] ?? event} 2000-07-01..`],
    ]),
    ...(['ratified', 'accepted', 'approved', 'acceded', 'notified_completion'] as const).map(
      (event): [string, Act[], null, string[]] => [
        `${event} by one: it has been signed, no more`,
        [act(event, '2000-08-01', { signatory: 'KR' })],
        null,
        ['unknown ..2000-08-01', 'signed 2000-08-01..'],
      ],
    ),
    ...(['expired', 'superseded', 'terminated'] as const).map((event): [string, Act[], null, string[]] => [
      `${event} ends a suspension, a provisional application and a signature alike`,
      [signed, act('provisionally_applied', '2000-07-01'), act('suspended', '2000-08-01'), act(event, '2000-09-01')],
      null,
      [
        'unknown ..2000-06-15',
        'signed 2000-06-15..2000-07-01',
        'provisionally_applied 2000-07-01..2000-08-01',
        'suspended 2000-08-01..2000-09-01',
        `terminated 2000-09-01.. ${event}`,
      ],
    ]),
    [
      'signed after it was in force, and negotiated after it was signed: no step back',
      [act('signed', '2001-06-01'), inForce, act('negotiation_started', '2001-07-01'), act('adopted', '2001-08-01')],
      null,
      ['unknown ..2001-01-01', 'in_force 2001-01-01..'],
    ],
    [
      'signed after its end: it stays ended',
      [act('terminated', '1999-01-01'), signed],
      null,
      ['unknown ..1999-01-01', 'terminated 1999-01-01.. terminated'],
    ],
    [
      'in force for no day',
      [signed, inForce, act('terminated', '2001-01-01')],
      null,
      ['unknown ..2000-06-15', 'signed 2000-06-15..2001-01-01', 'terminated 2001-01-01.. terminated'],
    ],
    [
      'suspended for no day',
      [signed, inForce, act('suspended', '2002-01-01'), act('resumed', '2002-01-01')],
      null,
      [...start, 'in_force 2001-01-01..'],
    ],
    [
      'resumed and suspended again on one day',
      [
        signed,
        inForce,
        act('suspended', '2002-01-01'),
        act('resumed', '2003-01-01'),
        act('suspended', '2003-01-01', { occurrence: 2 }),
        act('resumed', '2004-01-01', { occurrence: 2 }),
      ],
      null,
      [...start, 'in_force 2001-01-01..2002-01-01', 'suspended 2002-01-01..2004-01-01', 'in_force 2004-01-01..'],
    ],
    [
      'resumed in a month, and suspended again on a day of it: resumed before',
      [
        signed,
        inForce,
        act('suspended', '2002-01-01'),
        act('resumed', '2003-01'),
        act('suspended', '2003-01-20', { occurrence: 2 }),
      ],
      null,
      [...start, 'in_force 2001-01-01..2002-01-01', 'suspended 2002-01-01..'],
    ],
    [
      'suspended while provisional, in force since: nothing is left to resume',
      [
        signed,
        act('provisionally_applied', '2000-07-01'),
        act('suspended', '2000-08-01'),
        inForce,
        act('resumed', '2001-06-01'),
      ],
      null,
      [
        'unknown ..2000-06-15',
        'signed 2000-06-15..2000-07-01',
        'provisionally_applied 2000-07-01..2000-08-01',
        'suspended 2000-08-01..2001-01-01',
        'in_force 2001-01-01..',
      ],
    ],
    [
      'ended and in force again on one day',
      [signed, inForce, act('terminated', '2003-01-01'), act('entered_into_force', '2003-01-01', { occurrence: 2 })],
      null,
      [...start, 'in_force 2001-01-01..'],
    ],
    [
      'in force again: the term runs anew',
      [signed, inForce, act('terminated', '2003-01-01'), act('entered_into_force', '2010-01-01', { occurrence: 2 })],
      term(36, 'none'),
      [
        ...start,
        'in_force 2001-01-01..2003-01-01',
        'terminated 2003-01-01..2010-01-01 terminated',
        'in_force 2010-01-01..2013-01-01',
        'terminated 2013-01-01.. expired',
      ],
    ],
    [
      'in force again after its term: an extension counts for the run it falls in',
      [
        signed,
        inForce,
        act('extended', '2003-11-01'),
        act('entered_into_force', '2010-01-01', { occurrence: 2 }),
        act('extended', '2012-11-01', { occurrence: 2 }),
      ],
      term(36, 'express', { renewalMonths: 12 }),
      [
        ...start,
        'in_force 2001-01-01..2005-01-01',
        'terminated 2005-01-01..2010-01-01 expired',
        'in_force 2010-01-01..2014-01-01',
        'terminated 2014-01-01.. expired',
      ],
    ],
    [
      'ended, by a mistake of somebody, before it was in force: the term runs all the same',
      [inForce, act('terminated', '2000-01-01')],
      term(36, 'none'),
      [
        'unknown ..2000-01-01',
        'terminated 2000-01-01..2001-01-01 terminated',
        'in_force 2001-01-01..2004-01-01',
        'terminated 2004-01-01.. expired',
      ],
    ],
    [
      'the year of the entry into force only: the term ends on its last possible day',
      [act('entered_into_force', '2001')],
      term(36, 'none'),
      ['unknown ..2001-01-01 ~', 'in_force 2001-01-01..2004-12-31 ~', 'terminated 2004-12-31.. expired ~'],
    ],
    ['a term, and no entry into force', [signed], term(36, 'none'), ['unknown ..2000-06-15', 'signed 2000-06-15..']],
    [
      'of unknown length',
      [signed, inForce],
      term(null, 'express', { renewalMonths: 12 }),
      [...start, 'in_force 2001-01-01..'],
    ],
    [
      'without end, after so many months',
      [signed, inForce],
      term(36, 'indefinite'),
      [...start, 'in_force 2001-01-01..'],
    ],
    [
      'extended by each party: once',
      [
        signed,
        inForce,
        act('extended', '2003-11-01', { signatory: 'KR' }),
        act('extended', '2003-12-01', { signatory: 'US' }),
      ],
      term(36, 'express'),
      [...start, 'in_force 2001-01-01..2007-01-01', 'terminated 2007-01-01.. expired'],
    ],
    [
      'extended, though its term asks for no extension',
      [signed, inForce, act('extended', '2003-11-01')],
      term(36, 'none', { renewalMonths: 6 }),
      [...start, 'in_force 2001-01-01..2004-07-01', 'terminated 2004-07-01.. expired'],
    ],
    [
      'extended late, with effect from the end: without a gap',
      [signed, inForce, act('extended', '2004-03-01', { effective: '2004-01-01' })],
      term(36, 'express'),
      [...start, 'in_force 2001-01-01..2007-01-01', 'terminated 2007-01-01.. expired'],
    ],
    [
      'extended on an unknown day, or by a value that is not preferred: not at all',
      [
        signed,
        inForce,
        act('extended', '9999-12-31'),
        act('extended', '2003-01-01', { occurrence: 2, preferred: false }),
      ],
      term(36, 'express'),
      [...start, 'in_force 2001-01-01..2004-01-01', 'terminated 2004-01-01.. expired'],
    ],
    [
      'denounced, but expired before the notice has run',
      [signed, inForce, act('denounced', '2003-07-01', { signatory: 'KR' })],
      term(36, 'none'),
      [...start, 'in_force 2001-01-01..2004-01-01', 'terminated 2004-01-01.. expired'],
    ],
    [
      'denounced by one, later by the other: by the first',
      [
        signed,
        inForce,
        act('denounced', '2005-03-01', { signatory: 'KR' }),
        act('denounced', '2004-03-01', { signatory: 'US' }),
      ],
      null,
      [...start, 'in_force 2001-01-01..2005-03-01', 'terminated 2005-03-01.. denounced'],
    ],
    [
      'denounced in a month only: twelve months after its last day',
      [signed, inForce, act('denounced', '2005-02')],
      null,
      [...start, 'in_force 2001-01-01..2006-02-28 ~', 'terminated 2006-02-28.. denounced ~'],
    ],
    [
      'denounced while provisional: at once',
      [signed, act('provisionally_applied', '2000-07-01'), act('denounced', '2000-09-01', { signatory: 'KR' })],
      null,
      [
        'unknown ..2000-06-15',
        'signed 2000-06-15..2000-07-01',
        'provisionally_applied 2000-07-01..2000-09-01',
        'terminated 2000-09-01.. denounced',
      ],
    ],
    [
      'denounced, with its entry into force in a year only: at the last possible end of its term',
      [act('entered_into_force', '2001'), act('denounced', '2003-06-01')],
      term(36, 'tacit', { noticeMonths: 3 }),
      ['unknown ..2001-01-01 ~', 'in_force 2001-01-01..2004-12-31 ~', 'terminated 2004-12-31.. denounced ~'],
    ],
    [
      'denounced so late that the calendar ends before',
      [act('entered_into_force', '9990-01-01'), act('denounced', '9998-06-01')],
      term(120, 'tacit', { noticeMonths: 12 }),
      ['unknown ..9990-01-01', 'in_force 9990-01-01..'],
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
    expect(shortPeriods(acts, of)).toEqual(expected)
    expect(shortPeriods(acts.toReversed(), of), 'whatever the order of the acts').toEqual(expected)
  })
})

describe('the status of an agreement', () => {
  test('is in force from its first day up to, but not including, the day on which it ends', () => {
    const acts = [signed, inForce, act('terminated', '2005-01-01')]
    const on = (day: string) => statusOn(acts, null, day).status
    expect(['2000-12-31', '2001-01-01', '2004-12-31', '2005-01-01'].map(on)).toEqual([
      'signed',
      'in_force',
      'in_force',
      'terminated',
    ])
  })

  test('includes the end of the current term, and the notice that can still stop its renewal', () => {
    const acts = [signed, act('entered_into_force', '2020-01-31')]
    const of = term(36, 'tacit', { renewalMonths: 12, noticeMonths: 3 })
    const due = (day: string) => {
      const { nextExpiry, noticeDeadline, changesOn } = statusOn(acts, of, day)
      return [nextExpiry, noticeDeadline, changesOn]
    }
    expect(due('2019-12-31')).toEqual([null, null, '2020-01-31'])
    // On the day of the act the status is recorded, on the next day presumed.
    expect(due('2020-01-31')).toEqual(['2023-01-31', '2022-10-31', '2020-02-01'])
    expect(due('2020-02-01')).toEqual(['2023-01-31', '2022-10-31', '2023-01-31'])
    expect(due('2022-12-01')).toEqual(['2023-01-31', '2022-10-31', '2023-01-31'])
    expect(due('2023-01-31')).toEqual(['2024-01-31', '2023-10-31', '2024-01-31'])
    expect(due('2029-05-05')).toEqual(['2030-01-31', '2029-10-31', '2030-01-31'])
  })

  test('denounced in time, it ends at the next expiry; too late, at the one after', () => {
    const of = term(36, 'tacit', { renewalMonths: 12, noticeMonths: 3 })
    const after = (day: string) =>
      statusOn([signed, inForce, act('denounced', day, { signatory: 'US' })], of, '2003-11-01')
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

  test('a notice longer than the term cannot stop the first renewal', () => {
    const of = term(12, 'tacit', { noticeMonths: 18 })
    const notice = (day: string) => statusOn([inForce], of, day).noticeDeadline
    expect([notice('2001-06-01'), notice('2002-06-01'), notice('2003-06-01')]).toEqual([
      null,
      '2001-07-01',
      '2002-07-01',
    ])
  })

  test('of an entry into force in a month: the last possible expiry, the first possible notice day', () => {
    const of = term(36, 'tacit', { renewalMonths: 12, noticeMonths: 3 })
    expect(statusOn([act('entered_into_force', '2001-01')], of, '2003-06-01')).toMatchObject({
      status: 'in_force',
      approximate: true,
      nextExpiry: '2004-01-31',
      noticeDeadline: '2003-10-01',
      changesOn: '2004-01-31',
    })
  })

  test('in force again, it has an expiry again', () => {
    const again = act('entered_into_force', '2010-01-01', { occurrence: 2 })
    const acts = [inForce, act('terminated', '2003-01-01'), again]
    const of = term(36, 'tacit', { noticeMonths: 3 })
    expect(statusOn(acts, of, '2005-01-01')).toMatchObject({ nextExpiry: null, changesOn: '2010-01-01' })
    expect(statusOn(acts, of, '2011-01-01')).toMatchObject({ nextExpiry: '2013-01-01', noticeDeadline: '2012-10-01' })
  })

  test('is unknown without dates, and does not change', () => {
    expect(statusOn([], null, '2020-01-01')).toEqual({
      status: 'unknown',
      statusSince: null,
      statusUntil: null,
      endedBy: null,
      approximate: false,
      statusBasis: 'presumed',
      statedOn: null,
      nextExpiry: null,
      noticeDeadline: null,
      changesOn: null,
    })
  })

  test('does not expire if another act ends it before', () => {
    const acts = [signed, inForce, act('terminated', '2002-01-01')]
    expect(statusOn(acts, term(36, 'none'), '2001-06-01')).toMatchObject({
      nextExpiry: null,
      statusUntil: '2002-01-01',
    })
    expect(statusOn(acts, term(36, 'none'), '2010-06-01')).toMatchObject({
      status: 'terminated',
      nextExpiry: null,
      changesOn: null,
    })
  })
})

describe('deadlines within a period', () => {
  const due = (acts: Act[], of: Term | null, from: string, to: string) =>
    occurrences(acts, of, from, to).map(({ kind, day }) => `${kind} ${day}`)

  test('the renewals and the notice days, until the renewal that a denunciation stops', () => {
    const of = term(36, 'tacit', { renewalMonths: 12, noticeMonths: 3 })
    expect(due([inForce, act('denounced', '2005-09-30')], of, '2001-01-01', '2020-01-01')).toEqual([
      'notice 2003-10-01',
      'renewal 2004-01-01',
      'notice 2004-10-01',
      'renewal 2005-01-01',
      'expiry 2006-01-01',
    ])
  })

  test('the expiry, after all extensions, or the day on which another act ends it before', () => {
    const of = term(36, 'express', { noticeMonths: 3 })
    expect(due([inForce, act('extended', '2003-11-01')], of, '2001-01-01', '2020-01-01')).toEqual(['expiry 2007-01-01'])
    expect(due([inForce, act('terminated', '2003-11-01')], of, '2001-01-01', '2020-01-01')).toEqual([
      'expiry 2003-11-01',
    ])
  })

  test('of each run, when it was in force twice', () => {
    const acts = [inForce, act('expired', '2003-01-01'), act('entered_into_force', '2010-01-01', { occurrence: 2 })]
    expect(due(acts, term(12, 'tacit'), '2001-01-01', '2012-12-31')).toEqual([
      'renewal 2002-01-01',
      'expiry 2003-01-01',
      'renewal 2011-01-01',
      'renewal 2012-01-01',
    ])
  })

  test('of the time after an end that an entry into force revives, when the term is counted from an earlier day', () => {
    const of: Term = { ...term(12, 'tacit', { noticeMonths: 3 }), runsFrom: '2000-01-01' }
    const acts = [act('terminated', '2001-06-01'), act('entered_into_force', '2003-01-31')]
    expect(due(acts, of, '1999-01-01', '2005-01-01')).toEqual([
      'notice 2000-10-01',
      'renewal 2001-01-01',
      'expiry 2001-06-01',
      'notice 2003-10-01',
      'renewal 2004-01-01',
      'notice 2004-10-01',
      'renewal 2005-01-01',
    ])
  })

  test('none without a term or an entry into force, unless an act ends the agreement', () => {
    expect(due([signed, inForce], null, '2001-01-01', '2020-01-01')).toEqual([])
    expect(due([signed], term(12, 'tacit'), '2001-01-01', '2020-01-01')).toEqual([])
    const denounced = act('denounced', '2009-06-01', { effective: '2010-06-01' })
    expect(occurrences([signed, inForce, denounced], null, '2001-01-01', '2020-01-01')).toEqual([
      { kind: 'expiry', day: '2010-06-01', number: '1.0', endedBy: 'denounced', approximate: false, renewal: null },
    ])
  })

  test('a notice names the renewal that it stops; a deadline from an imprecise day is approximate', () => {
    const of = term(36, 'tacit', { noticeMonths: 3 })
    const told = occurrences([act('entered_into_force', '2001-01')], of, '2003-01-01', '2004-12-31')
    expect(told.map(({ kind, day, renewal, approximate }) => [kind, day, renewal, approximate])).toEqual([
      ['notice', '2003-10-01', '2004-01-31', true],
      ['renewal', '2004-01-31', null, true],
    ])
  })

  test('a deadline keeps its number when the entry into force is corrected', () => {
    const of = term(36, 'tacit', { renewalMonths: 12, noticeMonths: 3 })
    const numbers = (start: string) =>
      occurrences([act('entered_into_force', start)], of, '2004-06-01', '2006-05-31').map(
        ({ kind, number }) => `${kind} ${number}`,
      )
    expect(numbers('2001-01-01')).toEqual(['notice 1.1', 'renewal 1.1', 'notice 1.2', 'renewal 1.2'])
    expect(numbers('2001-02-15')).toEqual(numbers('2001-01-01'))
  })
})

statusIsTrue({ runs: 300, walks: 10, agreements: 100 })
