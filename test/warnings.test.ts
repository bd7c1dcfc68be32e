import { beforeAll, describe, expect, test } from 'vitest'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

describe('what looks wrong is told, and not refused', () => {
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

  test('a body used outside its years', async () => {
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
})
