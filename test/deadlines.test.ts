import { readdirSync, readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import ICAL from 'ical.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { buildApp } from '../src/app.ts'
import type { Deadline } from '../src/deadlines/schemas.ts'
import { loadSample } from '../src/programs/sample.ts'
import { inForce, nothingDueIsMissed, type Page, reader, tacit, dayAndKind } from './promises/deadlines.ts'
import { keyTextOf } from './support/keys.ts'
import { migrationStatements } from './support/migration.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

describe('the list of deadlines', () => {
  let register: Register
  let read: ReturnType<typeof reader>
  beforeAll(async () => {
    register = await freshRegister()
    read = reader(register)
    const agreements = [
      { reference: 'RENEWS', term: tacit, dates: [inForce('2020-03-31')] },
      { reference: 'EXPIRES', term: { length: 'P72M', atEnd: 'ends' }, dates: [inForce('2020-05-01')] },
      {
        reference: 'DENOUNCED',
        signatories: [
          { side: 1, signatory: 'KR' },
          { side: 2, signatory: 'FR' },
        ],
        dates: [inForce('2001-01-01'), { event: 'denounced', date: '2025-11-03', effectiveDate: '2026-06' }],
      },
    ]
    for (const over of agreements) await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)
  })

  const list = async (query: string) => ((await read(query)) as Page).items.map(dayAndKind)

  test('contains by default the ends, renewals and notices of the next six months', async () => {
    expect(await list('')).toEqual([
      '2026-03-31 renewal RENEWS',
      '2026-05-01 expiry EXPIRES',
      '2026-06-30 expiry DENOUNCED',
    ])
    register.setToday('2026-07-01')
    expect(await list('')).toEqual(['2026-12-31 notice RENEWS'])
    register.setToday('2026-01-01')
  })

  test('says which period it covers, and how many agreements that match have no known term', async () => {
    expect(await read('party=FR&kind=renewal')).toMatchObject({
      items: [],
      from: '2026-01-01',
      to: '2026-07-01',
      withoutKnownTerm: 1,
    })
    expect(await read('to=2025-03-31')).toMatchObject({ from: '2024-09-30', to: '2025-03-31', withoutKnownTerm: 1 })
    expect(await read('from=2040-02-29&party=US')).toMatchObject({
      from: '2040-02-29',
      to: '2040-08-29',
      withoutKnownTerm: 0,
    })
  })

  test('knows the terms of agreements that are stored already after the migration, as of new ones', async () => {
    const folder = new URL('../migrations/', import.meta.url)
    const name = readdirSync(folder).find((file) => file.endsWith('_known_terms.sql'))!
    const known = () => register.db.query(sql`select agreement_id, has_term from agreement_listings order by 1`)
    const before = await known()
    await register.db.transaction(async (db) => {
      await db.query(sql`alter table agreement_listings drop column has_term`)
      await db.query(sql`alter table agreements add column term_renewal text`)
      await db.query(sql`update agreements set term_renewal = 'none' where term is not null`)
      for (const statement of readFileSync(new URL(name, folder), 'utf8').split('--> statement-breakpoint'))
        await db.query(sql.raw(statement))
      await db.query(sql`alter table agreements drop column term_renewal`)
    })
    expect(await known()).toEqual(before)
    expect(before).toHaveLength(3)
  })

  test('includes both bounds, filters by kind, and covers the past', async () => {
    expect(await list('from=2026-03-31&to=2026-05-01')).toEqual([
      '2026-03-31 renewal RENEWS',
      '2026-05-01 expiry EXPIRES',
    ])
    expect(await list('from=2026-04-01&to=2026-04-30')).toEqual([])
    expect(await list('kind=notice&from=2022-01-01&to=2024-12-31')).toEqual([
      '2022-12-31 notice RENEWS',
      '2023-12-31 notice RENEWS',
      '2024-12-31 notice RENEWS',
    ])
    expect(await list('kind=notice&kind=expiry&from=2026-01-01&to=2026-12-31')).toEqual([
      '2026-05-01 expiry EXPIRES',
      '2026-06-30 expiry DENOUNCED',
      '2026-12-31 notice RENEWS',
    ])
  })

  test('has no end: a renewal of the year 9998', async () => {
    expect(await list('from=9998-01-01&to=9998-12-31')).toEqual([
      '9998-03-31 renewal RENEWS',
      '9998-12-31 notice RENEWS',
    ])
    expect(await list('from=9999-06-01')).toEqual([])
  })

  test('has each day once, also if it is the last one for notice of several renewals', async () => {
    const term = { length: 'P1D', atEnd: 'renews', renewal: { notice: 'P1M' } }
    const signatories = [
      { side: 1, signatory: 'US' },
      { side: 2, signatory: 'SE' },
    ]
    const daily = anAgreement({ reference: 'DAILY', term, signatories, dates: [inForce('2025-01-01')] })
    const { body } = await register.api.post('/v1/agreements').send(daily).expect(201)
    const query = 'party=SE&kind=notice&from=2026-02-27&to=2026-03-01'
    const days = ['2026-02-27 notice DAILY', '2026-02-28 notice DAILY', '2026-03-01 notice DAILY']
    const all = await read(`${query}&count=exact`)
    expect(all.items.map(dayAndKind)).toEqual(days)
    expect(all.total).toBe(3)
    expect(all.items[1].renewal).toBe('2026-03-28')
    const paged: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page = await read(`${query}&limit=2${cursor && `&cursor=${cursor}`}`)
      paged.push(...page.items.map(dayAndKind))
      cursor = page.nextCursor
    }
    expect(paged).toEqual(days)
    await register.api.delete(`/v1/agreements/${body.id}`).set('if-match', '*').expect(204)
  })

  test('shows what an analyst needs to know', async () => {
    const [notice] = (await read('kind=notice&to=2026-12-31')).items
    expect(notice).toMatchObject({ kind: 'notice', renewal: '2027-03-31', endedBy: null, approximate: false })
    const [denounced] = (await read('party=KR')).items
    expect(denounced).toMatchObject({
      day: '2026-06-30',
      kind: 'expiry',
      renewal: null,
      endedBy: 'denounced',
      approximate: true,
      agreement: { reference: 'DENOUNCED', title: 'Agreement on Research into Floods' },
      parties: [
        { side: 1, code: 'KR' },
        { side: 2, code: 'FR' },
      ],
    })
    expect((await read('q=floods&pair=US,JP&kind=expiry')).items.map(dayAndKind)).toEqual(['2026-05-01 expiry EXPIRES'])
  })

  test.each([
    ['from=2026-02-30', 'from'],
    ['from=2026-01-01&to=2025-12-31', 'to'],
    ['from=2026-01-01&to=2036-01-02', 'to'],
    ['kind=expires', 'kind'],
    ['party=KOR', 'party'],
    ['form=ics', 'form'],
    ['format=ics&limit=5', 'limit'],
    ['format=ics&cursor=x', 'cursor'],
  ])('%s is refused', async (query, parameter) => {
    expect((await read(query, 400)).errors[0].parameter).toBe(parameter)
  })

  test('accepts a period of ten years', async () => {
    expect((await read('from=2026-01-01&to=2036-01-01&limit=200')).items).toHaveLength(22)
  })

  test('does not contain a deleted agreement until it is restored', async () => {
    const { body } = await register.api
      .post('/v1/agreements')
      .send(anAgreement({ reference: 'GONE', term: { length: 'P12M', atEnd: 'ends' }, dates: [inForce('2025-02-01')] }))
      .expect(201)
    expect(await list('to=2026-03-01')).toEqual(['2026-02-01 expiry GONE'])
    await register.api.delete(`/v1/agreements/${body.id}`).set('if-match', '*').expect(204)
    expect(await list('to=2026-03-01')).toEqual([])
    await register.api.post(`/v1/agreements/${body.id}/restore`).expect(200)
    expect(await list('to=2026-03-01')).toEqual(['2026-02-01 expiry GONE'])
    await register.api.delete(`/v1/agreements/${body.id}`).set('if-match', '*').expect(204)
  })

  test('contains agreements that were stored before its table existed', async () => {
    const before = await list('from=2020-01-01&to=2030-01-01&limit=200')
    expect(before.length).toBeGreaterThan(10)
    await register.db.query(sql`delete from agreement_due`)
    expect(await list('from=2020-01-01&to=2030-01-01')).toEqual([])
    await register.db.query(sql`alter table agreements add column term_renewal text`)
    await register.db.query(sql`update agreements set term_renewal = 'tacit' where term ->> 'atEnd' = 'renews'`)
    await register.db.query(sql.raw(migrationStatements('days_due').at(-1)!))
    await register.db.query(sql`alter table agreements drop column term_renewal`)
    await publishAll(register.db, '2026-01-01')
    expect(await list('from=2020-01-01&to=2030-01-01&limit=200')).toEqual(before)
  })
})

