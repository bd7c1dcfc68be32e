import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { startPublisher } from '../src/agreements/publication/republish-worker.ts'
import { buildApp } from '../src/app.ts'
import { connect } from '../src/database/connect.ts'
import { prepare } from '../src/programs/prepare.ts'
import { atEnd } from './support/at-end.ts'
import { authHeader } from './support/keys.ts'
import { anAgreement, freshDatabase, freshRegister } from './support/register.ts'

/** Makes new connections to the database read-only, as on a standby. */
async function makeReadOnly(url: string) {
  const owner = connect({ url, pool: 1 })
  const name = new URL(url).pathname.slice(1)
  const set = (value: string) =>
    owner.query(sql.raw(`alter database ${name} set default_transaction_read_only = ${value}`))
  await set('on')
  const db = connect({ url })
  atEnd(() => Promise.all([owner.close(), db.close()]))
  return { db, makeWritable: () => set('off') }
}

describe('on a read-only database', () => {
  test('reads succeed, and writes are refused with the reason', async () => {
    const register = await freshRegister()
    const { body } = await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    const { db } = await makeReadOnly(register.direct)
    const app = await buildApp({ db, today: register.today })
    atEnd(() => app.close())
    const headers = { ...authHeader('admin'), 'if-match': '*' }
    for (const url of [
      `/v1/agreements/${body.id}`,
      '/v1/agreements?q=floods',
      '/v1/signatories',
      '/v1/statistics?groupBy=type',
    ]) {
      expect((await app.inject({ url, headers })).statusCode, url).toBe(200)
    }
    const writes = [
      { method: 'POST', url: '/v1/agreements', payload: anAgreement() },
      { method: 'PATCH', url: `/v1/agreements/${body.id}`, payload: { summary: 'New' } },
      { method: 'DELETE', url: `/v1/agreements/${body.id}` },
      { method: 'POST', url: '/v1/signatories', payload: { code: 'NEW', name: 'New', kind: 'state' } },
      { method: 'POST', url: '/v1/keys', payload: { name: 'New', role: 'reader' } },
    ] as const
    for (const write of writes) {
      const answer = await app.inject({ ...write, headers })
      const { code } = answer.json<{ code: string }>()
      expect([answer.statusCode, code, answer.headers['retry-after']], write.url).toEqual([
        503,
        'database_read_only',
        '10',
      ])
    }
    expect((await app.inject({ url: '/readyz' })).json()).toEqual({
      status: 'ready',
      writable: false,
      registryChanges: 0,
      clockDifference: null,
    })
  })

  test('requests with a key keep their connections, although its use cannot be recorded', async () => {
    const register = await freshRegister()
    await register.db.query(sql`update keys set last_used_at = null`)
    await makeReadOnly(register.direct)
    let made = 0
    const db = connect({ url: register.direct, pool: 2, admit: async () => void (made += 1) })
    const app = await buildApp({ db, today: register.today })
    atEnd(async () => {
      await app.close()
      await db.close()
    })
    for (let i = 0; i < 20; i += 1) {
      expect((await app.inject({ url: '/v1/me', headers: authHeader('reader') })).statusCode).toBe(200)
    }
    expect(made).toBeLessThanOrEqual(3)
  })

  test('the server starts without migrating or loading anything, if the schema is up to date', async () => {
    const { direct: url } = await freshDatabase()
    const { db } = await makeReadOnly(url)
    await expect(prepare(db)).resolves.toBeUndefined()
  })

  test('the server does not start if the schema is not up to date', async () => {
    const { direct: url } = await freshDatabase({ empty: true })
    const { db } = await makeReadOnly(url)
    await expect(prepare(db)).rejects.toThrow(
      /^The database is read-only and lacks \d+ migrations\. Migrate its primary first\.$/,
    )
  })

  test('the publisher waits until the database accepts writes', async () => {
    const register = await freshRegister()
    const term = { length: 'P12M', atEnd: 'ends' }
    const dates = [{ event: 'entered_into_force', date: '2025-06-01' }]
    const { body } = await register.api.post('/v1/agreements').send(anAgreement({ term, dates })).expect(201)
    expect(body.status).toBe('in_force')
    const { db, makeWritable } = await makeReadOnly(register.direct)
    const failures: unknown[] = []
    const error = (failure: unknown) => void failures.push(failure)
    const publisher = startPublisher(db, () => '2027-01-01', { error })
    const statusOf = async () => (await register.api.get(`/v1/agreements/${body.id}`)).body.status
    await new Promise((done) => setTimeout(done, 1_500))
    expect([await statusOf(), failures]).toEqual(['in_force', []])
    await makeWritable()
    await register.db.query(sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`)
    await expect.poll(statusOf).toBe('terminated')
    await publisher.stop()
  })
})
