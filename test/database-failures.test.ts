import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ConnectedDatabase } from '../src/database/connect.ts'
import { authHeader } from './support/keys.ts'
import { isPooled } from './support/pooled.ts'
import { anAgreement, freshRegister, leastMapping, type Register } from './support/register.ts'
import { ask, serve, type Served, times } from './support/served.ts'
import { type TcpProxy, tcpProxy } from './support/tcp-proxy.ts'

let register: Register
let id: string
const address = () => `/v1/agreements/${id}`
const versionOf = async (of = address()) => (await ask(register, 'GET', of)).body!.version

beforeAll(async () => {
  register = await freshRegister()
  id = (await ask(register, 'POST', '/v1/agreements', anAgreement())).body!.id
})

describe('a transaction that PostgreSQL aborts', () => {
  /** Makes the next `failures` publications fail with this error, each in the middle of its transaction. */
  async function failing(db: ConnectedDatabase, sqlstate: string, failures: number): Promise<void> {
    await db.query(sql.raw(`create sequence failures_so_far`))
    await db.query(
      sql.raw(`create function fail() returns trigger language plpgsql as $$ begin
      if nextval('failures_so_far') <= ${failures} then raise sqlstate '${sqlstate}'; end if; return new; end $$`),
    )
    await db.query(
      sql.raw('create trigger fail before insert on agreement_versions for each row execute function fail()'),
    )
  }

  test.each(['40001', '40P01'])('(%s) is retried, and takes effect once', async (sqlstate) => {
    const { db, api } = await freshRegister()
    await failing(db, sqlstate, 3)
    const { body } = await api.post('/v1/agreements').send(anAgreement()).expect(201)
    await api.get(`/v1/agreements/${body.id}/versions`).expect(200)
    const [row] = await db.query<{ count: number }>(sql`select count(*)::int as count from agreements`)
    expect(row!.count).toBe(1)
  })

  test('gets 503 busy with Retry-After when it keeps failing', async () => {
    const { db, api } = await freshRegister()
    await failing(db, '40P01', 1000)
    const { body, headers } = await api.post('/v1/agreements').send(anAgreement()).expect(503)
    expect([body.code, headers['retry-after']]).toEqual(['busy', '2'])
    const [row] = await db.query<{ tries: string }>(sql`select last_value as tries from failures_so_far`)
    expect(Number(row!.tries)).toBe(5)
  })

  test('two that lock the same rows in opposite order both succeed', async () => {
    const { db } = register
    const lockBoth = (first: string, second: string) =>
      db.transaction(async (db) => {
        await db.query(sql`select from signatories where code = ${first} for update`)
        await setTimeout(100)
        await db.query(sql`select from signatories where code = ${second} for update`)
        return 'done'
      })
    expect(await Promise.all([lockBoth('FR', 'DE'), lockBoth('DE', 'FR')])).toEqual(['done', 'done'])
  })

  test('moving a body while its agreements are edited fails no request', async () => {
    const { app } = await freshRegister()
    const bodies = ['TOP-1', 'TOP-2'].map((code) => ({ code, name: `Party ${code}`, kind: 'state' }))
    for (const body of bodies) await ask({ app }, 'POST', '/v1/signatories', body)
    await ask({ app }, 'POST', '/v1/signatories', { code: 'MID', name: 'Office', kind: 'agency', parent: 'TOP-1' })
    const under = { code: 'LOW', name: 'Branch', kind: 'agency', parent: 'MID' }
    await ask({ app }, 'POST', '/v1/signatories', under)
    const ids = await times(6, async (i) => {
      const sides = [
        { side: 1, signatory: i % 2 === 0 ? 'LOW' : 'MID' },
        { side: 2, signatory: 'JP' },
      ]
      return (await ask({ app }, 'POST', '/v1/agreements', anAgreement({ signatories: sides }))).body!.id
    })
    const answers = await times(60, (i) =>
      i % 5 === 0
        ? ask({ app }, 'PATCH', '/v1/signatories/MID', { parent: i % 2 === 0 ? 'TOP-1' : 'TOP-2' })
        : ask({ app }, 'POST', `/v1/agreements/${ids[i % 6]}/dates`, {
            event: 'ratified',
            signatory: 'LOW',
            occurrence: i + 1,
            date: '2020',
          }),
    )
    expect(answers.filter(({ status }) => status >= 500)).toEqual([])
  })
})

