import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../src/programs/sample.ts'
import { freshRegister, type Register } from './support/register.ts'

interface Operation {
  operationId: string
  parameters?: { name: string }[]
  responses: Record<string, { content?: object }>
}

const { paths } = JSON.parse(readFileSync(new URL('../openapi/openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>
}
const typesAt = (path: string): string[] => Object.keys(paths[path]?.['get']?.responses['200']?.content ?? {})
const namesAt = (path: string): string[] => (paths[path]!['get']!.parameters ?? []).map(({ name }) => name)

const agreement = '/v1/agreements/{id}'

/** The ending of the address of each format. */
const endings: Record<string, string> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'text/csv': 'csv',
  'text/calendar': 'ics',
  'image/svg+xml': 'svg',
  'application/gexf+xml': 'gexf',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.citationstyles.csl+json': 'csl',
  'application/x-research-info-systems': 'ris',
  'application/x-bibtex': 'bibtex',
  'application/ld+json': 'jsonld',
}

const queries: Record<string, string> = {
  '/v1/statistics': 'groupBy=type',
  '/v1/deadlines': 'from=2026-01-01&to=2030-01-01',
}

/** Every operation that responds in several formats. */
const negotiated = Object.keys(paths).filter((path) => typesAt(path).length > 1)
/** They are made in worker threads, which takes a while; they have tests of their own. */
const slow = ['svg', 'xlsx']
const each = negotiated.flatMap((path) =>
  typesAt(path)
    .map((type) => ({ path, type, ending: endings[type]! }))
    .filter(({ ending }) => !slow.includes(ending) && !(path === agreement && ending === 'json'))
    .map((one) => ({ ...one, own: `${path === agreement ? `${path}/citation` : path}.${one.ending}` })),
)

let register: Register
let imported: string
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, register.today())
  const mapping = { title: { column: 't' }, type: { constant: 'treaty' }, parties: ['a', 'b'].map(partyIn) }
  const { body } = await register.api
    .post('/v1/imports')
    .query({ mapping: JSON.stringify(mapping), collection: 'sample' })
    .set('content-type', 'text/csv')
    .send('t,a,b\nTreaty of Ice,France,Japan\nTreaty of Snow,France,Norway\n')
    .expect(201)
  imported = body.id
})
const partyIn = (column: string, i: number) => ({ column, side: i + 1 })

const addressOf = (path: string, more = '') => {
  const query = [queries[path.replace(/\.\w+$/, '')], more].filter(Boolean).join('&')
  return `${path.replace('{id}', path.startsWith(agreement) ? 'DHS-ST-2019-KR' : imported)}${query && `?${query}`}`
}
const ask = (path: string, accept?: string, more?: string) => {
  const sent = register.api.get(addressOf(path, more)).set('host', 'example.org').buffer(true)
  return accept === undefined ? sent : sent.set('accept', accept)
}
const typeOf = ({ headers }: { headers: Record<string, string> }) => headers['content-type']?.split(';')[0]
const varies = ({ headers }: { headers: Record<string, string> }) => headers['vary']?.split(/,\s*/).includes('accept')

test('agreements, statistics, networks, deadlines, exports and rows of imports have several formats', () => {
  expect(new Set(negotiated)).toEqual(
    new Set([
      agreement,
      '/v1/deadlines',
      '/v1/statistics',
      '/v1/network',
      '/v1/agreements/export',
      '/v1/imports/{id}/rows',
    ]),
  )
})

