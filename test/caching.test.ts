import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { loadSample } from '../src/programs/sample.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
})

const founding = '/v1/agreements/01a0c451-6218-7549-96ad-388bcf6f4db3'

/** Reads whose tag is a digest of the response. */
const digested = [
  '/v1/agreements?limit=5',
  '/v1/agreements?q=flods&count=exact',
  '/v1/dates?limit=5',
  '/v1/signatories?limit=5',
  '/v1/research-domains?limit=5',
  '/v1/statistics?groupBy=type',
  '/v1/statistics?groupBy=pair&format=csv&bom=true',
  '/v1/deadlines?limit=5',
  `${founding}/versions`,
  `${founding}/versions/1`,
  `${founding}/position?signatory=US-DHS`,
  `${founding}/similar`,
  '/openapi.json',
  '/',
  '/.well-known/api-catalog',
]

describe.each(digested)('the response of %s', (url) => {
  const read = (headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    register.app.inject({ method, url, headers: { ...headers } })

  test('is 304 without a body for its own tag, plain and compressed, and for a HEAD', async () => {
    for (const coding of ['identity', 'gzip']) {
      const whole = await read({ 'accept-encoding': coding })
      const etag = String(whole.headers['etag'])
      expect(etag).toMatch(/^"[\w-]{22}(-gzip)?"$/)
      expect(etag.endsWith('-gzip"')).toBe(whole.headers['content-encoding'] === 'gzip')
      for (const method of ['GET', 'HEAD'] as const) {
        const again = await read({ 'accept-encoding': coding, 'if-none-match': etag }, method)
        expect([again.statusCode, again.payload, again.headers['etag']]).toEqual([304, '', etag])
        for (const name of ['cache-control', 'vary', 'link', 'content-disposition'] as const) {
          expect([name, again.headers[name]]).toEqual([name, whole.headers[name]])
        }
      }
    }
  })

  test('is 200 for another tag', async () => {
    expect((await read({ 'if-none-match': '"other"' })).statusCode).toBe(200)
  })
})

describe('an agreement that the client has', () => {
  test.each(['', '?on=2010-01-01', '/dates', '/signatories', '/sources', '/research-domains'])(
    'is 304 without a read of its document: …%s',
    async (rest) => {
      const statements: string[] = []
      const watch = <Result>(name: string, run: () => Promise<Result>) => {
        statements.push(name)
        return run()
      }
      const app = await buildApp({ db: register.db.watchedBy(watch), today: register.today })
      const { headers } = await app.inject({ url: founding + rest })
      const etag = String(headers['etag'])
      const read = async (tags: string) => {
        statements.length = 0
        const { statusCode } = await app.inject({ url: founding + rest, headers: { 'if-none-match': tags } })
        return [statusCode, ...statements]
      }
      expect(await read(etag)).toEqual([304, 'agreement-tag'])
      expect(await read('"0"')).toEqual([200, 'agreement-tag', 'agreement-by-id'])
      await app.close()
    },
  )

  test('is 404 when it does not exist', async () => {
    const headers = { 'if-none-match': '*' }
    const absent = '/v1/agreements/0190a000-0000-7000-8000-000000000000'
    expect((await register.app.inject({ url: absent, headers })).statusCode).toBe(404)
    expect((await register.app.inject({ url: `${absent}/dates`, headers })).statusCode).toBe(404)
  })
})

test.each([
  '/v1/agreements?sort=-updated&limit=1',
  '/v1/agreements?count=exact&limit=1',
  '/v1/dates?count=exact&limit=1',
  '/v1/statistics?groupBy=type',
])('the tag of %s changes with what it shows', async (url) => {
  const { headers } = await register.app.inject({ url })
  const etag = String(headers['etag'])
  await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
  const after = await register.app.inject({ url, headers: { 'if-none-match': etag } })
  expect([after.statusCode, after.headers['etag'] === etag]).toEqual([200, false])
})

describe('what never changes', () => {
  const kept = 'max-age=86400, immutable'
  const cacheOf = async (url: string) => (await register.app.inject({ url })).headers['cache-control']

  test('is immutable: every version, and an agreement as of two days ago or earlier', async () => {
    const edited = (await register.api.post('/v1/agreements').send(anAgreement()).expect(201)).headers['location']!
    await register.api.patch(edited).set('If-Match', '"1"').send({ title: 'Renamed' }).expect(200)
    const today = register.today()
    const now = new Date().toISOString()
    try {
      for (const version of [1, 2]) expect(await cacheOf(`${edited}/versions/${version}`)).toBe(kept)
      const days = [0, 1, 2, 3, 30].map((later) =>
        new Date(Date.parse(now) + later * 86_400_000).toISOString().slice(0, 10),
      )
      const answers: (string | undefined)[] = []
      for (const day of days) {
        register.setToday(day)
        answers.push(await cacheOf(`${edited}?asOf=${now}`))
      }
      expect(answers).toEqual(['no-cache', 'no-cache', kept, kept, kept])
      expect(await cacheOf(`${edited}?asOf=${now}&on=2020-01-01`)).toBe(kept)
      expect(await cacheOf(edited)).toBe('no-cache')
      expect(await cacheOf(`${edited}?on=2020-01-01`)).toBe('no-cache')
      expect(await cacheOf(`${edited}?asOf=2001-01-01T00:00:00Z`)).toBe('no-store')
    } finally {
      register.setToday(today)
    }
  })
})
