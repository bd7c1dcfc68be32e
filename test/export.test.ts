import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'csv-parse/sync'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Agreement } from '../src/agreements/schemas.ts'
import { buildApp } from '../src/app.ts'
import { columns } from '../src/export/rows.ts'
import { loadSample } from '../src/programs/sample.ts'
import { addInBulk, numberedId } from './support/bulk.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

describe('the export of a selection', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
    await loadSample(register.db, register.today())
  })

  const exported = (query: string) => register.app.inject({ url: `/v1/agreements/export?${query}` })

  test('as NDJSON and JSON holds the very documents, and tells beforehand how many', async () => {
    const { body } = await register.api.get('/v1/agreements?limit=200&party=US').expect(200)
    const byId = (items: Agreement[]) => items.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const lines = await exported('format=ndjson&party=US')
    expect(lines.headers).toMatchObject({
      'x-total-count': '14',
      'content-type': 'application/x-ndjson; charset=utf-8',
    })
    expect(
      lines.payload
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(byId(body.items))
    expect((await exported('format=json&party=US')).json()).toEqual({ items: byId(body.items) })
    expect((await exported('format=json&reference=NONE')).json()).toEqual({ items: [] })
  })

  test('as CSV has one row an agreement, as a file', async () => {
    const { headers, payload } = await exported('party=KR')
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="agreements.csv"',
    })
    const rows: Record<string, string>[] = parse(payload, { columns: true })
    expect(Object.keys(rows[0]!)).toEqual([...columns])
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      reference: 'DHS-ST-2019-KR',
      side1Parties: 'US',
      side1Signatories: 'US-DHS-ST',
      side2Signatories: 'KR-MSIT',
      signed: '2019-10-23',
      signedPlaces: 'Daejeon | Seoul',
      warnings: 'conflicting_sources',
    })
    expect((await exported('party=KR&bom=true')).payload.startsWith('\uFEFFid,')).toBe(true)
  })

  test('escapes what a spreadsheet would take for a formula', async () => {
    const title = '=HYPERLINK("https://example.org")'
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ title, reference: 'FORMULA' }))
      .expect(201)
    const [row] = parse((await exported('reference=FORMULA')).payload, { columns: true }) as Record<string, string>[]
    expect(row!['title']).toBe(`'${title}`)
    const [raw] = parse((await exported('reference=FORMULA&escapeFormulas=false')).payload, { columns: true })
    expect((raw as Record<string, string>)['title']).toBe(title)
    expect((await exported('escapeFormulas=no')).statusCode).toBe(400)
  })

  test('refuses a misspelt filter, and is a route of its own beside the ids', async () => {
    expect((await exported('partty=US')).statusCode).toBe(400)
    expect((await exported('format=xml')).statusCode).toBe(400)
    expect((await register.app.inject({ method: 'PUT', url: '/v1/agreements/export' })).statusCode).toBe(405)
  })
})

describe('an export of many', () => {
  let register: Register
  const many = 3000
  beforeAll(async () => {
    register = await freshRegister()
    const bulk = Array.from({ length: many }, (_, i) => ({
      id: numberedId(i),
      body: anAgreement({ summary: 'Joint research into floods. '.repeat(300) }),
    }))
    await addInBulk(register.db, bulk, '2026-01-01')
    await register.app.listen({ host: '127.0.0.1', port: 0 })
  }, 120_000)

  const open = (path: string, port = (register.app.server.address() as AddressInfo).port) =>
    new Promise<import('node:http').IncomingMessage>((settle, reject) => {
      get({ host: '127.0.0.1', port, path }, settle).on('error', reject)
    })

  test('is one snapshot, whatever is written meanwhile', async () => {
    const response = await open('/v1/agreements/export?format=ndjson')
    expect(response.headers['x-total-count']).toBe(String(many))
    await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    expect(text.trimEnd().split('\n')).toHaveLength(many)
  })

  test('waits for its client, frees its place when the client goes, and runs twice at once, not more', async () => {
    const path = '/v1/agreements/export?format=ndjson'
    const [one, two] = await Promise.all([open(path), open(path)])
    const third = await register.app.inject({ url: path })
    expect([third.statusCode, third.json().code, third.headers['retry-after']]).toEqual([503, 'busy', '5'])
    one.destroy()
    two.destroy()
    await expect.poll(async () => (await register.app.inject({ url: `${path}&reference=NONE` })).statusCode).toBe(200)
  })

  test('frees its place when its client stops reading for ever', async () => {
    const limits = { connectionTimeout: 1000 }
    const app = await buildApp({ db: register.db, today: register.today }, { limits })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const path = '/v1/agreements/export?format=ndjson'
    const stalled = await Promise.all([1, 2].map(() => open(path, port)))
    for (const response of stalled) response.on('error', () => {}).pause()
    expect((await app.inject({ url: path })).statusCode).toBe(503)
    const another = async () => (await app.inject({ url: `${path}&reference=NONE` })).statusCode
    await expect.poll(another, { timeout: 20_000, interval: 200 }).toBe(200)
    await app.close()
  })

  test('is cut off, not ended, when the database fails it midway', async () => {
    const response = await open('/v1/agreements/export?format=json')
    const killed = () =>
      register.db.query({
        name: 'kill',
        text: `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and state = 'idle in transaction'`,
      })
    await expect.poll(async () => (await killed()).length, { timeout: 10_000 }).toBe(1)
    let text = ''
    const read = async () => {
      for await (const chunk of response.setEncoding('utf8')) text += chunk
    }
    await expect(read()).rejects.toThrow('aborted')
    expect(text.endsWith(']}')).toBe(false)
  })
})
