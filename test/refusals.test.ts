import { beforeAll, describe, expect, test } from 'vitest'
import { everyEditIsKept } from './promises/editors.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

describe('a request that breaks a rule is refused, with a pointer to the field, and nothing is stored', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })

  const us = { side: 1, signatory: 'US' }
  const jp = { side: 2, signatory: 'JP' }
  const signed = (date: string, over: object = {}) => ({ event: 'signed', date, ...over })

  test.each<[string, object, number, object[]]>([
    ['one side', { signatories: [us] }, 422, [{ pointer: '/signatories', code: 'one_sided' }]],
    ['no side', { signatories: [] }, 422, [{ pointer: '/signatories', code: 'one_sided' }]],
    [
      'the same party on both sides',
      { signatories: [us, { side: 2, signatory: 'us' }] },
      422,
      [{ pointer: '/signatories/1/signatory', code: 'same_party' }],
    ],
    [
      'the same party behind its agency',
      {
        signatories: [
          { side: 1, signatory: 'UN-UNDP' },
          { side: 2, signatory: 'UN-WFP' },
        ],
      },
      422,
      [{ pointer: '/signatories/1/signatory', code: 'same_party' }],
    ],
    [
      'an unknown code, with the nearest',
      { signatories: [us, { side: 2, signatory: 'UN-UNDPP' }] },
      422,
      [{ pointer: '/signatories/1/signatory', code: 'unknown_code', didYouMean: 'UN-UNDP' }],
    ],
    [
      'an unknown domain, with the nearest',
      { researchDomains: ['theme:floodings'] },
      422,
      [{ pointer: '/researchDomains/0', code: 'unknown_code', didYouMean: 'theme:flooding' }],
    ],
    [
      'two preferred values of one act',
      { dates: [signed('2019-10-23', { preferred: true }), signed('2019-10-24', { preferred: true })] },
      422,
      [{ pointer: '/dates/1/preferred', code: 'two_preferred' }],
    ],
    [
      'no preferred value of an act',
      { dates: [signed('2019-10-23', { preferred: false })] },
      422,
      [{ pointer: '/dates/0/preferred', code: 'none_preferred' }],
    ],
    [
      'a day that is none',
      { dates: [signed('2019-02-30')] },
      400,
      [{ pointer: '/dates/0/date', code: 'invalid_value' }],
    ],
    [
      'an unknown source',
      { dates: [signed('2019-10-23', { source: 'gazette' })] },
      422,
      [{ pointer: '/dates/0/source', code: 'unknown_source' }],
    ],
    [
      'a key twice',
      {
        sources: [
          { key: 'a', title: 'A' },
          { key: 'a', title: 'B' },
        ],
      },
      422,
      [{ pointer: '/sources/1/key', code: 'repeated' }],
    ],
    [
      'an unknown related agreement',
      { relations: [{ kind: 'amends', agreement: 'NONE-1' }] },
      422,
      [{ pointer: '/relations/0/agreement', code: 'unknown_code' }],
    ],
    [
      'an unknown field, with the nearest',
      { titel: 'X' },
      400,
      [{ pointer: '/titel', code: 'unknown_field', didYouMean: 'title' }],
    ],
    [
      'an unknown value, with the nearest',
      { type: 'treety' },
      400,
      [{ pointer: '/type', code: 'invalid_value', didYouMean: 'treaty' }],
    ],
    [
      'a field of a part',
      { signatories: [{ ...us, roll: 'signed' }, jp] },
      400,
      [{ pointer: '/signatories/0/roll', didYouMean: 'role' }],
    ],
    ['what the register derives', { status: 'in_force' }, 400, [{ pointer: '/status', code: 'unknown_field' }]],
    ['blank text', { title: '  ' }, 400, [{ pointer: '/title' }]],
    ['a missing field', { type: undefined }, 400, [{ pointer: '/type' }]],
  ])('%s', async (_name, over, status, errors) => {
    const { body } = await register.api.post('/v1/agreements').send(anAgreement(over)).expect(status)
    expect(body).toMatchObject({ status, code: status === 422 ? 'rule_broken' : 'invalid_request', errors })
    expect(body.errors).toHaveLength(errors.length)
    const [row] = await register.db.query<{ stored: string }>({
      name: 'stored',
      text: `select (select count(*) from agreements) + (select count(*) from signatures) + (select count(*) from dates)
        + (select count(*) from sources) + (select count(*) from agreement_versions) as stored`,
    })
    expect(Number(row!.stored)).toBe(0)
  })

  test('a misspelt filter is refused, never ignored', async () => {
    const { body } = await register.api.get('/v1/agreements?partty=US').expect(400)
    expect(body.errors).toMatchObject([{ parameter: 'partty', code: 'unknown_parameter', didYouMean: 'party' }])
    const { body: code } = await register.api.get('/v1/agreements?party=USS').expect(400)
    expect(code.errors).toMatchObject([{ parameter: 'party', code: 'unknown_code' }])
    const { body: alias } = await register.api.get('/v1/agreements?party=KOR').expect(400)
    expect(alias.errors).toMatchObject([{ parameter: 'party', didYouMean: 'KR' }])
    await register.api.get('/v1/signatories/US?fields=name').expect(400)
  })
})

everyEditIsKept({ editors: 16 })