test('the sample register has no deadlines: no source gives a term or an end', async () => {
  const sample = await freshRegister()
  await loadSample(sample.db, '2026-01-01')
  expect((await reader(sample)('to=2035-12-31')).items).toEqual([])
})

nothingDueIsMissed({ agreements: 150, periods: 25 })

describe('the calendar', () => {
  let register: Register
  const title = `Abkommen, «Ü; \\ and 한국 ${'어'.repeat(60)} 🤝${'🤝'.repeat(40)}\nsecond line\u0007 ${'x'.repeat(200)}`
  let id: string
  beforeAll(async () => {
    register = await freshRegister()
    const { body } = await register.api
      .post('/v1/agreements')
      .send(anAgreement({ title, reference: 'R-1', term: tacit, dates: [inForce('2020-03-31')] }))
      .expect(201)
    id = body.id
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ dates: [inForce('2001-01-01'), { event: 'terminated', date: '2026-05' }] }))
      .expect(201)
  })

  const host = 'register.example:8080'
  const ask = (query: string) => register.api.get(`/v1/deadlines?format=ics&${query}`).set('host', host)
  const calendar = async (query = '') => (await ask(query).expect(200)).text
  const events = (text: string) =>
    new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent').map((event) => {
      const value = (name: string) => event.getFirstPropertyValue(name) as string | number | ICAL.Time | null
      return {
        uid: value('uid'),
        sequence: value('sequence'),
        stamp: (value('dtstamp') as ICAL.Time).toString(),
        start: value('dtstart') as ICAL.Time,
        summary: String(value('summary')),
        description: String(value('description')),
        url: value('url'),
        categories: String(value('categories')),
        transparency: value('transp'),
      }
    })

  test('contains the items of the list as all-day events, as another library reads it', async () => {
    const query = 'from=2022-01-01&to=2030-01-01'
    const { body } = await register.api.get(`/v1/deadlines?${query}&limit=200`).expect(200)
    const read = events(await calendar(query))
    expect(read.map(({ start, categories }) => `${start.toString()} ${categories}`)).toEqual(
      body.items.map(({ day, kind }: Deadline) => `${day} ${kind}`),
    )
    expect(read.length).toBeGreaterThan(10)
    for (const [i, event] of read.entries()) {
      const { agreement, renewal } = (body.items as Deadline[])[i]!
      expect(event.start.isDate).toBe(true)
      expect(event.transparency).toBe('TRANSPARENT')
      expect(event.summary).toContain(agreement.title.replace('\u0007', ' '))
      expect(event.summary).toMatch(/ \(United States – Japan\)$/)
      expect(event.url).toBe(`http://${host}/v1/agreements/${agreement.id}`)
      if (renewal !== null) expect(event.description).toContain(renewal)
    }
    expect(new Set(read.map(({ uid }) => uid)).size).toBe(read.length)
  })

  test('has valid lines, whatever a title contains', async () => {
    const text = await calendar('to=2035-01-01')
    expect(text.startsWith('BEGIN:VCALENDAR\r\nVERSION:2.0\r\n')).toBe(true)
    expect(text.endsWith('\r\nEND:VCALENDAR\r\n')).toBe(true)
    const lines = text.split('\r\n')
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBe(75)
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f\ufffd]/)
    expect(text).toMatch(/\r\nREFRESH-INTERVAL;VALUE=DURATION:P1D\r\nX-PUBLISHED-TTL:P1D\r\n/)
  })

  test('has the same bytes until something is published again; then a day changes under the same UID', async () => {
    const query = 'from=2026-01-01&to=2026-12-31'
    const before = await calendar(query)
    expect(await calendar(query)).toBe(before)
    const own = (text: string) => events(text).filter(({ uid }) => String(uid).startsWith(id))
    expect(own(before).map(({ sequence }) => sequence)).toEqual([1, 1])
    const { body } = await register.api.get(`/v1/agreements/${id}`).expect(200)
    await register.api
      .put(`/v1/agreements/${id}/dates/${body.dates[0].id}`)
      .set('if-match', '*')
      .send(inForce('2020-02-29'))
      .expect(200)
    const after = await calendar(query)
    const said = (text: string) => own(text).map(({ uid, start }) => [uid, start.toString()])
    expect(said(before)).toEqual([
      [`${id}.renewal.1.3@entente`, '2026-03-31'],
      [`${id}.notice.1.4@entente`, '2026-12-31'],
    ])
    expect(said(after)).toEqual([
      [`${id}.renewal.1.3@entente`, '2026-02-28'],
      [`${id}.notice.1.4@entente`, '2026-11-28'],
    ])
    expect(own(after).map(({ sequence }) => sequence)).toEqual([2, 2])
    expect(own(after)[0]!.stamp >= own(before)[0]!.stamp).toBe(true)
  })

  test.each([
    ['text/calendar', 'text/calendar; charset=utf-8'],
    ['text/calendar,text/plain;q=0.8,*/*;q=0.5', 'text/calendar; charset=utf-8'],
    ['text/*, application/json;q=0.1', 'text/calendar; charset=utf-8'],
    ['application/json, text/calendar', 'application/json; charset=utf-8'],
    ['text/calendar;q=0.2, application/json', 'application/json; charset=utf-8'],
    ['text/calendar;q=0, */*', 'application/json; charset=utf-8'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
  ])('Accept: %s is answered as %s', async (accept, type) => {
    const { headers } = await register.api.get('/v1/deadlines').set('accept', accept).expect(200)
    expect(headers['content-type']).toBe(type)
    expect(headers['vary']).toMatch(/\baccept\b(?!-)/)
  })

  test('`format` has precedence over `Accept`', async () => {
    const { headers } = await register.api.get('/v1/deadlines?format=json').set('accept', 'text/calendar').expect(200)
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
  })

  test('can be polled cheaply: fresh for an hour, then 304 until it changes', async () => {
    const { headers } = await ask('').expect(200)
    expect(headers).toMatchObject({
      'cache-control': 'private, max-age=3600',
      'content-disposition': 'attachment; filename="deadlines.ics"',
    })
    await ask('').set('if-none-match', headers['etag']!).expect(304)
    await ask('kind=notice').set('if-none-match', headers['etag']!).expect(200)
    const json = await register.api.get('/v1/deadlines').expect(200)
    expect(json.headers['etag']).not.toBe(headers['etag'])
    await register.api.get('/v1/deadlines').set('if-none-match', json.headers['etag']!).expect(304)
  })

  test('is refused, never truncated, if it would contain more than a thousand days', async () => {
    const monthly = { length: 'P1M', atEnd: 'renews', renewal: { notice: 'P1M' } }
    for (let i = 0; i < 5; i += 1) {
      await register.api.post('/v1/agreements').send(anAgreement({ term: monthly, dates: [inForce('2020-01-01')] }))
    }
    expect(events(await calendar('to=2033-12-31')).length).toBeGreaterThan(950)
    const { body } = await register.api.get('/v1/deadlines?format=ics&to=2035-12-31').expect(400)
    expect(body.errors).toMatchObject([{ parameter: 'to', code: 'too_many' }])
    const { body: own } = await register.api.get('/v1/deadlines.ics?to=2035-12-31').expect(400)
    expect(own.errors).toMatchObject([{ parameter: 'to', code: 'too_many' }])
  })

  test('has an address of its own, with the filters of the list', async () => {
    for (const query of ['', 'from=2022-01-01&to=2026-01-01&kind=notice', 'pair=US,JP&q=floods', 'party=FR']) {
      const own = await register.api
        .get(`/v1/deadlines.ics?${query}`)
        .set('host', host)
        .set('accept', 'text/calendar')
        .expect(200)
      expect(own.text).toBe(await calendar(query))
      expect(own.headers['content-type']).toBe('text/calendar; charset=utf-8')
      const again = register.api.get(`/v1/deadlines.ics?${query}`).set('host', host)
      await again.set('if-none-match', own.headers['etag']!).expect(304)
    }
  })

  test.each(['limit=5', 'cursor=x', 'format=ics', 'partys=FR', 'party=KOR'])('is refused with %s', async (query) => {
    const { body } = await register.api.get(`/v1/deadlines.ics?${query}`).expect(400)
    expect(body.errors[0].parameter).toBe(query.split('=')[0])
  })

  test('has no METHOD, which programs accept only with an organizer', async () => {
    expect(await calendar()).not.toMatch(/^METHOD/m)
    expect(new ICAL.Component(ICAL.parse(await calendar())).getFirstProperty('method')).toBeNull()
  })
})

