import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Signal } from '../src/database/statement.ts'
import { connect, type Statement } from '../src/database/connect.ts'
import { CallerGone, DatabaseBusy } from '../src/database/errors.ts'
import { atEnd } from './support/at-end.ts'
import { holding, waitingForLocks } from './support/locks.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
let addresses: string[]
beforeAll(async () => {
  register = await freshRegister()
  const create = () => register.api.post('/v1/agreements').send(anAgreement()).expect(201)
  addresses = (await Promise.all(Array.from({ length: 20 }, create))).map(({ headers }) => headers['location']!)
})

const idOf = (address: string): string => address.split('/').at(-1)!
const read = (address: string) => register.app.inject({ url: address })

describe('reads by id of the same moment', () => {
  test('each get what was asked for: one that does not exist, or is deleted, spoils none of the others', async () => {
    const deleted = addresses.at(-1)!
    await register.api.delete(deleted).set('If-Match', '*').expect(204)
    const absent = `/v1/agreements/${randomUUID()}`
    const handle = '/v1/agreements/no:such-identifier'
    const asked = [
      absent,
      ...addresses,
      handle,
      addresses[0]!.toUpperCase().replace('/V1/AGREEMENTS', '/v1/agreements'),
    ]
    const answers = await Promise.all(asked.map(read))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, ...Array(19).fill(200), 404, 404, 200])
    const ids = answers.filter(({ statusCode }) => statusCode === 200).map((answer) => answer.json<{ id: string }>().id)
    expect(ids).toEqual([...addresses.slice(0, -1), addresses[0]!].map(idOf))
  })

  test('never get a state older than the request, however many others ask meanwhile', async () => {
    const address = addresses[0]!
    let isOver = false
    const others = Promise.all(
      addresses.slice(1, 5).map(async (other) => {
        while (!isOver) expect((await read(other)).statusCode).toBe(200)
      }),
    )
    for (let i = 0; i < 8; i += 1) {
      const edit = await register.api
        .patch(address)
        .set('If-Match', '*')
        .send({ summary: `Edit ${i}` })
        .expect(200)
      const answers = await Promise.all(Array.from({ length: 5 }, () => read(address)))
      for (const { headers } of answers) expect(headers['etag']).toBe(edit.headers['etag'])
    }
    isOver = true
    await others
  })
})

describe('rows that are read by id', () => {
  const db = () => register.db
  const ids = () => addresses.map(idOf)
  const text = 'select id, pg_current_xact_id()::text as moment from agreements where id = any($1::uuid[])'
  const rowAt: Statement = { name: 'row-and-moment', text }
  const reason = (results: PromiseSettledResult<unknown>[]) =>
    results.map((result) => (result.status === 'rejected' ? (result.reason as Error).constructor : undefined))

  /** Whether a client is still there. */
  function client(): Signal & { leave: () => void } {
    const controller = new AbortController()
    return Object.assign(controller.signal, { leave: () => controller.abort() })
  }

  test('in the same turn share a statement, at most 16 of them', async () => {
    const momentsOf = async (asked: string[]) => {
      const rows = await Promise.all(asked.map((id) => db().row<{ id: string; moment: string }>(rowAt, id)))
      expect(rows.map((row) => row?.id)).toEqual(asked)
      return new Set(rows.map((row) => row?.moment)).size
    }
    expect(await momentsOf(ids().slice(0, 16))).toBe(1)
    expect(await momentsOf(ids().slice(0, 17))).toBe(2)
    expect(await momentsOf(Array<string>(3).fill(ids()[0]!))).toBe(1)
  })

  test('of a transaction are read in it', async () => {
    await db().transaction(async (db) => {
      const one = await db.row<{ id: string; moment: string }>(rowAt, ids()[0]!)
      const other = await db.row<{ id: string; moment: string }>(rowAt, ids()[1]!)
      expect([one!.id, other!.id]).toEqual(ids().slice(0, 2))
      expect(one!.moment).toBe(other!.moment)
      expect(await db.row(rowAt, randomUUID())).toBeUndefined()
    })
  })

  test('are refused alone when the id is no UUID', async () => {
    const asked = [ids()[0]!, '{', ids()[1]!, '', `${ids()[2]},${ids()[3]}`]
    const results = await Promise.allSettled(asked.map((id) => db().row(rowAt, id)))
    expect(reason(results)).toEqual([undefined, RangeError, undefined, RangeError, RangeError])
  })

  test('all get the error of their statement, and the next ones are read', async () => {
    const failing = { name: 'failing', text: 'select id, 1 / (id = $1::text::uuid)::int from agreements' }
    const results = await Promise.allSettled(ids().map((id) => db().row(failing, id)))
    expect(results.map((result) => result.status === 'rejected' && (result.reason as { code: string }).code)).toEqual(
      Array(20).fill('22P02'),
    )
    expect(await db().row(rowAt, ids()[0]!)).toBeDefined()
  })

  test('are read although the client of another one disconnects, and cancelled when all have', async () => {
    const release = await holding(register.url, 'lock table agreements in access exclusive mode')
    const [one, other, late] = [client(), client(), client()]
    const gone = db().during(one).row(rowAt, ids()[0]!)
    const kept = db().during(other).row(rowAt, ids()[1]!)
    await expect.poll(() => waitingForLocks(register.db)).toBe(1)
    one.leave()
    await expect(gone).rejects.toBeInstanceOf(CallerGone)
    const alone = db().during(late).row(rowAt, ids()[2]!)
    await expect.poll(() => waitingForLocks(register.db)).toBe(2)
    late.leave()
    await expect(alone).rejects.toBeInstanceOf(CallerGone)
    await expect.poll(() => waitingForLocks(register.db)).toBe(1)
    await release()
    expect(await kept).toMatchObject({ id: ids()[1] })
    await expect(db().during(late).row(rowAt, ids()[0]!)).rejects.toBeInstanceOf(CallerGone)
  })

  test('do not wait for a statement that takes long', async () => {
    const slow = {
      name: 'slow-for-one',
      text: `select id from agreements where id = any($1::uuid[])
        and (id <> '${ids()[0]}' or pg_advisory_xact_lock_shared(7) is not null)`,
    }
    const release = await holding(register.url, 'select pg_advisory_xact_lock(7)')
    const held = [db().row(slow, ids()[0]!)]
    await expect.poll(() => waitingForLocks(register.db)).toBe(1)
    held.push(db().row(slow, ids()[0]!))
    await expect.poll(() => waitingForLocks(register.db)).toBe(2)
    expect(await db().row(slow, ids()[1]!)).toEqual({ id: ids()[1] })
    await release()
    expect(await Promise.all(held)).toEqual([{ id: ids()[0] }, { id: ids()[0] }])
  })

  test('are refused as busy when a thousand wait already', async () => {
    const own = connect({ url: register.url })
    atEnd(() => own.close())
    const results = await Promise.allSettled(Array.from({ length: 1_005 }, () => own.row(rowAt, ids()[0]!)))
    expect(reason(results)).toEqual([...Array(1_000).fill(undefined), ...Array(5).fill(DatabaseBusy)])
  })
})
