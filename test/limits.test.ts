import { sql } from 'drizzle-orm'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { type ConnectedDatabase, connect } from '../src/database/connect.ts'
import type { Rates } from '../src/http/budgets/account.ts'
import { deleteEndedWindows } from '../src/http/budgets/shares.ts'
import { addressOf, createLimits } from '../src/http/rate-limits.ts'
import { Problem } from '../src/problems/problems.ts'
import { atEnd } from './support/at-end.ts'
import { authHeader } from './support/keys.ts'
import { holding } from './support/locks.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'
import { ample } from './support/served.ts'

const none: Rates = { reads: 0, writes: 0, exports: 0, failures: 0 }

/** A clock that only moves when told to, in milliseconds. */
function standingClock() {
  let time = 0
  return { now: () => time, pass: (milliseconds: number) => void (time += milliseconds) }
}

describe('the limits', () => {
  let register: Register
  let address: string
  beforeAll(async () => {
    register = await freshRegister()
    address = (await register.api.post('/v1/agreements').send(anAgreement()).expect(201)).headers['location']!
  })

  /** The application with these limits. `ask` takes the address of the caller and its headers. */
  async function limited(rates: Partial<Rates>, trustedProxies: string[] = []) {
    const clock = standingClock()
    const options = { rates: { ...none, ...rates }, trustedProxies, now: clock.now }
    const app = await buildApp({ db: register.db, today: register.today }, options)
    atEnd(() => app.close())
    const ask = (url: string, over: { method?: 'GET' | 'HEAD' | 'PATCH'; from?: string; headers?: object } = {}) =>
      app.inject({
        method: over.method ?? 'GET',
        url,
        remoteAddress: over.from ?? '192.0.2.1',
        headers: { ...over.headers },
        ...(over.method === 'PATCH' && { payload: {} }),
      })
    const statuses = async (times: number, ...asked: Parameters<typeof ask>): Promise<number[]> => {
      const all: number[] = []
      for (let n = 0; n < times; n += 1) all.push((await ask(...asked)).statusCode)
      return all
    }
    return { ask, statuses, clock }
  }

  test('refuse a request above the limit, with Retry-After', async () => {
    const { ask, statuses, clock } = await limited({ reads: 3 })
    expect(await statuses(3, address)).toEqual([200, 200, 200])
    clock.pass(20_500)
    const refused = await ask(address)
    expect(refused.statusCode).toBe(429)
    expect(refused.headers).toMatchObject({
      'retry-after': '40',
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
    })
    expect(refused.json()).toMatchObject({
      code: 'too_many_requests',
      status: 429,
      type: '/problems#too_many_requests',
    })
    clock.pass(39_499)
    expect(await statuses(1, address)).toEqual([429])
    clock.pass(1)
    expect(await statuses(4, address)).toEqual([200, 200, 200, 429])
  })

  test('report the remaining budget in every response, in the form of the draft', async () => {
    const { ask, clock } = await limited({ reads: 2 })
    const told = async (url: string) => {
      const { headers } = await ask(url)
      return [headers['ratelimit-policy'], headers['ratelimit']]
    }
    expect(await told(address)).toEqual(['"reads";q=2;w=60', '"reads";r=1;t=60'])
    clock.pass(59_100)
    expect(await told('/nothing')).toEqual(['"reads";q=2;w=60', '"reads";r=0;t=1'])
    expect(await told(address)).toEqual(['"reads";q=2;w=60', '"reads";r=0;t=1'])
  })

  test('count reads, writes and exports separately', async () => {
    const { ask, statuses } = await limited({ reads: 1, writes: 2, exports: 3 })
    const patch = { method: 'PATCH', headers: { ...authHeader('editor'), 'if-match': '*' } } as const
    expect(await statuses(2, address)).toEqual([200, 429])
    expect(await statuses(3, address, patch)).toEqual([200, 200, 429])
    expect(await statuses(4, '/v1/agreements/export')).toEqual([200, 200, 200, 429])
    expect((await ask('/v1/agreements/export')).headers['ratelimit-policy']).toBe('"exports";q=3;w=60')
  })

  test('count invalid requests and missing resources too', async () => {
    const { statuses } = await limited({ reads: 3 })
    expect(await statuses(1, '/v1/agreements?statsu=x')).toEqual([400])
    expect(await statuses(1, '/nothing')).toEqual([404])
    expect(await statuses(1, '/v1/agreements', { method: 'HEAD' })).toEqual([200])
    expect(await statuses(1, '/nothing')).toEqual([429])
  })

  test('do not count a 304', async () => {
    const { ask, statuses } = await limited({ reads: 2 })
    const headers = { 'if-none-match': '*' }
    expect(await statuses(5, address, { headers })).toEqual([304, 304, 304, 304, 304])
    expect((await ask(address, { headers })).headers['ratelimit']).toBe('"reads";r=2;t=60')
    expect(await statuses(3, address)).toEqual([200, 200, 429])
  })

  test('do not count health checks', async () => {
    const { ask, statuses } = await limited({ reads: 1 })
    await ask(address)
    expect(await statuses(3, '/livez')).toEqual([200, 200, 200])
    expect(await statuses(3, '/readyz')).toEqual([200, 200, 200])
    expect((await ask('/livez')).headers['ratelimit']).toBeUndefined()
  })

  test('are off at 0: nothing is counted or reported', async () => {
    const { ask, statuses } = await limited({ writes: 1 })
    expect(new Set(await statuses(20, address))).toEqual(new Set([200]))
    expect((await ask(address)).headers['ratelimit-policy']).toBeUndefined()
  })

  describe('by address', () => {
    const forwarded = (...addresses: string[]) => ({ 'x-forwarded-for': addresses.join(', ') })

    test('each has its own budget; IPv6 addresses in one /64 share it', async () => {
      const { statuses } = await limited({ reads: 1 })
      expect(await statuses(2, address, { from: '192.0.2.1' })).toEqual([200, 429])
      expect(await statuses(2, address, { from: '192.0.2.2' })).toEqual([200, 429])
      expect(await statuses(1, address, { from: '::ffff:192.0.2.1' })).toEqual([429])
      expect(await statuses(1, address, { from: '2001:db8:1:2::1' })).toEqual([200])
      expect(await statuses(1, address, { from: '2001:db8:1:2:ffff:ffff:ffff:ffff' })).toEqual([429])
      expect(await statuses(1, address, { from: '2001:db8:1:3::1' })).toEqual([200])
    })

    test('X-Forwarded-For is ignored without trusted proxies', async () => {
      const { statuses } = await limited({ reads: 1 })
      expect(await statuses(1, address, { headers: forwarded('198.51.100.1') })).toEqual([200])
      expect(await statuses(1, address, { headers: forwarded('198.51.100.2') })).toEqual([429])
      expect(
        await statuses(1, address, { headers: { 'x-real-ip': '198.51.100.3', forwarded: 'for=198.51.100.3' } }),
      ).toEqual([429])
    })

    test('X-Forwarded-For of a trusted proxy is used, but only the address that the proxy saw', async () => {
      const { statuses } = await limited({ reads: 1 }, ['192.0.2.0/28', 'fd00::/8'])
      const through = (...claimed: string[]) => ({ from: '192.0.2.1', headers: forwarded(...claimed) })
      expect(await statuses(2, address, through('198.51.100.1'))).toEqual([200, 429])
      expect(await statuses(2, address, through('198.51.100.2'))).toEqual([200, 429])
      // The client invented the address before its own.
      expect(await statuses(1, address, through('203.0.113.9', '198.51.100.2'))).toEqual([429])
      expect(await statuses(1, address, through('junk', '198.51.100.2'))).toEqual([429])
      // Two proxies, one behind the other.
      expect(await statuses(1, address, through('198.51.100.2', '192.0.2.3'))).toEqual([429])
      expect(await statuses(1, address, { from: 'fd00::1', headers: forwarded('198.51.100.2') })).toEqual([429])
    })

    test('X-Forwarded-For of other addresses is ignored', async () => {
      const { statuses } = await limited({ reads: 1 }, ['192.0.2.0/28'])
      const untrusted = (claimed: string) => ({ from: '192.0.2.16', headers: forwarded(claimed) })
      expect(await statuses(1, address, untrusted('198.51.100.1'))).toEqual([200])
      expect(await statuses(1, address, untrusted('198.51.100.2'))).toEqual([429])
      expect(await statuses(1, address, untrusted('192.0.2.1'))).toEqual([429])
    })
  })
})