describe('a calendar program that can send only a user name and a password', () => {
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
  const rates = { reads: 3, writes: 0, exports: 0, failures: 2 }
  const start = async () => {
    const { db, today } = await freshRegister()
    return buildApp({ db, today }, { publicRead: false, rates })
  }

  test('reads with an API key as the password, the calendar alone, within the rate limit of the key', async () => {
    const app = await start()
    const url = '/v1/deadlines.ics'
    const headers = basic(`zoë:${keyTextOf('reader')}`)
    const [answer, head] = [await app.inject({ url, headers }), await app.inject({ method: 'HEAD', url, headers })]
    expect([answer.statusCode, head.statusCode]).toEqual([200, 200])
    expect(answer.payload).toMatch(/^BEGIN:VCALENDAR/)
    for (const other of ['/v1/deadlines?format=ics', '/v1/agreements/export']) {
      const refused = await app.inject({ url: other, headers })
      expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([
        401,
        'Bearer realm="entente", error="invalid_token"',
      ])
    }
    const bearer = { authorization: `Bearer ${keyTextOf('reader')}` }
    expect((await app.inject({ url, headers: bearer })).headers['ratelimit']).toMatch(/^"reads";r=0;/)
    expect((await app.inject({ url, headers })).statusCode).toBe(429)
    await app.close()
  })

  test('is asked for them, and each wrong password counts as a failed authentication', async () => {
    const app = await start()
    const url = '/v1/deadlines.ics'
    const asked = await app.inject({ url })
    expect([asked.statusCode, asked.headers['www-authenticate']]).toEqual([
      401,
      ['Bearer realm="entente"', 'Basic realm="entente", charset="UTF-8"'],
    ])
    const statuses = []
    for (const text of ['me:wrong', `me:${keyTextOf('reader')}x`, 'me:wrong']) {
      statuses.push((await app.inject({ url, headers: basic(text) })).statusCode)
    }
    expect(statuses).toEqual([401, 401, 429])
    await app.close()
  })
})
