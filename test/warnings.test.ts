import { beforeAll, describe, expect, test } from 'vitest'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

describe('a probable error is reported, not refused', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })

  const warned = async (over: object): Promise<[string, string][]> => {
    const { body } = await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)
    return body.warnings.map(({ code, pointer }: { code: string; pointer: string }) => [code, pointer])
  }

  test.each<[string, object[], [string, string][]]>([
    ['nothing to warn of', [{ event: 'signed', date: '2019-03-05' }], []],
    ['no date at all', [], [['no_signature_date', '/dates']]],
    ['a signature of no known day', [{ event: 'signed', date: '9999' }], [['no_signature_date', '/dates']]],
    ['notes exchanged are a signature', [{ event: 'notes_exchanged', date: '2019' }], []],
    [
      'in force before signature',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'entered_into_force', date: '2019-03-04' },
      ],
      [['in_force_before_signature', '/dates/0']],
    ],
    [
      'in force in the month of signature: it can be right',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'entered_into_force', date: '2019-03' },
      ],
      [],
    ],
    [
      'ended before it was in force',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'terminated', date: '2019-04-01' },
        { event: 'entered_into_force', date: '2019-05-01' },
      ],
      [['ended_before_in_force', '/dates/1']],
    ],
    [
      'ended before it took effect, though after the act that says when',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'entered_into_force', date: '2019-04-01', effectiveDate: '2019-06-01' },
        { event: 'superseded', date: '2019-05-01' },
      ],
      [['ended_before_in_force', '/dates/2']],
    ],
    [
      'in force with an effect of which only one end is known: the day of the act does not stand in for the other',
      [
        { event: 'signed', date: '2019-06-05' },
        { event: 'entered_into_force', date: '2019-05-01', effectiveDate: '2019/..' },
        { event: 'entered_into_force', date: '2021-05-01', effectiveDate: '../2021-02-01', occurrence: 2 },
        { event: 'resumed', date: '2023-05-01', effectiveDate: '../2023-02-01' },
        { event: 'terminated', date: '2019-06-10', effectiveDate: '2019-06-10/..' },
        { event: 'expired', date: '2022-02-01' },
      ],
      [],
    ],
    [
      'denounced before it was in force, with effect after',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'denounced', date: '2019-04-01', effectiveDate: '2020-04-01' },
        { event: 'entered_into_force', date: '2019-05-01' },
      ],
      [],
    ],
    [
      'ended before signature, never in force',
      [
        { event: 'terminated', date: '2018' },
        { event: 'signed', date: '2019-03-05' },
      ],
      [['ended_before_signature', '/dates/0']],
    ],
    [
      'ended in the year of signature: it can be right',
      [
        { event: 'terminated', date: '2019' },
        { event: 'signed', date: '2019-03-05' },
      ],
      [],
    ],
    [
      'in force between the signatures of the two sides',
      [
        { event: 'signed', date: '2019-03-05', signatory: 'US' },
        { event: 'signed', date: '2019-04-05', signatory: 'JP' },
        { event: 'entered_into_force', date: '2019-03-20' },
      ],
      [['in_force_before_signature', '/dates/1']],
    ],
    [
      'in force on an unknown day',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'entered_into_force', date: '9999' },
      ],
      [],
    ],
    [
      'in force twenty years after signature',
      [
        { event: 'signed', date: '1919-03-05' },
        { event: 'entered_into_force', date: '1939-03-05' },
      ],
      [['in_force_long_after_signature', '/dates/1']],
    ],
    [
      'in force a day less than twenty years after signature',
      [
        { event: 'signed', date: '1919-03-05' },
        { event: 'entered_into_force', date: '1939-03-04' },
      ],
      [],
    ],
    [
      'in force in a century to come',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'entered_into_force', date: '2109-04-01' },
      ],
      [['in_force_long_after_signature', '/dates/1']],
    ],
    [
      'in force in the twentieth year after signature, by a whole year: it can be right',
      [
        { event: 'signed', date: '1919' },
        { event: 'entered_into_force', date: '1939' },
      ],
      [],
    ],
    [
      'in force twenty years after the last day on which it can have been signed',
      [
        { event: 'signed', date: '1919' },
        { event: 'entered_into_force', date: '1940' },
      ],
      [['in_force_long_after_signature', '/dates/1']],
    ],
    [
      'in force twenty years after one side signed, and one year after the other',
      [
        { event: 'signed', date: '1919-03-05', signatory: 'US' },
        { event: 'signed', date: '1938-03-05', signatory: 'JP' },
        { event: 'entered_into_force', date: '1939-03-05' },
      ],
      [],
    ],
    [
      'in force after the signature by which lists are sorted, before notes were exchanged',
      [
        { event: 'signed', signatory: 'US', date: '2019-03-05' },
        { event: 'entered_into_force', date: '2019-06-01' },
        { event: 'notes_exchanged', date: '2020-03-05' },
      ],
      [],
    ],
    [
      'in force long after notes were exchanged',
      [
        { event: 'notes_exchanged', date: '1919-03-05' },
        { event: 'entered_into_force', date: '2019-03-05' },
      ],
      [['in_force_long_after_signature', '/dates/1']],
    ],
    [
      'in force long after signature, with effect soon after it',
      [
        { event: 'signed', date: '1919-03-05' },
        { event: 'entered_into_force', date: '1950-01-01', effectiveDate: '1920-01-01' },
      ],
      [],
    ],
    [
      'in force soon after signature, with effect long after it',
      [
        { event: 'signed', date: '1919-03-05' },
        { event: 'entered_into_force', date: '1919-04-01', effectiveDate: '1950-01-01' },
      ],
      [['in_force_long_after_signature', '/dates/1']],
    ],
    [
      'in force again long after signature',
      [
        { event: 'signed', date: '1979-03-05' },
        { event: 'entered_into_force', date: '1979-03-05' },
        { event: 'entered_into_force', date: '2005-03-05', occurrence: 2 },
      ],
      [],
    ],
    [
      'in force at the latest in a year long after: it can have been before',
      [
        { event: 'signed', date: '1919-03-05' },
        { event: 'entered_into_force', date: '../1950' },
      ],
      [],
    ],
    [
      'in force long after a signature whose end is open',
      [
        { event: 'signed', date: '1919-03-05/..' },
        { event: 'entered_into_force', date: '1950' },
      ],
      [],
    ],
    [
      'signed in the last century of the calendar',
      [
        { event: 'signed', date: '9990-03-05' },
        { event: 'entered_into_force', date: '9998-03-05' },
      ],
      [],
    ],
    [
      'registered before signature',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'registered', date: '2019-03-04' },
      ],
      [['registered_before_signature', '/dates/0']],
    ],
    [
      'registered on the day of signature',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'registered', date: '2019-03-05' },
      ],
      [],
    ],
    [
      'registered in the month of signature: it can be right',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'registered', date: '2019-03' },
      ],
      [],
    ],
    [
      'registered in the year before the year of signature',
      [
        { event: 'signed', date: '2019' },
        { event: 'registered', date: '2018' },
      ],
      [['registered_before_signature', '/dates/0']],
    ],
    [
      'registered between the signatures of the two sides',
      [
        { event: 'signed', date: '2019-03-05', signatory: 'US' },
        { event: 'signed', date: '2019-05-05', signatory: 'JP' },
        { event: 'registered', date: '2019-04-05' },
      ],
      [['registered_before_signature', '/dates/1']],
    ],
    [
      'registered, with the end of the period open',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'registered', date: '2018/..' },
      ],
      [],
    ],
    [
      'two sources that differ on the effect only',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'entered_into_force', date: '2019-04-01', effectiveDate: '2019-05-01', preferred: true },
        { event: 'entered_into_force', date: '2019-04-01', effectiveDate: '2019-06-01' },
      ],
      [['conflicting_sources', '/dates/2']],
    ],
    [
      'two sources that differ on the end of an extension only',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'extended', date: '2021-03-05', extension: { lastDay: '2024-08-17' }, preferred: true },
        { event: 'extended', date: '2021-03-05', extension: { lastDay: '2024-08-27' } },
      ],
      [['conflicting_sources', '/dates/2']],
    ],
    [
      'two sources that differ on the length of an extension only',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'extended', date: '2021-03-05', extension: { length: 'P6M' }, preferred: true },
        { event: 'extended', date: '2021-03-05', extension: { length: 'P1Y' } },
      ],
      [['conflicting_sources', '/dates/2']],
    ],
    [
      'two sources that tell the same of an extension in other words',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'extended', date: '2021-03-05', extension: { length: 'P12M' }, preferred: true },
        { event: 'extended', date: '2021-03-05', extension: { length: 'P1Y' } },
        { event: 'extended', date: '2021-03-05', extension: { lastDay: '2024-08-17' } },
      ],
      [],
    ],
    [
      'two sources, one of which tells more',
      [
        { event: 'signed', date: '2019-03-05', place: 'Tokyo', preferred: true },
        { event: 'signed', date: '2019-03-05', effectiveDate: '2019-06-01' },
      ],
      [],
    ],
    [
      'each act on its own: two suspensions are no conflict',
      [
        { event: 'signed', date: '2019-03-05' },
        { event: 'suspended', date: '2020-03-05' },
        { event: 'suspended', date: '2021-03-05', occurrence: 2 },
      ],
      [],
    ],
    [
      'two sources in conflict',
      [
        { event: 'signed', date: '2019-03-05', place: 'Tokyo', preferred: true },
        { event: 'signed', date: '2019-03-06', place: 'Tokyo' },
        { event: 'signed', date: '2019-03-05', place: 'Osaka' },
        { event: 'signed', date: '2019-03-05' },
      ],
      [
        ['conflicting_sources', '/dates/1'],
        ['conflicting_sources', '/dates/3'],
      ],
    ],
  ])('%s', async (_name, dates, expected) => {
    const found = await warned({ dates })
    expect(found.map(([code]) => code)).toEqual(expected.map(([code]) => code))
    if (found.length === 1) expect(found).toEqual(expected)
  })

  test('a body that signs outside its years', async () => {
    const between = (other: string) => [
      { side: 1, signatory: 'US' },
      { side: 2, signatory: other },
    ]
    const dates = [{ event: 'signed', date: '1995-01-01' }]
    expect(await warned({ dates, signatories: between('SUHH') })).toEqual([
      ['body_outside_its_years', '/signatories/1'],
    ])
    expect(await warned({ dates, signatories: between('SS') })).toEqual([['body_outside_its_years', '/signatories/1']])
    expect(await warned({ dates: [{ event: 'signed', date: '1980' }], signatories: between('SUHH') })).toEqual([])
  })

  test('a body that acts outside its years', async () => {
    const signatories = [
      { side: 1, signatory: 'US' },
      { side: 2, signatory: 'SUHH' },
    ]
    const dates = (ratified: string) => [
      { event: 'signed', date: '1980-01-01' },
      { event: 'ratified', date: ratified, signatory: 'SUHH' },
    ]
    expect(await warned({ dates: dates('1995-01-01'), signatories })).toEqual([['body_outside_its_years', '/dates/1']])
    expect(await warned({ dates: dates('1985-01-01'), signatories })).toEqual([])
    expect(await warned({ dates: dates('9999'), signatories })).toEqual([])
  })

  test('each side is compared by its own day of signature', async () => {
    const signatories = [
      { side: 1, signatory: 'US' },
      { side: 2, signatory: 'SUHH' },
    ]
    const dates = (soviet: string) => [
      { event: 'signed', date: '1995-01-01', signatory: 'US' },
      { event: 'signed', date: soviet, signatory: 'SUHH' },
    ]
    expect(await warned({ dates: dates('1990-01-01'), signatories })).toEqual([])
    expect(await warned({ dates: dates('1995-01-01'), signatories })).toEqual([
      ['body_outside_its_years', '/signatories/1'],
    ])
  })

  test('a younger body may be responsible for an earlier agreement, a dissolved body may not', async () => {
    const between = (responsible: string) => [
      { side: 1, signatory: 'US' },
      { side: 2, signatory: 'KE' },
      { side: 2, signatory: responsible, role: 'responsible' },
    ]
    const codes = async (signatory: string, date: string) =>
      (await warned({ dates: [{ event: 'signed', date }], signatories: between(signatory) })).map(([code]) => code)
    expect(await codes('SS', '1995-01-01')).toEqual([])
    expect(await codes('SUHH', '1995-01-01')).toEqual(['body_outside_its_years'])
  })
})
