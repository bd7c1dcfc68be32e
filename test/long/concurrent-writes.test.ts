import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { writesThatMeetAreTrue } from '../promises/concurrency.ts'
import { isPooled } from '../support/pooled.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'
import { ask, times } from '../support/served.ts'

writesThatMeetAreTrue({ rounds: 2 })

describe('a connection that the server ends', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })

  const backends = (which: ReturnType<typeof sql>) =>
    register.db.query<{ pid: number }>(sql`
      select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and ${which}`)
  const waiting = sql`wait_event_type = 'Lock'`

  test('in the middle of a write is a 503; nothing of it is stored, and the next request works', async () => {
    const { body } = await ask(register, 'POST', '/v1/agreements', anAgreement({ title: 'Before' }))
    const write = () => ask(register, 'PATCH', `/v1/agreements/${body!.id}`, { title: 'After' })
    const cut = await register.db.transaction(async (db) => {
      await db.query(sql`select from agreements where id = ${body!.id} for update`)
      const answer = write()
      await expect.poll(() => backends(waiting)).toHaveLength(1)
      const [{ pid } = { pid: 0 }] = await backends(waiting)
      await register.db.query(sql`select pg_terminate_backend(${pid})`)
      return await answer
    })
    expect(cut).toMatchObject({ status: 503, code: 'database_unavailable' })
    expect((await ask(register, 'GET', `/v1/agreements/${body!.id}`)).body).toEqual(body)
    expect(await write()).toMatchObject({ status: 200, body: { title: 'After', version: 2 } })
  })

  test.skipIf(isPooled)('while it is idle is replaced, and no request fails', async () => {
    await times(10, () => ask(register, 'GET', '/v1/agreements?limit=1'))
    const idle = sql`state = 'idle'`
    await register.db.query(sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and ${idle}`)
    await expect.poll(async () => [await backends(idle), register.db.connections().total]).toEqual([[], 1])
    const answers = await times(20, () => ask(register, 'GET', '/v1/agreements?limit=1'))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
  })
})
