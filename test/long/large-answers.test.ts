import { once } from 'node:events'
import { type IncomingMessage, request, type RequestOptions } from 'node:http'
import { sql } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import type { Database } from '../../src/database/connect.ts'
import type { DownloadLimits } from '../../src/http/downloads.ts'
import { addInBulk, numberedId } from '../support/bulk.ts'
import { listen } from '../support/hostile.ts'
import { authHeader } from '../support/keys.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'

const most = 4 * 1024 * 1024
const mega = 1024 * 1024

type Page = { items: { id: string }[]; nextCursor: string | null }

/** All pages of a list, each with the bytes of its answer. */
async function pagesOf(app: Register['app'], list: string): Promise<{ page: Page; bytes: number }[]> {
  const pages: { page: Page; bytes: number }[] = []
  for (let cursor = ''; ;) {
    const { statusCode, payload, headers } = await app.inject({ url: `${list}&limit=200${cursor}` })
    expect(statusCode).toBe(200)
    const page = JSON.parse(payload) as Page
    expect(headers['link'] !== undefined).toBe(page.nextCursor !== null)
    pages.push({ page, bytes: Buffer.byteLength(payload) })
    if (page.nextCursor === null) return pages
    cursor = `&cursor=${page.nextCursor}`
  }
}

const idsOf = (pages: { page: Page }[]) => pages.flatMap(({ page }) => page.items.map(({ id }) => id))

/** The database, with what each answer of it holds: in characters of text. */
function weighed(db: Register['db']): { db: Database; heaviest: () => number } {
  let heaviest = 0
  const weighing = db.watchedBy(async (_name, run) => {
    const result = await run()
    heaviest = Math.max(heaviest, JSON.stringify((result as { rows?: object[] }).rows ?? []).length)
    return result
  })
  return { db: weighing, heaviest: () => heaviest }
}

describe('a list of large agreements', () => {
  let register: Register
  const many = 30
  const all = Array.from({ length: many }, (_, i) => numberedId(i))
  const monthly = { length: 'P1M', atEnd: 'renews', renewal: { length: 'P1M' } }
  beforeAll(async () => {
    register = await freshRegister()
    const agreements = all.map((id, i) => ({
      id,
      body: anAgreement({
        reference: `L-${i}`,
        term: monthly,
        dates: [{ event: 'entered_into_force', date: '2020-01-01' }],
      }),
    }))
    await addInBulk(register.db, agreements, '2026-01-01')
    // A sixth have 1.5 MB, and one of them 5 MB, more than a page holds.
    await register.db.query(sql`update agreements set document = replace(document, '"summary":null',
      '"summary":"' || repeat('ü', case when reference = 'L-7' then 2621440 else 786432 end) || '"')
      where substring(reference from 3)::int % 6 = 1`)
  })

  test.each([
    ['by signature', 'sort=-signed'],
    ['by title', 'sort=title'],
    ['by publication', 'sort=-updated'],
    ['by expiry', 'sort=expires'],
    ['of a party', 'party=US'],
    ['of a pair', 'pair=US,JP'],
    ['of words', 'q=floods'],
    ['of a type, in force on a day', 'type=agreement&inForceOn=2021-01-01'],
    ['of ids', all.map((id) => `id=${id}`).join('&')],
  ])('%s: page by page holds each once, and no page more than 4 MB', async (_, query) => {
    const pages = await pagesOf(register.app, `/v1/agreements?${query}`)
    expect(idsOf(pages).toSorted()).toEqual(all)
    expect(pages.length).toBeGreaterThan(3)
    for (const { page, bytes } of pages) {
      if (page.items.length > 1) expect(bytes).toBeLessThan(most + 1000)
    }
    expect(pages.filter(({ bytes }) => bytes > most)).toHaveLength(1)
  })

  test('does not read what it does not send', async () => {
    const { db, heaviest } = weighed(register.db)
    const app = await buildApp({ db, today: register.today })
    for (const query of ['', 'sort=title&', 'party=US&', 'q=floods&']) {
      await app.inject({ url: `/v1/agreements?${query}limit=200` })
    }
    expect(heaviest()).toBeGreaterThan(mega)
    expect(heaviest()).toBeLessThan(most + mega)
    await app.close()
  })

  test('of what is due holds each day once; a page reads no more than its agreements take', async () => {
    const { db, heaviest } = weighed(register.db)
    const app = await buildApp({ db, today: register.today })
    const list = '/v1/deadlines?from=2026-01-01&to=2026-03-01'
    const pages = await pagesOf(app, list)
    const due = pages.flatMap(({ page }) => page.items) as unknown as { day: string; agreement: { id: string } }[]
    const told = due.map(({ day, agreement }) => `${day} ${agreement.id}`)
    const days = ['2026-01-01', '2026-02-01', '2026-03-01']
    expect(told).toEqual(days.flatMap((day) => all.map((id) => `${day} ${id}`)))
    expect(pages.length).toBeGreaterThan(3)
    const calendar = (await app.inject({ url: `${list}&format=ics` })).payload
    expect(calendar.match(/^BEGIN:VEVENT/gm)).toHaveLength(told.length)
    expect(heaviest()).toBeLessThan(most + 2 * mega)
    await app.close()
  })
})

