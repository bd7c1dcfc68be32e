import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { atEnd } from './support/at-end.ts'
import { authHeader, keyTextOf } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

const settings = { CACHE_SECONDS: '30', PUBLIC_URL: 'https://example.org' }

let register: Register
let address: string
beforeAll(async () => {
  register = await freshRegister()
  address = (await register.api.post('/v1/agreements').send(anAgreement()).expect(201)).headers['location']!
})

/** The application with these settings. */
async function build(over: Record<string, string> = {}) {
  const { publicUrl, cacheSeconds, publicRead, rates } = readConfig({ ...settings, ...over })
  const app = await buildApp(
    { db: register.db, today: register.today },
    { publicUrl, cacheSeconds, publicRead, rates: { ...rates, reads: 1000 } },
  )
  atEnd(() => app.close())
  return app
}

type App = Awaited<ReturnType<typeof build>>
const cacheOf = async (app: App, url: string, headers: Record<string, string> = {}) => {
  const answer = await app.inject({ url, headers })
  return answer.headers['cache-control']
}

const shared = 'public, max-age=0, s-maxage=30'
const reads = () => [
  address,
  `${address}/dates`,
  '/v1/agreements',
  '/v1/signatories/KR',
  '/v1/statistics?groupBy=type',
  '/agreements',
]

describe('a shared cache', () => {
  let app: App
  beforeAll(async () => {
    app = await build()
  })

  test('may use what anyone can read, and clients ask before each use', async () => {
    for (const url of reads()) expect([url, await cacheOf(app, url)]).toEqual([url, shared])
  })

  test('may also use a 304, which has the same header', async () => {
    for (const url of reads()) {
      const etag = String((await app.inject({ url })).headers['etag'])
      const { statusCode, headers } = await app.inject({ url, headers: { 'if-none-match': etag } })
      expect([url, statusCode, headers['cache-control']]).toEqual([url, 304, shared])
    }
  })

  test('must not use what came with a credential', async () => {
    for (const url of reads()) {
      expect([url, await cacheOf(app, url, authHeader('reader'))]).toEqual([url, 'private, no-cache'])
    }
    expect(await cacheOf(app, `${address}/versions/1`, authHeader('reader'))).toBe('private, max-age=86400, immutable')
  })

  test('must not use what a person got who has signed in', async () => {
    const sent = await app.inject({
      method: 'POST',
      url: '/sign-in',
      headers: { origin: 'https://example.org', 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ key: keyTextOf('editor'), to: '/' }).toString(),
    })
    const cookie = String(sent.headers['set-cookie']).split(';', 1)[0]!
    for (const url of ['/', '/agreements', '/agreements/new', '/drafts', '/names/signatory?q=korea']) {
      const answer = await app.inject({ url, headers: { cookie, accept: 'text/html' } })
      expect([url, answer.statusCode, answer.headers['cache-control']]).toEqual([
        url,
        200,
        expect.stringMatching(/private|no-store/),
      ])
    }
  })

  test('must not use what a client has waited for: another one would not wait', async () => {
    expect(await cacheOf(app, '/v1/changes?after=latest&wait=1')).toBe('private, no-cache')
    expect(await cacheOf(app, '/v1/changes?after=latest')).toBe(shared)
  })

  test('must not keep what must not be stored', async () => {
    for (const url of ['/livez', '/readyz', '/nothing', '/v1/agreements/nothing', '/v1/agreements/export']) {
      expect([url, await cacheOf(app, url)]).toEqual([url, 'no-store'])
    }
    expect(await cacheOf(app, '/v1/me', authHeader('reader'))).toBe('no-store')
  })

  test('may keep what never changes, and what says for how long', async () => {
    expect(await cacheOf(app, `${address}/versions/1`)).toBe('max-age=86400, immutable')
    expect(await cacheOf(app, '/openapi.json')).toBe('public, max-age=300')
  })

  test('gets no rate limit of the one who asked, whom others are not', async () => {
    expect(Object.keys((await app.inject({ url: address })).headers)).not.toContain('ratelimit')
    for (const url of ['/openapi.json', '/pages.css']) {
      expect([url, Object.keys((await app.inject({ url })).headers)]).toEqual([
        url,
        expect.not.arrayContaining(['ratelimit']),
      ])
    }
    const own = await app.inject({ url: address, headers: authHeader('reader') })
    expect(Object.keys(own.headers)).toContain('ratelimit')
  })

  test('never gets the answer to a write', async () => {
    const headers = { ...authHeader('editor'), 'if-match': '*' }
    const edit = await app.inject({ method: 'PATCH', url: address, headers, payload: { summary: 'New' } })
    expect([edit.statusCode, edit.headers['cache-control']]).toEqual([200, 'no-cache'])
  })
})

test('with PUBLIC_READ=false nothing is shared', async () => {
  const app = await build({ PUBLIC_READ: 'false' })
  expect(await cacheOf(app, address, authHeader('reader'))).toBe('private, no-cache')
  expect(await cacheOf(app, address)).toBe('no-store')
})

test('with CACHE_SECONDS=0 shared caches ask each time', async () => {
  const app = await build({ CACHE_SECONDS: '0' })
  expect(await cacheOf(app, address)).toBe('no-cache')
  expect(await cacheOf(app, address, authHeader('reader'))).toBe('no-cache')
})

test('CACHE_SECONDS without PUBLIC_URL prevents the start: addresses in responses would be those of any request', () => {
  expect(() => readConfig({ CACHE_SECONDS: '30' })).toThrow(/^CACHE_SECONDS requires PUBLIC_URL/)
  expect(() => readConfig({ CACHE_SECONDS: '0' })).not.toThrow()
})
