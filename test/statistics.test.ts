import { parse } from 'csv-parse/sync'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../src/sample.ts'
import type { Statistics } from '../src/statistics/schemas.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

describe('counting agreements', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
    await loadSample(register.db, register.today())
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ dates: [], reference: 'UNDATED' }))
      .expect(201)
  })

  const count = async (query: string): Promise<Statistics> =>
    (await register.api.get(`/v1/statistics?${query}`).expect(200)).body
  const told = async (query: string) =>
    (await count(query)).items.map(({ keys, count: counted }) => `${keys.join(' ')} ${counted}`)

  test('by the year of signature: the largest group first, what has no day under null', async () => {
    expect(await told('groupBy=signedYear')).toEqual([
      '2008 3',
      '2004 2',
      '2007 2',
      '2010 2',
      ' 2',
      '2005 1',
      '2009 1',
      '2011 1',
      '2012 1',
      '2019 1',
    ])
  })

  test.each(['signedYear', 'signedDecade', 'type', 'binding', 'status'])(
    'the groups by %s add up to what the list counts',
    async (dimension) => {
      for (const filter of ['', '&party=US', '&status=in_force', '&q=homeland']) {
        const { items, total, overlapping } = await count(`groupBy=${dimension}${filter}`)
        const { body } = await register.api.get(`/v1/agreements?count=exact&limit=1${filter}`).expect(200)
        expect(overlapping).toBe(false)
        expect(total).toBe(body.total)
        expect(items.reduce((sum, group) => sum + group.count, 0)).toBe(total)
      }
    },
  )

  test('by party, pair, signatory, kind and domain, where an agreement stands in several groups', async () => {
    expect((await count('groupBy=party')).overlapping).toBe(true)
    expect((await told('groupBy=party')).slice(0, 2)).toEqual(['US 15', 'AU 1'])
    expect(await told('groupBy=pair&party=KR')).toEqual(['KR,US 1'])
    expect(await told('groupBy=signatory&party=KR')).toEqual(['KR-MSIT 1', 'US-DHS-ST 1'])
    expect(await told('groupBy=partyKind&signatory=US-DHS')).toEqual(['state 14', 'supranational_body 1'])
    expect(await told('groupBy=researchDomain&domainLevel=0&party=KR&q=memorandum')).toEqual([
      'dhs-st:critical-infrastructure-and-resilience 1',
      'ford:3 1',
      'theme:critical-public-infrastructure 1',
      'theme:disaster-resilience 1',
    ])
  })

  test('by two at once, with how many are in force and when the first and the last were signed', async () => {
    const { items } = await count('groupBy=type&groupBy=status&signatory=US-DHS')
    expect(items[0]).toMatchObject({
      keys: ['agreement', 'in_force'],
      inForce: items[0]!.count,
      firstSigned: '2004-06-01',
      lastSigned: '2012-11-29',
    })
  })

  test('as CSV, formulas escaped', async () => {
    const { text, headers } = await register.api.get('/v1/statistics?groupBy=party&party=KR&format=csv').expect(200)
    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    const rows: Record<string, string>[] = parse(text, { columns: true })
    expect(rows).toContainEqual({
      party: 'KR',
      partyLabel: 'Republic of Korea',
      count: '1',
      inForce: '0',
      firstSigned: '2019-10-23',
      lastSigned: '2019-10-23',
    })
  })

  test('by nothing, by too much and by what does not exist is refused', async () => {
    for (const query of ['', 'groupBy=type&groupBy=status&groupBy=party', 'groupBy=typ']) {
      const { body } = await register.api.get(`/v1/statistics?${query}`).expect(400)
      expect(body.errors[0].parameter).toBe('groupBy')
    }
  })
})
