import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { Import } from '../../src/imports/schemas.ts'
import { startImporter } from '../../src/imports/worker.ts'
import { type ConnectedDatabase, connect } from '../../src/database/connect.ts'
import { atEnd } from '../support/at-end.ts'
import { authHeader } from '../support/keys.ts'
import { freshRegister, type Register } from '../support/register.ts'
import { ample } from '../support/served.ts'
import { startServer } from '../support/server-process.ts'

const mapping = JSON.stringify({
  title: { column: 'title' },
  type: { constant: 'agreement' },
  rowKey: { column: 'no' },
  identifiers: [{ scheme: 'test', value: { column: 'no' } }],
  parties: [
    { column: 'a', side: 1 },
    { column: 'b', side: 2 },
  ],
  dates: [{ event: 'signed', date: { column: 'signed' } }],
})

const fileOf = (rows: number): string =>
  ['no,title,a,b,signed', ...Array.from({ length: rows }, (_, i) => `N-${i},Treaty ${i},France,Japan,1999-05-04`)].join(
    '\n',
  )

const send = async ({ api }: Register, rows: number, options: object = {}): Promise<string> => {
  const request = api
    .post('/v1/imports')
    .query({ mapping, ...options })
    .set('content-type', 'text/csv')
  return ((await request.send(fileOf(rows)).expect(202)).body as Import).id
}

const read = async ({ api }: Register, id: string): Promise<Import> =>
  (await api.get(`/v1/imports/${id}`).expect(200)).body as Import

/** Waits until `is` holds for the import. */
async function until(register: Register, id: string, is: (one: Import) => boolean): Promise<Import> {
  for (;;) {
    const one = await read(register, id)
    if (is(one)) return one
    await setTimeout(20)
  }
}
const hasEnded = ({ status }: Import) => !['queued', 'running'].includes(status)
const processed = (rows: number) => (one: Import) => one.processed >= rows && one.phase === 'writing'

/** A worker on a connection pool of its own, as in another process. */
function worker(url: string, limits = ample): { db: ConnectedDatabase; stop: () => Promise<void> } {
  const db = connect({ url, pool: 4, limits })
  const importer = startImporter(db, () => '2026-01-01', { error: () => {} })
  const stop = () => importer.stop()
  atEnd(async () => {
    await stop()
    await db.close()
  })
  return { db, stop }
}

/** The agreements of the import, each of which must be there once, in its first version, and be named by its row. */
async function expectEachOnce({ db }: Register, id: string, rows: number): Promise<void> {
  const [found] = await db.query(sql`
    select count(*)::int as agreements, count(distinct i.value)::int as numbers, max(a.version)::int as version,
      (select count(*)::int from agreement_versions) as versions,
      (select count(*)::int from import_rows r join agreement_identifiers n
        on n.agreement_id = r.agreement_id and n.value = r.row_key where r.import_id = ${id}) as named
    from agreements a join agreement_identifiers i on i.agreement_id = a.id`)
  expect(found).toEqual({ agreements: rows, numbers: rows, version: 1, versions: rows, named: rows })
}

/** As if so much time had passed that the lease of a dead process is over. */
const endLeases = ({ db }: Register) => db.query(sql`update imports set lease_until = clock_timestamp()`)

