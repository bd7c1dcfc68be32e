import { parse } from 'csv-parse/sync'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Agreement } from '../src/agreements/schemas.ts'
import { loadSample } from '../src/programs/sample.ts'
import type { Statistics } from '../src/statistics/schemas.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

const signedOn = ({ dates }: Agreement): string | null =>
  dates.find(({ event, preferred }) => event === 'signed' && preferred)?.firstDay ?? null
const codes = (bodies: { code: string }[]): string[] => [...new Set(bodies.map(({ code }) => code))]
const sideOf = ({ signatories }: Agreement, number: number) =>
  codes(signatories.flatMap(({ side, party }) => (side === number ? [party] : [])))

const kindOfSide = (signatories: Agreement['signatories'], number: number): string => {
  const kinds = new Set(signatories.flatMap(({ side, party }) => (side === number ? [party.kind] : [])))
  return kinds.size === 1 ? [...kinds][0]! : 'mixed'
}

/** The groups of an agreement, computed naively from its document. */
const valuesOf: Record<string, (a: Agreement) => string[]> = {
  signedYear: (a) => (signedOn(a) === null ? [] : [String(Number(signedOn(a)!.slice(0, 4)))]),
  signedDecade: (a) => (signedOn(a) === null ? [] : [`${Number(signedOn(a)!.slice(0, 3))}0`]),
  type: ({ type }) => [type],
  binding: ({ binding }) => [binding],
  status: ({ status }) => [status],
  party: ({ signatories }) => codes(signatories.map(({ party }) => party)),
  kinds: ({ signatories }) => [
    [1, 2]
      .map((number) => kindOfSide(signatories, number))
      .toSorted()
      .join(','),
  ],
  signatory: ({ signatories }) => codes(signatories.map(({ signatory }) => signatory)),
  pair: (a) => sideOf(a, 1).flatMap((one) => sideOf(a, 2).map((other) => [one, other].toSorted().join(','))),
  researchDomain: ({ researchDomains }) => researchDomains.map(({ scheme, code }) => `${scheme}:${code}`),
}

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

  test('by the year of signature: the largest group first, agreements without a day under null', async () => {
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

  test('by party, pair, signatory and domain, where an agreement may be in several groups', async () => {
    expect((await count('groupBy=party')).overlapping).toBe(true)
    expect((await told('groupBy=party')).slice(0, 2)).toEqual(['US 15', 'AU 1'])
    expect(await told('groupBy=pair&party=KR')).toEqual(['KR,US 1'])
    expect(await told('groupBy=signatory&party=KR')).toEqual(['KR-MSIT 1', 'US-DHS-ST 1'])
    expect(await told('groupBy=researchDomain&domainLevel=0&party=KR&q=memorandum')).toEqual([
      'dhs-st:critical-infrastructure-and-resilience 1',
      'ford:3 1',
      'theme:critical-public-infrastructure 1',
      'theme:disaster-resilience 1',
    ])
  })

  test('by two properties, with the number in force and the first and last day of signature', async () => {
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
    expect(headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8', 'x-overlapping': 'true' })
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

  test('as CSV by two properties, with empty cells for missing values', async () => {
    const address = '/v1/statistics?groupBy=signedYear&groupBy=type&reference=UNDATED&format=csv'
    const { text, headers } = await register.api.get(address).expect(200)
    expect(headers['x-overlapping']).toBe('false')
    expect(text).toBe(
      'signedYear,signedYearLabel,type,typeLabel,count,inForce,firstSigned,lastSigned\r\n,,agreement,agreement,1,0,,\r\n',
    )
  })

  test('by any one or two properties, with the same result as a naive count', async () => {
    const { body } = await register.api.get('/v1/agreements?limit=200').expect(200)
    const all = body.items as Agreement[]
    expect(all).toHaveLength(16)
    const names = Object.keys(valuesOf)
    for (const query of [...names.map((one) => [one]), ...names.flatMap((one) => names.map((two) => [one, two]))]) {
      const expected = new Map<string, Agreement[]>()
      for (const agreement of all) {
        const [first, second = ['']] = query.map((name) =>
          valuesOf[name]!(agreement).length ? valuesOf[name]!(agreement) : [null],
        )
        for (const key of new Set(first!.flatMap((one) => second.map((two) => JSON.stringify([one, two])))))
          expected.set(key, [...(expected.get(key) ?? []), agreement])
      }
      const { items, total, overlapping, truncated } = await count(query.map((name) => `groupBy=${name}`).join('&'))
      const found = items.map(({ keys, ...rest }) => [
        JSON.stringify([keys[0], keys[1] === undefined ? '' : keys[1]]),
        rest,
      ])
      const days = (agreements: Agreement[]) => agreements.flatMap((a) => signedOn(a) ?? []).toSorted()
      expect(Object.fromEntries(found)).toEqual(
        Object.fromEntries(
          [...expected].map(([key, group]) => [
            key,
            expect.objectContaining({
              count: group.length,
              inForce: group.filter(({ status }) => status === 'in_force').length,
              firstSigned: days(group)[0] ?? null,
              lastSigned: days(group).at(-1) ?? null,
            }),
          ]),
        ),
      )
      expect([total, truncated]).toEqual([16, false])
      expect(overlapping).toBe(query.some((name) => /party|pair|signatory|researchDomain/.test(name)))
      if (!overlapping) expect(items.reduce((sum, group) => sum + group.count, 0)).toBe(total)
    }
  })

  test('by research domains at a level, or as the agreements name them', async () => {
    const keys = async (level: string) =>
      (await count(`groupBy=researchDomain&party=KR&q=memorandum${level}`)).items.map((g) => g.keys[0])
    expect((await keys('')).every((key) => key!.includes(':'))).toBe(true)
    expect(await keys('&domainLevel=8')).toEqual([null])
    expect(await keys('&domainLevel=1')).not.toEqual(await keys('&domainLevel=0'))
    const { body } = await register.api.get('/v1/statistics?groupBy=type&domainLevel=1').expect(400)
    expect(body.errors).toMatchObject([{ parameter: 'domainLevel', code: 'needs_research_domain' }])
  })

  test('without a property, by too many or by an unknown one is refused', async () => {
    for (const query of ['', 'groupBy=type&groupBy=status&groupBy=party', 'groupBy=typ']) {
      const { body } = await register.api.get(`/v1/statistics?${query}`).expect(400)
      expect(body.errors[0].parameter).toBe('groupBy')
    }
  })
})
