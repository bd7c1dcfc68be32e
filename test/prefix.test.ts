import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { loadSample } from '../src/programs/sample.ts'
import { atEnd } from './support/at-end.ts'
import { crawl } from './support/crawl.ts'
import { authHeader } from './support/keys.ts'
import { prefixProxy } from './support/prefix-proxy.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

const memorandum = '/v1/agreements/01a0c451-6218-7549-96ad-388bcf6f4db3'
const trustedProxies = ['127.0.0.1']
/** It ends in the next six months. */
const term = { lastDay: '2026-03-01' }

let register: Register
/** Trusts the proxy on this machine. */
let trusting: FastifyInstance
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, register.today())
  await register.api.post('/v1/agreements').send(anAgreement({ term })).expect(201)
  trusting = await appWith({ trustedProxies })
})

type Options = Parameters<typeof buildApp>[1]

async function appWith(options: Options) {
  const app = await buildApp({ db: register.db, today: register.today }, options)
  atEnd(() => app.close())
  return app
}

async function portOf(app: FastifyInstance): Promise<number> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

const publicUrl = (url: string) => readConfig({ PUBLIC_URL: url }).publicUrl
/** What the tests read of a body. */
interface Body {
  id: string
  type: string
  detail: string
  errors: { conflictsWith: string }[]
  servers: object[]
}
const json = async (response: Response) => (await response.json()) as Body

const prefix = '/register'
const forwarded = { 'x-forwarded-prefix': prefix, 'x-forwarded-proto': 'http' }

/** The ways to put the API below `/register`. */
const ways = [
  { way: 'X-Forwarded-Prefix of a trusted proxy', strips: true, headers: forwarded, setting: false },
  { way: 'PUBLIC_URL and a proxy that passes the path on', strips: false, headers: {}, setting: true },
]