describe('each row is imported once', () => {
  test.each(['true', 'false'])('when the server is killed in the middle (atomic=%s)', async (atomic) => {
    const register = await freshRegister()
    const server = await startServer(register.url)
    const query = new URLSearchParams({ mapping, atomic })
    const answer = await fetch(`${server.origin}/v1/imports?${query.toString()}`, {
      method: 'POST',
      headers: { ...authHeader('editor'), 'content-type': 'text/csv' },
      body: fileOf(6000),
    })
    expect(answer.status).toBe(202)
    const { id } = (await answer.json()) as Import
    const isInMiddle = atomic === 'true' ? ({ phase }: Import) => phase === 'writing' : processed(500)
    const before = await until(register, id, (one) => isInMiddle(one) || hasEnded(one))
    server.process.kill('SIGKILL')
    await server.ended
    expect(before.status).toBe('running')
    await setTimeout(100)
    const left = await read(register, id)
    expect(left.status).toBe('running')
    if (atomic === 'true') expect(left.counts.created).toBe(0)
    else expect(left.counts.created).toBeLessThan(6000)
    await endLeases(register)
    worker(register.url)
    const made = await until(register, id, hasEnded)
    expect(made).toMatchObject({ status: 'done', counts: { created: 6000, pending: 0 } })
    await expectEachOnce(register, id, 6000)
  })

  test('when several processes work, and each goes on with what another left', async () => {
    const register = await freshRegister()
    const id = await send(register, 3000, { atomic: 'false' })
    const workers = [worker(register.url), worker(register.url), worker(register.url)]
    for (const rows of [500, 1500]) {
      await until(register, id, (one) => processed(rows)(one) || hasEnded(one))
      await workers.pop()!.stop()
      await endLeases(register)
    }
    await until(register, id, hasEnded)
    await expectEachOnce(register, id, 3000)
  })

  test('when a process lost its lease without knowing it', async () => {
    const register = await freshRegister()
    const id = await send(register, 3000, { atomic: 'false' })
    const workers = [worker(register.url), worker(register.url)]
    for (;;) {
      await endLeases(register)
      if (hasEnded(await read(register, id))) break
      await setTimeout(10)
    }
    expect(workers).toHaveLength(2)
    await expectEachOnce(register, id, 3000)
  })

  test('when the database is busy for a while', async () => {
    const register = await freshRegister()
    const id = await send(register, 1000, { atomic: 'false' })
    const blocked = register.db.transaction(async (db) => {
      await db.query(sql`lock table agreements in access exclusive mode`)
      worker(register.url, { ...ample, lock: 200 })
      await until({ ...register }, id, ({ status }) => status === 'running')
      await setTimeout(1000)
    })
    await blocked
    expect(await until(register, id, hasEnded)).toMatchObject({ status: 'done', counts: { created: 1000 } })
    await expectEachOnce(register, id, 1000)
  })
})

test('a small import waits for the one before it in its collection, and goes on in the background', async () => {
  const register = await freshRegister()
  const first = await send(register, 300, { fileName: 'list.csv' })
  const second = await send(register, 3, { fileName: 'list.csv' })
  expect(await read(register, second)).toMatchObject({ status: 'queued' })
  worker(register.url)
  expect(await until(register, second, hasEnded)).toMatchObject({ status: 'done', counts: { unchanged: 3 } })
  expect(await read(register, first)).toMatchObject({ status: 'done', counts: { created: 300 } })
})

describe('cancelled', () => {
  test('before it began: every row is skipped', async () => {
    const register = await freshRegister()
    const id = await send(register, 300)
    const { body } = await register.api.post(`/v1/imports/${id}/cancel`).expect(202)
    expect(body).toMatchObject({ status: 'cancelled', counts: { skipped: 300, pending: 0 } })
    expect(body.cancelledBy).toMatch(/^key:/)
    await register.api.post(`/v1/imports/${id}/cancel`).expect(409)
    await register.api.delete(`/v1/imports/${id}`).expect(204)
  })

  test('not atomic, in the middle: what was stored stays, the rest is skipped', async () => {
    const register = await freshRegister()
    const id = await send(register, 5000, { atomic: 'false' })
    worker(register.url)
    await until(register, id, processed(500))
    await register.api.delete(`/v1/imports/${id}`).expect(409)
    await register.api.post(`/v1/imports/${id}/cancel`).expect(202)
    const { status, counts } = await until(register, id, hasEnded)
    expect(status).toBe('cancelled')
    expect(counts.created).toBeGreaterThanOrEqual(500)
    expect(counts.created + counts.skipped).toBe(5000)
    expect(counts.skipped).toBeGreaterThan(0)
    const { body } = await register.api.get('/v1/agreements?limit=1&count=exact').expect(200)
    expect(body.total).toBe(counts.created)
  })

  test('atomic, in the middle: nothing is stored', async () => {
    const register = await freshRegister()
    const id = await send(register, 8000)
    worker(register.url)
    await until(register, id, ({ phase }) => phase === 'writing')
    await register.api.post(`/v1/imports/${id}/cancel`).expect(202)
    const { status, counts } = await until(register, id, hasEnded)
    expect({ status, ...counts }).toMatchObject({ status: 'cancelled', skipped: 8000, created: 0 })
    expect(await register.db.query(sql`select from agreements limit 1`)).toEqual([])
  })
})

test('a row that the database refuses is refused alone', async () => {
  const register = await freshRegister()
  await register.db.query(sql`alter table agreements add constraint no_treaty check (title <> 'Treaty 700')`)
  const id = await send(register, 1000, { atomic: 'false' })
  worker(register.url)
  expect(await until(register, id, hasEnded)).toMatchObject({ counts: { created: 999, refused: 1 } })
  const { body } = await register.api.get(`/v1/imports/${id}/rows?verdict=refused`).expect(200)
  expect(body.items).toMatchObject([{ row: 701, errors: [{ code: 'internal_error' }] }])
})
