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

  test.each([
    'It is not the 13th bilateral of DHS.',
    "It isn't the 13th bilateral of DHS.",
    'It is not, as some say, the 13th bilateral of DHS.',
    'It is not the 13th bilateral of the Department of Homeland Security (DHS).',
    'DHS has no 13th bilateral.',
    'The 13th bilateral of DHS it is not.',
    'It could be the 13th bilateral of DHS.',
    'It is not the 13th bilateral of DHS, signed on 23 October 2019.',
    'They did not sign it on 23 October 2019.',
    'It was signed, but not on 23 October 2019.',
    'They may sign it on 23 October 2019.',
    'DHS has not signed 17 agreements.',
  ])('that is negated or uncertain is unverified: %s', async (statement) => {
    expect(await check(statement)).toMatchObject({
      assessment: 'unverified',
      message: expect.stringContaining('negated or uncertain'),
      findings: [],
    })
  })

  test('of a number of one type counts agreements of that type', async () => {
    for (const [type, title] of [
      ['treaty', 'First'],
      ['treaty', 'Second'],
      ['memorandum_of_agreement', 'Third'],
    ])
      await register.api
        .post('/v1/agreements')
        .send({
          title,
          type,
          signatories: [
            { side: 1, signatory: 'PE' },
            { side: 2, signatory: 'CL' },
          ],
          dates: [{ event: 'signed', date: '2011-05-03' }],
        })
        .expect(201)
    for (const [statement, result, found] of [
      ['2 treaties between Peru and Chile', 'supported', '2'],
      ['3 treaties between Peru and Chile', 'contradicted', '2'],
      ['Peru and Chile have signed one memoranda', 'supported', '1'],
      ['Peru and Chile have signed 2 memoranda of understanding', 'contradicted', '0'],
      ['There are 3 agreements between Peru and Chile', 'supported', '3'],
    ] as const) {
      const finding = await check(statement, {})
      expect([statement, ...summary(finding)]).toEqual([statement, result, found])
      const { body } = await register.api.get(finding.findings[0]!.url).expect(200)
      expect(String((body as { total: number }).total)).toBe(found)
    }
  })

  test.each([
    ['DHS has over 16 agreements', 'supported', 'more than 16'],
    ['DHS has more than 17 agreements', 'contradicted', 'more than 17'],
    ['DHS has at least 17 agreements', 'supported', 'at least 17'],
    ['DHS has no fewer than 18 agreements', 'contradicted', 'at least 18'],
    ['DHS has no more than 17 agreements', 'supported', 'at most 17'],
    ['DHS has up to 10 agreements', 'contradicted', 'at most 10'],
    ['DHS has fewer than 14 agreements', 'contradicted', 'fewer than 14'],
    ['DHS has 16 or more agreements', 'supported', 'at least 16'],
    ['DHS has 16+ agreements', 'supported', 'at least 16'],
    ['DHS has about 17 agreements', 'unverified', 'about 17'],
    ['DHS has nearly 18 agreements', 'unverified', 'about 18'],
    ['The US Department of Homeland Security has a total of 17 agreements', 'supported', '17'],
  ])('of a bound is compared with it: %s', async (statement, assessment, claimed) => {
    const checked = await check(statement, {})
    expect([checked.assessment, checked.findings[0]?.claimed]).toEqual([assessment, claimed])
  })

  test.each([
    ['DHS has signed 17 agreements since 2004.', 'supported', '17'],
    ['DHS has signed 13 agreements since 2012.', 'contradicted', '5'],
    ['By 2019 DHS had 14 agreements.', 'supported', '14'],
    ['DHS signed 2 agreements in 2010.', 'supported', '2'],
    ['DHS had signed 13 agreements before 2019.', 'supported', '13'],
  ])('of a number in a period counts the signatures of the period: %s', async (statement, assessment, found) => {
    const checked = await check(statement)
    expect([checked.kind, checked.assessment, checked.findings[0]!.found]).toEqual(['count', assessment, found])
    const { body } = await register.api.get(checked.findings[0]!.url).expect(200)
    expect(String((body as { total: number }).total)).toBe(found)
  })

  test.each([
    ['DHS has signed 17 agreements on floods.', '“on floods”'],
    ['DHS has 4 research agreements.', '“research”'],
    ['DHS has signed two hundred agreements.', '“hundred”'],
    ['DHS has signed 4 agreements with South Korea, Peru and Chile.', '“Peru”'],
    ['DHS signed 17 agreements between 2004 and 2019.', '2004'],
  ])('of a number with a condition that cannot be counted is unverified: %s', async (statement, words) => {
    expect(await check(statement, {})).toMatchObject({
      assessment: 'unverified',
      kind: 'count',
      message: expect.stringContaining(words),
    })
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
