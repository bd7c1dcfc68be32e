import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import { loadSample } from '../../src/programs/sample.ts'
import { freePort } from '../support/free-port.ts'
import { addTestKeys, authHeader } from '../support/keys.ts'
import { anAgreement } from '../support/register.ts'
import { startServer } from '../support/server-process.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'
import { PostgresServer } from './postgres-server.ts'

/** How far one of the standbys is behind. */
const delay = '500ms'

/** Ends what a test has started. */
const running: (() => Promise<void>)[] = []
afterEach(async () => void (await Promise.all(running.splice(0).map((end) => end()))))

async function standbyOf(server: PostgresServer, settings: Record<string, string> = {}): Promise<PostgresServer> {
  const standby = await server.standby(settings)
  running.push(() => standby.end('SIGQUIT'))
  return standby
}

/** A server that writes to the database at `url` and reads at those of `urls`. */
async function serverWith(url: string, urls: string[], settings: Record<string, string> = {}) {
  const metrics = await freePort()
  const reads: Record<string, string> = urls.length > 0 ? { DATABASE_READ_URLS: urls.join(',') } : {}
  const server = await startServer(url, { METRICS_PORT: String(metrics), ...reads, ...settings })
  const { origin } = server
  running.push(async () => void server.process.kill('SIGKILL'))
  /** A figure of the standby with this port. */
  const figure = async (name: string, port: number | string): Promise<number | undefined> => {
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()
    const line = new RegExp(`^entente_standby_${name}\\{standby="127.0.0.1:${port}"\\} (.+)$`, 'm').exec(text)
    return line ? Number(line[1]) : undefined
  }
  const read = (path: string, headers: Record<string, string> = {}) => fetch(origin + path, { headers })
  const write = (method: string, path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(origin + path, {
      method,
      headers: { ...authHeader('admin'), 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const create = async () => {
    const answer = await write('POST', '/v1/agreements', anAgreement())
    const { id } = (await answer.json()) as { id: string }
    return { path: `/v1/agreements/${id}`, position: answer.headers.get('register-position')! }
  }
  return { origin, figure, read, write, create }
}

type Server = Awaited<ReturnType<typeof serverWith>>

let primary: PostgresServer
beforeAll(async () => {
  primary = await PostgresServer.create()
  await serverWith(primary.url, [])
  const db = connect({ url: primary.url })
  await addTestKeys(db)
  await loadSample(db, '2026-01-01')
  await db.close()
})

/** How many of 100 reads, each right after an edit, show a state of before it. */
async function staleReads({ read, write, create }: Server, withPosition: boolean): Promise<number> {
  const { path } = await create()
  let stale = 0
  for (let i = 1; i <= 100; i += 1) {
    const edit = await write('PATCH', path, { summary: `Edit ${i}` }, { 'if-match': '*' })
    const { version } = (await edit.json()) as { version: number }
    const position = edit.headers.get('register-position')!
    const shown = await read(path, withPosition ? { 'register-position': position } : {})
    if (((await shown.json()) as { version?: number }).version !== version) stale += 1
  }
  return stale
}

describe('a read that brings the position of a write', () => {
  test(`is never older, with a standby that is ${delay} behind: it is made at the primary`, async () => {
    const late = await standbyOf(primary, { recovery_min_apply_delay: delay })
    const server = await serverWith(primary.url, [late.url])
    const [without, stale] = [await staleReads(server, false), await staleReads(server, true)]
    process.stdout.write(`Of 100 reads, ${without} were stale without the position, and ${stale} with it.\n`)
    expect(stale).toBe(0)
    expect(without).toBeGreaterThan(0)
  })

  test('is never older, with another one beside it: it is made there', async () => {
    const [late, near] = [await standbyOf(primary, { recovery_min_apply_delay: delay }), await standbyOf(primary)]
    const server = await serverWith(primary.url, [late.url, near.url])
    const before = (await server.figure('reads_total', near.port))!
    const stale = await staleReads(server, true)
    const reads = (await server.figure('reads_total', near.port))! - before
    process.stdout.write(`Of 100 reads with the position, ${reads} were made at the standby that was not behind.\n`)
    expect(stale).toBe(0)
    expect(reads).toBeGreaterThan(0)
    expect(await staleReads(server, false)).toBeGreaterThan(0)
  })

  test('shows a new agreement, a part and a deletion', async () => {
    const late = await standbyOf(primary, { recovery_min_apply_delay: delay })
    const { create, read, write } = await serverWith(primary.url, [late.url])
    const { path, position } = await create()
    expect((await read(path, { 'register-position': position })).status).toBe(200)
    const added = await write('POST', `${path}/dates`, { event: 'entered_into_force', date: '2020' })
    const { id } = (await added.json()) as { id: string }
    const after = { 'register-position': added.headers.get('register-position')! }
    expect((await read(`${path}/dates/${id}`, after)).status).toBe(200)
    const deleted = await write('DELETE', path, {}, { 'if-match': '*' })
    expect(deleted.status).toBe(204)
    expect((await read(path, { 'register-position': deleted.headers.get('register-position')! })).status).toBe(404)
    expect((await read(path, { 'register-position': 'latest' })).status).toBe(404)
  })

  test('shows what a file has brought', async () => {
    const late = await standbyOf(primary, { recovery_min_apply_delay: delay })
    const { origin, read } = await serverWith(primary.url, [late.url])
    const form = new FormData()
    const parties = [
      { column: 'a', side: 1 },
      { column: 'b', side: 2 },
    ]
    form.set('mapping', JSON.stringify({ title: { column: 't' }, type: { constant: 'other' }, parties }))
    form.set('file', new Blob(['t,a,b\nIcebreakers,US,FI\n']), 'f.csv')
    const made = await fetch(`${origin}/v1/imports`, { method: 'POST', headers: authHeader('admin'), body: form })
    expect([made.status, await made.json()]).toMatchObject([201, { counts: { created: 1 } }])
    const after = { 'register-position': made.headers.get('register-position')! }
    const shown = (await (await read('/v1/agreements?pair=US,FI', after)).json()) as { items: object[] }
    expect(shown.items).toMatchObject([{ title: 'Icebreakers' }])
  })
})

describe('a read does not fail', () => {
  const paths = [
    '/v1/agreements?limit=5',
    '/v1/agreements?count=exact&pair=US,KR',
    '/v1/agreements/DHS-ST-2019-KR',
    '/v1/statistics?groupBy=signedYear',
    '/v1/deadlines',
    '/v1/network',
    '/agreements',
  ]

  /**
   * Reads on eight connections while `work` runs, which can wait for further reads.
   * @returns the number of reads by status
   */
  async function whileReading(
    { read }: Server,
    work: (reads: (count: number) => Promise<void>) => Promise<unknown>,
  ): Promise<Record<string, number>> {
    const statuses: Record<string, number> = {}
    let [isOver, done] = [false, 0]
    const readers = Array.from({ length: 8 }, async (_, i) => {
      for (let turn = i; !isOver; turn += 1) {
        const answer = await read(paths[turn % paths.length]!, { accept: 'text/html, application/json' })
        await answer.text()
        statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
        done += 1
      }
    })
    await work(async (count) => {
      for (const until = done + count; done < until;) await setTimeout(10)
    })
    isOver = true
    await Promise.all(readers)
    return statuses
  }

  test('when both standbys are killed under load, and they are read again once they are back', async () => {
    const standbys = [await standbyOf(primary), await standbyOf(primary)]
    const server = await serverWith(
      primary.url,
      standbys.map(({ url }) => url),
    )
    const figures = (name: string) => Promise.all(standbys.map(({ port }) => server.figure(name, port)))
    const statuses = await whileReading(server, async (reads) => {
      await reads(500)
      await Promise.all(standbys.map((standby) => standby.end('SIGKILL')))
      await reads(500)
    })
    process.stdout.write(`Both standbys were killed during these reads: ${JSON.stringify(statuses)}.\n`)
    expect(Object.keys(statuses)).toEqual(['200'])
    const before = await figures('reads_total')
    for (const reads of before) expect(reads).toBeGreaterThan(0)
    await expect.poll(() => figures('up')).toEqual([0, 0])
    await Promise.all(standbys.map((standby) => standby.start()))
    await expect.poll(() => figures('up')).toEqual([1, 1])
    expect(Object.keys(await whileReading(server, (reads) => reads(100)))).toEqual(['200'])
    for (const [i, reads] of (await figures('reads_total')).entries()) expect(reads).toBeGreaterThan(before[i]!)
  })

  test('when a standby becomes silent', async () => {
    const silent = await tcpProxy((await standbyOf(primary)).url)
    const server = await serverWith(primary.url, [silent.url])
    const up = () => server.figure('up', new URL(silent.url).port)
    const statuses = await whileReading(server, async (reads) => {
      await reads(100)
      silent.pauseNew()
      silent.pause()
      await expect.poll(up).toBe(0)
      await reads(100)
    })
    expect(Object.keys(statuses)).toEqual(['200'])
    silent.resume()
    await expect.poll(up).toBe(1)
  })

  test('when a standby cancels it because of what it replays', async () => {
    const standby = await standbyOf(primary, { max_standby_streaming_delay: '0' })
    const server = await serverWith(primary.url, [standby.url])
    const statuses = await whileReading(server, async () => {
      for (let i = 0; i < 40; i += 1) await primary.query('vacuum full agreement_listings')
    })
    const fallbacks = await server.figure('fallbacks_total', standby.port)
    process.stdout.write(`${fallbacks} reads were cancelled by a standby, and made at the primary.\n`)
    expect(Object.keys(statuses)).toEqual(['200'])
    expect(fallbacks).toBeGreaterThan(0)
  })
})

describe('a standby gets no reads', () => {
  /** How many of ten reads are made at the standby. */
  async function readsAt({ figure, read }: Server, port: number): Promise<number> {
    const before = (await figure('reads_total', port))!
    for (let i = 0; i < 10; i += 1) expect((await read('/v1/agreements')).status).toBe(200)
    return (await figure('reads_total', port))! - before
  }

  test('while it is too far behind, which an idle primary never makes it', async () => {
    const standby = await standbyOf(primary)
    const server = await serverWith(primary.url, [standby.url], { DATABASE_READ_MAX_LAG_SECONDS: '1' })
    const lag = () => server.figure('lag_seconds', standby.port)
    await expect.poll(lag).toBe(0)
    await setTimeout(2_500)
    expect(await lag()).toBe(0)
    expect(await readsAt(server, standby.port)).toBeGreaterThan(0)
    await standby.query('select pg_wal_replay_pause()')
    await server.create()
    await expect.poll(lag).toBeGreaterThan(1)
    expect(await readsAt(server, standby.port)).toBe(0)
    await standby.query('select pg_wal_replay_resume()')
    await expect.poll(lag).toBe(0)
    expect(await readsAt(server, standby.port)).toBeGreaterThan(0)
  })

  test('if it is that of another database, or not a standby', async () => {
    const other = await PostgresServer.create()
    const standby = await standbyOf(other)
    const server = await serverWith(primary.url, [standby.url, primary.url])
    for (const { port } of [standby, primary]) {
      expect([await server.figure('up', port), await readsAt(server, port)]).toEqual([0, 0])
    }
  })
})

test('every GET of the document has the same answer at the primary and at a standby', async () => {
  const standby = await standbyOf(primary)
  const settings = { PUBLIC_URL: 'https://example.org' }
  const [one, other] = [
    await serverWith(primary.url, [], settings),
    await serverWith(primary.url, [standby.url], settings),
  ]
  const ids = await idsOf(one)
  const paths = getPaths(ids)
  expect(paths.length).toBeGreaterThan(50)
  const answerOf = async (server: Server, path: string) => {
    const answer = await server.read(path, authHeader('admin'))
    const { status, headers } = answer
    const type = headers.get('content-type')!
    const body = await answer.text()
    // A workbook has the time at which it was made.
    return { path, status, etag: headers.get('etag'), type, body: type.includes('spreadsheetml') ? '' : body }
  }
  const before = (await other.figure('reads_total', standby.port))!
  for (const path of paths) {
    expect((await answerOf(one, path)).status, path).toBeLessThan(300)
    await expect.poll(async () => await answerOf(other, path)).toEqual(await answerOf(one, path))
  }
  expect(await other.figure('fallbacks_total', standby.port)).toBe(0)
  expect((await other.figure('reads_total', standby.port))! - before).toBeGreaterThan(paths.length / 2)
})

test('reads go on while the primary is away, and after a standby has taken over', async () => {
  const standby = await standbyOf(primary)
  const both = `postgres://entente@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres`
  const { create, figure, read, write } = await serverWith(both, [standby.url])
  await expect.poll(() => figure('lag_seconds', standby.port)).toBe(0)
  await primary.end('SIGKILL')
  for (let i = 0; i < 20; i += 1) expect((await read('/v1/agreements')).status).toBe(200)
  expect((await read('/v1/agreements', { 'register-position': 'latest' })).status).toBe(503)
  standby.promote()
  await expect.poll(async () => (await write('POST', '/v1/agreements', anAgreement())).status).toBe(201)
  const { path, position } = await create()
  expect((await read(path, { 'register-position': position })).status).toBe(200)
  expect((await read(path)).status).toBe(200)
  await expect.poll(() => figure('up', standby.port)).toBe(0)
})

/** What no example can name, since the sample register has none. */
async function idsOf({ origin, write }: Server): Promise<Record<string, string>> {
  const idOf = async (answer: Response) => ((await answer.json()) as { id: string }).id
  const form = new FormData()
  const mapping = { title: { column: 't' }, type: { constant: 'other' }, parties: [{ column: 'a', side: 1 }] }
  form.set('mapping', JSON.stringify(mapping))
  form.set('dryRun', 'true')
  form.set('file', new Blob(['t,a\nIce,US\n']), 'f.csv')
  const made = await fetch(`${origin}/v1/imports`, { method: 'POST', headers: authHeader('admin'), body: form })
  const hook = await idOf(await write('POST', '/v1/webhooks', { url: 'https://example.org/', enabled: false }))
  return {
    imports: await idOf(made),
    keys: await idOf(await write('POST', '/v1/keys', { name: 'Another', role: 'reader' })),
    webhooks: hook,
    deliveryId: await idOf(await write('POST', `/v1/webhooks/${hook}/ping`, {})),
  }
}

interface Operation {
  parameters?: { name: string; in: string; example?: string }[]
}

/** The path of each GET of the document, with the examples of its parameters; without those whose answers always differ. */
function getPaths(ids: Record<string, string>): string[] {
  const { paths } = JSON.parse(readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8')) as {
    paths: Record<string, { get?: Operation }>
  }
  return Object.entries(paths).flatMap(([path, { get }]) => {
    if (get === undefined || ['/metrics', '/readyz'].includes(path)) return []
    const { parameters = [] } = get
    const own = /^\/v1\/(keys|imports|webhooks)\//.exec(path)?.[1]
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
      String(
        ids[own !== undefined && name === 'id' ? own : name] ?? parameters.find((one) => one.name === name)!.example,
      ),
    )
    const query = parameters.flatMap((one) =>
      one.in === 'query' && one.example !== undefined ? [[one.name, one.example]] : [],
    )
    return query.length > 0 ? [`${filled}?${new URLSearchParams(query)}`] : [filled]
  })
}
