import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ConnectedDatabase, connect } from '../../src/database/connect.ts'
import { sqlstateOf, troubleOf } from '../../src/database/errors.ts'
import type { TimeLimits } from '../../src/database/time-limits.ts'
import { authHeader } from '../support/keys.ts'
import { holding, waitingForLocks } from '../support/locks.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'
import { ample, ask, serve, type Served, times } from '../support/served.ts'
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy.ts'

let register: Register
let id: string
const address = () => `/v1/agreements/${id}`
const versionOf = async (of = address()) => (await ask(register, 'GET', of)).body!.version

beforeAll(async () => {
  register = await freshRegister()
  id = (await ask(register, 'POST', '/v1/agreements', anAgreement())).body!.id
})

// Their tests wait for time limits, and do so at the same time.
describe.concurrent('a network that falls silent', () => {
  /** The application behind a proxy, with ten connections. */
  async function behindProxy(limits: Partial<TimeLimits>): Promise<{ proxy: TcpProxy; served: Served }> {
    const proxy = await tcpProxy(register.url)
    const served = await serve(proxy.url, limits)
    await times(10, () => ask(served, 'GET', address()))
    return { proxy, served }
  }

  test('is answered 503 to those whose connections it takes, and its dead connections cost nobody else anything', async ({
    expect,
  }) => {
    const { proxy, served } = await behindProxy({ statement: 500, lock: 400 })
    proxy.pause()
    const answers = await times(30, (i) =>
      i < 2 ? ask(served, 'PATCH', address(), { summary: `Silent ${i}` }) : ask(served, 'GET', address()),
    )
    const failed = answers.filter(({ status }) => status !== 200)
    for (const { status, code } of failed) expect([status, code]).toEqual([503, 'database_unavailable'])
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.length).toBeLessThanOrEqual(10)
    for (let i = 0; i < 12; i += 1) expect((await ask(served, 'GET', address())).status).toBe(200)
    await expect.poll(async () => (await ask(served, 'GET', '/readyz')).status).toBe(200)
  })

  test('for new connections too is 503 while it lasts, and serves again when it is over', async ({ expect }) => {
    const { proxy, served } = await behindProxy({ statement: 500, lock: 400, connect: 1_000 })
    proxy.pauseNew()
    proxy.pause()
    const [ready, alive, ...reads] = await Promise.all([
      ask(served, 'GET', '/readyz'),
      ask(served, 'GET', '/livez'),
      ...Array.from({ length: 14 }, () => ask(served, 'GET', address())),
    ])
    expect(ready.code).toBe('database_unavailable')
    expect(alive.status).toBe(200)
    expect(reads.map(({ status }) => status)).toEqual(Array(14).fill(503))
    proxy.resume()
    await expect.poll(async () => (await ask(served, 'GET', address())).status).toBe(200)
    await expect.poll(async () => (await ask(served, 'GET', '/readyz')).status).toBe(200)
  })

  test('does not hold up the end', async () => {
    const proxy = await tcpProxy(register.url)
    const other = connect({ url: proxy.url, limits: ample })
    await times(5, () => other.query(sql`select 1`))
    proxy.pause()
    await other.close()
  })
})

