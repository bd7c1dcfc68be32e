import { parse } from 'csv-parse/sync'
import { sql } from 'drizzle-orm'
import { Temporal } from 'temporal-polyfill'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import { migrationStatements } from './support/migration.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

const list = { key: 'list', title: 'List of agreements in force on 28 February 2021' }
const inForceBy: Statement = { status: 'in_force', on: '2021-02-28', source: 'list' }
const entered = { event: 'entered_into_force', date: '2000-05-01' }
const signed = { event: 'signed', date: '2000-01-01' }

interface Statement {
  status: string
  on: string
  source?: string | null
}
type Problem = { code: string; detail: string; errors: { pointer: string; code: string; message: string }[] }

const post = (over: object, status = 201) =>
  register.api
    .post('/v1/agreements')
    .send(anAgreement({ sources: [list], ...over }))
    .expect(status)
const created = async (dates: object[], statusStatements: Statement[], over: object = {}): Promise<Agreement> =>
  (await post({ dates, statusStatements, ...over })).body
const refused = async (over: object, status: number): Promise<Problem> => (await post(over, status)).body
const read = async (id: string, query = ''): Promise<Agreement> =>
  (await register.api.get(`/v1/agreements/${id}${query}`).expect(200)).body
const isFound = async (id: string, query: string): Promise<boolean> =>
  (await register.api.get(`/v1/agreements?id=${id}&${query}`).expect(200)).body.items.length === 1

/** The status on a day, what it rests on, and the day of the statement. */
async function standing(id: string, day: string): Promise<string> {
  const { status, statusBasis, statedOn } = await read(id, `?on=${day}`)
  return [status, statusBasis, ...(statedOn === null ? [] : [statedOn])].join(' ')
}

/** The same on several days, by day. */
const standings = async (id: string, days: string[]): Promise<Record<string, string>> =>
  Object.fromEntries(await Promise.all(days.map(async (day) => [day, await standing(id, day)])))

const codes = ({ warnings }: Agreement) => warnings.map(({ code }) => code).filter((code) => code.startsWith('stated'))

describe('without statements, a status is recorded', () => {
  test('on the day of an act and up to a later one, and presumed from the day after the last', async () => {
    const amended = { event: 'amended', date: '2010-07' }
    const { id } = await created([signed, entered, amended], [])
    expect(
      await standings(id, [
        '1999-12-31',
        '2000-01-01',
        '2000-04-30',
        '2000-05-01',
        '2005-01-01',
        '2010-07-31',
        '2010-08-01',
      ]),
    ).toEqual({
      '1999-12-31': 'unknown presumed',
      '2000-01-01': 'signed recorded',
      '2000-04-30': 'signed recorded',
      '2000-05-01': 'in_force recorded',
      '2005-01-01': 'in_force recorded',
      '2010-07-31': 'in_force recorded',
      '2010-08-01': 'in_force presumed',
    })
  })

  test('before the end of the term, and after any end', async () => {
    const { id } = await created([entered], [], { term: { length: 'P30Y', atEnd: 'ends' } })
    expect(await standings(id, ['2010-01-01', '2030-04-30', '2030-05-01', '2040-01-01'])).toEqual({
      '2010-01-01': 'in_force recorded',
      '2030-04-30': 'in_force recorded',
      '2030-05-01': 'terminated recorded',
      '2040-01-01': 'terminated recorded',
    })
  })

  test('but presumed while a term renews itself without limit', async () => {
    const { id } = await created([entered], [], { term: { length: 'P5Y', atEnd: 'renews' } })
    expect(await standing(id, '2020-01-01')).toBe('in_force presumed')
  })

  test('by the effect of an act that is still to come', async () => {
    const denounced = { event: 'denounced', date: '2019-06-01', effectiveDate: '2020-01-01' }
    const { id } = await created([entered, denounced], [])
    expect(await standing(id, '2019-12-31')).toBe('in_force recorded')
    expect(await standing(id, '2020-06-01')).toBe('terminated recorded')
  })
})

