import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { publishAll, publishRegistryChange, startPublisher } from '../../src/agreements/publication/republish-worker.ts'
import { buildApp } from '../../src/app.ts'
import { connect } from '../../src/database/connect.ts'
import { DatabaseAway } from '../../src/database/errors.ts'
import { openLog } from '../../src/observability/log.ts'
import { authHeader } from '../support/keys.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'

let register: Register
let ids: string[]
let told: string[]
const failed = (id: string) => void told.push(id)

/** Three agreements that enter into force on 1 March 2026; the tests break the second. */
beforeEach(async () => {
  register = await freshRegister()
  ids = []
  told = []
  for (const reference of ['A', 'B', 'C']) {
    const body = anAgreement({ reference, dates: [{ event: 'entered_into_force', date: '2026-03-01' }] })
    ids.push((await register.api.post('/v1/agreements').send(body).expect(201)).body.id as string)
  }
})

const dueDay = '2026-03-01'
const publish = (day = dueDay) => publishAll(register.db, day, { onFailure: failed })
const read = async (id: string) => (await register.api.get(`/v1/agreements/${id}`).expect(200)).body
const versions = async () => Promise.all(ids.map(async (id) => (await read(id)).version as number))
const failures = () =>
  register.db.query<{ id: string; attempts: number; minutes: number; reason: string }>(sql`
    select agreement_id as id, attempts, reason,
      ceil(extract(epoch from next_try - clock_timestamp()) / 60)::int as minutes from publication_failures`)
const comeSooner = () => register.db.query(sql`update publication_failures set next_try = clock_timestamp()`)

/** Ways to make an agreement unpublishable, each with its repair. */
const ways = {
  'data that no document can be made of': {
    reason: 'TypeError',
    breaks: (id: string) => sql`update agreements set alternative_titles = '5' where id = ${id}`,
    mends: (id: string) => sql`update agreements set alternative_titles = '[]' where id = ${id}`,
  },
  'a constraint in the way': {
    reason: 'error 23505 agreement_versions_pk',
    breaks: (id: string) => sql`insert into agreement_versions (agreement_id, version, operation, cause, published_at)
      values (${id}, 2, 'updated', 'edit', now())`,
    mends: (id: string) => sql`delete from agreement_versions where agreement_id = ${id} and version = 2`,
  },
  'a rule that is broken at the end of the transaction': {
    reason: 'error P0001',
    breaks: () => sql`
      create function refuse() returns trigger language plpgsql as $$ begin raise 'hidden value'; end $$;
      create constraint trigger refuse after update on agreements deferrable initially deferred
        for each row when (new.reference = 'B') execute function refuse()`,
    mends: () => sql`drop trigger refuse on agreements`,
  },
}

describe.each(Object.entries(ways))('an agreement with %s', (_, { reason, breaks, mends }) => {
  const broken = () => ids[1]!
  const breakIt = async () => register.db.query(breaks(broken()))

  test('does not delay the clock, is logged once, and is published after a repair', async () => {
    await breakIt()
    await publish()
    await publish()
    expect(await versions()).toEqual([2, 1, 2])
    expect(told).toEqual([broken()])
    expect(await failures()).toEqual([{ id: broken(), attempts: 1, minutes: 1, reason }])
    await register.db.query(mends(broken()))
    await publish()
    expect(await versions()).toEqual([2, 1, 2])
    await comeSooner()
    await publish()
    expect(await versions()).toEqual([2, 2, 2])
    expect((await read(broken())).status).toBe('in_force')
    expect(await failures()).toEqual([])
  })

  test('does not delay a registry change; when published later, it names the author of the change', async () => {
    await breakIt()
    const note = { 'If-Match': '*', 'X-Change-Note': 'A new name' }
    await register.api.patch('/v1/signatories/JP').set(note).send({ name: 'Nippon' }).expect(200)
    await publish('2026-01-01')
    const names = async () =>
      Promise.all(ids.map(async (id) => (await read(id)).signatories[1].signatory.name as string))
    expect(await names()).toEqual(['Nippon', 'Japan', 'Nippon'])
    expect(await register.db.query(sql`select from registry_changes`)).toEqual([])
    expect(told).toEqual([broken()])
    await register.db.query(mends(broken()))
    await comeSooner()
    await publish('2026-01-01')
    expect(await names()).toEqual(['Nippon', 'Nippon', 'Nippon'])
    const { body } = await register.api.get(`/v1/agreements/${broken()}/versions`).expect(200)
    expect(body.items[0]).toMatchObject({ version: 2, cause: 'registry', note: 'A new name' })
    expect(body.items[0].actor).toMatch(/^key:/)
    expect(await failures()).toEqual([])
  })
})

