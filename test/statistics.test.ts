import { parse } from 'csv-parse/sync'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishRegistryChange } from '../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import { sequenceChanges } from '../src/changes/sequence.ts'
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

/** The keys of the years that have no agreements, between those that have some. */
function emptyYears(query: string[], keys: string[]): string[] {
  const step = { signedYear: 1, signedDecade: 10 }
  const at = query.findIndex((name) => name in step)
  const other = query[1 - at]
  if (at < 0 || (other !== undefined && !['type', 'binding', 'status', 'kinds'].includes(other))) return []
  const pairs = keys.map((key) => JSON.parse(key) as (string | null)[])
  const years = pairs.flatMap((pair) => (pair[at] === null ? [] : [Number(pair[at])]))
  const wanted: string[] = []
  for (let year = Math.min(...years); year <= Math.max(...years); year += step[query[at] as keyof typeof step])
    for (const pair of pairs) wanted.push(JSON.stringify(pair.with(at, String(year))))
  return wanted.filter((key) => !keys.includes(key))
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

  test('by the year of signature: the largest group first, agreements without a day under null, years without any last', async () => {
    expect(await told('groupBy=signedYear')).toEqual([
      '2008 3',
      '2004 2',
      '2007 2',
      '2010 2',
      '2022 2',
      '2005 1',
      '2009 1',
      '2011 1',
      '2012 1',
      '2019 1',
      '2023 1',
      ' 1',
      '2006 0',
      '2013 0',
      '2014 0',
      '2015 0',
      '2016 0',
      '2017 0',
      '2018 0',
      '2020 0',
      '2021 0',
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
    expect((await told('groupBy=party')).slice(0, 2)).toEqual(['US 18', 'KR 4'])
    expect(await told('groupBy=pair&party=KR')).toEqual(['KR,US 4'])
    expect(await told('groupBy=signatory&party=KR')).toEqual(['KR-MSIT 4', 'US-DHS-ST 4'])
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

  test('are kept while nothing changes, and counted anew after a write, the renaming of a body and another day', async () => {
    const { db, api, setToday } = await freshRegister()
    const names = async () => {
      const { items }: Statistics = (await api.get('/v1/statistics?groupBy=party&sort=key').expect(200)).body
      return items.map(({ labels, count, inForce }) => `${labels[0]} ${count} ${inForce}`)
    }
    const dates = [{ event: 'signed', date: '2019-03-05' }]
    const force = { event: 'entered_into_force', date: '2026-01-02' }
    await api
      .post('/v1/agreements')
      .send(anAgreement({ dates: [...dates, force] }))
      .expect(201)
    expect(await names()).toEqual(['Japan 1 0', 'United States 1 0'])
    await db.query(sql`update agreement_listings set in_force = '{[2020-01-01,)}'`)
    expect(await names(), 'kept').toEqual(['Japan 1 0', 'United States 1 0'])
    await db.query(sql`update agreement_listings set in_force = '{[2026-01-02,)}'`)
    const made = await api.post('/v1/agreements').send(anAgreement({ dates })).expect(201)
    expect(await names()).toEqual(['Japan 2 0', 'United States 2 0'])
    await sequenceChanges(db)
    expect(await names()).toEqual(['Japan 2 0', 'United States 2 0'])
    await api.delete(`/v1/agreements/${made.body.id}`).set('if-match', '*').expect(204)
    expect(await names()).toEqual(['Japan 1 0', 'United States 1 0'])
    const { body: japan } = await api.get('/v1/signatories/JP').expect(200)
    await api
      .put('/v1/signatories/JP')
      .set('if-match', '*')
      .send({ ...japan, name: 'Nippon' })
      .expect(200)
    expect(await names()).toEqual(['Nippon 1 0', 'United States 1 0'])
    while ((await publishRegistryChange(db, '2026-01-01')) > 0);
    expect(await names()).toEqual(['Nippon 1 0', 'United States 1 0'])
    setToday('2026-01-02')
    expect(await names()).toEqual(['Nippon 1 1', 'United States 1 1'])
  })

  test('as CSV, formulas escaped', async () => {
    const { text, headers } = await register.api.get('/v1/statistics?groupBy=party&party=KR&format=csv').expect(200)
    expect(headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8', 'x-overlapping': 'true' })
    const rows: Record<string, string>[] = parse(text, { columns: true })
    expect(rows).toContainEqual({
      party: 'KR',
      partyLabel: 'Republic of Korea',
      count: '4',
      inForce: '0',
      firstSigned: '2019-10-23',
      lastSigned: '2023-03-21',
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
    expect(all).toHaveLength(18)
    const names = Object.keys(valuesOf)
    for (const query of [
      ...names.map((one) => [one]),
      ...names.flatMap((one) => names.flatMap((two) => (one === two ? [] : [[one, two]]))),
    ]) {
      const expected = new Map<string, Agreement[]>()
      for (const agreement of all) {
        const [first, second = ['']] = query.map((name) =>
          valuesOf[name]!(agreement).length ? valuesOf[name]!(agreement) : [null],
        )
        for (const key of new Set(first!.flatMap((one) => second.map((two) => JSON.stringify([one, two])))))
          expected.set(key, [...(expected.get(key) ?? []), agreement])
      }
      for (const key of emptyYears(query, [...expected.keys()])) expected.set(key, [])
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
      expect([total, truncated]).toEqual([18, false])
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

  test('by status on a day, with and without a filter by status on that day', async () => {
    expect(await told('groupBy=status&on=2012-12-01&signatory=US-DHS')).not.toEqual(
      await told('groupBy=status&signatory=US-DHS'),
    )
    for (const day of ['1990-01-01', '2005-01-01', '2012-12-01', '2020-01-01']) {
      const { items, total } = await count(`groupBy=status&on=${day}`)
      expect(total).toBe(18)
      for (const { keys, count: counted } of items) {
        const { body } = await register.api.get(`/v1/agreements?count=exact&status=${keys[0]}&on=${day}`).expect(200)
        expect(counted, `${day} ${keys[0]}`).toBe(body.total)
      }
    }
    expect(await told('groupBy=status&status=signed&on=2012-12-01')).toEqual(['signed 4'])
    const { body } = await register.api.get('/v1/statistics?groupBy=type&on=2012-12-01').expect(400)
    expect(body.errors).toMatchObject([{ parameter: 'on', code: 'needs_status' }])
  })

  test('in the order of the count or of the key, either way, and always the unknown key last among equals', async () => {
    const keys = async (sort: string) =>
      (await count(`groupBy=signedYear&sort=${sort}`)).items.map(({ keys: [key], count: counted }) => ({
        key: key ?? null,
        counted,
      }))
    const years = Array.from({ length: 20 }, (_, i) => String(2004 + i))
    expect((await keys('key')).map(({ key }) => key)).toEqual([...years, null])
    expect((await keys('-key')).map(({ key }) => key)).toEqual([...years.toReversed(), null])
    expect((await keys('-count')).map(({ counted }) => counted)).toEqual(
      (await keys('count')).map(({ counted }) => counted).toReversed(),
    )
    expect((await keys('count')).slice(0, 2)).toEqual([
      { key: '2006', counted: 0 },
      { key: '2013', counted: 0 },
    ])
    expect(await told('groupBy=signedYear&sort=-count')).toEqual(await told('groupBy=signedYear'))
  })

  test.each(['-count', 'count', 'key', '-key'])(
    'page after page, by %s, each group is there once and in the same order, also of words that are mended',
    async (sort) => {
      for (const query of ['groupBy=signedYear&groupBy=type', 'groupBy=pair', 'groupBy=signatory&q=homelnad']) {
        const whole = await count(`${query}&sort=${sort}`)
        expect(whole).toMatchObject({ truncated: false, nextCursor: null })
        const items: Statistics['items'] = []
        let next = `/v1/statistics?${query}&sort=${sort}&limit=4`
        for (let page = 0; next !== ''; page += 1) {
          const { body, headers } = await register.api.get(next).expect(200)
          expect(body).toMatchObject({ total: whole.total, didYouMean: whole.didYouMean })
          expect(body.truncated).toBe(body.nextCursor !== null)
          expect(headers['x-truncated']).toBe(String(body.truncated))
          items.push(...body.items)
          next = /^<(.+)>; rel="next"$/.exec(headers['link'] ?? '')?.[1] ?? ''
          expect(page).toBeLessThan(100)
        }
        expect(items).toEqual(whole.items)
        expect(items.length).toBeGreaterThan(4)
      }
    },
  )

  test('by another sort, filter or dimension does not take a cursor, nor one of another list', async () => {
    const { nextCursor } = await count('groupBy=signedYear&limit=2')
    for (const query of ['groupBy=signedYear&sort=key', 'groupBy=signedYear&party=US', 'groupBy=type']) {
      const { body } = await register.api.get(`/v1/statistics?${query}&cursor=${nextCursor}`).expect(400)
      expect(body.code).toBe('invalid_cursor')
    }
    const { body: list } = await register.api.get('/v1/agreements?limit=2').expect(200)
    await register.api.get(`/v1/statistics?groupBy=type&cursor=${list.nextCursor}`).expect(400)
  })

  test('as CSV, a page that is not the last says so in a header and in its last line', async () => {
    const ask = '/v1/statistics?groupBy=signedYear&groupBy=type&format=csv&sort=key'
    const { text, headers } = await register.api.get(`${ask}&limit=3`).expect(200)
    expect(headers).toMatchObject({ 'x-truncated': 'true', link: expect.stringContaining('rel="next"') })
    const rows: string[][] = parse(text)
    expect(rows).toHaveLength(5)
    const [, cursor] = /^Truncated: there are more groups\. Next page: cursor=(\S+)$/.exec(rows[4]![0]!)!
    expect(rows[4]!.slice(1).join('')).toBe('')
    const next = await register.api.get(`${ask}&cursor=${cursor}`).expect(200)
    expect(next.headers['x-truncated']).toBe('false')
    expect(next.headers['link']).toBeUndefined()
    const whole = await register.api.get(ask).expect(200)
    const lines: string[][] = parse(next.text)
    expect([...rows.slice(0, 4), ...lines.slice(1)]).toEqual(parse(whole.text))
    expect(whole.text).not.toContain('Truncated')
  })

  test('as CSV with a byte order mark, if asked for', async () => {
    const csv = async (bom: string) =>
      (await register.api.get(`/v1/statistics?groupBy=type&format=csv${bom}`).expect(200)).text
    expect(await csv('&bom=true')).toBe(`\uFEFF${await csv('')}`)
    expect(await csv('&bom=false')).toBe(await csv(''))
  })

  test('without a property, by too many, twice by the same or by an unknown one is refused', async () => {
    const twice = 'groupBy=type&groupBy=type'
    for (const query of ['', 'groupBy=type&groupBy=status&groupBy=party', 'groupBy=typ', twice]) {
      const { body } = await register.api.get(`/v1/statistics?${query}`).expect(400)
      expect(body.errors[0].parameter).toBe('groupBy')
    }
  })
})