describe.concurrent('time limits', () => {
  const shown = (db: Pick<ConnectedDatabase, 'query'>) =>
    db.query<{ name: string; setting: string }>(
      sql`select name, setting from pg_settings where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') order by name`,
    )

  test('are each transaction’s own, so that a pooler may give the connection to others', async () => {
    const { db } = await serve(register.url, { statement: 700, lock: 600, idle: 500 }, 1)
    const within = await db.transaction((db) => shown(db))
    expect(within.map(({ setting }) => setting)).toEqual(['500', '600', '700'])
    const outside = await shown(db)
    expect(outside.map(({ setting }) => setting)).toEqual(['0', '0', '0'])
  })

  test('end a statement that takes longer, in a transaction and alone, and give its connection up', async ({
    expect,
  }) => {
    const { db } = await serve(register.url, { statement: 200 }, 1)
    const within = await db.transaction((db) => db.query(sql`select pg_sleep(30)`)).catch((error: unknown) => error)
    expect([sqlstateOf(within), troubleOf(within)]).toEqual(['57014', 'busy'])
    const alone = await db.query(sql`select pg_sleep(30)`).catch((error: unknown) => error)
    expect(troubleOf(alone)).toBe('away')
    const running = async () => {
      const rows = await register.db.query(
        sql`select from pg_stat_activity where query like 'select pg_sleep(30)%' and state = 'active'`,
      )
      return rows.length
    }
    await expect.poll(running).toBe(0)
    expect(await db.query(sql`select 1 as one`)).toEqual([{ one: 1 }])
  })

  test('end a transaction that does nothing, and tell it as a database that is away', async ({ expect }) => {
    const { db } = await serve(register.url, { idle: 200 }, 1)
    const ended = async (pid: number) => {
      const rows = await register.db.query(sql`select from pg_stat_activity where pid = ${pid}`)
      return rows.length === 0
    }
    const idle = await db
      .transaction(async (db) => {
        const [row] = await db.query<{ pid: number }>(sql`select pg_backend_pid() as pid`)
        await expect.poll(() => ended(row!.pid)).toBe(true)
        return db.query(sql`select 1`)
      })
      .catch((error: unknown) => error)
    expect(troubleOf(idle)).toBe('away')
    expect(await db.query(sql`select 1 as one`)).toEqual([{ one: 1 }])
  })
})

