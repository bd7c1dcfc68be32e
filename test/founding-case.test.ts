import { beforeAll, describe, expect, test } from 'vitest'
import type { Agreement } from '../src/agreements/schemas.ts'
import { loadSample } from '../src/programs/sample.ts'
import { freshRegister, type Register } from './support/register.ts'

describe('the founding case: the memorandum of the United States and Korea', () => {
  let register: Register
  let memorandum: Agreement

  beforeAll(async () => {
    register = await freshRegister()
    await loadSample(register.db, '2026-01-01')
    const { body } = await register.api.get('/v1/agreements?pair=US,KR').expect(200)
    expect(body.items.map(({ reference }: Agreement) => reference)).toEqual([
      'DHS-ST-2023-JSI-KR',
      'DHS-ST-2022-JSI-KR',
      'DHS-ST-2022-PA-KR',
      'DHS-ST-2019-KR',
    ])
    memorandum = body.items[3]
  })

  test('is found by its pair in either order', async () => {
    const { body } = await register.api.get('/v1/agreements?pair=kr,us').expect(200)
    expect(body.items[3]).toEqual(memorandum)
  })

  test('has three competing days and two places, each with its source, and the 23rd is preferred', () => {
    const values = memorandum.dates.map(({ event, date, place, preferred, source }) => [
      event,
      date,
      place,
      preferred,
      source,
    ])
    expect(values).toEqual([
      ['signed', '2019-10-23', 'Daejeon', true, 'etnews'],
      ['signed', '2019-10-24', 'Seoul', false, 'upi'],
      ['signed', '2019-10-27', null, false, 'article'],
    ])
    const keys = memorandum.sources.map(({ key }) => key)
    expect(keys).toEqual(expect.arrayContaining(['etnews', 'upi', 'article']))
  })

  test('shows who signed, with the bodies above them', () => {
    const signed = memorandum.signatories.map(({ side, signatory, ancestors, party, representative }) => ({
      side,
      signatory: signatory.code,
      above: ancestors.map(({ code }) => code),
      party: party.code,
      name: representative?.name,
    }))
    expect(signed).toEqual([
      { side: 1, signatory: 'US-DHS-ST', above: ['US-DHS', 'US'], party: 'US', name: 'William Bryan' },
      { side: 2, signatory: 'KR-MSIT', above: ['KR'], party: 'KR', name: 'Mun Mi-ock' },
    ])
  })

  test('shows its domains with their broader ones', () => {
    const themes = memorandum.researchDomains
      .filter(({ scheme }) => scheme === 'theme')
      .map(({ code, ancestors }) => [code, ancestors.map((above) => above.code)])
    expect(themes).toEqual([
      ['earthquakes', ['disaster-resilience']],
      ['fire', ['disaster-resilience']],
      ['flooding', ['disaster-resilience']],
      ['infectious-disease-control', ['critical-public-infrastructure']],
      ['public-safety-and-security', ['critical-public-infrastructure']],
      ['storms', ['disaster-resilience']],
    ])
  })

  test('contains the claim “13th bilateral” with its assessment, and warns that its sources conflict', () => {
    const claim = memorandum.claims.find(({ statement }) => statement.includes('13th bilateral'))
    expect(claim).toMatchObject({ source: 'article', assessment: 'supported' })
    expect(memorandum.warnings.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['conflicting_sources', '/dates/1'],
      ['conflicting_sources', '/dates/2'],
    ])
  })

  test('is the newest of fourteen until 2019; loading the sample again adds none', async () => {
    const { body } = await register.api.get('/v1/agreements?party=US&signedTo=2019-12-31&count=exact').expect(200)
    expect(body.total).toBe(14)
    expect(body.items[0].reference).toBe('DHS-ST-2019-KR')
    expect(await loadSample(register.db, '2026-01-01')).toBe(0)
  })

  test('shows the three that followed it, of which two carry it out, in versions that say so', async () => {
    const shown = memorandum.relatedBy.map(({ kind, agreement }) => `${kind} ${agreement.reference}`)
    expect(shown).toEqual(['implements DHS-ST-2022-PA-KR', 'implements DHS-ST-2022-JSI-KR', 'cites DHS-ST-2023-JSI-KR'])
    const { body } = await register.api.get('/v1/agreements/DHS-ST-2019-KR/versions').expect(200)
    expect(body.items.map(({ cause }: { cause: string }) => cause)).toEqual([
      'agreement',
      'agreement',
      'agreement',
      'edit',
    ])
    const followers = await Promise.all(
      memorandum.relatedBy.map(
        async ({ agreement }) => (await register.api.get(`/v1/agreements/${agreement.id}`)).body,
      ),
    )
    expect(followers.map(({ type, binding, approximate }: Agreement) => [type, binding, approximate])).toEqual([
      ['project_arrangement', 'unknown', true],
      ['joint_statement', 'unknown', true],
      ['joint_statement', 'unknown', false],
    ])
  })

  test('has null for everything unknown', async () => {
    const { body } = await register.api.get('/v1/agreements?reference=DHS-ST-2008-FR').expect(200)
    expect(body.items[0]).toMatchObject({ titleIsDescriptive: true, identifiers: [], term: null, status: 'signed' })
    expect(body.items[0].signatories.map((s: { representative: unknown }) => s.representative)).toEqual([null, null])
  })
})