describe('a statement', () => {
  test('without any act: in force from its day on, unknown before; nothing is derived from it', async () => {
    const term = { length: 'P5Y', atEnd: 'renews', renewal: { notice: 'P3M' } }
    const agreement = await created([], [inForceBy], { term })
    expect(agreement).toMatchObject({
      status: 'in_force',
      statusSince: '2021-02-28',
      statusUntil: null,
      statusBasis: 'stated',
      statedOn: '2021-02-28',
      nextExpiry: null,
      noticeDeadline: null,
      statusStatements: [inForceBy],
    })
    expect(codes(agreement)).toEqual([])
    expect(agreement.warnings.map(({ code }) => code)).toContain('term_start_unknown')
    expect(await standing(agreement.id, '2021-02-27')).toBe('unknown presumed')
  })

  test('that agrees with the acts is what the status rests on from its day on', async () => {
    const agreement = await created([signed, entered], [inForceBy])
    expect(agreement).toMatchObject({ status: 'in_force', statusSince: '2000-05-01', statusBasis: 'stated' })
    expect(codes(agreement)).toEqual([])
    expect(await standing(agreement.id, '2021-02-27')).toBe('in_force presumed')
    expect(await standing(agreement.id, '2021-02-28')).toBe('in_force stated 2021-02-28')
  })

  test('decides where the status is only presumed, with a warning', async () => {
    const agreement = await created([signed, entered], [{ status: 'terminated', on: '2021-02-28' }])
    expect(agreement).toMatchObject({
      status: 'terminated',
      statusSince: '2021-02-28',
      endedBy: null,
      statusBasis: 'stated',
      statusStatements: [{ status: 'terminated', on: '2021-02-28', source: null }],
    })
    expect(agreement.warnings).toContainEqual({
      code: 'stated_status_differs',
      pointer: '/statusStatements/0',
      message: 'A source states `terminated` on 2021-02-28. By the acts and the term it would be `in_force`.',
    })
    expect(await read(agreement.id, '?on=2021-02-27')).toMatchObject({
      status: 'in_force',
      statusUntil: '2021-02-28',
      statusBasis: 'presumed',
    })
    expect(await isFound(agreement.id, 'warning=stated_status_differs')).toBe(true)
  })

  test('does not change what is recorded: an end, by an act or the term, or an act after it', async () => {
    const terminated = { event: 'terminated', date: '2015-01-01' }
    for (const [dates, over] of [
      [[entered, terminated], {}],
      [[entered], { term: { length: 'P10Y', atEnd: 'ends' } }],
    ] as const) {
      const ended = await created([...dates], [inForceBy], over)
      expect(ended).toMatchObject({ status: 'terminated', statusBasis: 'recorded', statedOn: null })
      expect(ended.warnings).toContainEqual({
        code: 'stated_status_differs',
        pointer: '/statusStatements/0',
        message: 'A source states `in_force` on 2021-02-28. The status on that day is `terminated` (recorded).',
      })
    }
    const amended = { event: 'amended', date: '2023-01-01' }
    const later = await created([entered, amended], [{ status: 'terminated', on: '2021-02-28' }])
    expect(later).toMatchObject({ status: 'in_force', statusBasis: 'presumed' })
    expect(codes(later)).toEqual(['stated_status_differs'])
  })

  test('does not say what is so after a later act that changes the status', async () => {
    const suspended = { event: 'suspended', date: '2022-01-01' }
    const { id } = await created([entered, suspended], [inForceBy])
    expect(await standings(id, ['2021-12-31', '2022-01-01', '2023-01-01'])).toEqual({
      '2021-12-31': 'in_force recorded',
      '2022-01-01': 'suspended recorded',
      '2023-01-01': 'suspended presumed',
    })
  })

  test('from before the first known act counts until then', async () => {
    const terminated = { event: 'terminated', date: '2022-01-01' }
    const { id } = await created([terminated], [inForceBy])
    expect(await standings(id, ['2021-02-27', '2021-03-01', '2022-01-01'])).toEqual({
      '2021-02-27': 'unknown presumed',
      '2021-03-01': 'in_force stated 2021-02-28',
      '2022-01-01': 'terminated recorded',
    })
  })

  test('for the day of an act counts from the day after', async () => {
    const agreement = await created([{ event: 'signed', date: '2021-02-28' }], [inForceBy])
    expect(await standing(agreement.id, '2021-02-28')).toBe('signed recorded')
    expect(await standing(agreement.id, '2021-03-01')).toBe('in_force stated 2021-02-28')
    expect(codes(agreement)).toEqual(['stated_status_differs'])
  })

  test('does not change expiry and notice, which follow from the term', async () => {
    const term = { length: 'P5Y', atEnd: 'renews', renewal: { notice: 'P3M' } }
    const { id } = await created([entered], [{ status: 'terminated', on: '2021-02-28' }], { term })
    expect(await read(id)).toMatchObject({ nextExpiry: '2030-05-01', noticeDeadline: '2030-02-01' })
  })
})

