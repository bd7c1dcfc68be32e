import { beforeAll, describe, expect, test } from 'vitest'
import type { ClaimCheck } from '../src/claims/schemas.ts'
import { loadSample } from '../src/programs/sample.ts'
import { freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
})

const memorandum = 'DHS-ST-2019-KR'

const check = async (statement: string, given: object = { agreement: memorandum }): Promise<ClaimCheck> =>
  (
    await register.api
      .post('/v1/claims/check')
      .send({ statement, ...given })
      .expect(200)
  ).body as ClaimCheck

const summary = ({ assessment, findings }: ClaimCheck) => [assessment, ...findings.map(({ found }) => found)]

describe('a claim', () => {
  test('of a place in a row is counted with states and with all, at addresses that say the same', async () => {
    const checked = await check('The partnership forms the 13th bilateral that the US DHS has undertaken.')
    expect(checked).toMatchObject({ assessment: 'supported', kind: 'position' })
    expect(summary(checked)).toEqual(['supported', '13', '14'])
    for (const { url, found } of checked.findings) {
      const { body } = await register.api.get(url).expect(200)
      expect(String((body as { position: number }).position)).toBe(found)
    }
    expect(summary(await check('the 14th bilateral of DHS'))).toEqual(['supported', '13', '14'])
    expect(summary(await check('the 12th bilateral of DHS'))).toEqual(['contradicted', '13', '14'])
    expect(summary(await check('It is the 13th bilateral.', { agreement: memorandum, signatory: 'us-dhs' }))).toEqual([
      'supported',
      '13',
      '14',
    ])
  })

  test('to be the first since a year is compared with the agreement before', async () => {
    const checked = await check('It is the first since 2013.', { agreement: memorandum, signatory: 'US-DHS' })
    expect(summary(checked)).toEqual(['contradicted', '2012', '2012'])
    expect(checked.findings[0]!.note).toContain('DHS-ST-2012-NL')
    expect(summary(await check('the first agreement of DHS since 2012'))[0]).toBe('supported')
  })

  test('of a day is compared with the preferred date, and names the sources of others', async () => {
    const checked = await check('They signed it on 27 October 2019.')
    expect(summary(checked)).toEqual(['contradicted', '2019-10-23'])
    expect(checked.findings[0]!.note).toContain('2019-10-27 (article)')
    expect(summary(await check('signed in October 2019'))[0]).toBe('supported')
    expect(summary(await check('It has been in force since 2016.', { agreement: 'DHS-ST-2012-NL' }))[0]).toBe(
      'supported',
    )
    expect(summary(await check('in force since 2015', { agreement: 'DHS-ST-2012-NL' }))[0]).toBe('contradicted')
    expect(summary(await check('in force since 2019'))).toEqual(['unverified', null])
  })

  test('of a number is counted without an agreement', async () => {
    const checked = await check('DHS has signed 17 agreements.', {})
    expect(checked).toMatchObject({ assessment: 'supported', kind: 'count' })
    const { body } = await register.api.get(checked.findings[0]!.url)
    expect((body as { total: number }).total).toBe(17)
    expect(summary(await check('The United States and South Korea have concluded three agreements.', {}))).toEqual([
      'contradicted',
      '4',
    ])
  })

  test('of another kind, or about an agreement that is not named, is unverified', async () => {
    for (const statement of ['It will bring peace to the region.', '!'])
      expect(await check(statement)).toMatchObject({ assessment: 'unverified', kind: null })
    expect(await check('signed on 27 October 2019', {})).toMatchObject({ assessment: 'unverified', kind: 'date' })
    expect(await check('the 3rd bilateral of the European Union')).toMatchObject({
      assessment: 'unverified',
      findings: [],
    })
  })

  test('about what does not exist is 422, and without a key 401', async () => {
    const send = (body: object) => register.api.post('/v1/claims/check').send({ statement: 'signed in 2019', ...body })
    expect((await send({ agreement: 'DHS-ST-2019-KX' }).expect(422)).body.errors[0].pointer).toBe('/agreement')
    expect((await send({ signatory: 'US-DHSX' }).expect(422)).body.errors[0]).toMatchObject({ pointer: '/signatory' })
    await register.anonymous.post('/v1/claims/check').send({ statement: 'signed in 2019' }).expect(401)
  })

  test('the paraphrase of an article: its day, its number and its “first since” are each checked', async () => {
    const text =
      'The memorandum of understanding between South Korea and the US was signed on 27 October 2019. It is the 13th bilateral of DHS, and the first since 2013.'
    const { body } = await register.api.post('/v1/drafts').send({ text }).expect(200)
    const [known] = body.similar as { agreement: { reference: string }; dates: { kind: string }[] }[]
    expect([known!.agreement.reference, known!.dates[0]!.kind]).toEqual([memorandum, 'competing'])
    const claims = (body.agreement.claims as { statement: string }[]).map(({ statement }) => statement)
    const checks = await Promise.all(
      claims.map((claim) => check(claim, { agreement: memorandum, signatory: 'US-DHS' })),
    )
    expect(checks.map(summary)).toEqual([
      ['supported', '13', '14'],
      ['contradicted', '2012', '2012'],
    ])
  })
})
