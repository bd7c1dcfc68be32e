import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ConnectedDatabase, connect } from '../../src/database/connect.ts'
import { atEnd } from '../support/at-end.ts'
import { builtProject } from '../support/built.ts'
import { addTestKeys, authHeader } from '../support/keys.ts'
import { anAgreement, freshDatabase } from '../support/register.ts'
import { times } from '../support/served.ts'
import { startServer } from '../support/server-process.ts'
import { startPgBouncer } from './pgbouncer.ts'

let db: ConnectedDatabase
let direct: string
beforeAll(async () => {
  ;({ db, url: direct } = await freshDatabase())
})

/** The address of the database through PgBouncer. */
async function through(settings: string[] = [], url = direct): Promise<string> {
  const pgBouncer = await startPgBouncer(url, settings)
  atEnd(() => pgBouncer.stop())
  return pgBouncer.through(url)
}

/** The statuses of concurrent reads and edits, with how often each came. */
async function statusesOf(origin: string): Promise<Record<string, number>> {
  const headers = { ...authHeader('editor'), 'content-type': 'application/json' }
  const post = (body: object) =>
    fetch(`${origin}/v1/agreements`, { method: 'POST', headers, body: JSON.stringify(body) })
  const statuses: Record<string, number> = {}
  const counted = async (answer: Promise<Response>) => {
    const { status } = await answer
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  const { id } = (await (await post(anAgreement())).json()) as { id: string }
  await times(8, async () => {
    for (let i = 0; i < 10; i += 1) {
      await counted(post(anAgreement({ title: `Agreement ${i}` })))
      await counted(fetch(`${origin}/v1/agreements/${id}`))
      await counted(fetch(`${origin}/v1/agreements?party=US&count=exact&limit=${i + 1}`))
    }
  })
  return statuses
}

/** How a server with these settings ends that does not start. */
async function failureOf(url: string, settings: Record<string, string> = {}) {
  const server = spawn(process.execPath, [join(builtProject(), 'dist', 'server.js')], {
    env: { PATH: process.env['PATH'], PORT: '0', ...settings, DATABASE_URL: url },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  atEnd(() => void server.kill('SIGKILL'))
  let said = ''
  server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(server, 'close')) as [number]
  return { code, said }
}

const all = { 201: 80, 200: 160 }

describe('PgBouncer in transaction mode', () => {
  test('ends the start of a server that prepares statements, with both ways out', async () => {
    expect(await failureOf(await through())).toEqual({
      code: 1,
      said: expect.stringMatching(/^DATABASE_URL leads to a pooler .*DATABASE_PREPARED=false.*max_prepared_statements/),
    })
  })

  test('serves every request with DATABASE_PREPARED=false', async () => {
    const { origin } = await startServer(await through(), { DATABASE_PREPARED: 'false' })
    expect(await statusesOf(origin)).toEqual(all)
  })

  test('serves every request with fewer connections to PostgreSQL than a process has to it', async () => {
    const { origin } = await startServer(await through(['default_pool_size = 4']), { DATABASE_PREPARED: 'false' })
    expect(await statusesOf(origin)).toEqual(all)
  })
})

test('PgBouncer in session mode serves every request of a server that prepares statements', async () => {
  const { origin } = await startServer(await through(['pool_mode = session']))
  expect(await statusesOf(origin)).toEqual(all)
})

describe('with DATABASE_SCHEMA', () => {
  const settings = { DATABASE_PREPARED: 'false', DATABASE_SCHEMA: 'other' }
  const ignoring = ['ignore_startup_parameters = options']

  test('PgBouncer that refuses the options of connections ends the start, with the way out', async () => {
    const { code, said } = await failureOf(await through(), settings)
    expect([code, said]).toEqual([
      1,
      expect.stringMatching(/^DATABASE_SCHEMA needs .*ignore_startup_parameters = options/),
    ])
  })

  test('PgBouncer that ignores them ends the start, unless the account has the schema', async () => {
    const { code, said } = await failureOf(await through(ignoring), settings)
    expect([code, said]).toEqual([
      1,
      expect.stringMatching(/^The connections use the schema public, not DATABASE_SCHEMA/),
    ])
  })

  test('an account that has the schema is served', async () => {
    const account = `own_${randomUUID().replaceAll('-', '')}`
    await db.query(sql.raw(`create role ${account} login password 'own'`))
    await db.query(sql.raw(`create schema other authorization ${account}`))
    await db.query(sql.raw(`alter role ${account} set search_path = other`))
    const own = new URL(direct)
    Object.assign(own, { username: account, password: 'own' })
    const { origin } = await startServer(await through(ignoring, own.href), settings)
    const register = connect({ url: direct, schema: 'other' })
    await addTestKeys(register)
    expect(await statusesOf(origin)).toEqual(all)
    expect(await register.query(sql`select count(*)::int as count from agreements`)).toEqual([{ count: 81 }])
    await register.close()
    atEnd(() => db.query(sql.raw(`drop owned by ${account} cascade; drop role ${account}`)))
  })
})