describe('statements that contradict each other', () => {
  test('the latest on or before the day counts', async () => {
    const statements = [
      { status: 'terminated', on: '2023-01-01' },
      { status: 'in_force', on: '2019-01-01' },
      { status: 'in_force', on: '2024-06-01' },
      { status: 'suspended', on: '2021-01-01' },
    ]
    const { id } = await created([], statements)
    expect(await standings(id, ['2018-12-31', '2020-12-31', '2022-01-01', '2023-01-01', '2025-01-01'])).toEqual({
      '2018-12-31': 'unknown presumed',
      '2020-12-31': 'in_force stated 2019-01-01',
      '2022-01-01': 'suspended stated 2021-01-01',
      '2023-01-01': 'terminated stated 2023-01-01',
      '2025-01-01': 'in_force stated 2024-06-01',
    })
  })

  test('of those for the same day, the first counts, and the other has a warning', async () => {
    const other = { status: 'terminated', on: '2021-02-28' }
    const agreement = await created([], [inForceBy, other])
    expect(agreement.status).toBe('in_force')
    expect(agreement.warnings).toContainEqual({
      code: 'stated_status_differs',
      pointer: '/statusStatements/1',
      message: 'A source states `terminated` on 2021-02-28. The status on that day is `in_force` (stated).',
    })
    expect((await created([], [other, inForceBy])).status).toBe('terminated')
  })
})

