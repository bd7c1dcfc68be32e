import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { readSheet } from 'read-excel-file/node'
import { beforeAll, describe, expect, test } from 'vitest'
import { chartOf } from '../src/statistics/chart/data.ts'
import { assertFits } from '../src/export/workbook/workbook.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
let id: string
beforeAll(async () => {
  register = await freshRegister()
  const { body } = await register.api
    .post('/v1/agreements')
    .send(
      anAgreement({
        reference: '007',
        title: '=1+1',
        dates: [
          { event: 'signed', date: '2019-03-05', source: 'list' },
          { event: 'entered_into_force', date: '2019-06' },
          { event: 'negotiation_started', date: '1850-01-01' },
        ],
        sources: [{ key: 'list', title: 'A list', quote: `<\u0001&"> ${'q'.repeat(4000)}` }],
        summary: 's'.repeat(20_000),
      }),
    )
    .expect(201)
  id = body.id
  await register.api
    .post('/v1/agreements')
    .send(anAgreement({ dates: [] }))
    .expect(201)
})

const bytesOf = async (path: string) => {
  const { body } = await register.api
    .get(path)
    .buffer(true)
    .parse((answer, done) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => done(null, Buffer.concat(chunks)))
    })
    .expect(200)
  return body as Buffer
}

