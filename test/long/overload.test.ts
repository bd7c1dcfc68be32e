import { EventEmitter, once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { connect } from '../../src/database/connect.ts'
import { atEnd } from '../support/at-end.ts'
import { authHeader } from '../support/keys.ts'
import { holding } from '../support/locks.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'
import { ample, ask, type Served, times } from '../support/served.ts'

let register: Register
let id: string
beforeAll(async () => {
  register = await freshRegister()
  id = (await ask(register, 'POST', '/v1/agreements', anAgreement())).body!.id
})

/** The register, whose requests wait at most so long for others, and as long as needed for the database. */
async function serve(maxWait: number, pool = 10): Promise<Served> {
  const db = connect({ url: register.url, pool, limits: ample })
  const app = await buildApp({ db, today: register.today }, { maxWait })
  atEnd(async () => {
    await app.close()
    await db.close()
  })
  return { app, db }
}

const edit = (served: Served, i: number) => ask(served, 'PATCH', `/v1/agreements/${id}`, { summary: `Edit ${i}` })

describe('a request that waits too long for others', () => {
  test('to edit the same agreement gets 503 busy with Retry-After, and is not carried out later', async () => {
    const served = await serve(100)
    const { version } = (await ask(register, 'GET', `/v1/agreements/${id}`)).body!
    const release = await holding(register.url, `select from agreements where id = '${id}' for update`)
    const edits = [edit(served, 0), edit(served, 1)]
    const later = await times(20, (i) => edit(served, i))
    expect(later.filter(({ code }) => code === 'busy').length).toBeGreaterThanOrEqual(18)
    expect(later.find(({ code }) => code === 'busy')).toMatchObject({ status: 503, retryAfter: '2' })
    await release()
    const done = [...(await Promise.all(edits)), ...later].filter(({ status }) => status === 200)
    expect((await ask(register, 'GET', `/v1/agreements/${id}`)).body!.version).toBe(version + done.length)
  })

  test('for a connection gets 503 busy, while health and metrics are answered', async () => {
    const served = await serve(100, 1)
    const [begun, ended] = [new EventEmitter(), new EventEmitter()]
    const begins = once(begun, 'event')
    const held = served.db.transaction(() => {
      begun.emit('event')
      return once(ended, 'event')
    })
    await begins
    const metrics = served.app.inject({ url: '/metrics', headers: authHeader('admin') })
    const refused = await ask(served, 'GET', `/v1/agreements/${id}`)
    expect(refused).toMatchObject({ status: 503, code: 'busy', retryAfter: '2' })
    expect((await ask(served, 'GET', '/livez')).status).toBe(200)
    ended.emit('event')
    await held
    expect((await metrics).statusCode).toBe(200)
    await expect.poll(async () => (await ask(served, 'GET', `/v1/agreements/${id}`)).status).toBe(200)
  })

  test('for the event loop gets 503 busy before anything is read, while health is answered', async () => {
    const served = await serve(100)
    const afterBlocking = async () => {
      const end = performance.now() + 400
      while (performance.now() < end);
      await setTimeout(0)
      return (await ask(served, 'GET', '/v1/agreements')).body
    }
    await expect.poll(afterBlocking).toMatchObject({
      code: 'busy',
      detail: 'The server has more requests than it can answer. Try again in 2 s.',
    })
    expect((await ask(served, 'GET', '/livez')).status).toBe(200)
    await expect.poll(async () => (await ask(served, 'GET', '/v1/agreements')).status).toBe(200)
  })
})

test('many edits of one agreement at the same time succeed if each gets its turn in time', async () => {
  const served = await serve(600_000)
  expect((await times(105, (i) => edit(served, i))).filter(({ status }) => status !== 200)).toEqual([])
})

test('the longest wait is configurable', () => {
  expect([readConfig({}).maxWait, readConfig({ MAX_WAIT: '5000' }).maxWait]).toEqual([1200, 5000])
})