describe('lists, positions, exports and statistics', () => {
  const sides = (signatory: string) => [
    { side: 1, signatory: 'US' },
    { side: 2, signatory },
  ]
  const answer = async (path: string) => (await register.api.get(path).expect(200)).body

  test('agree with the document on every day', async () => {
    const cases: [object[], Statement[]][] = [
      [[], [inForceBy]],
      [
        [
          { event: 'signed', date: '2021-02' },
          { event: 'entered_into_force', date: '2021-03-01?' },
        ],
        [inForceBy],
      ],
      [[{ event: 'entered_into_force', date: '2021-02-20' }], [{ status: 'terminated', on: '2021-03-03' }]],
      [
        [{ event: 'registered', date: '2021-03-01' }],
        [
          { status: 'signed', on: '2021-02-25' },
          { status: 'in_force', on: '2021-03-05' },
        ],
      ],
      [[{ event: 'terminated', date: '2021-03-05' }], [inForceBy, { status: 'in_force', on: '2021-03-07' }]],
    ]
    for (const [dates, statements] of cases) {
      const { id } = await created(dates, statements)
      for (let n = 0; n < 20; n += 1) {
        const day = Temporal.PlainDate.from('2021-02-19').add({ days: n }).toString()
        const { status, statusBasis: basis } = await read(id, `?on=${day}`)
        const [found, ofBasis, inForce] = await Promise.all([
          isFound(id, `status=${status}&on=${day}`),
          isFound(id, `statusBasis=${basis}&on=${day}&status=${status}`),
          isFound(id, `inForceOn=${day}`),
        ])
        const others = ['recorded', 'stated', 'presumed'].filter((other) => other !== basis)
        const ofOthers = await isFound(id, `${others.map((other) => `statusBasis=${other}`).join('&')}&on=${day}`)
        expect([found, ofBasis, ofOthers, inForce], `${day} ${JSON.stringify([dates, statements])}`).toEqual([
          true,
          true,
          false,
          status === 'in_force',
        ])
      }
    }
  })

  test('select and count by what the status rests on, today or on a day', async () => {
    const signatories = sides('IS')
    const amended = { event: 'amended', date: '2030-01-01' }
    await created([entered, amended], [], { signatories, reference: 'RECORDED' })
    await created([entered], [inForceBy], { signatories, reference: 'STATED' })
    await created([entered], [], { signatories, reference: 'PRESUMED' })
    const found = async (query: string) =>
      (await answer(`/v1/agreements?party=IS&sort=signed&${query}`)).items
        .map(({ reference }: { reference: string }) => reference)
        .toSorted()
    expect(await found('')).toHaveLength(3)
    expect(await found('statusBasis=stated')).toEqual(['STATED'])
    expect(await found('statusBasis=stated&statusBasis=recorded')).toEqual(['RECORDED', 'STATED'])
    expect(await found('statusBasis=presumed&on=2020-01-01')).toEqual(['PRESUMED', 'STATED'])
    expect(await found('statusBasis=presumed&status=in_force&on=2020-01-01')).toEqual(['PRESUMED', 'STATED'])
    expect(await found('statusBasis=presumed&status=terminated&on=2020-01-01')).toEqual([])
    expect(await found('statusBasis=presumed&on=1999-01-01')).toEqual(['PRESUMED', 'RECORDED', 'STATED'])

    const groups = async (query: string) =>
      (await answer(`/v1/statistics?party=IS&groupBy=statusBasis&${query}`)).items.map(
        ({ keys, labels, count, inForce }: Record<string, unknown>) => ({ keys, labels, count, inForce }),
      )
    const group = (basis: string, count: number) => ({ keys: [basis], labels: [basis], count, inForce: count })
    expect(await groups('sort=key')).toEqual([group('presumed', 1), group('recorded', 1), group('stated', 1)])
    expect(await groups('sort=key&on=2020-01-01')).toEqual([group('presumed', 2), group('recorded', 1)])
    expect(await groups('on=2020-01-01&statusBasis=presumed')).toEqual([group('presumed', 2)])
    expect((await answer('/v1/statistics?party=IS&groupBy=type&statusBasis=stated')).total).toBe(1)

    const { id } = (await answer('/v1/agreements?reference=PRESUMED')).items[0]
    expect(await answer(`/v1/agreements/${id}/position?party=IS&statusBasis=presumed`)).toMatchObject({ total: 1 })
    expect((await answer('/v1/deadlines?party=IS&statusBasis=stated')).withoutKnownTerm).toBe(1)

    const csv = await register.api.get('/v1/agreements/export?format=csv&party=IS&statusBasis=stated').expect(200)
    const rows: Record<string, string>[] = parse(csv.text, { columns: true })
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ reference: 'STATED', statusBasis: 'stated', statedOn: '2021-02-28' })
    const json = await answer('/v1/agreements/export?format=json&party=IS&statusBasis=stated')
    expect(json.items).toMatchObject([{ reference: 'STATED', statusStatements: [inForceBy] }])
  })

  test('a page begins with an agreement whose first act comes after the day', async () => {
    const ofLuxembourg = { signatories: sides('LU') }
    for (const date of ['2000-01-01', '2001-01-01', '2010-01-01'])
      await created([{ event: 'signed', date }], [], ofLuxembourg)
    const path = '/v1/agreements?signatory=LU&statusBasis=presumed&on=2005-01-01&limit=1'
    expect((await answer(path)).items).toMatchObject([{ dates: [{ date: '2010-01-01' }] }])
  })

  test('in CSV, a stated end is the day until which it was in force', async () => {
    const { id } = await created([], [inForceBy, { status: 'terminated', on: '2023-01-01' }])
    const { text } = await register.api.get(`/v1/agreements/export?format=csv&id=${id}`).expect(200)
    expect(parse(text, { columns: true })[0]).toMatchObject({
      inForceFrom: '',
      inForceUntil: '2023-01-01',
      statedOn: '2023-01-01',
    })
  })

  test('a day without a status or a basis, and a misspelt basis, are refused', async () => {
    const { body } = await register.api.get('/v1/agreements?on=2020-01-01').expect(400)
    expect(body.errors).toMatchObject([
      {
        parameter: 'on',
        message: '`on` requires `status` or `statusBasis`. To find agreements in force on a day, use `inForceOn`.',
      },
    ])
    const misspelt = await register.api.get('/v1/agreements?statusBasis=presumd').expect(400)
    expect(misspelt.body.errors).toMatchObject([{ parameter: 'statusBasis', didYouMean: 'presumed' }])
  })
})

