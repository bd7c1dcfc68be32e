import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import { addTestKeys, authHeader } from '../support/keys.ts'
import { anAgreement } from '../support/register.ts'
import { startServer } from '../support/server-process.ts'
import { PostgresServer } from './postgres-server.ts'

/** How soon writes must be accepted after a promotion, in milliseconds. */
const resumption = 5_000

/** A primary and its standby, and a server that knows both: the standby is the first host of its address. */
async function cluster() {
  const primary = await PostgresServer.create()
  const standby = await primary.standby()
  const url = `postgres://entente@127.0.0.1:${standby.port},127.0.0.1:${primary.port}/postgres`
  const server = await startServer(url)
  const db = connect({ url: primary.url })
  await addTestKeys(db)
  await db.close()
  const answers: Answer[] = []
  const write = async (): Promise<Answer> => {
    const answer = await fetch(`${server.origin}/v1/agreements`, {
      method: 'POST',
      headers: { ...authHeader('editor'), 'content-type': 'application/json' },
      body: JSON.stringify(anAgreement()),
    })
    const { id } = (await answer.json()) as { id?: string }
    answers.push({ status: answer.status, retryAfter: answer.headers.get('retry-after'), id })
    return answers.at(-1)!
  }
  return { primary, standby, server, write, answers }
}

interface Answer {
  status: number
  retryAfter: string | null
  id: string | undefined
}

/** Writes until one is accepted. @returns how long it took, in milliseconds */
async function untilAccepted(write: () => Promise<Answer>): Promise<number> {
  const begin = performance.now()
  while ((await write()).status !== 201) await setTimeout(50)
  return performance.now() - begin
}

const refusals = (answers: Answer[]) => answers.filter(({ status }) => status !== 201)

describe('with several hosts in DATABASE_URL', () => {
  test('writes go to the one that accepts them, wherever it is in the list', async () => {
    const { write, answers } = await cluster()
    for (let i = 0; i < 30; i += 1) await write()
    expect(refusals(answers)).toEqual([])
  })

  test('they resume after a promotion within 5 seconds, without a restart, and none is lost', async () => {
    const { primary, standby, server, write, answers } = await cluster()
    for (let i = 0; i < 20; i += 1) await write()
    await expect
      .poll(() => primary.query('select 1 from pg_stat_replication where replay_lsn = pg_current_wal_lsn()'))
      .toHaveLength(1)
    await primary.end('SIGKILL')
    await write()
    await write()
    standby.promote()
    const time = await untilAccepted(write)
    process.stdout.write(`Writes resumed ${Math.round(time)} ms after the promotion.\n`)
    expect(time).toBeLessThan(resumption)
    expect(server.process.exitCode).toBeNull()
    for (const { status, retryAfter } of refusals(answers)) expect([status, retryAfter]).toEqual([503, '2'])
    expect(refusals(answers).length).toBeGreaterThan(0)
    const stored = (await standby.query('select id from agreements')) as { id: string }[]
    const accepted = answers.filter(({ status }) => status === 201).map(({ id }) => id)
    expect(stored.map(({ id }) => id)).toEqual(expect.arrayContaining(accepted))
    for (let i = 0; i < 20; i += 1) expect((await write()).status).toBe(201)
  })

  test('they resume when the former primary is still there, but accepts no writes', async () => {
    const { primary, standby, server, write, answers } = await cluster()
    const readiness = async () => (await fetch(`${server.origin}/readyz`)).json()
    for (let i = 0; i < 20; i += 1) await write()
    expect(await readiness()).toMatchObject({ writable: true })
    standby.promote()
    await primary.query('alter system set default_transaction_read_only = on')
    await primary.query('select pg_reload_conf()')
    const time = await untilAccepted(write)
    expect(time).toBeLessThan(resumption)
    for (const { status } of refusals(answers)) expect(status).toBe(503)
    const former = await primary.query('select count(*)::int as count from agreements')
    for (let i = 0; i < 20; i += 1) expect((await write()).status).toBe(201)
    expect(await primary.query('select count(*)::int as count from agreements')).toEqual(former)
    // An answer of before may be a second old.
    await setTimeout(1_000)
    await expect.poll(readiness, { timeout: 10_000 }).toMatchObject({ writable: true })
  })
})
