import { beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../src/programs/sample.ts'
import { addInBulk, numberedId } from './support/bulk.ts'
import { anAgreement, freshRegister, leastMapping, type Register } from './support/register.ts'

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

describe('a list', () => {
  test.each(['-signed', 'signed', 'title', '-title', '-updated', 'updated'])(
    'sorted by %s contains each agreement once in its pages, also while others are added',
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

  test('by day of signature: newest first, agreements without a day last', async () => {
    const signed = (await pages('/v1/agreements')).map(
      (item) => (item as unknown as { dates: { firstDay: string }[] }).dates[0]?.firstDay ?? '',
    )
    expect(signed).toEqual(signed.toSorted().toReversed())
    const ascending = (await pages('/v1/agreements?sort=signed')).map(
      (item) => (item as unknown as { dates: { firstDay: string }[] }).dates[0]?.firstDay ?? '~',
    )
    expect(ascending).toEqual(ascending.toSorted())
  })

  test('of a party, of a pair and of all agreements has the same order', async () => {
    const all = await pages('/v1/agreements')
    expect(await pages('/v1/agreements?party=US')).toEqual(all)
    expect(await pages('/v1/agreements?party=JP&party=KR')).toEqual(all)
    expect(await pages('/v1/agreements?pair=jp,us')).toEqual(all)
    expect(await pages('/v1/agreements?pair=KR,US')).toEqual([])
    expect((await read('/v1/agreements?party=JP&count=exact&limit=1')).total).toBe(all.length)
  })

  test('has a link to its next page', async () => {
    const { headers, body } = await register.api.get('/v1/agreements?limit=2').expect(200)
    const next = /^<(.+)>; rel="next"$/.exec(headers['link']!)![1]!
    expect((await read(next)).items).toHaveLength(2)
    expect(next).toContain(encodeURIComponent(body.nextCursor))
  })

  test('keeps a question mark in a value in that link', async () => {
    const { headers } = await register.api.get('/v1/agreements?q=floods?&limit=1').expect(200)
    const [, next] = /^<(.+)>; rel="next"$/.exec(headers['link']!)!
    expect((await register.api.get(next!).expect(200)).body.items).toHaveLength(1)
  })

  test('refuses a cursor of other filters or another sort, and one with any byte changed', async () => {
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

  test('of a registry has pages too', async () => {
    const { body } = await register.api.get('/v1/signatories?limit=200').expect(200)
    expect((await pages('/v1/signatories', 150)).length).toBeGreaterThan(390)
    expect(body.items).toHaveLength(200)
    expect((await pages('/v1/research-domains?scheme=ford', 9)).length).toBe(48)
  })
})

describe('`count=exact`', () => {
  let sample: Register
  let paths: Record<string, { get?: Operation }>
  let id: string
  let imported: string
  let webhook: string

  interface Operation {
    parameters?: { name: string }[]
    responses: Record<string, { content?: Record<string, { schema?: { $ref?: string } }> }>
  }

  beforeAll(async () => {
    sample = await freshRegister()
    await loadSample(sample.db, sample.today())
    const term = { length: 'P12M', atEnd: 'renews', renewal: { notice: 'P3M' } }
    const dates = [{ event: 'entered_into_force', date: '2020-03-01' }]
    const { body } = await sample.api.post('/v1/agreements').send(anAgreement({ term, dates })).expect(201)
    id = body.id
    for (const title of ['First', 'Last']) {
      const { body } = await sample.api
        .post('/v1/imports')
        .query({ mapping: JSON.stringify(leastMapping), atomic: 'false' })
        .set('content-type', 'text/csv')
        .send(['title,party', `${title},France`, `${title} again,Japan`].join('\n'))
        .expect(201)
      imported = body.id
    }
    for (const url of ['https://example.org/a', 'https://example.org/b']) {
      const { body } = await sample.api.post('/v1/webhooks').send({ url, enabled: false }).expect(201)
      webhook = body.id
      for (let ping = 0; ping < 3; ping += 1) await sample.api.post(`/v1/webhooks/${webhook}/ping`).expect(201)
    }
    for (const title of ['One deleted', 'Another deleted', 'The last deleted']) {
      const { body } = await sample.api.post('/v1/agreements').send(anAgreement({ title })).expect(201)
      await sample.api.delete(`/v1/agreements/${body.id}`).set('if-match', '*').expect(204)
    }
    for (const title of ['Second', 'Third'])
      await sample.api
        .patch(`/v1/agreements/${id}`)
        .set('if-match', '*')
        .set('content-type', 'application/merge-patch+json')
        .send({ title })
        .expect(200)
    paths = (await sample.api.get('/openapi.json').expect(200)).body.paths
  })

  /** The lists of the document: what has pages. */
  const lists = () =>
    Object.entries(paths).flatMap(([path, { get }]) =>
      get?.parameters?.some(({ name }) => name === 'cursor')
        ? [{ path, names: get.parameters.map((p) => p.name) }]
        : [],
    )

  const found: [path: string, query: string][] = [
    ['/v1/agreements', 'party=US'],
    ['/v1/agreements', 'q=homeland'],
    ['/v1/agreements/{id}/versions', ''],
    ['/v1/deleted-agreements', ''],
    ['/v1/signatories', 'q=korea'],
    ['/v1/signatories', 'parent=US'],
    ['/v1/research-domains', 'scheme=ford'],
    ['/v1/collections', ''],
    ['/v1/mappings', ''],
    ['/v1/dates', 'event=signed&party=KR'],
    ['/v1/dates', ''],
    ['/v1/deadlines', 'from=2025-01-01&to=2030-01-01'],
    ['/v1/deadlines', 'from=2025-01-01&to=2030-01-01&kind=notice&party=US'],
    ['/v1/deadlines.json', 'from=2025-01-01&to=2030-01-01'],
    ['/v1/webhooks', ''],
    ['/v1/webhooks/{id}/deliveries', 'status=pending'],
    ['/v1/keys', 'state=live'],
    ['/v1/imports', ''],
    ['/v1/imports/{id}/rows', ''],
    ['/v1/imports/{id}/rows.json', ''],
  ]

  test('is a parameter of every list but statistics, which always tell the total', () => {
    const counted = lists().filter(({ path }) => !path.startsWith('/v1/statistics'))
    expect(counted.filter(({ names }) => !names.includes('count'))).toEqual([])
    expect(new Set(found.map(([path]) => path))).toEqual(new Set(counted.map(({ path }) => path)))
  })

  test.each(found)('%s?%s tells how many items there are on all pages, on each page', async (path, query) => {
    const owner = path.startsWith('/v1/imports') ? imported : path.startsWith('/v1/webhooks') ? webhook : id
    const first = `${path.replace('{id}', owner)}?${query}&limit=2`
    let items = 0
    const totals = new Set<number>()
    for (let next = `${first}&count=exact`; next !== '';) {
      const { body, headers } = await sample.api.get(next).expect(200)
      items += body.items.length
      totals.add(body.total)
      next = /^<(.+)>; rel="next"$/.exec(headers['link'] ?? '')?.[1] ?? ''
    }
    expect(items).toBeGreaterThan(1)
    expect(totals).toEqual(new Set([items]))
    expect((await sample.api.get(first).expect(200)).body).not.toHaveProperty('total')
  })

  test('of a calendar is refused, which has no pages', async () => {
    const { body } = await sample.api.get('/v1/deadlines?format=ics&count=exact').expect(400)
    expect(body.errors).toMatchObject([{ parameter: 'count', code: 'not_for_calendar' }])
  })
})
