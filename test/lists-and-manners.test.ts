import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { connect } from '../src/database/connect.ts'
import { loadSample } from '../src/programs/sample.ts'
import { addInBulk, numberedId } from './support/bulk.ts'
import { authHeader } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
const many = 60
beforeAll(async () => {
  register = await freshRegister()
  await addInBulk(
    register.db,
    Array.from({ length: many }, (_, i) => ({
      id: numberedId(i),
      body: anAgreement({
        title: `${['Ärger', 'floods', 'Zoo', 'apples'][i % 4]} ${i % 7}`,
        dates:
          i % 5 === 0
            ? []
            : [{ event: 'signed', date: i % 3 === 0 ? `20${10 + (i % 9)}` : `20${10 + (i % 9)}-03-0${1 + (i % 8)}` }],
      }),
    })),
    '2026-01-01',
  )
})

const read = async (address: string, status = 200) => (await register.api.get(address).expect(status)).body

async function pages(address: string, limit = 7): Promise<{ id: string }[]> {
  const items: { id: string }[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { items: { id: string }[]; nextCursor: string | null } = await read(
      `${address}${address.includes('?') ? '&' : '?'}limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    )
    items.push(...page.items)
    cursor = page.nextCursor
  }
  return items
}

describe('a list, page by page', () => {
  test.each(['-signed', 'signed', 'title', '-title', '-updated', 'updated'])(
    'sorted by %s holds each agreement once, also while others are added',
    async (sort) => {
      const adding = addInBulk(
        register.db,
        [{ id: crypto.randomUUID(), body: anAgreement({ title: 'Late' }) }],
        '2026-01-01',
      )
      const ids = (await pages(`/v1/agreements?sort=${sort}`)).map(({ id }) => id)
      await adding
      const first = ids.filter((id) => id.startsWith('0190a000'))
      expect(first).toHaveLength(many)
      expect(new Set(ids).size).toBe(ids.length)
    },
  )

  test('by day of signature: the latest first, what has no day last', async () => {
    const signed = (await pages('/v1/agreements')).map(
      (item) => (item as unknown as { dates: { firstDay: string }[] }).dates[0]?.firstDay ?? '',
    )
    expect(signed).toEqual(signed.toSorted().toReversed())
    const ascending = (await pages('/v1/agreements?sort=signed')).map(
      (item) => (item as unknown as { dates: { firstDay: string }[] }).dates[0]?.firstDay ?? '~',
    )
    expect(ascending).toEqual(ascending.toSorted())
  })

  test('of one party, of a pair and of all are the same here', async () => {
    const all = await pages('/v1/agreements')
    expect(await pages('/v1/agreements?party=US')).toEqual(all)
    expect(await pages('/v1/agreements?party=JP&party=KR')).toEqual(all)
    expect(await pages('/v1/agreements?pair=jp,us')).toEqual(all)
    expect(await pages('/v1/agreements?pair=KR,US')).toEqual([])
    expect((await read('/v1/agreements?party=JP&count=exact&limit=1')).total).toBe(all.length)
  })

  test('links to its next page', async () => {
    const { headers, body } = await register.api.get('/v1/agreements?limit=2').expect(200)
    const next = /^<(.+)>; rel="next"$/.exec(headers['link']!)![1]!
    expect((await read(next)).items).toHaveLength(2)
    expect(next).toContain(encodeURIComponent(body.nextCursor))
  })

  test('refuses a cursor of other filters or another sort, and one with any byte altered', async () => {
    const { nextCursor } = await read('/v1/agreements?limit=2&party=US')
    const refuse = async (query: string) => {
      const body = await read(`/v1/agreements?${query}`, 400)
      expect(body).toMatchObject({ code: 'invalid_cursor', errors: [{ parameter: 'cursor' }] })
    }
    await refuse(`limit=2&cursor=${nextCursor}`)
    await refuse(`limit=2&party=US&sort=title&cursor=${nextCursor}`)
    for (let at = 0; at < nextCursor.length; at += 1) {
      const other = nextCursor[at] === 'A' ? 'B' : 'A'
      await refuse(`party=US&cursor=${nextCursor.slice(0, at)}${other}${nextCursor.slice(at + 1)}`)
    }
    await read(`/v1/agreements?limit=5&party=US&cursor=${nextCursor}`)
  })

  test.each([
    'limit=0',
    'limit=201',
    'limit=0x10',
    'limit=1e1',
    'limit=-1',
    'limit=',
    'limit=1&limit=2',
    'count=all',
    'pair=US',
  ])('refuses %s', async (query) => {
    expect((await read(`/v1/agreements?${query}`, 400)).code).toBe('invalid_request')
  })

  test('registries are listed page by page too', async () => {
    const { body } = await register.api.get('/v1/signatories?limit=200').expect(200)
    expect((await pages('/v1/signatories', 150)).length).toBeGreaterThan(390)
    expect(body.items).toHaveLength(200)
    expect((await pages('/v1/research-domains?scheme=ford', 9)).length).toBe(48)
  })
})

describe('the timeline of all dates', () => {
  let sample: Register
  beforeAll(async () => {
    sample = await freshRegister()
    await loadSample(sample.db, '2026-01-01')
  })
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

  test('by party, rivals told apart from what is preferred', async () => {
    expect(await dates('party=KR')).toEqual(['KR 2019-10-23', 'KR 2019-10-24', 'KR 2019-10-27'])
    expect(await dates('party=KR&preferred=true')).toEqual(['KR 2019-10-23'])
    expect(await dates('party=KR&preferred=false')).toEqual(['KR 2019-10-24', 'KR 2019-10-27'])
  })

  test('an imprecise date is found by any day that it can mean', async () => {
    await sample.api
      .post('/v1/agreements')
      .send(anAgreement({ reference: 'IMPRECISE-XX', dates: [{ event: 'signed', date: '1987-05' }] }))
      .expect(201)
    expect(await dates('from=1987-05-31&to=1987-12-31')).toEqual(['XX 1987-05'])
    expect(await dates('from=1987-06-01&to=1987-12-31')).toEqual([])
  })

  test('a date that is open at one end can be as far off as that goes', async () => {
    const [since, until] = ['1971-05-01/..', '../1971-05-01']
    for (const [reference, date] of Object.entries({ 'OPEN-SI': since, 'OPEN-UN': until })) {
      const signatories = ['FR', 'DE'].map((signatory, i) => ({ side: i + 1, signatory }))
      const open = anAgreement({ reference, signatories, dates: [{ event: 'adopted', date }] })
      await sample.api.post('/v1/agreements').send(open).expect(201)
    }
    const adopted = (period: string) => dates(`event=adopted&${period}`)
    expect(await adopted('from=2090-01-01')).toEqual([`SI ${since}`])
    expect(await adopted('to=1900-01-01')).toEqual([`UN ${until}`])
    expect(await adopted('from=1971-05-01&to=1971-05-01')).toEqual([`SI ${since}`, `UN ${until}`])
    expect(await adopted('from=1971-05-02&to=1971-05-02')).toEqual([`SI ${since}`])
  })

  test('the Link to the next page keeps a question mark that is part of a value', async () => {
    const { headers } = await sample.api.get('/v1/agreements?q=security?&limit=1').expect(200)
    const [, next] = /^<(.+)>; rel="next"$/.exec(headers['link']!)!
    expect((await sample.api.get(next!).expect(200)).body.items).toHaveLength(1)
  })

  test('by signing body, pair and domain, each with what stands under it', async () => {
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

  test('the latest first, unknown days last in either direction', async () => {
    const unknown = { reference: 'UNKNOWN-ZZ', dates: [{ event: 'signed', date: '9999-12-31' }] }
    await sample.api.post('/v1/agreements').send(anAgreement(unknown)).expect(201)
    const [earliest, latest] = [await dates('party=US&sort=date'), await dates('party=US&sort=-date')]
    expect([earliest.at(-1), latest.at(-1)]).toEqual(['ZZ 9999-12-31', 'ZZ 9999-12-31'])
    expect(latest.slice(0, -1)).toEqual(earliest.slice(0, -1).toReversed())
    expect(await dates('party=US')).toEqual(earliest)
    expect(latest[0]).toBe('KR 2019-10-27')
  })

  test.each(['date', '-date'])('page by page by %s, each that stays once, while others are written', async (sort) => {
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
  })

  test('finds words with and without accents, and by their stems', async () => {
    const found = async (q: string) =>
      (await sample.api.get(`/v1/agreements?q=${encodeURIComponent(q)}`).expect(200)).body.items.map(
        ({ reference }: { reference: string }) => reference.slice(-2),
      )
    expect(await found('Corée')).toEqual(['KR'])
    expect(await found('flood earthquake')).toEqual(['KR'])
    expect(await found('"Mun Mi-ock"')).toEqual(['KR'])
    expect(await found('mourino')).toEqual(['MX'])
    expect(await found('sécurité intérieure')).toEqual(['FR'])
  })
})

describe('what is not a request of the API', () => {
  test.each<[string, string, object | string, Record<string, string>, number, string]>([
    ['POST', '/v1/agreements', '{', { 'content-type': 'application/json' }, 400, 'invalid_json'],
    ['POST', '/v1/agreements', '', { 'content-type': 'application/json' }, 400, 'invalid_json'],
    [
      'POST',
      '/v1/agreements',
      'a=b',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
    ],
    [
      'POST',
      '/v1/agreements',
      `{"title":"${'x'.repeat(2_200_000)}"}`,
      { 'content-type': 'application/json' },
      413,
      'content_too_large',
    ],
    ['GET', '/v1/nothing', '', {}, 404, 'not_found'],
    ['GET', `/v1/agreements/${'x'.repeat(300)}`, '', {}, 414, 'uri_too_long'],
    ['DELETE', '/v1/agreements', '', {}, 405, 'method_not_allowed'],
    ['PATCH', '/v1/dates', '', {}, 405, 'method_not_allowed'],
  ])('%s %s is a problem', async (method, url, payload, headers, status, code) => {
    const answer = await register.app.inject({
      method: method as 'GET',
      url,
      payload,
      headers: { ...authHeader('admin'), ...headers },
    })
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(Object.keys(answer.json())).toEqual(
      expect.arrayContaining(['type', 'title', 'status', 'detail', 'code', 'requestId']),
    )
    if (status === 405) expect(answer.headers['allow']).toContain('GET')
  })

  test('a database that is away is 503, to be tried again, and says nothing of where it was', async () => {
    const db = connect({ url: 'postgres://someone:canary-secret@127.0.0.1:1/nothing' })
    const app = await buildApp({ db, today: register.today })
    for (const url of ['/readyz', '/v1/agreements', `/v1/agreements/${numberedId(1)}`, '/v1/signatories']) {
      const answer = await app.inject({ url })
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '2'])
      expect(answer.payload).not.toContain('canary')
    }
    expect((await app.inject({ url: '/livez' })).statusCode).toBe(200)
    await app.close()
    await db.close()
  })

  test('the page of problems has a place for each `type`', async () => {
    const { type } = await read('/v1/nothing', 404)
    const [page, place] = type.split('#')
    expect((await register.api.get(page).expect(200)).text).toContain(`id="${place}"`)
  })
})