describe('a lock that another session holds', () => {
  test('on an agreement fails its edits: busy, and not written later', async () => {
    const served = await serve(register.url, { statement: 500, lock: 400 })
    const version = await versionOf()
    const release = await holding(register.url, `select from agreements where id = '${id}' for update`)
    const edits = await times(12, (i) => ask(served, 'PATCH', address(), { summary: `Waiting ${i}` }))
    for (const { status, code, retryAfter } of edits) expect([status, code, retryAfter]).toEqual([503, 'busy', '2'])
    await release()
    expect(await versionOf()).toBe(version)
    expect((await ask(register, 'PATCH', address(), { summary: 'Free again' })).status).toBe(200)
    expect(await versionOf()).toBe(version + 1)
  })

  test('lets two edits of an agreement at most hold a connection, and others are served meanwhile', async () => {
    const served = await serve(register.url, {})
    const other = (await ask(served, 'POST', '/v1/agreements', anAgreement())).body!.id
    const release = await holding(register.url, `select from agreements where id = '${id}' for update`)
    const edits = times(12, (i) => ask(served, 'PATCH', address(), { summary: `In line ${i}` }))
    await expect.poll(() => waitingForLocks(register.db)).toBe(2)
    await expect.poll(() => served.db.connections().total - served.db.connections().idle).toBe(2)
    const meanwhile = await times(20, (i) =>
      i % 2 === 0
        ? ask(served, 'GET', address())
        : ask(served, 'PATCH', `/v1/agreements/${other}`, { summary: `Meanwhile ${i}` }),
    )
    expect(meanwhile.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(await waitingForLocks(register.db)).toBe(2)
    await release()
    expect((await edits).map(({ status }) => status)).toEqual(Array(12).fill(200))
  })

  test('on a body that all writes name leaves connections to readers, and is busy in the end', async () => {
    const served = await serve(register.url, {})
    const release = await holding(register.url, `select from signatories where code = 'US' for update`)
    const creations = times(20, () => ask(served, 'POST', '/v1/agreements', anAgreement()))
    const reads = await times(20, () => ask(served, 'GET', address()))
    expect(reads.map(({ status }) => status)).toEqual(Array(20).fill(200))
    const impatient = await serve(register.url, { statement: 500, lock: 400 })
    const refused = await times(4, () => ask(impatient, 'POST', '/v1/agreements', anAgreement()))
    for (const { status, code } of refused) expect([status, code]).toEqual([503, 'busy'])
    await release()
    expect((await creations).map(({ status }) => status)).toEqual(Array(20).fill(201))
  })

  test('on a table makes reads busy, and /readyz says so while requests wait', async () => {
    const served = await serve(register.url, {}, 2)
    const release = await holding(register.url, 'lock table agreements in access exclusive mode')
    const reads = times(6, () => ask(served, 'GET', '/v1/agreements?limit=1'))
    await expect.poll(async () => (await ask(served, 'GET', '/readyz')).code).toBe('busy')
    expect((await ask(served, 'GET', '/livez')).status).toBe(200)
    await release()
    expect((await reads).map(({ status }) => status)).toEqual(Array(6).fill(200))
    await expect.poll(async () => (await ask(served, 'GET', '/readyz')).status).toBe(200)
  })
})

describe('a caller that goes away', () => {
  test('takes its statement with it', async () => {
    const served = await serve(register.url, {})
    const origin = await served.app.listen({ host: '127.0.0.1', port: 0 })
    const release = await holding(register.url, 'lock table agreements in access exclusive mode')
    const leaving = new AbortController()
    const read = (path: string) => fetch(`${origin}${path}`, { signal: leaving.signal }).catch(() => 'gone')
    const list = () => read('/v1/agreements?limit=1')
    const write = fetch(`${origin}${address()}`, {
      method: 'PATCH',
      signal: leaving.signal,
      headers: { ...authHeader('admin'), 'if-match': '*', 'content-type': 'application/json' },
      body: JSON.stringify({ summary: 'Left alone' }),
    }).catch(() => 'gone')
    const all = Promise.all([read(address()), list(), list(), write])
    await expect.poll(() => waitingForLocks(register.db)).toBe(4)
    leaving.abort()
    expect(await all).toEqual(['gone', 'gone', 'gone', 'gone'])
    await expect.poll(() => waitingForLocks(register.db)).toBe(0)
    await release()
    expect((await ask(served, 'GET', address())).body).not.toMatchObject({ summary: 'Left alone' })
  })
})

describe('a database that cannot be reached', () => {
  const changed = (change: (url: URL) => void) => {
    const url = new URL(register.url)
    change(url)
    return url.href
  }

  test.each([
    ['because there is none of that name', () => changed((url) => (url.pathname = '/no_such_database'))],
    ['because the password is wrong', () => changed((url) => (url.password = 'wrong'))],
    ['because its socket is away', () => 'postgres://someone@/register?host=/nowhere'],
    ['because nothing listens', () => 'postgres://someone@127.0.0.1:1/register'],
    ['because its name is unknown', () => 'postgres://someone@no-such-host.invalid/register'],
  ])('%s is 503', async (_why, url) => {
    const served = await serve(url(), { connect: 1_000 })
    for (const path of [address(), '/v1/signatories/KR', '/readyz']) {
      const { status, code, retryAfter } = await ask(served, 'GET', path)
      expect([status, code, retryAfter]).toEqual([503, 'database_unavailable', '2'])
    }
    expect((await ask(served, 'POST', '/v1/agreements', anAgreement())).status).toBe(503)
  })
})

test('/readyz asks over a connection of its own, once a second for all', async () => {
  const proxy = await tcpProxy(register.url)
  const served = await serve(proxy.url, {})
  const began = performance.now()
  const answers = await times(50, () => ask(served, 'GET', '/readyz'))
  const seconds = Math.floor((performance.now() - began) / 1000)
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
  expect(answers[0]!.body).toEqual({ status: 'ready', writable: true, registryChanges: 0, clockDifference: null })
  expect(proxy.count('current_setting')).toBeGreaterThan(0)
  expect(proxy.count('current_setting')).toBeLessThanOrEqual(1 + seconds)
  expect(served.db.connections().total).toBe(0)
})
