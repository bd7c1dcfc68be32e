import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { atEnd } from '../support/at-end.ts'
import { freePort } from '../support/free-port.ts'
import { authHeader } from '../support/keys.ts'
import { startNginx } from '../support/nginx.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'

/** `CACHE_SECONDS` of these tests. */
const seconds = 2

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

interface Answer {
  status: number
  /** What nginx did: MISS, HIT, EXPIRED, REVALIDATED or BYPASS. */
  cache: string | null
  etag: string | null
  body: string
}

/** The application behind nginx with a cache. */
async function behindCache(settings: Record<string, string> = {}, cache: true | 'careless' = true) {
  const port = await freePort()
  const base = `http://127.0.0.1:${port}/register`
  const { publicUrl, cacheSeconds, publicRead } = readConfig({
    PUBLIC_URL: base,
    CACHE_SECONDS: String(seconds),
    ...settings,
  })
  const app = await buildApp({ db: register.db, today: register.today }, { publicUrl, cacheSeconds, publicRead })
  atEnd(() => app.close())
  let reached = 0
  app.server.on('request', () => (reached += 1))
  await app.listen({ host: '127.0.0.1', port: 0 })
  await startNginx(port, (app.server.address() as AddressInfo).port, { cache })
  const read = async (path: string, headers: Record<string, string> = {}): Promise<Answer> => {
    const answer = await fetch(base + path, { headers })
    const { status, headers: got } = answer
    return { status, cache: got.get('x-cache'), etag: got.get('etag'), body: await answer.text() }
  }
  return { read, reached: () => reached }
}

const newAgreement = async (): Promise<string> => {
  const { body } = await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
  return `/v1/agreements/${body.id}`
}

describe('nginx, as it comes and as docs/operations.md configures it', () => {
  let nginx: Awaited<ReturnType<typeof behindCache>>
  beforeAll(async () => {
    nginx = await behindCache()
  })

  test('answers for a while by itself, and then asks whether the response has changed', async () => {
    const address = await newAgreement()
    const first = await nginx.read(address)
    const before = nginx.reached()
    const again = await nginx.read(address)
    expect([first.cache, again.cache, nginx.reached() - before]).toEqual(['MISS', 'HIT', 0])
    expect(again.body).toBe(first.body)
    await setTimeout(1000 * (seconds + 1))
    const later = await nginx.read(address)
    expect([later.cache, later.status, later.body]).toEqual(['REVALIDATED', 200, first.body])
    expect((await nginx.read(address)).cache).toBe('HIT')
  })

  test('lets few of many reads reach the server: each address once in CACHE_SECONDS', async () => {
    const paths = [
      '/v1/agreements',
      '/v1/signatories',
      '/v1/dates',
      '/v1/statistics?groupBy=type',
      await newAgreement(),
    ]
    const [begin, before] = [performance.now(), nginx.reached()]
    const reads = 1000
    for (let i = 0; i < reads; i += 1) await nginx.read(paths[i % paths.length]!)
    const rounds = Math.ceil((performance.now() - begin) / 1000 / seconds) + 1
    const reached = nginx.reached() - before
    process.stdout.write(`Of ${reads} reads of ${paths.length} addresses, ${reached} reached the server.\n`)
    expect(reached).toBeLessThanOrEqual(paths.length * rounds)
    expect(reached).toBeLessThan(reads / 4)
  })

  test('tells a client that what it has is still current, without asking', async () => {
    const address = await newAgreement()
    const { etag } = await nginx.read(address)
    const before = nginx.reached()
    const held = await nginx.read(address, { 'if-none-match': etag! })
    expect([held.status, held.cache, held.body, nginx.reached() - before]).toEqual([304, 'HIT', '', 0])
    expect((await nginx.read(address, { 'if-none-match': '"0"' })).status).toBe(200)
  })

  test.each([
    ['an agreement', (address: string) => address],
    ['a list', (address: string) => `/v1/agreements?id=${address.split('/').at(-1)}`],
  ])('shows an edit of %s after CACHE_SECONDS and a second', async (_what, pathOf) => {
    const address = await newAgreement()
    const shows = async (title: string) => (await nginx.read(pathOf(address))).body.includes(title)
    expect(await shows('Edited')).toBe(false)
    await register.api.patch(address).set('if-match', '*').send({ title: 'Edited' }).expect(200)
    await setTimeout(1000 * (seconds + 1))
    expect(await shows('Edited')).toBe(true)
  })

  test('lets each client wait for a change', async () => {
    for (let times = 1; times <= 3; times += 1) {
      const begin = performance.now()
      expect((await nginx.read('/v1/changes?after=latest&wait=1')).cache).toBe('MISS')
      expect(performance.now() - begin).toBeGreaterThan(900)
    }
  })

  test('asks the server for a caller with a credential, and gives the response to nobody else', async () => {
    const address = await newAgreement()
    const keyed = await nginx.read(address, authHeader('reader'))
    const anonymous = await nginx.read(address)
    expect([keyed.cache, anonymous.cache]).toEqual(['BYPASS', 'MISS'])
    for (const path of ['/v1/keys', '/v1/webhooks']) {
      const [known, stranger] = [await nginx.read(path, authHeader('admin')), await nginx.read(path)]
      expect([path, known.status, stranger.status]).toEqual([path, 200, 401])
    }
    const own = (await nginx.read('/v1/me', authHeader('reader'))).body
    expect((await nginx.read('/v1/me')).body).not.toBe(own)
  })
})

describe.each([true, 'careless'] as const)('a cache (%s) in front of a register that is not public', (cache) => {
  test('gives nothing to strangers that a caller with a credential got', async () => {
    const nginx = await behindCache({ PUBLIC_READ: 'false' }, cache)
    const address = await newAgreement()
    for (const path of [address, '/v1/agreements', '/v1/statistics?groupBy=type', `${address}/versions/1`]) {
      for (let times = 1; times <= 2; times += 1) {
        expect([path, (await nginx.read(path, authHeader('reader'))).status]).toEqual([path, 200])
      }
      expect([path, (await nginx.read(path)).status]).toEqual([path, 401])
    }
  })
})

test('a careless cache keeps nothing that came with a credential', async () => {
  const nginx = await behindCache({}, 'careless')
  const address = await newAgreement()
  for (let times = 1; times <= 2; times += 1) {
    expect((await nginx.read(address, authHeader('reader'))).cache).toBe('MISS')
  }
})
