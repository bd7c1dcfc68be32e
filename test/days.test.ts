import { afterEach, describe, expect, test, vi } from 'vitest'
import { publishAll, startPublisher } from '../src/agreements/publication/republish-worker.ts'
import { buildApp } from '../src/app.ts'
import { Clock } from '../src/database/clock.ts'
import { openLog } from '../src/observability/log.ts'
import { atEnd } from './support/at-end.ts'
import { authHeader } from './support/keys.ts'
import { anAgreement, freshDatabase, freshRegister } from './support/register.ts'

const hour = 3_600_000
const dayAfter = (day: string, days: number) => new Date(Date.parse(day) + days * 24 * hour).toISOString().slice(0, 10)

/** The day in a zone without daylight saving time, `hours` ahead of UTC. */
const dayAhead = (hours: number) => new Date(Date.now() + hours * hour).toISOString().slice(0, 10)

/** Makes the clock of this process wrong by some seconds; PostgreSQL keeps its own. */
function shiftClock(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(Date.now() + seconds * 1000)
}

afterEach(() => void vi.useRealTimers())

/** The application with the clock of the register, as the server starts it, and what it logs. */
async function served(timeZone: string, { db } = { db: undefined as never }) {
  const database = db ?? (await freshDatabase()).db
  const lines: string[] = []
  const log = openLog('info', { write: (line) => void lines.push(line) })
  const clock = new Clock(timeZone, log)
  await clock.start(database)
  const app = await buildApp({ db: database, today: clock.today })
  atEnd(async () => {
    clock.stop()
    await app.close()
  })
  const send = async (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object) => {
    const headers = { ...authHeader('admin'), ...(method === 'PATCH' && { 'if-match': '*' }) }
    return (await app.inject({ method, url, headers, ...(payload && { payload }) })).json()
  }
  return { db: database, clock, app, log, lines, send }
}

const endingOn = (day: string) =>
  anAgreement({
    dates: [
      { event: 'signed', date: '2019-03-05' },
      { event: 'entered_into_force', date: '2019-03-05' },
      { event: 'terminated', date: day },
    ],
  })

describe('the day is that of PostgreSQL', () => {
  const twoYears = 2 * 365 * 24 * 3_600

  test.each([
    ['ahead', twoYears],
    ['behind', -twoYears],
  ])('for writes, reads and the worker, when the clock of the process is two years %s', async (_name, seconds) => {
    const today = dayAhead(0)
    const { send, clock, db, log } = await served('UTC')
    shiftClock(seconds)
    const ended = await send('POST', '/v1/agreements', endingOn(dayAfter(today, -200)))
    const lasting = await send('POST', '/v1/agreements', endingOn(dayAfter(today, 200)))
    const patched = await send('PATCH', `/v1/agreements/${lasting.id}`, { summary: 'New' })
    expect([ended.status, lasting.status, patched.status]).toEqual(['terminated', 'in_force', 'in_force'])
    const publisher = startPublisher(db, clock.today, log)
    const change = await send('POST', '/v1/agreements', anAgreement({ title: 'Changed' }))
    await send('PATCH', '/v1/signatories/US', { name: 'The United States' })
    await expect
      .poll(async () => (await send('GET', `/v1/agreements/${change.id}`)).version, { timeout: 10_000 })
      .toBe(2)
    await publisher.stop()
    const after = [await send('GET', `/v1/agreements/${ended.id}`), await send('GET', `/v1/agreements/${lasting.id}`)]
    expect(after.map(({ status }) => status)).toEqual(['terminated', 'in_force'])
    const { items } = await send('GET', `/v1/agreements/${lasting.id}/versions`)
    expect(items.map(({ cause }: { cause: string }) => cause)).not.toContain('clock')
    const { from } = await send('GET', '/v1/deadlines')
    expect([today, dayAfter(today, 1)]).toContain(from)
  })

  test('and does not change when the clock of the process is set while it runs', async () => {
    const { clock } = await served('UTC')
    const before = dayAhead(0)
    shiftClock(twoYears)
    expect([before, dayAfter(before, 1)]).toContain(clock.today())
  })
})

