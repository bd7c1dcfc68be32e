import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import type { Database } from '../src/database/connect.ts'
import { findSimilar, minScoreTold, quick } from '../src/similar/queries.ts'
import { scoreOf, titleOf } from '../src/similar/score.ts'
import { addInBulk, numberedId } from './support/bulk.ts'
import { authHeader } from './support/keys.ts'
import { isPooled } from './support/pooled.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

interface Similar {
  agreement: { id: string; reference: string | null; title: string; signed: string | null }
  score: number
  why: { code: string; message: string }[]
}

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

const between = (one: string, other: string) => [
  { side: 1, signatory: one },
  { side: 2, signatory: other },
]
const signed = (date: string) => [{ event: 'signed', date }]

/** Creates an agreement. @returns its id, and the header of the response */
async function created(over: object): Promise<{ id: string; told: string | undefined }> {
  const { body, headers } = await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)
  return { id: (body as { id: string }).id, told: headers['x-similar'] }
}

const similarTo = async (id: string, query = ''): Promise<Similar[]> =>
  ((await register.anonymous.get(`/v1/agreements/${id}/similar${query}`).expect(200)).body as { items: Similar[] })
    .items

const codes = ({ why }: Similar) => why.map(({ code }) => code)

describe('similar agreements', () => {
  test('the same parties in the other order, day and title: the score is 1, with the reasons', async () => {
    const title = 'Agreement on Fisheries'
    const one = await created({ title, signatories: between('FR', 'BR'), dates: signed('1951-04-02') })
    const two = await created({ title, signatories: between('BR', 'FR'), dates: signed('1951-04-02') })
    expect(await similarTo(two.id)).toEqual([
      {
        agreement: { id: one.id, reference: null, title, signed: '1951-04-02' },
        score: 1,
        why: [
          { code: 'same_parties', message: 'The parties are the same.' },
          { code: 'same_day', message: 'Signed on the same day: 1951-04-02.' },
          { code: 'same_title', message: 'The titles are the same.' },
        ],
      },
    ])
    expect((await similarTo(one.id)).map(({ agreement }) => agreement.id)).toEqual([two.id])
  })

  test('the nearer the day and the title, the higher the score', async () => {
    const signatories = between('PE', 'CL')
    const title = 'Convention on the Transit of Goods through Arica'
    const own = await created({ signatories, title, dates: signed('1960-05-10') })
    const others = [
      ['Convention concerning the Transit of Goods through Arica', '1960-05-10'],
      [title, '1960-05-13'],
      [title, '1960-07-10'],
      ['Treaty of Friendship', '1960-05-10'],
    ] as const
    const ids = new Map<string, string>()
    for (const [title, day] of others)
      ids.set((await created({ signatories, title, dates: signed(day) })).id, day + title)
    const found = await similarTo(own.id)
    expect(found.map(({ agreement }) => ids.get(agreement.id))).toEqual(others.map(([title, day]) => day + title))
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a))
    expect(found.map(codes)).toEqual([
      ['same_parties', 'same_day', 'near_title'],
      ['same_parties', 'near_day', 'same_title'],
      ['same_parties', 'near_day', 'same_title'],
      ['same_parties', 'same_day'],
    ])
    expect(found[1]!.why[1]!.message).toBe('Signed 3 days apart: 1960-05-10 and 1960-05-13.')
  })

  test('other parties, both on one side, or both far in day and title are not similar; nor is a deleted agreement', async () => {
    const own = await created({ signatories: between('NO', 'DK'), title: 'Cod', dates: signed('1970-01-01') })
    await created({ signatories: between('NO', 'SE'), title: 'Cod', dates: signed('1970-01-01') })
    await created({ signatories: between('NO', 'DK'), title: 'Air services', dates: signed('1990-01-01') })
    const together = [
      { side: 1, signatory: 'NO' },
      { side: 1, signatory: 'DK' },
      { side: 2, signatory: 'SE' },
    ]
    await created({ signatories: together, title: 'Cod', dates: signed('1970-01-01') })
    const deleted = await created({ signatories: between('NO', 'DK'), title: 'Cod', dates: signed('1970-01-01') })
    expect(await similarTo(own.id)).toHaveLength(1)
    await register.api.delete(`/v1/agreements/${deleted.id}`).set('If-Match', '*').expect(204)
    expect(await similarTo(own.id)).toEqual([])
    await register.anonymous.get(`/v1/agreements/${deleted.id}/similar`).expect(404)
  })

  test('two of different collections are more probably the same than two of one, and both reasons are told', async () => {
    for (const code of ['list-a', 'list-b'])
      await register.api.post('/v1/collections').send({ code, name: code }).expect(201)
    const over = { title: 'Treaty of Peat', dates: signed('1970-01-01') }
    const near = { ...over, title: 'Treaty about Peat' }
    const scores = new Map<string | null, number>()
    for (const [collection, signatories] of [
      ['list-a', between('IE', 'LV')],
      [null, between('IE', 'LT')],
      ['list-b', between('IE', 'PL')],
    ] as const) {
      await created({ ...over, signatories, collection })
      const { id } = await created({ ...near, signatories, collection: 'list-a' })
      const [found] = await similarTo(id)
      scores.set(collection, found!.score)
      const reasons = { 'list-a': ['same_collection'], 'list-b': ['other_collection'] }
      const expected = collection === null ? [] : reasons[collection]
      expect(codes(found!)).toEqual(['same_parties', 'same_day', 'near_title', ...expected])
    }
    expect(scores.get('list-a')).toBeLessThan(scores.get(null)!)
    expect(scores.get(null)).toBeLessThan(scores.get('list-b')!)
    expect(scores.get('list-b')).toBeLessThan(1)
  })

  test('more parties: similar, and less so', async () => {
    const more = [...between('GR', 'IT'), { side: 2, signatory: 'AL' }]
    const own = await created({ signatories: between('GR', 'IT'), title: 'Olives', dates: signed('1971-01-01') })
    await created({ signatories: more, title: 'Olives', dates: signed('1971-01-01') })
    const [found] = await similarTo(own.id)
    expect(found!.score).toBeGreaterThan(0.7)
    expect(found!.score).toBeLessThan(1)
    expect(found!.why[0]).toEqual({ code: 'shared_parties', message: '2 of all 3 parties are the same.' })
  })

  test.each([
    ['1980', '1980-06-05'],
    ['1980-06-05', '1980'],
    ['1980-06', '1980-06-30'],
    ['1980-03/1980-07', '1980-05-01'],
  ])('%s is possibly %s', async (one, other) => {
    const title = `Minutes ${one} ${other}`
    const own = await created({ signatories: between('CA', 'MX'), title, dates: signed(one) })
    const same = await created({ signatories: between('MX', 'CA'), title, dates: signed(other) })
    const found = (await similarTo(own.id)).find(({ agreement }) => agreement.id === same.id)
    expect(found).toMatchObject({ score: 0.95 })
    expect(codes(found!)).toEqual(['same_parties', 'near_day', 'same_title'])
  })

  test.each([
    ['../1980', '1975-01-01'],
    ['1975-01-01', '../1980'],
    ['1980/..', '1980-01-01'],
  ])('an open date does no harm: %s and %s', async (one, other) => {
    const title = `Open ${one} ${other}`
    const own = await created({ signatories: between('CA', 'PT'), title, dates: signed(one) })
    const same = await created({ signatories: between('PT', 'CA'), title, dates: signed(other) })
    expect((await similarTo(own.id)).map(({ agreement }) => agreement.id)).toContain(same.id)
  })

  test('without a day: the parties and the title decide', async () => {
    const own = await created({ signatories: between('FI', 'EE'), title: 'Ferries', dates: [] })
    const same = await created({ signatories: between('FI', 'EE'), title: 'Ferries', dates: signed('1995-05-05') })
    expect(same.told).toBe(`"${own.id}";score=0.70`)
    const [found] = await similarTo(own.id)
    expect(codes(found!)).toEqual(['same_parties', 'same_title'])
  })

  test('a title in another language counts, and so does one in a script without spaces', async () => {
    const signatories = between('KR', 'JP')
    const korean = '대한민국과 일본국 간의 과학기술협력협정'
    const own = await created({
      signatories,
      title: 'Agreement on Science',
      alternativeTitles: [{ language: 'ko', title: korean }],
      dates: signed('1985-12-20'),
    })
    const other = await created({ signatories, title: korean, dates: signed('1985-12-20') })
    const [found] = await similarTo(own.id)
    expect(found).toMatchObject({ agreement: { id: other.id }, score: 1 })
  })

  test('as many as asked for; every other parameter is refused', async () => {
    const over = { signatories: between('AT', 'HU'), title: 'Rails', dates: signed('1991-01-01') }
    const own = await created(over)
    for (let i = 0; i < 12; i += 1) await created(over)
    expect(await similarTo(own.id)).toHaveLength(10)
    expect(await similarTo(own.id, '?limit=3')).toHaveLength(3)
    expect(await similarTo(own.id, '?limit=50')).toHaveLength(12)
    await register.anonymous.get(`/v1/agreements/${own.id}/similar?limit=51`).expect(400)
    await register.anonymous.get(`/v1/agreements/${own.id}/similar?score=1`).expect(400)
  })
})

