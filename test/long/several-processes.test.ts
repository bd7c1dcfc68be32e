import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll, publishRegistryChange } from '../../src/agreements/publication/republish-worker.ts'
import type { ConnectedDatabase } from '../../src/database/connect.ts'
import { addInBulk, numberedId } from '../support/bulk.ts'
import { authHeader } from '../support/keys.ts'
import { holding } from '../support/locks.ts'
import { anAgreement, freshDatabase, freshRegister, type Register } from '../support/register.ts'
import { times } from '../support/served.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'

const today = '2026-01-01'

const send = (origin: string, method: string, path: string, body?: object, headers: object = authHeader('admin')) =>
  fetch(new URL(path, origin), {
    method,
    headers: { 'content-type': 'application/json', 'if-match': '*', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  })

describe('the limits of two processes on one database', () => {
  const [writes, failures] = [60, 25]
  let url: string
  let servers: ServerProcess[]
  beforeAll(async () => {
    ;({ url } = await freshDatabase())
    // The database is waited for as long as its own limits allow.
    const settings = { RATE_LIMIT_WRITES: String(writes), RATE_LIMIT_FAILURES: String(failures), DATABASE_POOL: '5' }
    servers = [await startServer(url, settings), await startServer(url, settings)]
  })

  /** The statuses of requests that are sent to both in turn, 20 at a time. */
  async function statuses(count: number, ask: (origin: string) => Promise<Response>): Promise<Map<number, number>> {
    const counts = new Map<number, number>()
    for (let sent = 0; sent < count; sent += 20) {
      const answers = await times(20, (n) => ask(servers[n % 2]!.origin))
      for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1)
    }
    return counts
  }

  test('let exactly as many writes through together as the limit allows', async () => {
    const counts = await statuses(200, (origin) => send(origin, 'POST', '/v1/agreements', anAgreement()))
    expect(counts).toEqual(
      new Map([
        [201, writes],
        [429, 200 - writes],
      ]),
    )
  })

  test('let exactly as many failed authentications through together as the limit allows', async () => {
    const wrong = { authorization: `${authHeader('reader').authorization}x` }
    const counts = await statuses(100, (origin) => send(origin, 'GET', '/v1/agreements', undefined, wrong))
    expect(counts).toEqual(
      new Map([
        [401, failures],
        [429, 100 - failures],
      ]),
    )
  })

  test('are those of each process while another session holds the row of a caller: no write waits for it to end', async () => {
    const editor = authHeader('editor')
    const write = (origin: string) => send(origin, 'POST', '/v1/agreements', anAgreement(), editor)
    expect((await write(servers[0]!.origin)).status).toBe(201)
    const release = await holding(url, 'select from rate_windows for update')
    const counts = await statuses(200, write)
    await release()
    const through = counts.get(201)!
    expect(new Set(counts.keys())).toEqual(new Set([201, 429]))
    expect(through).toBeGreaterThanOrEqual(2 * writes - 1)
    expect(through).toBeLessThanOrEqual(2 * writes)
  })
})

/** Agreements of the United States with their ids in order. */
const agreements = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: numberedId(n), body: anAgreement({ title: `Agreement ${n}` }) }))

/** How many agreements show a name, and how many versions all have. */
async function shown(db: ConnectedDatabase, name: string) {
  const [row] = await db.query<{ named: number; versions: number; latest: number[] }>(sql`
    select count(*) filter (where document like ${`%"name":"${name}"%`})::int as named, sum(version)::int as versions,
      array_agg(distinct version) as latest from agreements`)
  return row!
}

describe('a change that concerns many agreements', () => {
  let register: Register
  const count = 1_500
  beforeAll(async () => {
    register = await freshRegister()
    await addInBulk(register.db, agreements(count), today)
    await publishAll(register.db, today)
  })

  const parts = () =>
    register.db.query<{ after: string | null; upTo: string | null; actor: string | null; note: string | null }>(sql`
      select done_up_to as after, up_to as "upTo", actor, note from registry_changes order by id`)

  test('is divided after its first batch, and counts as one change', async () => {
    const rename = register.api.patch('/v1/signatories/US').set('If-Match', '*').set('X-Change-Note', 'Why')
    await rename.send({ name: 'Renamed' }).expect(200)
    const [whole] = await parts()
    await publishRegistryChange(register.db, today)
    const { actor, note } = whole!
    expect(await parts()).toEqual([
      { after: numberedId(199), upTo: numberedId(799), actor, note },
      { after: numberedId(799), upTo: numberedId(1399), actor, note },
      { after: numberedId(1399), upTo: null, actor, note },
    ])
    expect((await register.api.get('/readyz')).body.registryChanges).toBe(1)
  })

  test('is published by all processes: a part that one of them holds is left to it', async () => {
    const release = await holding(register.url, 'select from registry_changes order by id limit 1 for update')
    await publishAll(register.db, today)
    expect(await shown(register.db, 'Renamed')).toEqual({
      named: count - 600,
      versions: 2 * count - 600,
      latest: [1, 2],
    })
    expect((await parts()).map(({ upTo }) => upTo)).toEqual([numberedId(799)])
    await release()
    await publishAll(register.db, today)
    expect(await shown(register.db, 'Renamed')).toEqual({ named: count, versions: 2 * count, latest: [2] })
    expect(await parts()).toEqual([])
    const { body } = await register.api.get(`/v1/agreements/${numberedId(1499)}/versions/2`).expect(200)
    expect([body.cause, body.note]).toEqual(['registry', 'Why'])
  })
})

describe('a rename of a party of 3,000 agreements', () => {
  const count = 3_000
  let db: ConnectedDatabase
  let servers: ServerProcess[]
  beforeAll(async () => {
    const fresh = await freshDatabase()
    db = fresh.db
    await addInBulk(db, agreements(count), today)
    await publishAll(db, today)
    servers = [await startServer(fresh.url, {}), await startServer(fresh.url, {})]
  })

  const allPublished = () =>
    expect
      .poll(async () => (await db.query(sql`select from registry_changes limit 1`)).length, { timeout: 240_000 })
      .toBe(0)
  const rename = async (name: string) =>
    expect((await send(servers[0]!.origin, 'PATCH', '/v1/signatories/US', { name })).status).toBe(200)

  /** How many versions a process has published because of the registry. */
  async function publishedBy({ origin }: ServerProcess): Promise<number> {
    const metrics = await (await send(origin, 'GET', '/metrics')).text()
    return Number(/^entente_publications_total\{cause="registry"\} (\d+)$/m.exec(metrics)![1])
  }

  test('is published by both processes, each agreement once', async () => {
    await rename('Renamed')
    await allPublished()
    const [one, other] = await Promise.all(servers.map(publishedBy))
    process.stdout.write(`${count} agreements published by two processes: ${one} and ${other}\n`)
    expect(await shown(db, 'Renamed')).toEqual({ named: count, versions: 2 * count, latest: [2] })
    expect([one! > 0, other! > 0, one! + other!]).toEqual([true, true, count])
  })

  test('is completed by one when the other is killed', async () => {
    const before = await publishedBy(servers[1]!)
    await rename('Renamed again')
    await expect.poll(() => publishedBy(servers[1]!), { interval: 20 }).toBeGreaterThan(before)
    servers[1]!.process.kill('SIGKILL')
    await servers[1]!.ended
    await allPublished()
    expect(await shown(db, 'Renamed again')).toEqual({ named: count, versions: 3 * count, latest: [3] })
  })
})