test('the day is that of the time zone of the register', async () => {
  const east = await served('Pacific/Kiritimati')
  const west = await served('Etc/GMT+12', east)
  const [eastern, western] = [dayAhead(14), dayAhead(-12)]
  expect(eastern > western).toBe(true)
  const ending = endingOn(eastern)
  const [there, here] = [
    await east.send('POST', '/v1/agreements', ending),
    await west.send('POST', '/v1/agreements', ending),
  ]
  expect([there.status, here.status]).toEqual(['terminated', 'in_force'])
  const from = async ({ send }: typeof east) => (await send('GET', '/v1/deadlines')).from
  expect([await from(east), await from(west)]).toEqual([eastern, western])
})

describe('an agreement that was judged on a day still to come is judged again', () => {
  test('and gets a version if that changes it', async () => {
    const register = await freshRegister()
    register.setToday('2028-01-01')
    const { body } = await register.api.post('/v1/agreements').send(endingOn('2027-01-01')).expect(201)
    expect(body.status).toBe('terminated')
    expect(await publishAll(register.db, '2026-01-01')).toBe(1)
    const again = (await register.api.get(`/v1/agreements/${body.id}`).expect(200)).body
    expect(again).toMatchObject({ status: 'in_force', statusUntil: '2027-01-01', version: 2 })
    const { items } = (await register.api.get(`/v1/agreements/${body.id}/versions`).expect(200)).body
    expect(items[0]).toMatchObject({ version: 2, cause: 'clock', actor: null })
    expect(await publishAll(register.db, '2026-01-01')).toBe(0)
    await publishAll(register.db, '2027-01-01')
    expect((await register.api.get(`/v1/agreements/${body.id}`).expect(200)).body.status).toBe('terminated')
  })

  test('but no version if that changes nothing', async () => {
    const register = await freshRegister()
    register.setToday('2028-01-01')
    const { body } = await register.api.post('/v1/agreements').send(endingOn('2029-01-01')).expect(201)
    expect(await publishAll(register.db, '2026-01-01')).toBe(1)
    expect(await publishAll(register.db, '2026-01-01')).toBe(0)
    expect((await register.api.get(`/v1/agreements/${body.id}`).expect(200)).body.version).toBe(1)
    await publishAll(register.db, '2029-01-01')
    expect((await register.api.get(`/v1/agreements/${body.id}`).expect(200)).body.status).toBe('terminated')
  })

  test('and the next change is that after the day on which it is judged, even if the document is the same', async () => {
    const register = await freshRegister()
    register.setToday('2028-06-01')
    const dates = [
      { event: 'entered_into_force', date: '2020-01-01' },
      { event: 'suspended', date: '2027-01-01' },
      { event: 'resumed', date: '2028-01-01' },
    ]
    const { body } = await register.api.post('/v1/agreements').send(anAgreement({ dates })).expect(201)
    await publishAll(register.db, '2026-01-01')
    await publishAll(register.db, '2027-01-01')
    expect((await register.api.get(`/v1/agreements/${body.id}`).expect(200)).body.status).toBe('suspended')
  })

  test('but not when midnight passes while the worker runs: an edit after it stays as it is', async () => {
    const register = await freshRegister()
    register.setToday('2027-01-01')
    const { body } = await register.api.post('/v1/agreements').send(endingOn('2027-01-01')).expect(201)
    let midnight: string | undefined
    const today = (instant = '') => (instant <= (midnight ??= instant) ? '2026-12-31' : '2027-01-01')
    const publisher = startPublisher(register.db, today, openLog('silent'))
    await register.api
      .patch('/v1/signatories/US')
      .set('if-match', '*')
      .send({ aliases: ['Wholly Other'] })
      .expect(200)
    const found = async () => (await register.api.get('/v1/agreements?q=wholly').expect(200)).body.items.length
    await expect.poll(found, { timeout: 10_000 }).toBe(1)
    await publisher.stop()
    const after = (await register.api.get(`/v1/agreements/${body.id}`).expect(200)).body
    expect(after).toMatchObject({ status: 'terminated', version: 1 })
  })

  test('and is counted as waiting until then', async () => {
    const register = await freshRegister()
    register.setToday('2028-01-01')
    await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    register.setToday('2026-01-01')
    const { text } = await register.api.get('/metrics').expect(200)
    expect(text).toMatch(/^entente_agreements_due 1$/m)
  })
})

