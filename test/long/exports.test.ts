import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import type { Database } from '../../src/database/connect.ts'
import { addInBulk, numberedId } from '../support/bulk.ts'
import { authHeader } from '../support/keys.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'

describe('an export of many', () => {
  let register: Register
  const many = 500
  beforeAll(async () => {
    register = await freshRegister()
    const bulk = Array.from({ length: many }, (_, i) => ({
      id: numberedId(i),
      body: anAgreement(),
    }))
    await addInBulk(register.db, bulk, '2026-01-01')
    // Together they are more than the system's buffers hold of an answer that nobody reads.
    await register.db.query(
      sql`update agreements set document = replace(document, '"summary":null', '"summary":"' || repeat('x', 50000) || '"')`,
    )
    await register.app.listen({ host: '127.0.0.1', port: 0 })
  }, 120_000)

  const portOf = ({ server }: Register['app']) => (server.address() as AddressInfo).port
  /** Asks for an export as another caller, unless it is said from where, and reads nothing of it yet. */
  const open = (path: string, port = portOf(register.app), localAddress = `127.0.0.${(callers += 1)}`) =>
    new Promise<IncomingMessage>((settle, reject) => {
      get({ host: '127.0.0.1', port, path, localAddress, agent: false }, settle).on('error', reject)
    })
  let callers = 1

  /** Another server of the same register, with these limits. */
  async function serve(options: Parameters<typeof buildApp>[1]) {
    const app = await buildApp({ db: register.db, today: register.today }, options)
    closing.push(() => app.close())
    await app.listen({ host: '127.0.0.1', port: 0 })
    const another = async () => (await app.inject({ url: `${path}&reference=NONE` })).statusCode
    const connections = () => new Promise<number>((settle) => app.server.getConnections((_, count) => settle(count)))
    return { app, port: portOf(app), another, connections }
  }
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  const path = '/v1/agreements/export?format=ndjson'

  test('is one snapshot, whatever is written meanwhile', async () => {
    const response = await open('/v1/agreements/export?format=ndjson')
    expect(response.headers['x-total-count']).toBe(String(many))
    await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    expect(text.trimEnd().split('\n')).toHaveLength(many)
  })

  test('waits for its client, frees its place when the client goes, and runs twice at once, not more', async () => {
    const [one, two] = await Promise.all([open(path), open(path)])
    const third = await register.app.inject({ url: path })
    expect([third.statusCode, third.json().code, third.headers['retry-after']]).toEqual([503, 'busy', '5'])
    one.destroy()
    two.destroy()
    await expect.poll(async () => (await register.app.inject({ url: `${path}&reference=NONE` })).statusCode).toBe(200)
  })

  test('frees its place when its client stops reading for ever', async () => {
    const { port, another } = await serve({ limits: { connectionTimeout: 1000 }, downloads: { minRate: 0 } })
    const stalled = await Promise.all([open(path, port), open(path, port)])
    for (const response of stalled) response.on('error', () => {}).pause()
    expect(await another()).toBe(503)
    await expect.poll(another).toBe(200)
  })

  test('has one place a caller, by its key or else its address, and leaves the others theirs', async () => {
    const { app, port } = await serve({})
    const export_ = async (remoteAddress: string, headers = {}) => {
      const {
        statusCode,
        headers: told,
        payload,
      } = await app.inject({ url: `${path}&reference=NONE`, remoteAddress, headers })
      return [statusCode, told['retry-after'], statusCode === 200 ? '' : (JSON.parse(payload) as { code: string }).code]
    }
    const first = await open(path, port, '127.0.0.2')
    expect(await export_('127.0.0.2')).toEqual([429, '5', 'too_many_requests'])
    expect(await export_('127.0.0.3')).toEqual([200, undefined, ''])
    expect(await export_('127.0.0.2', authHeader('reader'))).toEqual([200, undefined, ''])
    first.destroy()
    await expect.poll(async () => (await export_('127.0.0.2'))[0]).toBe(200)
  })

  /** Reads an export to its end. @throws Error when it is cut off */
  async function readWhole(response: IncomingMessage, rest = 0): Promise<string> {
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk
      if (rest > 0) await setTimeout(rest)
    }
    return text
  }

  test('is cut off, not ended, when its client takes less than the minimum rate, and frees its place', async () => {
    const { port, another, connections } = await serve({ downloads: { minRate: 1_000_000, window: 500 } })
    const slow = await Promise.all([open(path, port), open(path, port)])
    await expect.poll(another).toBe(200)
    await expect.poll(connections).toBe(0)
    for (const response of slow) await expect(readWhole(response)).rejects.toThrow('aborted')
  })

  test('is not cut off while its client keeps the rate, nor while it waits for the database', async () => {
    const { port } = await serve({ downloads: { minRate: 1000, window: 3000 } })
    const text = await readWhole(await open(path, port), 2)
    expect(text.trimEnd().split('\n').length).toBeGreaterThanOrEqual(many)
    const db = register.db.watchedBy(async (_name, run) => {
      await setTimeout(250)
      return run()
    })
    const app = await buildApp({ db, today: register.today }, { downloads: { minRate: 100_000_000, window: 100 } })
    closing.push(() => app.close())
    expect((await app.inject({ url: `${path}&id=${numberedId(1)}` })).payload).toContain(numberedId(1))
  })

  test('is not given up by the database while its client may still take it', async () => {
    let limit: string | undefined
    const asked: Database = {
      ...register.db,
      during: () => asked,
      transaction: (work, options) =>
        register.db.transaction(async (db) => {
          const setting = sql`select current_setting('idle_in_transaction_session_timeout') as limit`
          limit = (await db.query<{ limit: string }>(setting))[0]!.limit
          return work(db)
        }, options),
    }
    const app = await buildApp({ db: asked, today: register.today }, { downloads: { maxExportTime: 7_200_000 } })
    closing.push(() => app.close())
    expect((await app.inject({ url: `${path}&reference=NONE` })).statusCode).toBe(200)
    expect(limit).toBe('2h')
  })

  test('is cut off, not ended, when it takes too long, and frees its place', async () => {
    const { port, another, connections } = await serve({ downloads: { minRate: 0, maxExportTime: 500 } })
    const long = await Promise.all([open(path, port), open(path, port)])
    await expect.poll(another).toBe(200)
    await expect.poll(connections).toBe(0)
    for (const response of long) await expect(readWhole(response)).rejects.toThrow('aborted')
  })

  test('is cut off, not ended, when the database fails it midway', async () => {
    const response = await open('/v1/agreements/export?format=json')
    const killed = () =>
      register.db.query({
        name: 'kill',
        text: `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and state = 'idle in transaction'`,
      })
    await expect.poll(async () => (await killed()).length).toBe(1)
    let text = ''
    const read = async () => {
      for await (const chunk of response.setEncoding('utf8')) text += chunk
    }
    await expect(read()).rejects.toThrow('aborted')
    expect(text.endsWith(']}')).toBe(false)
  })
})