describe('an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
    ['2001:0db8:00a0:000b:1:2:3:4', '2001:db8:a0:b::/64'],
    ['2001:db8:1:2:3:4:5::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
  ])('%s is counted as %s', (ip, counted) => {
    expect(addressOf({ ip })).toBe(counted)
  })
})

describe('failed authentications', () => {
  const from = (ip: string) => ({ ip }) as FastifyRequest
  const refusal = (failed: Promise<void>): Promise<unknown> => failed.catch((error: unknown) => error)

  test('are limited by address, whatever the credentials', async () => {
    const clock = standingClock()
    const callerOf = (request: FastifyRequest) => `key ${Math.random()} of ${request.ip}`
    const limits = createLimits({ ...none, failures: 2 }, { ...clock, callerOf })
    await limits.failed(from('192.0.2.1'))
    await limits.failed(from('192.0.2.1'))
    const refused = await refusal(limits.failed(from('192.0.2.1')))
    expect(refused).toBeInstanceOf(Problem)
    expect(refused).toMatchObject({ code: 'too_many_requests', status: 429, headers: { 'retry-after': '60' } })
    expect(await refusal(limits.failed(from('192.0.2.2')))).toBeUndefined()
    clock.pass(60_000)
    expect(await refusal(limits.failed(from('192.0.2.1')))).toBeUndefined()
  })

  test('are not limited at 0', async () => {
    const limits = createLimits(none)
    for (let n = 0; n < 1000; n += 1) await limits.failed(from('192.0.2.1'))
  })
})