describe.each(each)('$path as $type', ({ path, type, ending, own: address }) => {
  test('has an address of its own, with one media type and without `format`', async () => {
    expect(typesAt(address)).toEqual([type])
    expect(namesAt(address)).not.toContain('format')
    const own = await ask(address).expect(200)
    expect([typeOf(own), varies(own)]).toEqual([type, true])
    const chosen = await ask(path, undefined, `format=${ending}`).expect(200)
    const comparable = (text: string) => text.replaceAll(/DTSTAMP:.*/g, '').replaceAll(address, path)
    expect(comparable(own.text)).toBe(comparable(chosen.text))
    await ask(address, undefined, `format=${ending}`).expect(400)
  })

  test('is what `Accept` asks for, alone, with a weight, or as the only one that is not excluded', async () => {
    const others = typesAt(path).filter((other) => other !== type)
    for (const accept of [
      type,
      `${others.map((other) => `${other};q=0.4`).join(', ')}, ${type.toUpperCase()};q=0.41`,
      `*/*, ${others.map((other) => `${other};q=0`).join(', ')}`,
    ]) {
      const answer = await ask(path, accept).expect(200)
      expect([typeOf(answer), varies(answer)], accept).toEqual([type, true])
    }
  })

  test('is refused with 406 at its own address when `Accept` does not allow it', async () => {
    for (const accept of ['image/png', `*/*, ${type};q=0`, ...typesAt(path).filter((other) => other !== type)]) {
      const { body, headers } = await ask(address, accept).expect(406)
      expect(headers['content-type']).toMatch(/^application\/problem\+json/)
      expect(body).toMatchObject({ code: 'not_acceptable', errors: [{ parameter: 'accept', code: 'not_acceptable' }] })
      expect(body.detail).toContain(`\`${type}\``)
    }
    for (const accept of [
      '*/*',
      type,
      type.replace(/\/.*/, '/*'),
      `image/png, */*;q=0.1`,
      'text/html, */*;q=nonsense',
    ]) {
      expect(typeOf(await ask(address, accept).expect(200)), accept).toBe(type)
    }
  })

  test('is what `format` chooses, whatever `Accept` says', async () => {
    expect(typeOf(await ask(path, 'image/png', `format=${ending}`).expect(200))).toBe(type)
  })
})

describe.each(negotiated)('%s', (path) => {
  test('has one default, also for a browser', async () => {
    const [first] = typesAt(path)
    for (const accept of [undefined, '', '*/*', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8']) {
      expect(typeOf(await ask(path, accept).expect(200)), accept).toBe(first)
    }
  })

  test('refuses an `Accept` that allows none of its formats, and lists them', async () => {
    for (const accept of ['image/png', '*/*;q=0']) {
      const answer = await ask(path, accept).expect(406)
      for (const type of typesAt(path)) expect(answer.body.detail).toContain(`\`${type}\``)
      expect(varies(answer)).toBe(true)
    }
  })
})

test('a parameter that only another format has is refused at the address of a format', async () => {
  for (const [path, more] of [
    ['/v1/statistics.json', 'bom=true'],
    ['/v1/agreements/export.ndjson', 'separator=tab'],
    ['/v1/deadlines.ics', 'limit=2'],
    ['/v1/imports/{id}/rows.csv', 'cursor=x'],
    ['/v1/imports/{id}/rows.json', 'bom=true'],
  ] as const) {
    const { body } = await ask(path, undefined, more).expect(400)
    expect(body.errors[0].parameter, path).toBe(more.split('=')[0])
  }
})

test.each([
  ['/v1/statistics', 'json', 'limit=1'],
  ['/v1/statistics', 'csv', 'limit=1'],
  ['/v1/imports/{id}/rows', 'json', 'limit=1'],
])(
  'the next page of %s.%s is at the same address, and its cursor is good for the other one',
  async (path, ending, more) => {
    const { headers } = await ask(`${path}.${ending}`, undefined, more).expect(200)
    const next = /^<(.+)>; rel="next"$/.exec(headers['link'] ?? '')![1]!
    expect(next.split('?')[0]).toBe(addressOf(`${path}.${ending}`).split('?')[0])
    const [own, other] = [
      await register.api.get(next),
      await register.api.get(next.replace(`.${ending}?`, `?format=${ending}&`)),
    ]
    expect([own.status, other.status]).toEqual([200, 200])
    const text = (answer: { text: string }) => answer.text
    expect(text(own)).toBe(text(other))
  },
)