describe.each(ways)('below /register by $way', ({ strips, headers, setting }) => {
  let base: string
  beforeAll(async () => {
    const proxy = await prefixProxy({ prefix, strips, headers })
    base = `${proxy.origin}${prefix}`
    const app = setting ? await appWith({ publicUrl: publicUrl(`${base}/`) }) : trusting
    proxy.to(await portOf(app))
  })
  const send = (method: string, path: string, body?: object, more: Record<string, string> = {}) =>
    fetch(`${base}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...authHeader('admin'), ...(body && { 'content-type': 'application/json' }), ...more },
      ...(body && { body: JSON.stringify(body) }),
    })

  test('every address in headers, JSON, CSV, the calendar, the document and Swagger UI leads below it, to an answer', async () => {
    const start = [
      '/',
      '/docs/',
      '/docs/static/index.html',
      '/docs/static/theme/workplace.js',
      '/docs/static/theme/keys.js',
      '/docs/json',
      '/.well-known/api-catalog',
      '/v1/agreements?limit=5',
      '/v1/statistics?groupBy=party&limit=5',
      '/v1/deadlines.ics',
    ]
    const { read, outside } = await crawl(base, start, authHeader('admin'))
    expect(outside).toEqual([])
    expect([...read].filter(([, status]) => status >= 400)).toEqual([])
    const expected = [
      '/docs/static/swagger-ui-bundle.js',
      '/docs/static/theme/page.js',
      '/docs/static/theme/workplace.js',
      '/docs/static/theme/keys.js',
      '/problems',
      `${memorandum}/versions`,
      memorandum,
      '/v1/agreements?signatory=US-DHS&partyKind=state&sort=signed&count=exact',
    ]
    const known = [...read.keys()].map((name) => name.replace(/asOf=[^&]+&/, ''))
    expect(known).toEqual(expect.arrayContaining(expected.map((path) => `${prefix}${path}`)))
    expect([...read.keys()].filter((name) => name.includes('cursor=')).length).toBeGreaterThan(3)
  })

  test('the OpenAPI document names the server', async () => {
    const { servers } = await json(await send('GET', '/openapi.json'))
    expect(servers).toEqual([{ url: setting ? base : prefix, description: 'This server.' }])
    const ofPage = await json(await send('GET', '/docs/json'))
    expect(ofPage.servers).toEqual([{ url: prefix, description: 'This server.' }])
  })

  test('a browser that opens it gets a page, whose links have the prefix', async () => {
    const page = await send('GET', '/', undefined, { accept: 'text/html' })
    expect(page.status).toBe(200)
    const links = [...(await page.text()).matchAll(/(?:href|action)="([^"#]+)"/g)].map(([, address]) => address!)
    expect(links).toContain(`${prefix}/docs`)
    expect(links.filter((link) => !link.startsWith(`${prefix}/`))).toEqual([])
  })

  test('the calendar and CSV have whole URLs', async () => {
    const csv = await (await send('GET', `/v1/agreements/export?reference=DHS-ST-2019-KR`)).text()
    expect(csv).toContain(`,${base}${memorandum},`)
  })

  test('Location, Content-Location and conflicts lead to entries', async () => {
    const code = `PREFIX-${strips}-${setting}`.toUpperCase()
    const body = { code, name: code, kind: 'other', parent: null }
    const key = { 'idempotency-key': `"${code}"` }
    const created = await send('POST', '/v1/signatories', body, key)
    const location = created.headers.get('location')!
    expect([created.status, location]).toEqual([201, `${prefix}/v1/signatories/${code}`])
    const repeated = await send('POST', '/v1/signatories', body, key)
    expect([repeated.headers.get('idempotent-replayed'), repeated.headers.get('location')]).toEqual(['true', location])
    const again = await send('POST', '/v1/signatories', body)
    const problem = await json(again)
    expect([again.status, problem.type]).toEqual([409, `${prefix}/problems#taken`])
    const { id } = await json(created)
    expect(problem.errors[0]?.conflictsWith).toBe(`${prefix}/v1/signatories/${id}`)

    const into = { ...body, code: `${code}-2`, name: `${code}-2` }
    await send('POST', '/v1/signatories', into)
    await send('POST', `/v1/signatories/${code}/merge`, { into: into.code }, { 'if-match': '*' })
    const merged = await send('GET', `/v1/signatories/${code}`)
    expect([merged.status, merged.headers.get('content-location')]).toEqual([
      200,
      `${prefix}/v1/signatories/${into.code}`,
    ])
  })

  test('an address that does not exist is a problem that leads to the documentation', async () => {
    const answer = await send('GET', '/nothing')
    const { type, detail } = await json(answer)
    expect([answer.status, type, answer.headers.get('link')]).toEqual([
      404,
      `${prefix}/problems#not_found`,
      `<${prefix}/openapi.json>; rel="service-desc"; type="application/json"`,
    ])
    expect(detail).toContain(`${prefix}/docs`)
    const unreadable = await json(await send('GET', '/v1/agreements/%zz'))
    expect(unreadable.type).toBe(`${prefix}/problems#invalid_request`)
  })
})

test('with PUBLIC_URL, a proxy may also remove the path', async () => {
  const app = await appWith({ publicUrl: publicUrl('https://example.org/a/b') })
  const urls = ['/', '/a/b', '/a/b/', '/a/b?', 'https://example.org/a/b/', memorandum, `/a/b${memorandum}`]
  for (const url of urls) expect([url, (await raw(app, url)).status]).toEqual([url, 200])
  for (const url of ['/a', '/a/bc', '/a/b/a/b/', '/A/B/', '/a/b/v1/agreements/'])
    expect([url, (await raw(app, url)).status]).toEqual([url, 404])
})

/** Sends a request target as it is. */
async function raw(app: FastifyInstance, target: string): Promise<{ status: number }> {
  const port = await portOf(app)
  return new Promise((settle, reject) => {
    get({ host: '127.0.0.1', port, path: target }, (answer) => {
      answer.resume()
      settle({ status: answer.statusCode! })
    }).on('error', reject)
  })
}