describe('a clock of the process that differs from that of PostgreSQL', () => {
  const difference = async () =>
    (await (await freshRegister()).anonymous.get('/readyz').expect(200)).body.clockDifference

  test.each([
    [50, null],
    [-50, null],
    [3_600, 3_600],
    [-3_600, -3_600],
  ])('by %i s is reported by /readyz, which stays 200, as %s', async (seconds, expected) => {
    shiftClock(seconds)
    const found = await difference()
    if (expected === null) expect(found).toBeNull()
    else expect(Math.abs(found - expected)).toBeLessThanOrEqual(5)
  })

  test('is logged once, if it is more than a minute', async () => {
    expect((await served('UTC')).lines).toEqual([])
    shiftClock(3_600)
    const { lines } = await served('UTC')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 40, code: 'clock' }])
    expect(lines[0]).toMatch(/The clock of this process is 3\d{3} s ahead of that of PostgreSQL\./)
  })
})

describe('a date with an open beginning or end is a period', () => {
  test.each([
    ['../2018', ['1900-01-01', '2018-12-31'], '2019-01-01'],
    ['2018-10-27/..', ['2018-10-27', '2150-01-01'], '2018-10-26'],
  ])('signed %s: found within it, by the day of signature and by the act alike', async (date, within, outside) => {
    const { api } = await freshRegister()
    const { body } = await api
      .post('/v1/agreements')
      .send(anAgreement({ dates: [{ event: 'signed', date }] }))
      .expect(201)
    const find = async (query: string) =>
      (await api.get(`/v1/agreements?count=exact&${query}`).expect(200)).body.items.map(({ id }: { id: string }) => id)
    const on = (day: string) => [
      `signedFrom=${day}&signedTo=${day}`,
      `signedFrom=${day}&signedTo=${day}&sort=signed`,
      `signedFrom=${day}&signedTo=${day}&party=US`,
      `signedFrom=${day}&signedTo=${day}&pair=US,JP`,
      `event=signed&eventFrom=${day}&eventTo=${day}`,
    ]
    for (const query of within.flatMap(on)) expect(await find(query), query).toEqual([body.id])
    for (const query of on(outside)) expect(await find(query), query).toEqual([])
  })

  test('has no year in statistics and no day in positions unless its beginning is known', async () => {
    const { api } = await freshRegister()
    const add = async (date: string) =>
      (
        await api
          .post('/v1/agreements')
          .send(anAgreement({ dates: [{ event: 'signed', date }] }))
          .expect(201)
      ).body.id
    const [until, from] = [await add('../2018'), await add('2018-10-27/..')]
    const { items: groups } = (await api.get('/v1/statistics?groupBy=signedYear').expect(200)).body
    expect(groups).toMatchObject([
      { keys: ['2018'], count: 1, firstSigned: '2018-10-27' },
      { keys: [null], count: 1, firstSigned: null, lastSigned: null },
    ])
    expect((await api.get('/v1/statistics?groupBy=signedDecade').expect(200)).body.items).toHaveLength(2)
    const position = async (id: string) => (await api.get(`/v1/agreements/${id}/position`).expect(200)).body
    expect(await position(until)).toMatchObject({ position: 1, signed: null, next: { id: from, signed: '2018-10-27' } })
    expect(await position(from)).toMatchObject({
      position: 2,
      signed: '2018-10-27',
      previous: { id: until, signed: null },
      daysSincePrevious: null,
    })
  })

  test('has the same position in a party and a pair, which have an order of their own, as in the whole register', async () => {
    const { api } = await freshRegister()
    const days = ['../2018', '2018-10-27/..', undefined, '2018-10-27', '1999', undefined, '../1950', '2020-01-31']
    const ids = await Promise.all(
      days.map(async (date) => {
        const inForce = { event: 'entered_into_force', date: '2015' }
        const dates = [...(date === undefined ? [] : [{ event: 'signed', date }]), inForce]
        return (await api.post('/v1/agreements').send(anAgreement({ dates })).expect(201)).body.id as string
      }),
    )
    for (const day of ['', '&inForceOn=2016-01-01'])
      for (const id of ids) {
        const {
          selection: _,
          cite: _cite,
          ...whole
        } = (await api.get(`/v1/agreements/${id}/position?partyKind=state${day}`)).body
        expect(whole.total).toBe(days.length)
        for (const all of ['party=US', 'party=JP', 'pair=US,JP'])
          expect((await api.get(`/v1/agreements/${id}/position?${all}${day}`).expect(200)).body).toMatchObject(whole)
      }
  })
})
