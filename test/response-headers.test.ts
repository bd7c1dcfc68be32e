import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

describe('compression', () => {
  let register: Register
  let address: string
  beforeAll(async () => {
    register = await freshRegister()
    const body = anAgreement({ summary: 'Floods and storms. '.repeat(300) })
    address = (await register.api.post('/v1/agreements').send(body).expect(201)).headers['location']!
  })

  const gzipped = (headers: object = {}) =>
    register.app.inject({ url: address, headers: { 'accept-encoding': 'gzip', ...headers } })

  test.each(['/v1/imports', '/v1/mappings'])('%s is read with `If-None-Match`, as the document says', async (url) => {
    const { headers } = await register.api.get(url).expect(200)
    await register.api.get(url).set('if-none-match', headers['etag']!).expect(304)
    const { paths } = (await register.api.get('/openapi.json')).body
    expect(Object.keys(paths[url].get.responses)).toContain('304')
  })

  test('sends the same document in fewer bytes, with a separate entity tag', async () => {
    const plain = await register.app.inject({ url: address })
    const small = await gzipped()
    expect(small.headers).toMatchObject({ 'content-encoding': 'gzip', etag: '"1-gzip"' })
    expect(small.headers['vary']).toContain('accept-encoding')
    expect(plain.headers['etag']).toBe('"1"')
    expect(small.rawPayload.length).toBeLessThan(plain.rawPayload.length / 4)
    expect(gunzipSync(small.rawPayload).toString()).toBe(plain.payload)
  })

  test('accepts its tag in reads (304) and in edits', async () => {
    const unchanged = await gzipped({ 'if-none-match': '"1-gzip"' })
    expect(unchanged.statusCode).toBe(304)
    expect(unchanged.headers).toMatchObject({ etag: '"1-gzip"', vary: 'accept, accept-encoding' })
    expect((await gzipped({ 'if-none-match': 'W/"1-gzip"' })).statusCode).toBe(304)
    const edit = (tag: string) => register.api.patch(address).set('If-Match', tag).send({ summary: tag })
    await edit('"2-gzip"').expect(412)
    await edit('"1-gzip"').expect(200)
    await edit('"1-gzip"').expect(412)
  })

  test('compresses the OpenAPI document, with Vary', async () => {
    const small = await register.app.inject({ url: '/openapi.json', headers: { 'accept-encoding': 'gzip' } })
    const plain = await register.app.inject({ url: '/openapi.json' })
    expect(small.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
    expect(gunzipSync(small.rawPayload).toString()).toBe(plain.payload)
  })

  test('does not compress small responses, or when the client does not accept it', async () => {
    const small = await register.app.inject({ url: '/livez', headers: { 'accept-encoding': 'gzip' } })
    expect(small.headers['content-encoding']).toBeUndefined()
    const unasked = await register.app.inject({ url: address, headers: { 'accept-encoding': 'identity' } })
    expect(unasked.headers['content-encoding']).toBeUndefined()
  })

  test.for([
    ['gzip;q=0, *', undefined],
    ['*;q=0.5, gzip;q=0.000', undefined],
    ['gzip;Q=0', undefined],
    ['identity;q=1, *;q=0', undefined],
    ['br, *;q=0.1', 'gzip'],
    ['*;q=0, GZIP ; q=0.2', 'gzip'],
  ])('answers `Accept-Encoding: %s` with the coding %s', async ([accepted, coding]) => {
    const { headers } = await register.app.inject({ url: '/openapi.json', headers: { 'accept-encoding': accepted } })
    expect(headers['content-encoding']).toBe(coding)
  })
})

describe('pages of other origins', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })
  const build = (corsOrigins: string[]) => buildApp({ db: register.db, today: register.today }, { corsOrigins })
  const origin = 'https://example.org'

  test('cannot read responses unless they are listed', async () => {
    const app = await build([])
    const { headers } = await app.inject({ url: '/v1/agreements', headers: { origin } })
    expect(headers['access-control-allow-origin']).toBeUndefined()
    await app.close()
  })

  test('can read responses and the headers that they need if they are listed', async () => {
    const app = await build([origin])
    const listed = await app.inject({ url: '/v1/agreements', headers: { origin } })
    expect(listed.headers).toMatchObject({ 'access-control-allow-origin': origin })
    expect(listed.headers['access-control-expose-headers']).toContain('ETag')
    expect(listed.headers['access-control-expose-headers']).toContain('X-Total-Count')
    expect(listed.headers['vary']).toContain('Origin')
    const other = await app.inject({ url: '/v1/agreements', headers: { origin: 'https://example.com' } })
    expect(other.headers['access-control-allow-origin']).not.toBe('https://example.com')
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/v1/agreements',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
    expect(preflight.statusCode).toBe(204)
    expect(preflight.headers['access-control-allow-methods']).toContain('PATCH')
    await app.close()
  })

  test.for([
    [400, '/v1/agreements?q=%ED%A0%80', {}],
    [404, '/v1/agreements/', {}],
    [414, `/v1/agreements?q=${'x'.repeat(33_000)}`, {}],
    [431, '/v1/agreements', { 'x-long': 'x'.repeat(17_000) }],
  ] as const)(
    'can read a %d too, also one that is sent before anything else is looked at',
    async ([status, url, own]) => {
      const app = await build([origin])
      const { statusCode, headers } = await app.inject({ url, headers: { origin, ...own } })
      expect(statusCode).toBe(status)
      expect(headers).toMatchObject({ 'access-control-allow-origin': origin, 'x-content-type-options': 'nosniff' })
      await app.close()
    },
  )
})