describe('a prepared statement that is no longer valid', () => {
  const read = (served: Served) => ask(served, 'GET', address())
  const edit = (served: Served, summary: string) => ask(served, 'PATCH', address(), { summary })

  test('because its connection lost it is prepared again, for reads and writes', async () => {
    const served = await serve(register.url, {}, 1)
    for (const summary of ['Prepared', 'Again']) {
      expect([(await read(served)).status, (await edit(served, summary)).status]).toEqual([200, 200])
      await served.db.query(sql`deallocate all`)
    }
    expect([(await read(served)).status, (await edit(served, 'At last')).status]).toEqual([200, 200])
  })

  test('because a migration changed a column is prepared again', async () => {
    const { db, url, api } = await freshRegister()
    const { body } = await api.post('/v1/agreements').send(anAgreement()).expect(201)
    const served = await serve(url, {}, 3)
    const readIt = () => ask(served, 'GET', `/v1/agreements/${body.id}`)
    await times(6, readIt)
    await db.query(sql`alter table agreements alter column version type bigint`)
    expect((await times(6, readIt)).map(({ status }) => status)).toEqual(Array(6).fill(200))
  })
})

describe('a lost connection', () => {
  let proxy: TcpProxy
  let served: Served
  beforeAll(async () => {
    proxy = await tcpProxy(register.url)
    served = await serve(proxy.url, {})
  })

  test.skipIf(isPooled)('before COMMIT changes nothing: try again', async () => {
    const version = await versionOf()
    proxy.cutAt('store-publications', 'before')
    const { status, code, retryAfter } = await ask(served, 'PATCH', address(), { summary: 'Cut before' })
    expect([status, code, retryAfter]).toEqual([503, 'database_unavailable', '2'])
    expect(await versionOf()).toBe(version)
  })

  test.each([
    ['after', 200],
    ['before', 404],
  ] as const)('%s its COMMIT arrived is outcome_unknown, which says how to find out', async (when, found) => {
    proxy.cutAt('commit', when)
    const { status, code, retryAfter, body } = await ask(served, 'POST', '/v1/agreements', anAgreement())
    expect([status, code, retryAfter]).toEqual([503, 'outcome_unknown', undefined])
    const [, at] = /GET (\S+)/.exec(body!.detail!)!
    expect((await ask(served, 'GET', at!)).status).toBe(found)
  })

  test('after the COMMIT of an edit also says how to find out', async () => {
    const version = await versionOf()
    proxy.cutAt('commit', 'after')
    const { code, retryAfter } = await ask(served, 'PATCH', address(), { summary: 'Cut after' })
    expect([code, retryAfter]).toEqual(['outcome_unknown', undefined])
    expect(await versionOf()).toBe(version + 1)
  })

  test.skipIf(isPooled)('after the rows of a file were stored is outcome_unknown too: the import goes on', async () => {
    const imports = async () => {
      const [row] = await register.db.query<{ count: number }>(sql`select count(*)::int as count from imports`)
      return row!.count
    }
    const before = await imports()
    proxy.cutAt('claim-import', 'before')
    const mapping = { ...leastMapping, parties: [...leastMapping.parties, { constant: 'JP', side: 2 }] }
    const answer = await served.app.inject({
      method: 'POST',
      url: `/v1/imports?mapping=${encodeURIComponent(JSON.stringify(mapping))}`,
      headers: { ...authHeader('admin'), 'content-type': 'text/csv' },
      payload: 'title,party\nA treaty on floods,France',
    })
    expect(await imports()).toBe(before + 1)
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'outcome_unknown'])
    expect(answer.headers['retry-after']).toBe(undefined)
  })
})