describe('the field `statusStatements`', () => {
  test('is replaced as a whole, kept by other patches, emptied by null, and shown in the history', async () => {
    const { id } = await created([], [inForceBy])
    const patch = async (body: object): Promise<Agreement> =>
      (await register.api.patch(`/v1/agreements/${id}`).set('If-Match', '*').send(body).expect(200)).body
    expect(await patch({ summary: 'Floods.' })).toMatchObject({ statusStatements: [inForceBy], status: 'in_force' })
    const other = { status: 'suspended', on: '2024-02-29', source: null }
    expect(await patch({ statusStatements: [other] })).toMatchObject({ statusStatements: [other], status: 'suspended' })
    const { body: history } = await register.api.get(`/v1/agreements/${id}/versions`).expect(200)
    expect(history.items[0].patch).toContainEqual(
      expect.objectContaining({ path: expect.stringContaining('/statusStatements/0') }),
    )
    const before = await register.api.get(`/v1/agreements/${id}/versions/2`).expect(200)
    expect(before.body.document).toMatchObject({ statusStatements: [inForceBy], statusBasis: 'stated' })
    expect(await patch({ statusStatements: null })).toMatchObject({
      statusStatements: [],
      status: 'unknown',
      statusBasis: 'presumed',
      statedOn: null,
    })
    const put = await register.api
      .put(`/v1/agreements/${id}`)
      .set('If-Match', '*')
      .send(anAgreement({ dates: [], sources: [list], statusStatements: [inForceBy, other] }))
      .expect(200)
    expect(put.body).toMatchObject({ statusStatements: [inForceBy, other], status: 'suspended' })
  })

  test('names a source of the agreement, which cannot be deleted meanwhile', async () => {
    const unknown = await refused({ statusStatements: [{ ...inForceBy, source: 'nowhere' }] }, 422)
    expect(unknown.errors).toMatchObject([{ pointer: '/statusStatements/0/source', code: 'unknown_source' }])
    const { id } = await created([], [inForceBy])
    const { body } = await register.api.delete(`/v1/agreements/${id}/sources/list`).set('If-Match', '*').expect(409)
    expect(body).toMatchObject({
      code: 'in_use',
      detail: 'The source `list` is used by dates, signatures, claims or statements.',
    })
  })

  test('has at most 100 statements, each of a status that a source can state, for one day', async () => {
    const statements = Array.from({ length: 101 }, () => inForceBy)
    expect((await refused({ statusStatements: statements }, 400)).errors[0]).toMatchObject({
      pointer: '/statusStatements',
      message: 'Must have at most 100 items.',
    })
    await created([], statements.slice(1))
    const wrong = [{ ...inForceBy, status: 'unknown' }, { ...inForceBy, on: '2021-02' }, { status: 'in_force' }]
    expect((await refused({ statusStatements: wrong }, 400)).errors).toMatchObject([
      {
        pointer: '/statusStatements/0/status',
        message: expect.stringContaining(
          'Must be one of: negotiating, signed, provisionally_applied, in_force, suspended, terminated.',
        ),
      },
      { pointer: '/statusStatements/1/on', message: 'Must be a calendar day, year first: 2019-10-23.' },
      { pointer: '/statusStatements/2/on' },
    ])
  })

  test('is what a status in place of a date is answered with', async () => {
    const told = async (date: object) => (await refused({ dates: [date] }, 400)).errors
    const message = (text: string, status: string, on: string) =>
      `Must be a date; \`${text}\` is a status. Omit this date, and add a statement to \`statusStatements\`: \`{"status":"${status}","on":"${on}","source":"list"}\`. \`on\` is the day for which the source states it, \`source\` the key of the source.`
    for (const [text, status, on] of [
      ['in force', 'in_force', '2021-02-28'],
      ['In Force', 'in_force', '2021-02-28'],
      ['in force on 2019-03-31', 'in_force', '2019-03-31'],
      ['active', 'in_force', '2021-02-28'],
      ['not in force', 'terminated', '2021-02-28'],
      ['terminated', 'terminated', '2021-02-28'],
      ['suspended', 'suspended', '2021-02-28'],
      ['provisionally applied', 'provisionally_applied', '2021-02-28'],
    ] as const) {
      expect(await told({ event: 'entered_into_force', date: text })).toEqual([
        { pointer: '/dates/0/date', code: 'invalid_value', message: message(text, status, on) },
      ])
    }
    const effective = { event: 'entered_into_force', date: '2019', effectiveDate: 'in force' }
    expect(await told(effective)).toMatchObject([{ pointer: '/dates/0/effectiveDate' }])
    const { id } = await created([], [])
    const { body } = await register.api
      .post(`/v1/agreements/${id}/dates`)
      .send({ event: 'entered_into_force', date: 'in force' })
      .expect(400)
    expect(body.errors).toMatchObject([{ pointer: '/date', message: message('in force', 'in_force', '2021-02-28') }])
    const suggested = JSON.parse(/\{.*\}/.exec(body.errors[0].message)![0]) as Statement
    expect((await created([], [suggested])).status).toBe('in_force')
  })
})