describe('a workbook', () => {
  test('has agreements, dates, signatories and sources: days as days, texts as texts', async () => {
    const file = await bytesOf('/v1/agreements/export.xlsx')
    const table = async (sheet: string) => {
      const [head = [], ...rows] = await readSheet(file, sheet)
      return rows.map((row) => Object.fromEntries(row.map((cell, i) => [String(head[i]), cell])))
    }
    const [first, second] = await table('agreements')
    expect(first).toMatchObject({
      reference: '007',
      title: '=1+1',
      signed: new Date('2019-03-05T00:00:00Z'),
      inForceFrom: '2019-06',
      inForceFromFirstDay: new Date('2019-06-01T00:00:00Z'),
    })
    expect(second).toMatchObject({ reference: null, signed: null })
    expect(await table('dates')).toMatchObject([
      { reference: '007', event: 'negotiation_started', date: '1850-01-01', firstDay: '1850-01-01' },
      { reference: '007', event: 'signed', date: new Date('2019-03-05T00:00:00Z'), source: 'list', occurrence: 1 },
      { reference: '007', event: 'entered_into_force', date: '2019-06' },
    ])
    expect((await table('signatories')).map(({ signatory }) => signatory)).toEqual(['US', 'JP', 'US', 'JP'])
    expect(await table('sources')).toMatchObject([
      { agreementId: id, key: 'list', quote: expect.stringMatching(/^<&"> q{4000}$/) as unknown },
    ])
  })

  test('of a filter that matches nothing has only the names of columns', async () => {
    expect(await readSheet(await bytesOf('/v1/agreements/export.xlsx?party=NO'), 'agreements')).toHaveLength(1)
  })

  test('has at most 10,000 agreements; the error names the format without a limit', () => {
    expect(() => assertFits(10_000)).not.toThrow()
    expect(() => assertFits(10_001)).toThrow(/at most 10000 agreements .* `format=csv`/)
  })

  test('frees its place: the next export of the same caller is not refused', async () => {
    await bytesOf('/v1/agreements/export.xlsx')
    await bytesOf('/v1/agreements/export.xlsx')
  })
})

describe('an export', () => {
  test.each(['csv', 'ndjson', 'json'])('as %s is compressed when that is asked for', async (ending) => {
    const plain = await register.app.inject({
      url: `/v1/agreements/export.${ending}`,
      headers: { 'accept-encoding': 'identity' },
    })
    const small = await register.app.inject({
      url: `/v1/agreements/export.${ending}`,
      headers: { 'accept-encoding': 'gzip' },
    })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(small.headers).toMatchObject({ 'content-encoding': 'gzip', 'x-total-count': '2' })
    expect(String(small.headers['vary'])).toContain('accept-encoding')
    expect(gunzipSync(small.rawPayload).toString()).toBe(plain.payload)
  })
})

describe('a chart', () => {
  const statistics = {
    groupBy: ['signedYear'] as const,
    overlapping: false,
    truncated: false,
    didYouMean: null,
    cite: null,
    total: 7,
    items: [
      ['2019', 4],
      ['2020', 0],
      [null, 3],
    ].map(([key, count]) => ({
      keys: [key as string | null],
      labels: [key as string | null],
      count: count as number,
      inForce: 0,
      firstSigned: null,
      lastSigned: null,
    })),
  }

  test('is an SVG of its own that says what it shows', async () => {
    const svg = (await bytesOf('/v1/statistics.svg?groupBy=signedYear&groupBy=type')).toString()
    expect(svg).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/,
    )
    expect(svg).toContain('>Agreements by year of signature and type</text>')
    expect(svg).toContain('2 agreements. 1 without a known year of signature not shown.')
    expect(svg).not.toContain('<script')
  })

  test('of a selection without agreements is drawn too', async () => {
    expect((await bytesOf('/v1/statistics.svg?groupBy=pair&party=NO')).toString()).toContain('0 agreements.')
  })

  test('of years has every year, and tells how many agreements have none', () => {
    expect(chartOf({ ...statistics, groupBy: [...statistics.groupBy] })).toMatchObject({
      years: 1,
      values: [
        { x: 2019, count: 4 },
        { x: 2020, count: 0 },
      ],
      notes: ['7 agreements.', '3 without a known year of signature not shown.'],
    })
  })

  test('of many groups shows the 30 largest and, of the second dimension, eight and the others together', () => {
    const items = Array.from({ length: 40 * 12 }, (_, i) => ({
      keys: [`party-${i % 40}`, `type_${Math.floor(i / 40)}`],
      labels: [`Party ${i % 40}`, `type_${Math.floor(i / 40)}`],
      count: 1 + (i % 40),
      inForce: 0,
      firstSigned: null,
      lastSigned: null,
    }))
    const chart = chartOf({ ...statistics, groupBy: ['party', 'type'], items })
    expect(chart.bars).toHaveLength(30)
    expect(chart.bars[0]).toBe('Party 39')
    expect(chart.groups).toHaveLength(9)
    expect(chart.groups.at(-1)).toBe('All others')
    expect(new Set(chart.values.map(({ group }) => group))).toEqual(new Set(chart.groups))
    expect(chart.notes).toContain('The 30 largest of 40.')
  })

  test('has a bar and a colour for each of several bodies with the same name, or with names that begin alike', () => {
    const long = 'Food and Agriculture Organization of the United Nations'
    const bodies = [
      ['JP-MOFA', 'Ministry of Foreign Affairs', 3],
      ['KR-MOFA', 'Ministry of Foreign Affairs', 2],
      ['FAO,FR', `${long} – France`, 5],
      ['FAO,US', `${long} – United States`, 4],
      ['NO', 'Norway', 1],
    ] as const
    const items = bodies.map(([key, label, count]) => ({
      keys: [key, 'treaty'],
      labels: [label, 'treaty'],
      count,
      inForce: 0,
      firstSigned: null,
      lastSigned: null,
    }))
    const names = [
      'Food and Agriculture Organizatio… (FAO,FR)',
      'Food and Agriculture Organizatio… (FAO,US)',
      'Ministry of Foreign Affairs (JP-MOFA)',
      'Ministry of Foreign Affairs (KR-MOFA)',
      'Norway',
    ]
    const chart = chartOf({ ...statistics, groupBy: ['signatory', 'type'], items })
    expect(chart.bars).toEqual(names)
    expect(chart.values.map(({ count }) => count)).toEqual([3, 2, 5, 4, 1])
    const swapped = items.map(({ keys, labels, ...rest }) => ({
      ...rest,
      keys: keys.toReversed(),
      labels: labels.toReversed(),
    }))
    expect(chartOf({ ...statistics, groupBy: ['type', 'signatory'], items: swapped }).groups).toEqual(names)
  })
})

test('the network counts agreements and those in force, as JSON and as GEXF', async () => {
  const { body } = await register.api.get('/v1/network?on=2019-07-01').expect(200)
  const counts = { agreements: 2, inForce: 1 }
  expect(body).toEqual({
    nodes: [
      { code: 'JP', name: 'Japan', kind: 'state', ...counts },
      { code: 'US', name: 'United States', kind: 'state', ...counts },
    ],
    edges: [{ source: expect.stringMatching(/US|JP/), target: expect.stringMatching(/US|JP/), ...counts }],
  })
  const gexf = (await bytesOf('/v1/network.gexf?on=2019-07-01')).toString()
  expect(gexf).toContain('<node id="JP" label="Japan">')
  expect(gexf).toMatch(
    /weight="2"><attvalues><attvalue for="agreements" value="2"\/><attvalue for="inForce" value="1"\/>/,
  )
})

describe('an agreement in another format', () => {
  const formats = {
    csl: 'application/vnd.citationstyles.csl+json',
    ris: 'application/x-research-info-systems',
    bibtex: 'application/x-bibtex',
    jsonld: 'application/ld+json',
  }

  test('has an entity tag of its own, and varies by `Accept`', async () => {
    const tags = new Set<unknown>()
    const ask = (headers: object) =>
      register.api.get(`/v1/agreements/${id}`).set({ host: 'register.example', ...headers })
    for (const accept of ['application/json', ...Object.values(formats)]) {
      const { headers } = await ask({ accept }).expect(200)
      expect(headers['content-type']).toContain(accept)
      expect(headers['vary']).toContain('accept')
      tags.add(headers['etag'])
      await ask({ accept, 'if-none-match': headers['etag'] }).expect(304)
    }
    expect(tags.size).toBe(5)
  })

  test('is saved under its reference when it is a file', async () => {
    const { headers } = await register.api.get('/v1/agreements/007/citation.bibtex').expect(200)
    expect(headers['content-disposition']).toBe('attachment; filename="007.bib"')
  })

  test('can be as on a day, and as known at an instant', async () => {
    const text = async (query: string) => (await bytesOf(`/v1/agreements/${id}?format=bibtex${query}`)).toString()
    expect(await text('&on=2019-04-01')).toContain('Status: signed')
    expect(await text('')).toContain('Status: in force')
    await register.api.get(`/v1/agreements/${id}?format=bibtex&asOf=2001-01-01T00:00:00Z`).expect(404)
  })

  test('uses only terms that the page of the vocabulary describes', async () => {
    const { text } = await register.api.get(`/v1/agreements/${id}?format=jsonld`).expect(200)
    const page = (await register.api.get('/vocabulary').expect(200)).text
    const terms = new Set([...text.matchAll(/"entente:(\w+)"/g)].map(([, term]) => term!))
    expect(terms.size).toBeGreaterThan(8)
    for (const term of terms) expect(page, term).toContain(`id="${term}"`)
    const described = readFileSync(new URL('../docs/vocabulary.md', import.meta.url), 'utf8').match(/^## .*$/gm)!
    expect(described.length).toBeGreaterThanOrEqual(terms.size)
  })
})
