import { readdirSync, readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { Temporal } from 'temporal-polyfill'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

const created = async (over: object, status = 201) =>
  (await register.api.post('/v1/agreements').send(anAgreement(over)).expect(status)).body
const read = async (id: string, query = ''): Promise<Agreement> =>
  (await register.api.get(`/v1/agreements/${id}${query}`).expect(200)).body
const entered = { event: 'entered_into_force', date: '2020-05-01' }

describe('a duration', () => {
  test.each([
    ['P5Y', 'P5Y'],
    ['5 years', 'P5Y'],
    ['60 months', 'P60M'],
    ['90 days', 'P90D'],
    ['1 Week', 'P1W'],
    ['P1Y6M10D', 'P1Y6M10D'],
  ])('%s is understood', async (written, stored) => {
    expect((await created({ term: { length: written } })).term.length).toBe(stored)
  })

  test.each(['five years', 'P5', 'PT5H', '5', '-P1Y', 'P1.5Y', 'P'])('%s: how to write it', async (length) => {
    const { errors } = await created({ term: { length } }, length === 'P' ? 422 : 400)
    expect(errors).toMatchObject([
      {
        pointer: '/term/length',
        message: 'Must be a duration, such as `P5Y`, `P18M`, `P2W` or `P90D`, or `5 years`, `18 months`, `90 days`.',
      },
    ])
  })

  test.each([
    [{ length: 'P0D' }, '/term/length', 'Must be at least one day.'],
    [{ length: 'P1001Y' }, '/term/length', 'Must be at most 1,000 years.'],
    [
      { lastDay: '2026-12-31', length: 'P1Y' },
      '/term/lastDay',
      'Must not be given together with `length`: the last day follows from it.',
    ],
    [
      { runsFrom: '2026-02-30' },
      '/term/runsFrom',
      'Must be `signature`, `entry_into_force` or a day, year first: `2019-10-23`.',
    ],
  ])('or a term that breaks a rule: %j', async (term, pointer, message) => {
    expect((await created({ term }, 422)).errors).toMatchObject([{ pointer, message }])
  })
})

describe('over time', () => {
  test('an agreement with notice at any time has the same version after 30 days of the clock', async () => {
    const term = { atEnd: 'open_ended', exit: { notice: 'P6M' } }
    const { id } = await created({ term, dates: [entered] })
    for (let n = 1; n <= 30; n += 1) {
      await publishAll(register.db, Temporal.PlainDate.from('2026-01-01').add({ days: n }).toString())
    }
    expect(await read(id)).toMatchObject({ version: 1, exitDay: null })
    expect((await read(id, '?on=2026-01-31')).exitDay).toBe('2026-07-31')
    expect((await read(id, '?on=2026-02-01')).exitDay).toBe('2026-08-01')
  })

  test('an entry into force that follows from the acts of both sides is found by every question', async () => {
    const notified = (signatory: string, date: string) => ({ event: 'notified_completion', signatory, date })
    const { id, reference } = await created({
      reference: 'DERIVED',
      entryIntoForce: { on: 'last_notification', delay: 'P1M', roundedUp: 'month' },
      term: { lastDay: '2026-12-31' },
      signatories: [
        { side: 1, signatory: 'US' },
        { side: 2, signatory: 'NO' },
      ],
      dates: [notified('US', '2020-06-10'), notified('NO', '2020-08-20')],
    })
    expect(await read(id)).toMatchObject({ status: 'in_force', statusSince: '2020-10-01', nextExpiry: '2027-01-01' })
    const found = async (query: string) =>
      (await register.api.get(`/v1/agreements?party=NO&${query}`).expect(200)).body.items.length
    expect(await found('inForceOn=2020-10-01')).toBe(1)
    expect(await found('inForceOn=2020-09-30')).toBe(0)
    expect(await found('expiresFrom=2027-01-01&expiresTo=2027-01-01')).toBe(1)
    const { body } = await register.api.get('/v1/deadlines?party=NO&from=2026-12-01').expect(200)
    expect(body.items).toMatchObject([{ kind: 'expiry', day: '2027-01-01', agreement: { reference } }])
  })

  test('a minimum term and what lives on after the end are deadlines', async () => {
    const sides = (signatory: string) => [
      { side: 1, signatory: 'US' },
      { side: 2, signatory },
    ]
    const dates = [entered]
    await created({ signatories: sides('FI'), term: { length: 'P6Y', atEnd: 'open_ended' }, dates })
    await created({ signatories: sides('FI'), term: { length: 'P2190D', atEnd: 'ends', sunset: 'P90D' }, dates })
    const { body } = await register.api.get('/v1/deadlines?party=FI&from=2026-01-01&to=2026-12-31').expect(200)
    expect(body.items.map(({ kind, day }: { kind: string; day: string }) => `${kind} ${day}`)).toEqual([
      'expiry 2026-04-30',
      'minimum_term 2026-05-01',
      'sunset 2026-07-29',
    ])
    const ics = await register.api.get('/v1/deadlines.ics?party=FI&kind=minimum_term').expect(200)
    expect(ics.text).toContain('Minimum term ends')
  })

  test('a term without a known start, and a denunciation without a known notice, are told', async () => {
    const denounced = { event: 'denounced', date: '2025-01-01' }
    const { warnings } = await created({ term: { length: 'P5Y' }, dates: [{ event: 'signed', date: '2020-01-01' }] })
    expect(warnings).toMatchObject([{ code: 'term_start_unknown', pointer: '/term' }])
    const silent = await created({ binding: 'non_binding', dates: [entered, denounced] })
    expect(silent).toMatchObject({ status: 'in_force', statusUntil: null })
    expect(silent.warnings).toContainEqual(expect.objectContaining({ code: 'notice_unknown', pointer: '/dates/1' }))
    expect(await created({ binding: 'binding', dates: [entered, denounced] })).toMatchObject({
      statusSince: '2026-01-01',
      endedBy: 'denounced',
    })
  })
})

/** The terms of before, as their columns held them: months, renewal, months of a renewal, months of notice. */
const before: [number | null, string, number | null, number | null][] = [
  [36, 'tacit', 12, 3],
  [36, 'tacit', null, null],
  [12, 'tacit', null, 6],
  [null, 'tacit', 12, 3],
  [24, 'none', null, null],
  [24, 'none', null, 2],
  [36, 'express', 6, 1],
  [60, 'indefinite', null, 12],
]

/** The statements of the migration with this name. */
function statementsOf(name: string): string[] {
  const folder = new URL('../migrations/', import.meta.url)
  const file = readdirSync(folder).find((one) => one.endsWith(`_${name}.sql`))!
  return readFileSync(new URL(file, folder), 'utf8').split('--> statement-breakpoint')
}

test('terms that are stored already keep their meaning: documents, columns and answers', async () => {
  const names = { none: 'ends', tacit: 'renews', express: 'extended_if_agreed', indefinite: 'open_ended' }
  const months = (n: number | null) => (n === null ? null : `P${n}M`)
  const stored: { id: string; former: Record<string, string | number | null> }[] = []
  for (const [length, renewal, each, notice] of before) {
    const isTacit = renewal === 'tacit'
    const term = {
      length: months(length),
      atEnd: names[renewal as 'none'],
      ...((each !== null || (isTacit && notice !== null)) && {
        renewal: { length: months(each), notice: isTacit ? months(notice) : null },
      }),
      ...(!isTacit && notice !== null && { exit: { notice: months(notice) } }),
    }
    const { id } = await created({ term, dates: [{ event: 'entered_into_force', date: '2024-03-31' }] })
    stored.push({ id, former: { months: length, renewal, renewalMonths: each, noticeMonths: notice } })
  }
  const documents = await Promise.all(stored.map(({ id }) => read(id)))
  const { db } = register
  await db.transaction(async (db) => {
    await db.query(sql`alter table agreements drop column term, drop column entry_into_force`)
    for (const column of ['term_months', 'term_renewal_months', 'term_notice_months'])
      await db.query(sql.raw(`alter table agreements add column ${column} integer`))
    await db.query(sql`alter table agreements add column term_renewal text check (term_renewal <> '') `)
    await db.query(
      sql`alter table agreements rename constraint agreements_term_renewal_check to agreements_renewal_check`,
    )
    await db.query(sql`alter table agreement_due drop column days, drop column every_days, drop column back_days`)
    await db.query(sql`alter table agreement_due add column month integer`)
    await db.query(sql`alter table agreement_due add constraint agreement_due_every_check check (every >= 1)`)
    for (const { id, former } of stored) {
      const { entryIntoForce, exitDay, parties: _, ...own } = documents.find((one) => one.id === id)!
      const { statusBasis, statedOn, statusStatements, endedByAgreement, endsByOthers, ...rest } = own
      const added = [entryIntoForce, exitDay, statedOn, statusStatements, endedByAgreement, endsByOthers]
      expect(added, statusBasis).toEqual([null, null, null, [], null, []])
      const { relatedBy: __, relatedByTotal: ___, ...others } = rest
      const dates = rest.dates.map(({ extension: _, term: __, ...date }) => date)
      const document = JSON.stringify({ ...others, dates, term: former })
      const { months, renewal, renewalMonths, noticeMonths } = former
      await db.query(sql`update agreements set document = ${document}, format = 2, term_months = ${months},
        term_renewal = ${renewal}, term_renewal_months = ${renewalMonths}, term_notice_months = ${noticeMonths}
        where id = ${id}`)
      await db.query(sql`update agreement_versions set document = ${document}, format = 2 where agreement_id = ${id}`)
    }
    for (const statement of statementsOf('terms_of_texts')) await db.query(sql.raw(statement))
    await db.query(
      sql.raw(statementsOf('ends_by_others').find((statement) => statement.includes('UPDATE "agreements"'))!),
    )
  })
  for (const [i, { id, former }] of stored.entries()) {
    const upcast = await read(id)
    const shown = { ...documents[i], relatedByTotal: null }
    expect(upcast, JSON.stringify(former)).toEqual(shown)
    expect(JSON.stringify(upcast), 'with its fields in the same order').toBe(JSON.stringify(shown))
    expect((await register.api.get(`/v1/agreements/${id}/versions/1`)).body.document).toEqual(shown)
    const patch = register.api.patch(`/v1/agreements/${id}`).set('if-match', '*')
    const { body } = await patch.send({ summary: 'Edited.' }).expect(200)
    expect(body).toMatchObject({ term: documents[i]!.term, statusUntil: documents[i]!.statusUntil, version: 2 })
    expect(Object.keys(body.term)).toEqual(Object.keys(documents[i]!.term!))
  }
})