describe('the response to a creation', () => {
  test('names the agreements that are probably the same, and only those; GET and PUT have no such header', async () => {
    const over = { signatories: between('ES', 'PT'), title: 'Agreement on the Douro', dates: signed('1964-07-16') }
    const first = await created(over)
    expect(first.told).toBeUndefined()
    const second = await created({ ...over, dates: signed('1964-07-17') })
    expect(second.told).toMatch(new RegExp(`^"${first.id}";score=0\\.\\d\\d$`))
    const other = await created({ ...over, title: 'Treaty of Extradition' })
    expect(other.told).toBeUndefined()
    const read = await register.anonymous.get(`/v1/agreements/${second.id}`).expect(200)
    expect(read.headers['x-similar']).toBeUndefined()
    expect(read.body as object satisfies object).not.toHaveProperty('similar')
  })

  test('of two that are created at the same time, at least one is told of the other', async () => {
    const over = { signatories: between('CH', 'LI'), title: 'Customs', dates: signed('1923-03-29') }
    const both = await Promise.all([created(over), created(over)])
    const told = both.map(({ told }) => told ?? '').join()
    expect(both.some(({ id }) => told.includes(id))).toBe(true)
  })

  test('is 201 also when the question for similar ones fails', async () => {
    const over = { signatories: between('CH', 'AT'), title: 'Passes', dates: signed('1950-03-29') }
    await created(over)
    const failing = register.db.watchedBy((name, run) =>
      name === 'similar-agreements' ? Promise.reject(new Error('This one fails.')) : run(),
    )
    const app = await buildApp({ db: failing, today: register.today })
    const { statusCode, headers } = await app.inject({
      method: 'POST',
      url: '/v1/agreements',
      headers: authHeader('editor'),
      payload: anAgreement(over),
    })
    await app.close()
    expect(statusCode).toBe(201)
    expect(headers['x-similar']).toBeUndefined()
    expect(await similarTo(headers['location']!.split('/').at(-1)!)).toHaveLength(1)
  })

  test('is asked only of agreements that are near enough to be told', () => {
    const score = (daysApart: number): number =>
      scoreOf({
        sharedParties: 2,
        allParties: 2,
        daysApart,
        exact: true,
        days: ['2001-01-01', '2001-03-12'],
        titles: [[titleOf('Whales')], [titleOf('Whales')]],
        sameCollection: false,
      }).score
    expect(score(quick.daysApart! + 1)).toBeLessThan(minScoreTold)
    expect(score(quick.daysApart!)).toBeGreaterThanOrEqual(minScoreTold)
  })

  test('costs one query', async () => {
    const names: string[] = []
    const watched = register.db.watchedBy((name, run) => {
      names.push(name)
      return run()
    })
    const app = await buildApp({ db: watched, today: register.today })
    const payload = anAgreement({ signatories: between('CH', 'IT'), title: 'Passes over the Alps' })
    await app.inject({ method: 'POST', url: '/v1/agreements', headers: authHeader('editor'), payload })
    await app.close()
    expect(names.slice(names.indexOf('commit'))).toEqual(['commit', 'similar-agreements'])
  })
})