describe('over time', () => {
  test('a statement for a day to come counts from that day, and an act is presumed to hold from the next', async () => {
    const { db } = register
    const [day, next] = ['2026-03-01', '2026-03-02']
    const { id } = await created(
      [{ event: 'entered_into_force', date: day }],
      [{ status: 'suspended', on: '2026-04-01' }],
    )
    const versions: string[] = []
    for (const on of [day, next, '2026-03-31', '2026-04-01', '2026-12-31']) {
      await publishAll(db, on)
      const { version, status, statusBasis } = await read(id)
      versions.push(`${on} ${version} ${status} ${statusBasis}`)
    }
    expect(versions).toEqual([
      '2026-03-01 2 in_force recorded',
      '2026-03-02 3 in_force presumed',
      '2026-03-31 3 in_force presumed',
      '2026-04-01 4 suspended stated',
      '2026-12-31 4 suspended stated',
    ])
  })

  test('together, `on` and `asOf` answer what was so on a day, as known at an instant', async () => {
    const { id, updatedAt } = await created([entered], [])
    const body = { statusStatements: [{ status: 'terminated', on: '2021-02-28' }] }
    await register.api.patch(`/v1/agreements/${id}`).set('If-Match', '*').send(body).expect(200)
    expect((await read(id, '?on=2022-01-01')).status).toBe('terminated')
    expect(await read(id, `?on=2022-01-01&asOf=${updatedAt}`)).toMatchObject({
      status: 'in_force',
      statusBasis: 'presumed',
      statusStatements: [],
    })
  })
})

describe('what is stored already', () => {
  const stored: [dates: object[], term: object | null][] = [
    [[], null],
    [[signed], null],
    [[signed, entered], null],
    [[entered, { event: 'amended', date: '9000-01-01' }], null],
    [[entered, { event: 'terminated', date: '2010-01-01' }], null],
    [[entered], { length: 'P100Y', atEnd: 'ends' }],
    [[{ event: 'registered', date: '9000-01-01' }], null],
    [[entered, { event: 'denounced', date: '2019-01-01', effectiveDate: '9000-01-01' }], null],
  ]

  test('documents of format 3 have what their status rests on, and lists know it after the migration', async () => {
    const { db } = register
    const agreements = await Promise.all(stored.map(([dates, term]) => created(dates, [], { term })))
    const ids = agreements.map(({ id }) => id)
    const listed = () =>
      db.query<{ id: string; now: string; on: string; bases: string[] }>(sql`
        select agreement_id as id, status_basis as now, bases[width_bucket('2022-01-01'::date, since)] as on, bases
        from agreement_listings where agreement_id = any(${sql.param(ids)}::uuid[]) order by 1`)
    const before = await listed()
    await db.transaction(async (db) => {
      await db.query(sql`drop table agreement_statements`)
      await db.query(sql`alter table agreement_listings drop column status_basis, drop column bases`)
      await db.query(sql`create index agreement_listings_filters_index on agreement_listings (type)`)
      for (const { id, ...agreement } of agreements) {
        const { statusBasis: _, statedOn: __, statusStatements: ___, ...rest } = agreement
        const { relatedBy: ____, relatedByTotal: _____, ...former } = rest
        const document = JSON.stringify({ id, ...former })
        await db.query(sql`update agreements set document = ${document}, format = 3 where id = ${id}`)
        await db.query(sql`update agreement_versions set document = ${document}, format = 3 where agreement_id = ${id}`)
      }
      for (const statement of migrationStatements('status_statements')) await db.query(sql.raw(statement))
    })
    for (const made of agreements) {
      const agreement = { ...made, relatedByTotal: null }
      const { text, body } = await register.api.get(`/v1/agreements/${agreement.id}`).expect(200)
      expect(body).toEqual(agreement)
      expect(text, 'with its fields in the same order').toBe(JSON.stringify(agreement))
      const { body: version } = await register.api.get(`/v1/agreements/${agreement.id}/versions/1`).expect(200)
      expect(version.document).toEqual(agreement)
    }
    const bases = agreements.map(({ statusBasis }) => statusBasis)
    expect(bases).toEqual([
      'presumed',
      'presumed',
      'presumed',
      'recorded',
      'recorded',
      'recorded',
      'presumed',
      'recorded',
    ])
    // An act after the last change of the status is known to lists when the agreement is published again.
    const isLate = ({ id }: { id: string }) => id === agreements[3]!.id
    const after = await listed()
    expect(after.filter((row) => !isLate(row)).map(({ now, on }) => [now, on])).toEqual(
      before.filter((row) => !isLate(row)).map(({ now, on }) => [now, on]),
    )
    await publishAll(db, register.today())
    expect(await listed()).toEqual(before)
    for (const agreement of agreements) {
      const { version, updatedAt: _, ...rest } = await read(agreement.id)
      expect({ version, ...rest }).toEqual({ ...agreement, version: 2, updatedAt: undefined })
    }
  })
})
