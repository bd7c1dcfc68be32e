import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Registry } from 'prom-client'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { buildApp } from '../src/app.ts'
import { connect, type Database } from '../src/database/connect.ts'
import { serveMetrics } from '../src/observability/metrics.ts'
import { addInBulk, numberedId } from './support/bulk.ts'
import { atEnd } from './support/at-end.ts'
import { authHeader } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

/** A promise that waits until it is released. */
function holding(): { until: Promise<void>; release: () => void } {
  let release = () => {}
  const until = new Promise<void>((settle) => (release = settle))
  return { until, release: () => release() }
}

/** The value of each series by its name and labels. */
type Series = Map<string, number>

function seriesOf(text: string): Series {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

describe('the metrics', () => {
  let register: Register
  let address: string
  beforeAll(async () => {
    register = await freshRegister()
    address = (await register.api.post('/v1/agreements').send(anAgreement()).expect(201)).headers['location']!
  })

  const scrape = async (): Promise<Series> => seriesOf((await register.api.get('/metrics').expect(200)).text)
  /** The increase of each series since `before`, without those that did not increase. */
  const grown = (before: Series, after: Series) =>
    Object.fromEntries(
      [...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)]).filter(([, by]) => by),
    )

  test('are in the text format of Prometheus, each with its type and its help', async () => {
    const { headers, text } = await register.api.get('/metrics').expect(200)
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const names = new Set(
      [...seriesOf(text).keys()].map((name) => name.split('{')[0]!.replace(/_(bucket|sum|count)$/, '')),
    )
    for (const name of names) {
      expect(text).toMatch(new RegExp(`^# TYPE ${name} (counter|gauge|histogram|summary)$`, 'm'))
      expect(text).toMatch(new RegExp(`^# HELP ${name} \\w`, 'm'))
    }
    for (const name of [
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_heap_size_used_bytes',
    ]) {
      expect(names).toContain(name)
    }
  })

  test('count requests by the pattern of their route and the class of their status', async () => {
    const before = await scrape()
    await register.api.get(address).expect(200)
    await register.api.get(`${address}?on=2020-01-01`).expect(200)
    await register.api.get('/v1/agreements/0190a000-0000-7000-8000-000000000000').expect(404)
    await register.api.put('/livez').expect(405)
    await register.api.get('/nothing/at/all').expect(404)
    const after = grown(before, await scrape())
    const count = (labels: string) => after[`entente_http_request_duration_seconds_count{${labels}}`]
    expect(count('method="GET",route="/v1/agreements/:id",status="2xx"')).toBe(2)
    expect(count('method="GET",route="/v1/agreements/:id",status="4xx"')).toBe(1)
    expect(count('method="PUT",route="/livez",status="4xx"')).toBe(1)
    expect(count('method="GET",route="none",status="4xx"')).toBe(1)
  })

  test('measure the duration of requests in seconds', async () => {
    const slow = await buildApp({ db: register.db, today: register.today })
    slow.get(
      '/slow',
      { config: { role: 'public' }, schema: { hide: true } },
      async () => new Promise((done) => setTimeout(() => done('x'), 300)),
    )
    await slow.inject({ url: '/slow' })
    const series = seriesOf((await slow.inject({ url: '/metrics', headers: authHeader('admin') })).payload)
    const name = (suffix: string, le = '') =>
      series.get(`entente_http_request_duration_seconds_${suffix}{${le}method="GET",route="/slow",status="2xx"}`)
    expect(name('sum')).toBeGreaterThan(0.25)
    expect(name('sum')).toBeLessThan(5)
    expect([name('bucket', 'le="0.1",'), name('bucket', 'le="5",')]).toEqual([0, 1])
    await slow.close()
  })

  test('have no label that a caller can choose: no request adds a series', async () => {
    const junk = async (round: number) => {
      for (let n = 0; n < 20; n += 1) {
        await register.app.inject({ url: `/${round}-${n}`, headers: { 'user-agent': `${round}-${n}` } })
        await register.app.inject({ url: `/v1/agreements/${round}-${n}` })
        await register.app.inject({ url: `/v1/agreements?q=${round}-${n}` })
        await register.app.inject({ url: `/docs/${round}-${n}` })
        await register.app.inject({ url: `/%${round}${n}` })
        await register.app.inject({ method: 'PROPFIND' as 'GET', url: `/${round}-${n}` })
      }
    }
    await junk(1)
    const ours = async () => new Set([...(await scrape()).keys()].filter((name) => name.startsWith('entente_')))
    const once = await ours()
    await junk(2)
    expect(await ours()).toEqual(once)
    const { text } = await register.api.get('/metrics')
    expect(text).not.toContain('1-7')
    expect(text).toContain('method="other"')
  })

  test('count publications by cause, after the commit', async () => {
    const before = await scrape()
    await register.api.patch(address).set('If-Match', '*').send({ summary: 'Floods' }).expect(200)
    await register.api.patch(address).set('If-Match', '*').send({ summary: 'Floods' }).expect(200)
    await register.api.patch('/v1/signatories/JP').set('If-Match', '*').send({ name: 'Nippon' }).expect(200)
    await publishAll(register.db, register.today())
    const after = grown(before, await scrape())
    expect(after['entente_publications_total{cause="edit"}']).toBe(1)
    expect(after['entente_publications_total{cause="registry"}']).toBe(1)
    expect(after['entente_publications_total{cause="clock"}']).toBeUndefined()
  })

  test('do not count publications that are rolled back', async () => {
    const before = await scrape()
    const add = (n: number, fail: boolean) =>
      register.db.transaction(async (db) => {
        await addInBulk(db, [{ id: numberedId(n), body: anAgreement() }], '2026-01-01')
        if (fail) throw new Error('Not this one.')
      })
    await add(1, false)
    await expect(add(2, true)).rejects.toThrow('Not this one.')
    expect(grown(before, await scrape())['entente_publications_total{cause="edit"}']).toBe(1)
  })

  test('count problems by code, including those of malformed HTTP', async () => {
    const before = await scrape()
    await register.api.get('/v1/agreements?statsu=x').expect(400)
    await register.api.get('/nothing').expect(404)
    await register.app.listen({ port: 0, host: '127.0.0.1' })
    const socket = connectSocket((register.app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.end('this is no HTTP\r\n\r\n')
    await once(socket.resume(), 'close')
    const after = grown(before, await scrape())
    expect(after['entente_problems_total{code="invalid_request"}']).toBe(2)
    expect(after['entente_problems_total{code="not_found"}']).toBe(1)
    expect(after['entente_problems_total{code="internal_error"}']).toBeUndefined()
    expect((await scrape()).has('entente_problems_total{code="internal_error"}')).toBe(true)
  })
})

describe('the state of the service', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })
  /** The result of a scrape long after the last one. */
  async function scrape(): Promise<Series> {
    const app = await buildApp({ db: register.db, today: register.today })
    const { payload } = await app.inject({ url: '/metrics', headers: authHeader('admin') })
    await app.close()
    return seriesOf(payload)
  }

  test('shows how many publications wait, for the registry, for the clock and for other agreements', async () => {
    const { body: made } = await register.api
      .post('/v1/agreements')
      .send(anAgreement({ dates: [{ event: 'entered_into_force', date: '2026-03-01' }] }))
      .expect(201)
    expect((await scrape()).get('entente_agreements_due')).toBe(0)
    const relations = [{ kind: 'supersedes', agreement: made.id }]
    await register.api.post('/v1/agreements').send(anAgreement({ relations })).expect(201)
    register.setToday('2026-03-01')
    await register.api.patch('/v1/signatories/JP').set('If-Match', '*').send({ name: 'Nippon' }).expect(200)
    const waiting = await scrape()
    expect(waiting.get('entente_agreements_due')).toBe(1)
    expect(waiting.get('entente_registry_changes_waiting')).toBe(1)
    expect(waiting.get('entente_agreement_changes_waiting')).toBe(2)
    await publishAll(register.db, register.today())
    const done = await scrape()
    expect(done.get('entente_agreements_due')).toBe(0)
    expect(done.get('entente_registry_changes_waiting')).toBe(0)
    expect(done.get('entente_agreement_changes_waiting')).toBe(0)
  })

  test('asks the database each question once, however often it is scraped', async () => {
    const asked: unknown[] = []
    const query: Register['db']['query'] = (statement, values) => {
      asked.push(statement)
      return register.db.query(statement, values)
    }
    const metrics = new Registry()
    const app = await buildApp({ db: { ...register.db, query }, today: register.today }, { metrics })
    await Promise.all(Array.from({ length: 10 }, () => metrics.metrics()))
    await metrics.metrics()
    expect(asked).toMatchObject([{ name: 'backlog' }, { name: 'waiting-deliveries' }])
    await app.close()
  })

  test('shows the connections, and how many requests wait for one', async () => {
    const db = connect({ url: register.url, pool: 1 })
    const registry = new Registry()
    const app = await buildApp({ db, today: register.today }, { metrics: registry })
    const metrics = async () => seriesOf(await registry.metrics())
    await metrics()
    expect((await metrics()).get('entente_database_connections_idle')).toBe(1)
    const [begun, held] = [holding(), holding()]
    const taken = db.transaction(() => {
      begun.release()
      return held.until
    })
    await begun.until
    const waiting = db.query(sql`select 1`)
    const names = ['connections', 'connections_idle', 'waiting'].map((name) => `entente_database_${name}`)
    const seen = async () => {
      const series = await metrics()
      return names.map((name) => series.get(name))
    }
    await expect.poll(seen).toEqual([1, 0, 1])
    held.release()
    await Promise.all([taken, waiting])
    await app.close()
    await db.close()
  })

  test('shows the exports in progress', async () => {
    const held = holding()
    const db: Database = {
      ...register.db,
      during: () => db,
      transaction: async (work, options) => {
        await held.until
        return register.db.transaction(work, options)
      },
    }
    const app = await buildApp({ db, today: register.today })
    const running = async () =>
      seriesOf((await app.inject({ url: '/metrics', headers: authHeader('admin') })).payload).get(
        'entente_exports_running',
      )
    const exporting = app.inject({ url: '/v1/agreements/export' })
    await expect.poll(running).toBe(1)
    held.release()
    expect((await exporting).statusCode).toBe(200)
    expect(await running()).toBe(0)
    await app.close()
  })

  test('lacks the backlog while the database is unavailable', async () => {
    const db = connect({ url: 'postgres://nobody@127.0.0.1:1/nothing' })
    const metrics = new Registry()
    const app = await buildApp({ db, today: register.today }, { metrics })
    const series = seriesOf(await metrics.metrics())
    expect(series.has('entente_agreements_due')).toBe(false)
    expect(series.get('entente_database_connections')).toBe(0)
    const { statusCode } = await app.inject({ url: '/metrics', headers: authHeader('admin') })
    expect(statusCode).toBe(503)
    await app.close()
    await db.close()
  })
})

describe('the port of the metrics', () => {
  test('serves only /metrics', async () => {
    const { db, today } = await freshRegister()
    const metrics = new Registry()
    const app = await buildApp({ db, today }, { metrics })
    await app.inject({ url: '/livez' })
    const server = await serveMetrics(metrics, { host: '127.0.0.1', port: 0 })
    atEnd(() => server.close())
    const { port } = server.address() as AddressInfo
    const ask = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method })
    const shown = await (await ask('/metrics')).text()
    expect(
      seriesOf(shown).get('entente_http_request_duration_seconds_count{method="GET",route="/livez",status="2xx"}'),
    ).toBe(1)
    expect(shown).toContain('process_resident_memory_bytes')
    for (const [path, method] of [['/livez'], ['/v1/agreements'], ['/metrics', 'POST'], ['/metrics/']] as const) {
      expect((await ask(path, method)).status).toBe(404)
    }
    const socket = connectSocket(port, '127.0.0.1')
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n')
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /)
    await app.close()
  })
})