describe('a pair with thousands of agreements of one day', () => {
  const day = '1999-09-09'
  const twin = 'Exchange of Notes number 1717 concerning wheat'
  let own: string
  beforeAll(async () => {
    const many = Array.from({ length: 3000 }, (_, i) => ({
      id: numberedId(i),
      body: anAgreement({
        title: `Exchange of Notes number ${i} concerning wheat`,
        signatories: between('IN', 'US'),
        dates: signed(day),
      }),
    }))
    await addInBulk(register.db, many, '2026-01-01')
    await register.db.query(sql`analyze`)
    own = (await created({ title: twin, signatories: between('US', 'IN'), dates: signed(day) })).id
  })

  test('its twin is found by the title', async () => {
    const [found] = await similarTo(own)
    expect(found).toMatchObject({ agreement: { id: numberedId(1717), title: twin }, score: 1 })
  })

  test.skipIf(isPooled)('a limited number of rows is read, fewer than the pair has', async () => {
    const few = { signatories: between('IS', 'MT'), title: 'Whales', dates: signed(day) }
    await created(few)
    const other = (await created(few)).id
    expect(await rowsRead(other)).toBeGreaterThan(50)
    expect(await rowsRead(own)).toBeLessThan(2500)
  })
})

/** Index entries and rows that a question for similar agreements reads. */
async function rowsRead(id: string): Promise<number> {
  const count = async (db: Database): Promise<number> => {
    const [row] = await db.query<{ total: string }>(sql`
      select sum(pg_stat_get_xact_tuples_returned(oid)) as total from pg_class
      where relkind in ('r', 'i') and relname like 'agreement%'`)
    return Number(row!.total)
  }
  return register.db.transaction(async (db) => {
    const before = await count(db)
    await findSimilar(db, id, 10)
    return (await count(db)) - before
  })
}
