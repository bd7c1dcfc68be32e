import { beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../src/programs/sample.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

const between = (...codes: string[]): object[] => codes.map((signatory, i) => ({ side: i + 1, signatory }))

let sample: Register
beforeAll(async () => {
  sample = await freshRegister()
  await loadSample(sample.db, '2026-01-01')
})

describe('the timeline of all dates', () => {
  type Timed = { agreement: { reference: string }; date: string }
  const dates = async (query: string): Promise<string[]> =>
    (await sample.api.get(`/v1/dates?${query}&limit=200`).expect(200)).body.items.map(
      ({ agreement, date }: Timed) => `${agreement.reference.slice(-2)} ${date}`,
    )

  test('by event and period, bounds included', async () => {
    expect(await dates('event=entered_into_force&from=2007-02-16&to=2007-04-13')).toEqual([
      'AU 2007-02-16',
      'SG 2007-03-27',
      'SE 2007-04-13',
    ])
  })

  test('by party, with rivals and preferred dates distinguished', async () => {
    const later = ['KR 2022-05-05?', 'KR 2022-05-05?', 'KR 2023-03-21']
    expect(await dates('party=KR')).toEqual(['KR 2019-10-23', 'KR 2019-10-24', 'KR 2019-10-27', ...later])
    expect(await dates('party=KR&preferred=true')).toEqual(['KR 2019-10-23', ...later])
    expect(await dates('party=KR&preferred=false')).toEqual(['KR 2019-10-24', 'KR 2019-10-27'])
  })

  test('by any day that an imprecise date can mean', async () => {
    await sample.api
      .post('/v1/agreements')
      .send(anAgreement({ reference: 'IMPRECISE-XX', dates: [{ event: 'signed', date: '1987-05' }] }))
      .expect(201)
    expect(await dates('from=1987-05-31&to=1987-12-31')).toEqual(['XX 1987-05'])
    expect(await dates('from=1987-06-01&to=1987-12-31')).toEqual([])
  })

  test('by any day in the open direction of an interval', async () => {
    const [since, until] = ['1971-05-01/..', '../1971-05-01']
    for (const [reference, date] of Object.entries({ 'OPEN-SI': since, 'OPEN-UN': until })) {
      const signatories = between('FR', 'DE')
      const open = anAgreement({ reference, signatories, dates: [{ event: 'adopted', date }] })
      await sample.api.post('/v1/agreements').send(open).expect(201)
    }
    const adopted = (period: string) => dates(`event=adopted&${period}`)
    expect(await adopted('from=2090-01-01')).toEqual([`SI ${since}`])
    expect(await adopted('to=1900-01-01')).toEqual([`UN ${until}`])
    expect(await adopted('from=1971-05-01&to=1971-05-01')).toEqual([`SI ${since}`, `UN ${until}`])
    expect(await adopted('from=1971-05-02&to=1971-05-02')).toEqual([`SI ${since}`])
  })

  test('by signing body, pair and domain, each with its descendants', async () => {
    expect(await dates('signatory=KR-MSIT')).toEqual(await dates('party=KR'))
    expect(await dates('signatory=US-DHS&from=2019-01-01')).toEqual(await dates('party=KR'))
    expect(await dates('pair=NL,US')).toEqual(['NL 2012-11-29', 'NL 2016-04-01'])
    expect(await dates('pair=NL,KR')).toEqual([])
    expect(await dates('researchDomain=theme:disaster-resilience&preferred=true')).toEqual(['KR 2019-10-23'])
    expect(await dates('researchDomain=theme:disaster-resilience&event=entered_into_force')).toEqual([])
    expect(await dates('pair=US,AU&event=signed&event=entered_into_force&to=2006-01-01')).toEqual(['AU 2005-12-21'])
    await sample.api.get('/v1/dates?pair=US').expect(400)
    const { body } = await sample.api.get('/v1/dates?researchDomain=theme:floding').expect(400)
    expect(body.errors).toMatchObject([{ parameter: 'researchDomain', didYouMean: 'theme:flooding' }])
  })

  test('any period finds what a filter of all dates finds, page by page', async () => {
    const days = ['1900-01-01', '1987-05-01', '1987-05-31', '1987-06-01', '2007-03-27']
    const precise = ['1950', '1987-05-01', '../1987-05', '2007/..', '1971-04-30/1987-05-31', '9999', '1987-05-31/..']
    const many = precise.map((date) => ({ event: 'accepted', date }))
    for (const [i, date] of many.entries()) {
      const body = anAgreement({ reference: `PERIOD-${i}`, signatories: between('FR', 'DE'), dates: [date] })
      await sample.api.post('/v1/agreements').send(body).expect(201)
    }
    type Found = { id: string; firstDay: string | null; lastDay: string | null }
    const read = async (query: string): Promise<Found[]> => {
      const found: Found[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const { body }: { body: { items: Found[]; nextCursor: string | null } } = await sample.api
          .get(`/v1/dates?${query}${cursor && `&cursor=${cursor}`}`)
          .expect(200)
        found.push(...body.items)
        cursor = body.nextCursor
      }
      return found
    }
    for (const sort of ['date', '-date']) {
      const all = await read(`sort=${sort}&limit=200`)
      for (const from of [undefined, ...days]) {
        for (const to of [undefined, ...days.filter((day) => from === undefined || day >= from)]) {
          const isIn = ({ firstDay, lastDay }: Found): boolean =>
            (firstDay !== null || lastDay !== null || (!from && !to)) &&
            (lastDay === null || !from || lastDay >= from) &&
            (firstDay === null || !to || firstDay <= to)
          const query = new URLSearchParams({ sort, limit: '20', ...(from && { from }), ...(to && { to }) }).toString()
          expect(await read(query), query).toEqual(all.filter(isIn))
        }
      }
    }
  })

  test('newest first, with unknown days last in both directions', async () => {
    const unknown = { reference: 'UNKNOWN-ZZ', dates: [{ event: 'signed', date: '9999-12-31' }] }
    await sample.api.post('/v1/agreements').send(anAgreement(unknown)).expect(201)
    const [earliest, latest] = [await dates('party=US&sort=date'), await dates('party=US&sort=-date')]
    expect([earliest.at(-1), latest.at(-1)]).toEqual(['ZZ 9999-12-31', 'ZZ 9999-12-31'])
    expect(latest.slice(0, -1)).toEqual(earliest.slice(0, -1).toReversed())
    expect(await dates('party=US')).toEqual(earliest)
    expect(latest[0]).toBe('KR 2023-03-21')
  })

  test.each(['date', '-date'])(
    'in pages sorted by %s, with each unchanged date once while others are written',
    async (sort) => {
      const before = await dates(`sort=${sort}`)
      const found: string[] = []
      let writes = 0
      for (let cursor: string | null = ''; cursor !== null; writes += 1) {
        const address: string = `/v1/dates?sort=${sort}&limit=4${cursor && `&cursor=${cursor}`}`
        const { body }: { body: { items: Timed[]; nextCursor: string | null } } = await sample.api
          .get(address)
          .expect(200)
        found.push(...body.items.map((one) => `${one.agreement.reference.slice(-2)} ${one.date}`))
        cursor = body.nextCursor
        const day = `20${String(25 - writes * 2).padStart(2, '0')}-05-01`
        const other = anAgreement({ reference: `${sort.length}-${writes}-WW`, dates: [{ event: 'signed', date: day }] })
        const written = await sample.api.post('/v1/agreements').send(other).expect(201)
        if (writes % 2 === 0)
          await sample.api.delete(`/v1/agreements/${written.body.id}`).set('if-match', '*').expect(204)
      }
      expect(writes).toBeGreaterThan(5)
      expect(found.filter((text) => !text.startsWith('WW '))).toEqual(before.filter((text) => !text.startsWith('WW ')))
    },
  )
})

test('a search finds words with and without accents, and by their stems', async () => {
  const found = async (q: string) =>
    (await sample.api.get(`/v1/agreements?q=${encodeURIComponent(q)}`).expect(200)).body.items.map(
      ({ reference }: { reference: string }) => reference.slice(-2),
    )
  expect(await found('Corée')).toEqual(['KR', 'KR', 'KR', 'KR'])
  expect(await found('flood earthquake')).toEqual(['KR'])
  expect(await found('"Mun Mi-ock"')).toEqual(['KR'])
  expect(await found('mourino')).toEqual(['MX'])
  expect(await found('sécurité intérieure')).toEqual(['FR'])
})
