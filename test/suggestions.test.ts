import { beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../src/programs/sample.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
})

interface Refusal {
  detail: string
  errors: { parameter?: string; pointer?: string; code: string; didYouMean?: string; message: string }[]
}

const asked = async (parameter: string, value: string): Promise<Refusal> =>
  (await register.api.get(`/v1/agreements?${parameter}=${encodeURIComponent(value)}`).expect(400)).body

const written = async (signatory: string): Promise<Refusal> => {
  const signatories = [
    { side: 1, signatory: 'US' },
    { side: 2, signatory },
  ]
  return (await register.api.post('/v1/agreements').send(anAgreement({ signatories })).expect(422)).body
}

describe('a code that does not exist is answered with the one that was probably meant', () => {
  test.each([
    ['SU', 'SUHH'],
    ['YU', 'YUCS'],
    ['DD', 'DDDE'],
    ['ZR', 'ZRCD'],
    ['EL', 'GR'],
    ['UK', 'GB'],
    ['XKX', 'XK'],
    ['RKS', 'XK'],
    ['Taiwan', 'TW'],
    ['Kosovo', 'XK'],
    ['South Korea', 'KR'],
    ['Korea', 'KR'],
    ['Korea, Republic of', 'KR'],
    ['The Netherlands', 'NL'],
    ['Holanda', 'NL'],
    ['Estados Unidos de América', 'US'],
    ['République tchèque', 'CZ'],
    ['中国', 'CN'],
    ['한국', 'KR'],
    ['Россия', 'RU'],
    ['المملكة العربية السعودية', 'SA'],
    ['U.S.S.R.', 'SUHH'],
    ['EEC', 'EUROPEAN-COMMUNITY'],
    ['Untied States', 'US'],
    ['Austira', 'AT'],
    ['840', 'US'],
    ['DHS', 'US-DHS'],
    ['US-DSH', 'US-DHS'],
  ])('%s: %s', async (value, code) => {
    const { detail, errors } = await asked('signatory', value)
    expect(errors).toMatchObject([{ parameter: 'signatory', code: 'unknown_code', didYouMean: code }])
    expect(detail).toContain(`Did you mean \`${code}\`?`)
    const body = await written(value)
    expect(body.errors).toMatchObject([{ pointer: '/signatories/1/signatory', code: 'unknown_code', didYouMean: code }])
  })

  test.each([
    'MULTILATERAL',
    'Ruritania',
    'QQ',
    'Brussia',
    'Republic of Freedonia',
    'United',
    'XYZ',
    'Saint',
    '?',
    '%',
    '中',
  ])('nothing far-fetched: %s', async (value) => {
    const { detail, errors } = await asked('party', value)
    expect(errors.map(({ didYouMean }) => didYouMean)).toEqual([undefined])
    expect(detail).not.toContain('Did you mean')
    expect(detail).toContain('/v1/signatories?q=')
    expect((await written(value)).errors.map(({ didYouMean }) => didYouMean)).toEqual([undefined])
  })

  test('a code that two states had one after the other names both', async () => {
    const { detail, errors } = await asked('party', 'CS')
    expect(detail).toContain('Did you mean `CSHH` or `CSXX`?')
    expect(errors.map(({ didYouMean }) => didYouMean)).toEqual([undefined])
    expect((await written('cs')).detail).toContain('`CSHH` or `CSXX`')
  })

  test('a code that is one of today is that of the state of today', async () => {
    const { body } = await register.api.get('/v1/agreements?party=SK').expect(200)
    expect(body.items).toEqual([])
  })

  test('several codes with commas between them are not one', async () => {
    const two = await asked('party', 'US,KR')
    expect(two.detail).toContain('`pair=US,KR`')
    expect(two.detail).toContain('`party=US&party=KR`')
    expect((await asked('party', 'us, South Korea')).detail).toContain('`pair=US,KR`')
    const three = await asked('party', 'US,KR,JP')
    expect(three.detail).toContain('`party=US&party=KR&party=JP`')
    expect(three.detail).not.toContain('pair')
    expect((await asked('signatory', 'US-DHS,KR')).detail).toContain('`signatory=US-DHS&signatory=KR`')
    const domains = await asked('researchDomain', 'theme:fire,theme:flooding')
    expect(domains.detail).toContain('`researchDomain=theme:fire&researchDomain=theme:flooding`')
    for (const value of ['US,QQ', 'US,', ',']) expect((await asked('party', value)).detail).not.toContain('repeat')
  })

  test.each([
    ['/v1/signatories', { code: 'SUG-1', name: 'A body', kind: 'agency', parent: 'South Korea' }, '/parent', 'KR'],
    [
      '/v1/signatories',
      { code: 'SUG-1', name: 'A body', kind: 'other', predecessors: [{ signatory: 'Soviet Union' }] },
      '/predecessors/0/signatory',
      'SUHH',
    ],
    ['/v1/research-domains', { scheme: 'theme', label: 'X', broader: 'Flooding' }, '/broader', 'theme:flooding'],
    [
      '/v1/agreements',
      anAgreement({ researchDomains: ['Public Safety'] }),
      '/researchDomains/0',
      'theme:public-safety-and-security',
    ],
    [
      '/v1/agreements',
      anAgreement({ dates: [{ event: 'ratified', date: '2020', signatory: 'South Korea' }] }),
      '/dates/0/signatory',
      'KR',
    ],
  ])('a name with a space in a body, %s %j', async (path, body, pointer, code) => {
    const { body: refused } = await register.api.post(path).send(body).expect(422)
    expect(refused.errors).toMatchObject([{ pointer, code: 'unknown_code', didYouMean: code }])
  })

  test('text that is none, or far too long, is refused as before', async () => {
    for (const signatory of ['', 'x'.repeat(131), 'a\u0000b', '\ud800']) {
      const signatories = [
        { side: 1, signatory: 'US' },
        { side: 2, signatory },
      ]
      const { body } = await register.api.post('/v1/agreements').send(anAgreement({ signatories })).expect(400)
      expect(body.errors).toMatchObject([{ pointer: '/signatories/1/signatory' }])
    }
  })
})
