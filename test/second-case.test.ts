import type supertest from 'supertest'
import { beforeAll, expect, test } from 'vitest'
import { registerOfGivenTime } from './support/given-time.ts'

// An agreement of five-year terms, renewed by agreement from 1979 on, then twice extended by six months; it lapsed, and a
// protocol three and a half months later revived it with effect from the very day of the lapse. Two newspapers date the
// lapse differently. Each act is published on the day on which it became public.

let api: ReturnType<typeof supertest.agent>
let setInstant: (instant: string) => Promise<void>

beforeAll(async () => {
  ;({ api, setInstant } = await registerOfGivenTime())
})

const renewals = [1984, 1989, 1994, 1999, 2004, 2009, 2014].map((year, i) => ({
  public: `${year}-01-25`,
  date: { event: 'extended', occurrence: i + 1, date: `${year}-01-20` },
}))

/** What became public, in order. */
const later = [
  ...renewals,
  {
    public: '2018-09-01',
    date: { event: 'extended', occurrence: 8, date: '2018-08-28', extension: { lastDay: '2023-08-26' } },
  },
  {
    public: '2023-08-24',
    date: { event: 'extended', occurrence: 9, date: '2023-08-22', extension: { length: 'P6M' } },
  },
  {
    public: '2024-02-27',
    date: { event: 'extended', occurrence: 10, date: '2024-02-26', extension: { length: '6 months' } },
  },
  { public: '2024-08-29', date: { event: 'expired', date: '2024-08-27', source: 'morning' } },
  { public: '2024-08-30', date: { event: 'expired', date: '2024-08-28', source: 'evening' } },
  {
    public: '2024-12-14',
    date: {
      event: 'extended',
      occurrence: 11,
      date: '2024-12-13',
      effectiveDate: '2024-08-27',
      extension: { length: 'P5Y' },
    },
  },
]

const agreement = {
  title: 'Agreement on cooperation in science and technology',
  type: 'agreement',
  binding: 'binding',
  term: { length: 'P5Y', atEnd: 'extended_if_agreed' },
  signatories: [
    { side: 1, signatory: 'US' },
    { side: 2, signatory: 'CN' },
  ],
  sources: [
    { key: 'morning', title: 'A morning paper' },
    { key: 'evening', title: 'An evening paper' },
  ],
}
const first = [
  { event: 'signed', date: '1979-01-31' },
  { event: 'entered_into_force', date: '1979-01-31' },
]

let id = ''
const read = async (query: string) => (await api.get(`/v1/agreements/${id}?${query}`).expect(200)).body

/** The status on a day, and the end that was known of, as known at an instant. */
const cases: [known: string, on: string, status: string, nextExpiry: string | null][] = [
  ['1979-03-01', '1983-12-31', 'in_force', '1984-01-31'],
  ['1979-03-01', '1984-01-31', 'terminated', null],
  ['1984-02-01', '1984-01-31', 'in_force', '1989-01-31'],
  ['2018-01-01', '2018-06-01', 'in_force', '2019-01-31'],
  ['2018-01-01', '2020-06-01', 'terminated', null],
  ['2018-09-02', '2020-06-01', 'in_force', '2023-08-27'],
  ['2023-08-23', '2023-08-26', 'in_force', '2023-08-27'],
  ['2023-08-23', '2023-08-27', 'terminated', null],
  ['2023-08-25', '2023-08-27', 'in_force', '2024-02-27'],
  ['2023-08-25', '2024-05-01', 'terminated', null],
  ['2024-02-28', '2024-05-01', 'in_force', '2024-08-27'],
  ['2024-02-28', '2024-08-26', 'in_force', '2024-08-27'],
  ['2024-02-28', '2024-08-27', 'terminated', null],
  ['2024-10-01', '2024-08-26', 'in_force', '2024-08-27'],
  ['2024-10-01', '2024-08-27', 'terminated', null],
  ['2024-10-01', '2024-10-01', 'terminated', null],
  ['2024-12-15', '2024-08-26', 'in_force', '2024-08-27'],
  ['2024-12-15', '2024-08-27', 'in_force', '2029-08-27'],
  ['2024-12-15', '2024-10-01', 'in_force', '2029-08-27'],
  ['2024-12-15', '2024-12-13', 'in_force', '2029-08-27'],
  ['2024-12-15', '2029-08-26', 'in_force', '2029-08-27'],
  ['2024-12-15', '2029-08-27', 'terminated', null],
]

test('what was so on a day, as known at an instant', async () => {
  await setInstant('1979-02-15T12:00:00Z')
  const created = await api
    .post('/v1/agreements')
    .send({ ...agreement, dates: first })
    .expect(201)
  id = created.body.id
  for (const act of later) {
    await setInstant(`${act.public}T12:00:00Z`)
    await api.post(`/v1/agreements/${id}/dates`).send(act.date).expect(201)
  }
  await setInstant('2026-01-01T12:00:00Z')
  for (const [known, on, status, nextExpiry] of cases) {
    const found = await read(`on=${on}&asOf=${known}T00:00:00Z`)
    expect({ status: found.status, nextExpiry: found.nextExpiry }, `on ${on}, as known on ${known}`).toEqual({
      status,
      nextExpiry,
    })
  }
  const now = await read('')
  expect(now).toMatchObject({ status: 'in_force', statusSince: '1979-01-31', nextExpiry: '2029-08-27' })
  expect(now.warnings.map(({ code }: { code: string }) => code)).toEqual(
    expect.arrayContaining(['extended_retroactively', 'conflicting_sources']),
  )
})

test('lists too answer what was in force on a day, as known at an instant', async () => {
  for (const [known, on, status] of cases) {
    const { body } = await api.get(`/v1/agreements?pair=US,CN&inForceOn=${on}&asOf=${known}T00:00:00Z`).expect(200)
    const found = body.items.map((one: { id: string }) => one.id)
    expect(found, `on ${on}, as known on ${known}`).toEqual(status === 'in_force' ? [id] : [])
  }
})

test('whichever newspaper is preferred', async () => {
  const { dates } = await read('')
  const evening = dates.find(({ source }: { source: string }) => source === 'evening')
  const { id: dateId, firstDay: _, lastDay: __, effectiveFirstDay: ___, effectiveLastDay: ____, ...date } = evening
  await api
    .put(`/v1/agreements/${id}/dates/${dateId}`)
    .set('if-match', '*')
    .send({ ...date, preferred: true })
    .expect(200)
  expect(await read('on=2024-10-01')).toMatchObject({ status: 'in_force', statusSince: '1979-01-31' })
})

test('entered together today, only the day can be asked', async () => {
  const dates = [...first, ...later.map(({ date }) => date)]
  const created = await api
    .post('/v1/agreements')
    .send({ ...agreement, dates })
    .expect(201)
  id = created.body.id
  for (const [, on, status, nextExpiry] of cases.filter(([known]) => known === '2024-12-15')) {
    expect(await read(`on=${on}`), on).toMatchObject({ status, nextExpiry })
  }
  await api.get(`/v1/agreements/${id}?on=2024-10-01&asOf=2024-10-01T00:00:00Z`).expect(404)
})