test('a list of bodies with many aliases ends its pages early too', async () => {
  const register = await freshRegister()
  for (let i = 0; i < 60; i += 1) {
    const aliases = Array.from({ length: 100 }, (_, n) => `${n} ${i} ${'山'.repeat(290)}`)
    const body = { code: `ZZ-${100 + i}`, name: `Body ${i}`, kind: 'other', aliases }
    await register.api.post('/v1/signatories').send(body).expect(201)
  }
  const pages = await pagesOf(register.app, '/v1/signatories?kind=other')
  expect(new Set(idsOf(pages)).size).toBe(idsOf(pages).length)
  expect(idsOf(pages).length).toBeGreaterThanOrEqual(60)
  expect(pages.length).toBe(2)
  for (const { bytes } of pages) expect(bytes).toBeLessThan(most + 1000)
})

describe('large answers that wait for their clients', () => {
  let register: Register
  const address = `/v1/agreements/${numberedId(1)}`
  beforeAll(async () => {
    register = await freshRegister()
    await addInBulk(register.db, [{ id: numberedId(1), body: anAgreement() }], '2026-01-01')
    await register.db.query(
      sql`update agreements set document = replace(document, '"summary":null', '"summary":"' || repeat('x', 8388608) || '"')`,
    )
  })

  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })

  async function serve(downloads: Partial<DownloadLimits>) {
    const app = await buildApp({ db: register.db, today: register.today }, { downloads })
    closing.push(() => app.close())
    const port = await listen({ app })
    /** Asks from this address, and reads nothing. */
    const ask = (localAddress: string, options: RequestOptions = {}, body = '') =>
      new Promise<IncomingMessage>((settle, reject) => {
        const asked = request(
          { host: '127.0.0.1', port, path: address, localAddress, agent: false, ...options },
          settle,
        )
        asked.on('error', reject).end(body)
        closing.push(() => asked.destroy())
      })
    const status = async (localAddress: string) => {
      const answer = await ask(localAddress)
      answer.destroy()
      return answer.statusCode
    }
    const connections = () => new Promise<number>((settle) => app.server.getConnections((_, many) => settle(many)))
    return { ask, status, connections }
  }

  test('are bounded for each address, and for all: one more is 503', async () => {
    const { ask, status } = await serve({ maxWaitingPerAddress: 10_000_000, maxWaiting: 20_000_000 })
    const first = await ask('127.0.0.2')
    const refused = await ask('127.0.0.2')
    expect([refused.statusCode, refused.headers['retry-after'], refused.headers['etag']]).toEqual([503, '5', undefined])
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/)
    const second = await ask('127.0.0.3')
    expect(second.statusCode).toBe(200)
    expect(await status('127.0.0.4')).toBe(503)
    first.destroy()
    await expect.poll(() => status('127.0.0.2')).toBe(200)
  })

  test('are not counted once they are taken', async () => {
    const { ask } = await serve({ maxWaitingPerAddress: 10_000_000 })
    for (let n = 0; n < 5; n += 1) {
      const answer = await ask('127.0.0.2')
      expect(answer.statusCode).toBe(200)
      await once(answer.resume(), 'end')
    }
  })

  test('never hide that a write has happened', async () => {
    const { ask } = await serve({ maxWaitingPerAddress: 1 })
    await ask('127.0.0.2')
    const headers = { ...authHeader('editor'), 'content-type': 'application/json' }
    const body = JSON.stringify(
      anAgreement({
        sources: [{ key: 'a', title: 'A', quote: 'x'.repeat(5000) }],
        claims: Array.from({ length: 40 }, () => ({ statement: 'x'.repeat(2000) })),
      }),
    )
    const written = await ask('127.0.0.2', { method: 'POST', path: '/v1/agreements', headers }, body)
    expect(written.statusCode).toBe(201)
  })

  test('are cut off when their client takes less than the minimum rate', async () => {
    const { ask, connections } = await serve({ minRate: 50_000_000, window: 300 })
    const answer = await ask('127.0.0.2')
    await expect.poll(connections).toBe(0)
    await expect(once(answer.resume(), 'end')).rejects.toThrow('aborted')
  })
})