describe('the memory for callers', () => {
  const limits = (clock = standingClock()) => {
    const { failed } = createLimits({ ...none, failures: 1 }, clock)
    return (ip: string): Promise<boolean> =>
      failed({ ip } as FastifyRequest).then(
        () => true,
        () => false,
      )
  }
  const nth = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`

  test('is limited: beyond 20,000 callers, the oldest are forgotten', async () => {
    const allows = limits()
    for (let n = 0; n < 20_000; n += 1) await allows(nth(n))
    expect([await allows(nth(0)), await allows(nth(19_999))]).toEqual([false, false])
    await allows(nth(20_000))
    expect([await allows(nth(1)), await allows(nth(0))]).toEqual([false, true])
  })

  test('is sufficient: no caller gains from later ones', async () => {
    const clock = standingClock()
    const allows = limits(clock)
    await allows(nth(0))
    clock.pass(30_000)
    for (let n = 1; n < 19_999; n += 1) await allows(nth(n))
    expect(await allows(nth(0))).toBe(false)
  })
})

test('a key has its own budget, from any address', async () => {
  const app = Fastify()
  const callerOf = ({ headers, ip }: FastifyRequest) => String(headers['x-key'] ?? ip)
  createLimits({ ...none, reads: 1 }, { ...standingClock(), callerOf }).guard(app)
  app.get('/', async () => 'x')
  app.setErrorHandler((error: Problem, _request, reply) => reply.code(error.status).send())
  const ask = async (remoteAddress: string, headers: object = {}) =>
    (await app.inject({ url: '/', remoteAddress, headers: { ...headers } })).statusCode
  expect([await ask('192.0.2.1', { 'x-key': 'a' }), await ask('192.0.2.2', { 'x-key': 'a' })]).toEqual([200, 429])
  expect([await ask('192.0.2.1', { 'x-key': 'b' }), await ask('192.0.2.1')]).toEqual([200, 200])
  await app.close()
})

describe('the settings of the limits', () => {
  test('do not affect an analyst or a test, and are off at 0', () => {
    expect(readConfig({}).rates).toEqual({ reads: 60_000, writes: 30_000, exports: 600, failures: 6000 })
    expect(readConfig({ RATE_LIMIT_READS: '0' }).rates.reads).toBe(0)
  })

  test.each([
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '10.0.0.0/7',
    'fc00::/6',
    '10.0.0/8',
    'loopback',
    '10.0.0.0/8/9',
    '10.0.0.0/',
    '',
  ])('%j cannot be a trusted proxy', (network) => {
    const all = `192.0.2.1,${network}`
    expect(() => readConfig({ TRUSTED_PROXIES: all })).toThrow(
      /^TRUSTED_PROXIES is ".*"\. Must be comma-separated addresses and net/,
    )
  })

  test('accept addresses and networks of proxies', () => {
    const { trustedProxies } = readConfig({ TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.7,fc00::/7, ::1' })
    expect(trustedProxies).toEqual(['10.0.0.0/8', '192.0.2.7', 'fc00::/7', '::1'])
  })
})

describe('callers', () => {
  let register: Register
  let ask: (ip: string, authorization?: string, method?: 'GET' | 'POST') => Promise<number>
  async function limited(rates: Partial<Rates>): Promise<void> {
    register ??= await freshRegister()
    const options = { rates: { ...none, ...rates }, now: standingClock().now }
    const app = await buildApp({ db: register.db, today: register.today }, options)
    atEnd(() => app.close())
    ask = async (remoteAddress, authorization, method = 'GET') => {
      const headers = authorization === undefined ? {} : { authorization }
      return (await app.inject({ method, url: '/v1/agreements', remoteAddress, headers })).statusCode
    }
  }

  test('have a budget for each key, from any address, or for each address without a key', async () => {
    await limited({ reads: 1 })
    const [one, two] = [authHeader('reader').authorization, authHeader('editor').authorization]
    expect([await ask('192.0.2.1', one), await ask('192.0.2.2', one)]).toEqual([200, 429])
    expect([await ask('192.0.2.1', two), await ask('192.0.2.1'), await ask('192.0.2.1')]).toEqual([200, 200, 429])
  })

  test('are also counted when refused', async () => {
    await limited({ writes: 2 })
    const reader = authHeader('reader').authorization
    const write = (authorization?: string) => ask('192.0.2.1', authorization, 'POST')
    expect([await write(reader), await write(reader), await write(reader)]).toEqual([403, 403, 429])
    expect([await write(), await write(), await write()]).toEqual([401, 401, 429])
  })

  test('are identified until their address has failed too often; a valid key still is', async () => {
    await limited({ failures: 2 })
    const wrong = `${authHeader('reader').authorization}x`
    const statuses = [await ask('192.0.2.1', wrong), await ask('192.0.2.1', 'Basic x'), await ask('192.0.2.1', wrong)]
    expect(statuses).toEqual([401, 401, 429])
    expect(await ask('192.0.2.1', authHeader('reader').authorization)).toBe(200)
    expect([await ask('192.0.2.1'), await ask('192.0.2.2', wrong)]).toEqual([200, 401])
  })
})

describe('processes on one database', () => {
  let register: Register
  let clock: ReturnType<typeof standingClock>
  /** The whole application, twice. */
  let whole: FastifyInstance[]
  beforeAll(async () => {
    register = await freshRegister()
    clock = standingClock()
    const rates = { ...none, reads: 2, writes: 7, failures: 5 }
    whole = await Promise.all(
      connections().map((db) => buildApp({ db, today: register.today }, { rates, now: clock.now })),
    )
    for (const app of whole) atEnd(() => app.close())
  })

  function connections(): ConnectedDatabase[] {
    const both = [1, 2].map(() => connect({ url: register.url, pool: 4, limits: ample }))
    for (const db of both) atEnd(() => db.close())
    return both
  }

  /** Two applications that only limit writes, and the names of the statements that they send. */
  function limiting(writes: number, options: { maxWait?: number } = {}) {
    const statements: string[] = []
    const apps = connections().map((db) => {
      const watched = db.watchedBy((name, run) => {
        statements.push(name)
        return run()
      })
      const app = Fastify()
      createLimits({ ...none, writes }, { db: watched, now: clock.now, ...options }).guard(app)
      app.post('/v1/agreements', async () => 'x')
      app.setErrorHandler((error: Problem, _request, reply) => reply.code(error.status).send())
      return app
    })
    return { apps, statements }
  }

  interface Sent {
    from: string
    method?: 'GET' | 'POST'
    headers?: Record<string, string>
  }

  const send = (app: FastifyInstance, { from, method = 'POST', headers = {} }: Sent) =>
    app.inject({ method, url: '/v1/agreements', remoteAddress: from, headers })

  /** How many of 20 requests that are sent to both in turn are not refused by a limit. */
  async function allowed(apps: FastifyInstance[], sent: Sent, count = 20): Promise<number> {
    const answers = await Promise.all(Array.from({ length: count }, (_, n) => send(apps[n % 2]!, sent)))
    return answers.filter(({ statusCode }) => statusCode !== 429).length
  }

  test('let exactly as many writes through together as the limit allows', async () => {
    expect(await allowed(whole, { from: '192.0.2.1' })).toBe(7)
    expect(await allowed(whole, { from: '192.0.2.2' })).toBe(7)
    expect(await allowed(whole, { from: '192.0.2.1', headers: authHeader('reader') })).toBe(7)
  })

  test('let exactly as many failed authentications through together as the limit allows', async () => {
    const [from, method] = ['192.0.2.3', 'GET'] as const
    expect(await allowed(whole, { from, method, headers: { authorization: 'Bearer ent_wrong' } })).toBe(5)
    expect((await send(whole[0]!, { from, method })).statusCode).toBe(200)
  })

  test('count reads separately', async () => {
    expect(await allowed(whole, { from: '192.0.2.4', method: 'GET' })).toBe(4)
  })

  test('report what both have left', async () => {
    const left: unknown[] = []
    for (const n of [0, 1, 0, 1]) left.push((await send(whole[n]!, { from: '192.0.2.5' })).headers['ratelimit'])
    expect(left.map((text) => /^"writes";r=(\d+);t=\d+$/.exec(String(text))?.[1])).toEqual(['6', '5', '4', '3'])
  })

  test('refuse without asking again until the window ends; then all have a new one', async () => {
    const { apps, statements } = limiting(4)
    const from = '192.0.2.6'
    expect(await allowed(apps, { from })).toBe(4)
    const asked = statements.length
    expect([await allowed(apps, { from }), statements.length]).toEqual([0, asked])
    await register.db.query(sql`update rate_windows set ends = statement_timestamp()`)
    clock.pass(60_000)
    expect(await allowed(apps, { from })).toBe(4)
  })

  test('take shares of a large limit, a hundredth of what is left, and let no more through', async () => {
    const { apps, statements } = limiting(250)
    expect(await allowed(apps, { from: '192.0.2.7' }, 600)).toBe(250)
    expect(statements.length).toBeLessThan(250)
    const large = limiting(30_000)
    for (let n = 0; n < 301; n += 1) await send(large.apps[0]!, { from: '192.0.2.8' })
    expect(large.statements).toEqual(Array(2).fill('share-of-rate-limit'))
  })

  test('have the limit each while the database cannot count, and share it again afterwards', async () => {
    const { apps } = limiting(3)
    await register.db.query(sql`alter table rate_windows rename to rate_windows_away`)
    expect(await allowed(apps, { from: '192.0.2.9' })).toBe(6)
    await register.db.query(sql`alter table rate_windows_away rename to rate_windows`)
    expect(await allowed(apps, { from: '192.0.2.10' })).toBe(6)
    clock.pass(10_000)
    expect(await allowed(apps, { from: '192.0.2.11' })).toBe(3)
  })

  test('have the limit each while another session holds the row of a caller', async () => {
    const { apps } = limiting(3, { maxWait: 100 })
    const from = '192.0.2.13'
    expect((await send(apps[0]!, { from })).statusCode).toBe(200)
    const release = await holding(register.url, 'select from rate_windows for update')
    expect(await allowed(apps, { from })).toBe(2 + 3)
    expect(await allowed(apps, { from: '192.0.2.14' })).toBe(6)
    await release()
  })

  test('delete windows that ended more than a minute ago', async () => {
    const { apps } = limiting(1)
    await register.db.query(sql`update rate_windows set ends = ends - interval '3 minutes'`)
    await send(apps[0]!, { from: '192.0.2.12' })
    await deleteEndedWindows(register.db)
    expect(await register.db.query(sql`select used from rate_windows`)).toEqual([{ used: 1 }])
  })
})
