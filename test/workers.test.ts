import { beforeAll, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import { publishAll, publishRegistryChange, startPublisher } from '../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import type { Database } from '../src/database/connect.ts'
import { holding, waitingForLocks } from './support/locks.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

const published = () => publishAll(register.db, register.today())
const created = async (over: object) =>
  (await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)).body as Agreement
const read = async (id: string) => (await register.anonymous.get(`/v1/agreements/${id}`).expect(200)).body as Agreement
const patch = (path: string, body: object) => register.api.patch(path).set('if-match', '*').send(body).expect(200)

/** Its first transaction is rolled back and tried again, as after a deadlock; `between` runs before the second attempt. */
const deadlocked = (db: Database, between: () => Promise<void>): Database => {
  let isFirst = true
  const transaction: Database['transaction'] = async (work, options) => {
    if (!isFirst) return db.transaction(work, options)
    isFirst = false
    const deadlock = new Error('deadlock')
    await expect(
      db.transaction(async (db) => {
        await work(db)
        throw deadlock
      }, options),
    ).rejects.toBe(deadlock)
    await between()
    return db.transaction(work, { limits: { lock: 100 } })
  }
  return new Proxy(db, { get: (db, name: keyof Database) => (name === 'transaction' ? transaction : db[name]) })
}

test('a change of an entry is not lost when its first batch fails after a deadlock of another one', async () => {
  const codes = ['LOCK-1', 'LOCK-2']
  const all: Agreement[] = []
  for (const code of codes) {
    await register.api.post('/v1/signatories').send({ code, name: code, kind: 'other' }).expect(201)
    const signatories = [
      { side: 1, signatory: code },
      { side: 2, signatory: 'KR' },
    ]
    all.push(await created({ signatories }))
  }
  await published()
  for (const code of codes) await patch(`/v1/signatories/${code}`, { name: `${code} renamed` })
  const locks: (() => Promise<void>)[] = []
  const db = deadlocked(register.db, async () => {
    locks.push(await holding(register.url, 'select from registry_changes order by id limit 1 for update'))
    locks.push(await holding(register.url, `select from agreements where id = '${all[1]!.id}' for update`))
  })
  await publishRegistryChange(db, register.today()).catch(() => {})
  expect(locks).toHaveLength(2)
  for (const release of locks) await release()
  await published()
  const names = await Promise.all(all.map(async ({ id }) => (await read(id)).signatories[0]!.signatory.name))
  expect(names).toEqual(codes.map((code) => `${code} renamed`))
})

test('an agreement that recovers from a failure while another one changes is published for that one', async () => {
  const umbrella = await created({ reference: 'UMBRELLA-1' })
  const under = await created({ relations: [{ kind: 'supersedes', agreement: umbrella.id }] })
  await published()
  await register.db
    .query(sql`insert into publication_failures (agreement_id, reason, attempts, next_try, version, cause)
    select id, 'Error', 1, now() + interval '1 hour', version, 'clock' from agreements where id = ${umbrella.id}`)
  await patch(`/v1/agreements/${under.id}`, { title: 'Another title' })
  const release = await holding(
    register.url,
    `select from agreements where id = '${umbrella.id}' for no key update;
     delete from publication_failures where agreement_id = '${umbrella.id}'`,
  )
  const publishing = published()
  await expect.poll(() => waitingForLocks(register.db)).toBe(1)
  await release()
  await publishing
  expect((await read(umbrella.id)).relatedBy[0]!.agreement.title).toBe('Another title')
})

test('the worker deletes what is no longer needed, although something before it cannot be deleted', async () => {
  const broken = sql`delete from agreements where 1 / 0 = 1 returning id`
  const deleted: number[] = []
  const cleanUps = [async (db: Database) => (await db.query(broken)).length, async () => (deleted.push(1), 0)]
  const publisher = startPublisher(register.db, register.today, { error: () => {} }, ...cleanUps)
  await expect.poll(() => deleted.length).toBeGreaterThan(0)
  await publisher.stop()
})