test('PUBLIC_URL names the host in files, whatever Host and X-Forwarded-Host say', async () => {
  const app = await appWith({ publicUrl: publicUrl('https://example.org/treaties'), trustedProxies })
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-prefix': '/evil' }
  const csv = await app.inject({ url: '/v1/agreements/export?reference=DHS-ST-2019-KR', headers })
  expect(csv.body).toContain(`,https://example.org/treaties${memorandum},`)
  for (const url of ['/', '/openapi.json', '/.well-known/api-catalog', `${memorandum}/position`, '/nothing']) {
    const answer = await app.inject({ url, headers })
    expect([url, `${answer.body}${JSON.stringify(answer.headers)}`.includes('evil')]).toEqual([url, false])
  }
})

test('without PUBLIC_URL and a prefix, addresses are those of the API', async () => {
  for (const value of [undefined, '', '/']) {
    const answer = await trusting.inject({
      url: '/',
      headers: value === undefined ? {} : { 'x-forwarded-prefix': value },
    })
    expect(answer.json().links).toMatchObject({ docs: '/docs', agreements: '/v1/agreements' })
  }
})

describe('X-Forwarded-Prefix', () => {
  const attacks = [
    '//evil.example',
    'https://evil.example',
    'evil',
    '/..',
    '/a/../b',
    '/./a',
    '/a//b',
    '/a%2fb',
    '/%2e%2e',
    '/a\\b',
    '/a b',
    '/a?b',
    '/a#b',
    '/a"b',
    '/a<b>',
    '/a)b',
    '/é',
    '/a, /b',
    '/a,/b',
    '/a\r\nset-cookie: a=b',
    `/${'a'.repeat(200)}`,
  ]
  const addresses = ['/', '/nothing', '/openapi.json', '/docs/json', '/v1/agreements?limit=1', `${memorandum}/position`]

  test('is ignored unless it comes from a trusted proxy', async () => {
    const ask = (target: FastifyInstance, url: string, value?: string) =>
      target.inject({ url, remoteAddress: '192.0.2.1', ...(value && { headers: { 'x-forwarded-prefix': value } }) })
    for (const url of addresses) {
      const expected = withoutId(await ask(trusting, url))
      for (const target of [trusting, register.app])
        for (const value of ['/register', '//evil.example', '/a, /b'])
          expect([url, withoutId(await ask(target, url, value))]).toEqual([url, expected])
    }
  })

  const withoutId = ({ statusCode, headers, body }: { statusCode: number; headers: object; body: string }) => {
    const { link, vary } = headers as { link?: string; vary?: string }
    return { statusCode, link, vary, body: body.replace(/"requestId":"[^"]*"/, '') }
  }

  test.each(attacks)('of a trusted proxy must be a plain path: %j is 400', async (value) => {
    for (const url of ['/', '/nothing', '/v1/agreements']) {
      const { statusCode, headers, ...answer } = await trusting.inject({
        url,
        headers: { 'x-forwarded-prefix': value },
      })
      const { type, code, errors } = answer.json()
      expect([statusCode, type, code]).toEqual([400, '/problems#invalid_request', 'invalid_request'])
      expect(errors).toMatchObject([{ parameter: 'x-forwarded-prefix' }])
      expect(`${answer.body}${String(headers['link'])}`).not.toContain('evil')
    }
  })

  test('must be one: two headers are 400', async () => {
    const headers = { 'x-forwarded-prefix': ['/a', '/b'] as unknown as string }
    expect((await trusting.inject({ url: '/', headers })).statusCode).toBe(400)
  })

  test('gives each prefix its own entity tags and cache entries, and none to what has no address', async () => {
    const ask = (url: string, value: string, tag = '"none"') =>
      trusting.inject({ url, headers: { 'x-forwarded-prefix': value, 'if-none-match': tag } })
    for (const url of ['/', '/openapi.json', '/.well-known/api-catalog', `${memorandum}/position?signatory=US-DHS`]) {
      const [a, b] = [await ask(url, '/a'), await ask(url, '/b/')]
      expect([a.headers['vary'], a.body.includes('/a/'), b.body.includes('/b/')]).toEqual([
        expect.stringContaining('x-forwarded-prefix'),
        true,
        true,
      ])
      const tag = String(a.headers['etag'])
      expect(tag).not.toBe(b.headers['etag'])
      expect([(await ask(url, '/a', tag)).statusCode, (await ask(url, '/b', tag)).statusCode]).toEqual([304, 200])
    }
    const [a, b] = [await ask(memorandum, '/a'), await ask(memorandum, '/b')]
    expect([a.body, a.headers['etag']]).toEqual([b.body, b.headers['etag']])
  })

  test('a retry through another prefix gets the address below that one', async () => {
    const create = (value: string) =>
      trusting.inject({
        method: 'POST',
        url: '/v1/signatories',
        headers: { ...authHeader('editor'), 'idempotency-key': '"two-prefixes"', 'x-forwarded-prefix': value },
        payload: { code: 'TWO-PREFIXES', name: 'Two prefixes', kind: 'other', parent: null },
      })
    for (const value of ['/a', '/b'])
      expect((await create(value)).headers['location']).toBe(`${value}/v1/signatories/TWO-PREFIXES`)
  })
})

describe('X-Forwarded-Host and X-Forwarded-Proto', () => {
  test.each([
    [{ 'x-forwarded-host': 'evil.example/path' }],
    [{ 'x-forwarded-host': 'user@evil.example' }],
    [{ 'x-forwarded-proto': 'javascript' }],
    [{ 'x-forwarded-host': 'a"b' }],
  ])('of a trusted proxy that make no URL are not used: %j', async (headers) => {
    const csv = await trusting.inject({ url: '/v1/agreements/export?reference=DHS-ST-2019-KR', headers })
    expect(csv.body).toContain(`,${memorandum},`)
  })
})

describe('the setting PUBLIC_URL', () => {
  test.each([
    ['https://example.org', { origin: 'https://example.org', prefix: '' }],
    ['https://example.org/', { origin: 'https://example.org', prefix: '' }],
    ['http://Example.org:8080/register/', { origin: 'http://example.org:8080', prefix: '/register' }],
    ['https://example.org:443/a/b.c~d-e_f', { origin: 'https://example.org', prefix: '/a/b.c~d-e_f' }],
    ['http://[::1]:3000/v1x', { origin: 'http://[::1]:3000', prefix: '/v1x' }],
  ])('takes %s', (url, expected) => {
    expect(publicUrl(url)).toEqual(expected)
  })

  test.each([
    'example.org/register',
    '/register',
    'ftp://example.org',
    'https://',
    'https://user:secret@example.org',
    'https://example.org/a?b',
    'https://example.org/a#b',
    'https://example.org/a/../b',
    'https://example.org//a',
    'https://example.org/a//',
    'https://example.org/a%20b',
    'https://example.org/a b',
    'https://example.org\\a',
    'https://example.org/v1',
    'https://example.org/docs/register/',
    `https://example.org/${'a'.repeat(200)}`,
  ])('refuses %s, and says what it must be', (url) => {
    expect(() => publicUrl(url)).toThrow(
      /^PUBLIC_URL is ".*"\. Must be an http:\/\/ or https:\/\/ URL such as https:\/\/example\.org\/register, without user/,
    )
  })
})

test('a connection may be idle for longer than the minute that proxies keep one', async () => {
  const { headers } = await fetch(`http://127.0.0.1:${await portOf(trusting)}/livez`)
  const [, seconds] = /timeout=(\d+)/.exec(headers.get('keep-alive') ?? '') ?? []
  expect(Number(seconds)).toBeGreaterThan(65)
})