describe('every response', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })

  test.each([
    ['/v1/agreements', 200, 'no-cache'],
    ['/v1/signatories/KR', 200, 'no-cache'],
    ['/v1/agreements/nothing', 404, 'no-store'],
    ['/nothing', 404, 'no-store'],
    ['/livez', 200, 'no-store'],
    ['/openapi.json', 200, 'public, max-age=300'],
    ['/problems', 200, 'public, max-age=300'],
    ['/v1/statistics?groupBy=type', 200, 'no-cache'],
    ['/v1/agreements/export', 200, 'no-store'],
  ])('%s has Cache-Control', async (url, status, kept) => {
    const { statusCode, headers } = await register.app.inject({ url })
    expect([statusCode, headers['cache-control']]).toEqual([status, kept])
  })

  test('forbids content sniffing and framing', async () => {
    const { headers } = await register.app.inject({ url: '/v1/agreements' })
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'")
  })

  test.each(['/v1/agreements', '/v1/agreements/nothing', '/nothing', '/livez', '/openapi.json'])(
    '%s has the security headers, refused or not',
    async (url) => {
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT'] as const) {
        const { headers } = await register.app.inject({ method, url, headers: { 'if-none-match': '*' } })
        expect(headers).toMatchObject({
          'content-security-policy': "default-src 'none';frame-ancestors 'none'",
          'cross-origin-resource-policy': 'cross-origin',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
        })
      }
    },
  )

  test('has an id of its own, a UUID of version 7', async () => {
    const answers = await Promise.all(Array.from({ length: 600 }, () => register.app.inject({ url: '/livez' })))
    const ids = answers.map(({ headers }) => String(headers['x-request-id']))
    expect(new Set(ids).size).toBe(600)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  test('works over plain HTTP for Swagger UI: nothing upgrades its requests', async () => {
    const { headers } = await register.app.inject({ url: '/docs/' })
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('upgrade-insecure-requests')
    expect(headers['strict-transport-security']).toBeUndefined()
  })

  test('has the headers of GET and no body for HEAD, at every address', async () => {
    for (const url of ['/v1/agreements', '/v1/signatories/KR', '/v1/dates', '/livez', '/openapi.json']) {
      const get = await register.app.inject({ url })
      const head = await register.app.inject({ method: 'HEAD', url })
      expect(head.statusCode).toBe(200)
      expect(head.payload).toBe('')
      expect(head.headers['etag']).toBe(get.headers['etag'])
      expect(head.headers['content-type']).toBe(get.headers['content-type'])
    }
  })
})