describe('an agreement that cannot be published', () => {
  const { breaks, mends } = ways['a rule that is broken at the end of the transaction']
  beforeEach(() => register.db.query(breaks()))

  test('is retried after pauses that increase to an hour', async () => {
    await publish()
    const pauses: number[] = []
    for (let attempt = 1; attempt < 9; attempt += 1) {
      pauses.push((await failures())[0]!.minutes)
      await comeSooner()
      await publish()
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
    expect(await failures()).toMatchObject([{ attempts: 9 }])
    expect(told).toEqual([ids[1]])
  })

  test('is logged again when it fails for another reason', async () => {
    await publish()
    await register.db.query(mends())
    await register.db.query(ways['data that no document can be made of'].breaks(ids[1]!))
    await comeSooner()
    await publish()
    expect(told).toEqual([ids[1], ids[1]])
    expect(await failures()).toMatchObject([{ attempts: 2, reason: 'TypeError' }])
  })

  test('is logged once and counted once, by any number of servers', async () => {
    await Promise.all([publish(), publish(), publish()])
    await publish()
    expect(told).toEqual([ids[1]])
    expect(await failures()).toMatchObject([{ attempts: 1 }])
    expect(await versions()).toEqual([2, 1, 2])
  })

  test('is retried immediately when it is edited, without an identical version', async () => {
    await publish()
    await register.db.query(mends())
    register.setToday(dueDay)
    await register.api.patch(`/v1/agreements/${ids[1]}`).set('If-Match', '*').send({ summary: 'Mended' }).expect(200)
    await publish()
    expect(await failures()).toEqual([])
    expect(await versions()).toEqual([2, 2, 2])
  })

  test('is retried immediately when an entry that it shows changes', async () => {
    await publish()
    await register.db.query(mends())
    await register.api.patch('/v1/signatories/JP').set('If-Match', '*').send({ name: 'Nippon' }).expect(200)
    await publish()
    expect(await failures()).toEqual([])
    expect(await read(ids[1]!)).toMatchObject({ status: 'in_force', version: 2 })
  })

  test('is forgotten when it is deleted', async () => {
    await publish()
    await register.db.query(mends())
    await register.api.delete(`/v1/agreements/${ids[1]}`).set('If-Match', '*').expect(204)
    await publish()
    expect(await failures()).toEqual([])
  })

  test('is counted in the metrics, and not as due', async () => {
    await publish()
    const app = await buildApp({ db: register.db, today: () => dueDay })
    const { payload } = await app.inject({ url: '/metrics', headers: authHeader('admin') })
    expect(payload).toMatch(/^entente_agreements_failed 1$/m)
    expect(payload).toMatch(/^entente_agreements_due 0$/m)
    await app.close()
  })

  test('is logged with its id and the reason, without any value', async () => {
    const lines = new PassThrough().setEncoding('utf8')
    const publisher = startPublisher(register.db, () => dueDay, openLog('trace', lines))
    const [line] = (await once(lines, 'data')) as [string]
    await publisher.stop()
    expect(JSON.parse(line)).toMatchObject({ agreement: ids[1], err: { code: 'P0001' } })
    expect(line).not.toContain('hidden value')
  })
})

test('an unavailable database does not set agreements aside', async () => {
  const away = connect({ url: 'postgres://nobody@127.0.0.1:1/nothing' })
  await expect(publishAll(away, dueDay, { onFailure: failed })).rejects.toThrow('No connection could be made')
  await away.close()
  const lost: Register['db']['transaction'] = (work) =>
    register.db.transaction(async (db) => {
      await work(db)
      throw new DatabaseAway('Connection terminated')
    })
  await expect(publishAll({ ...register.db, transaction: lost }, dueDay, { onFailure: failed })).rejects.toThrow(
    'terminated',
  )
  expect(told).toEqual([])
  expect(await failures()).toEqual([])
  await publish()
  expect(await versions()).toEqual([2, 2, 2])
})

test('a batch contains at most 1 MB of documents, or one agreement', async () => {
  await register.db.query(sql`update agreements set document = document || repeat(' ', 600000)`)
  await register.api.patch('/v1/signatories/JP').set('If-Match', '*').send({ name: 'Nippon' }).expect(200)
  const seen: number[] = []
  for (let dealt = 1; dealt > 0;) {
    dealt = await publishRegistryChange(register.db, '2026-01-01')
    seen.push((await versions()).filter((version) => version === 2).length)
  }
  expect(seen).toEqual([1, 2, 3, 3])
})
