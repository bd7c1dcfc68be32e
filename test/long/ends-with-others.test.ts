import { sql } from 'drizzle-orm'
import pg from 'pg'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { publishAll, publishRegistryChange } from '../../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { waitingForLocks } from '../support/locks.ts'
import { isPooled } from '../support/pooled.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

/** An act of the agreement as a whole. */
const act = (event: string, date: string, over: object = {}) => ({ event, date, ...over })
const signed = (date: string) => act('signed', date)
const entered = (date: string) => act('entered_into_force', date)
const inForceFrom = (day: string) => [signed(day), entered(day)]
const between = (...codes: string[]) => codes.map((signatory, i) => ({ side: i === 0 ? 1 : 2, signatory }))

const create = async (over: object, status = 201) =>
  (await register.api.post('/v1/agreements').send(anAgreement(over)).expect(status)).body
const patch = async (id: string, change: object, status = 200) =>
  (await register.api.patch(`/v1/agreements/${id}`).set('if-match', '*').send(change).expect(status)).body
const replaceDates = async (id: string, dates: object[]) => {
  const { relations, term, title, reference, signatories } = await read(id)
  const body = {
    relations,
    term,
    title,
    reference,
    dates,
    type: 'agreement',
    signatories: signatories.map(({ side, signatory }) => ({ side, signatory: signatory.id })),
  }
  return (await register.api.put(`/v1/agreements/${id}`).set('if-match', '*').send(body).expect(200)).body
}
const remove = (id: string) => register.api.delete(`/v1/agreements/${id}`).set('if-match', '*').expect(204)
const restore = (id: string, status = 200) => register.api.post(`/v1/agreements/${id}/restore`).expect(status)
const publish = () => publishAll(register.db, register.today())
const read = async (id: string, query = ''): Promise<Agreement> =>
  (await register.api.get(`/v1/agreements/${id}${query}`).expect(200)).body
/** What is read once everything that waits is published. */
const settled = async (id: string): Promise<Agreement> => {
  await publish()
  return read(id)
}
const codes = ({ warnings }: Agreement) => warnings.map(({ code, pointer }) => `${code} ${pointer}`)
const causes = async (id: string) =>
  (await register.api.get(`/v1/agreements/${id}/versions`).expect(200)).body.items.map(
    ({ cause }: { cause: string }) => cause,
  )

let count = 0
/** An agreement in force since 2010, and one that supersedes it. */
async function pair(later: object = {}, earlier: object = {}) {
  count += 1
  const old = await create({ reference: `OLD-${count}`, dates: inForceFrom('2010-05-01'), ...earlier })
  const relations = [{ kind: 'supersedes', agreement: old.reference }]
  const next = await create({ reference: `NEW-${count}`, dates: inForceFrom('2020-03-01'), relations, ...later })
  return { old, next }
}

describe('a later agreement between the same parties', () => {
  test.each([
    ['supersedes', 'superseded'],
    ['terminates', 'terminated'],
  ])('that %s an earlier one ends it on the day of its own entry into force', async (kind, endedBy) => {
    const old = await create({ reference: `EARLIER-${kind}`, dates: inForceFrom('2010-05-01') })
    const relations = [{ kind, agreement: old.id }]
    const next = await create({ title: 'The later one', dates: inForceFrom('2020-03-01'), relations })
    const agreement = { id: next.id, reference: null, title: 'The later one' }
    const ended = await settled(old.id)
    expect(ended).toMatchObject({
      version: 2,
      status: 'terminated',
      statusSince: '2020-03-01',
      endedBy,
      endedByAgreement: agreement,
      approximate: false,
      endsByOthers: [{ agreement, event: endedBy, day: '2020-03-01', approximate: false }],
    })
    expect(await read(old.id, '?on=2020-02-29')).toMatchObject({
      status: 'in_force',
      statusUntil: '2020-03-01',
      endedBy: null,
      endedByAgreement: null,
    })
    expect(await read(old.id, '?on=2020-03-01')).toMatchObject({ status: 'terminated', endedByAgreement: agreement })
    expect(await causes(old.id)).toEqual(['agreement', 'edit'])
    expect(await settled(next.id)).toMatchObject({ version: 1, status: 'in_force', warnings: [] })
    const found = async (query: string) =>
      (await register.api.get(`/v1/agreements?id=${old.id}&${query}`).expect(200)).body.items.length
    expect([await found('inForceOn=2020-02-29'), await found('inForceOn=2020-03-01')]).toEqual([1, 0])
    const due = await register.api.get('/v1/deadlines?from=2020-03-01&to=2020-03-01&kind=expiry').expect(200)
    expect(due.body.items).toContainEqual(
      expect.objectContaining({ endedBy, agreement: expect.objectContaining({ id: old.id }) }),
    )
    const csv = await register.api.get(`/v1/agreements/export?id=${old.id}`).expect(200)
    expect(csv.text).toContain('2010-05-01,2020-03-01,')
  })

  test('does so whichever side the parties are on, and whichever bodies sign for them', async () => {
    const agency = { code: 'WATER-AGENCY', name: 'Water Agency', kind: 'agency', parent: 'US' }
    await register.api.post('/v1/signatories').send(agency).expect(201)
    const { old } = await pair({ signatories: between('JP', 'WATER-AGENCY') }, { signatories: between('US', 'JP') })
    expect(await settled(old.id)).toMatchObject({ status: 'terminated', endedBy: 'superseded' })
  })

  test('does not do so when the parties differ, and a warning says so', async () => {
    const { old, next } = await pair({ signatories: between('US', 'JP', 'KR') })
    expect(await settled(old.id)).toMatchObject({ status: 'in_force', endsByOthers: [] })
    expect(codes(next)).toEqual(['supersedes_other_parties /relations/0'])
    await register.api.post(`/v1/agreements/${old.id}/signatories`).send({ side: 2, signatory: 'KR' }).expect(201)
    expect(await settled(old.id)).toMatchObject({ status: 'terminated', endedBy: 'superseded' })
    expect(codes(await read(next.id))).toEqual([])
  })

  test('follows the registry when a party moves', async () => {
    const make = (code: string, parent: string | null) =>
      register.api.post('/v1/signatories').send({ code, name: code, kind: 'agency', parent }).expect(201)
    await make('MOVING-OFFICE', 'KR')
    const { old, next } = await pair({ signatories: between('US', 'MOVING-OFFICE') })
    expect(codes(await settled(next.id))).toEqual(['supersedes_other_parties /relations/0'])
    await register.api.patch('/v1/signatories/MOVING-OFFICE').set('if-match', '*').send({ parent: 'JP' }).expect(200)
    expect(await settled(old.id)).toMatchObject({ status: 'terminated', endedBy: 'superseded' })
    expect(codes(await read(next.id))).toEqual([])
  })

  test('does not do so until it enters into force', async () => {
    const { old, next } = await pair({ dates: [signed('2020-03-01')] })
    // Its second version shows the relation.
    expect(await settled(old.id)).toMatchObject({ version: 2, status: 'in_force', statusUntil: null })
    expect(codes(next)).toEqual([])
    await register.api.post(`/v1/agreements/${next.id}/dates`).send(entered('2027-07-01')).expect(201)
    expect(await settled(old.id)).toMatchObject({ status: 'in_force', statusUntil: '2027-07-01', nextExpiry: null })
    await replaceDates(next.id, inForceFrom('2024-07-01'))
    expect(await settled(old.id)).toMatchObject({ status: 'terminated', statusSince: '2024-07-01' })
    await replaceDates(next.id, [signed('2020-03-01'), act('provisionally_applied', '2020-04-01')])
    expect(await settled(old.id)).toMatchObject({ status: 'in_force', endsByOthers: [], endedByAgreement: null })
  })

  test('ends it as roughly as its own entry into force is known: on the last possible day', async () => {
    const { old } = await pair({ dates: [signed('2020-02'), entered('2020-03')] })
    expect(await settled(old.id)).toMatchObject({
      statusSince: '2020-03-31',
      approximate: true,
      endsByOthers: [{ day: '2020-03-31', approximate: true }],
    })
    expect(await read(old.id, '?on=2020-03-30')).toMatchObject({ status: 'in_force', approximate: true })
  })

  test('ends it when the entry into force is derived from the acts of both sides', async () => {
    const { old } = await pair({ dates: [signed('2020-03-01')], entryIntoForce: { on: 'signature', delay: 'P30D' } })
    expect(await settled(old.id)).toMatchObject({ statusSince: '2020-03-31', endedBy: 'superseded' })
  })

  test('ended it for good: that it ends itself changes nothing', async () => {
    const { old } = await pair({ dates: [...inForceFrom('2020-03-01'), act('terminated', '2023-01-01')] })
    expect(await settled(old.id)).toMatchObject({ status: 'terminated', statusSince: '2020-03-01' })
  })

  test.each(['superseded', 'terminated'])('does not move the day that a date `%s` gives', async (event) => {
    const { old, next } = await pair({}, { dates: [...inForceFrom('2010-05-01'), act(event, '2019-12-31')] })
    const agreement = event === 'superseded' ? { id: next.id } : null
    expect(await settled(old.id)).toMatchObject({
      statusSince: '2019-12-31',
      endedBy: event,
      endedByAgreement: agreement,
      endsByOthers: [{ day: '2020-03-01' }],
    })
  })

  test('does not end one that was signed after it entered into force, and a warning says so', async () => {
    const { old, next } = await pair({ dates: inForceFrom('2001-01-01') })
    expect(await settled(old.id)).toMatchObject({ status: 'in_force', endsByOthers: [] })
    expect(codes(next)).toEqual(['supersedes_later_agreement /relations/0'])
  })

  test('no longer ends it when it is deleted, and does again when it is restored', async () => {
    const { old, next } = await pair()
    expect((await settled(old.id)).status).toBe('terminated')
    await remove(next.id)
    expect(await settled(old.id)).toMatchObject({ status: 'in_force', endsByOthers: [] })
    await restore(next.id)
    expect((await settled(old.id)).status).toBe('terminated')
    await remove(old.id)
    await publish()
    await restore(old.id)
    expect(await read(old.id)).toMatchObject({ status: 'terminated', endedBy: 'superseded' })
  })

  test('no longer ends it when the relation is taken away or says something else', async () => {
    const { old, next } = await pair()
    await patch(next.id, { relations: [{ kind: 'amends', agreement: old.id }] })
    expect((await settled(old.id)).status).toBe('in_force')
    await patch(next.id, { relations: [{ kind: 'terminates', agreement: old.id }] })
    expect(await settled(old.id)).toMatchObject({ endedBy: 'terminated' })
    await patch(next.id, { relations: null })
    expect((await settled(old.id)).status).toBe('in_force')
  })

  test('is shown as it is called now', async () => {
    const { old, next } = await pair()
    await patch(next.id, { title: 'Renamed', reference: `RENAMED-${count}` })
    expect((await settled(old.id)).endedByAgreement).toEqual({
      id: next.id,
      reference: `RENAMED-${count}`,
      title: 'Renamed',
    })
  })

  test('is what the register knew at an instant', async () => {
    const { old } = await pair()
    await publish()
    const before = (await read(old.id)).createdAt
    expect((await read(old.id, `?asOf=${before}`)).status).toBe('in_force')
    expect((await read(old.id, `?asOf=${before}&on=2021-01-01`)).status).toBe('in_force')
    const { document } = (await register.api.get(`/v1/agreements/${old.id}/versions/2`).expect(200)).body
    expect(document).toMatchObject({ status: 'terminated', endedBy: 'superseded' })
  })
})

describe('an arrangement that ends with its umbrella', () => {
  /** An arrangement of five years that renews itself, under `umbrella`. */
  const arrangement = (umbrella: string, over: object = {}) =>
    create({
      type: 'project_arrangement',
      dates: inForceFrom('2022-01-01'),
      term: { length: 'P5Y', atEnd: 'renews', renewal: { length: 'P1Y', notice: 'P3M' }, endsWith: umbrella },
      ...over,
    })

  test.each<[string, object, string]>([
    ['runs out', { term: { length: 'P15Y' }, dates: inForceFrom('2010-09-01') }, '2025-09-01'],
    ['ran until a day', { term: { lastDay: '2025-06-30' }, dates: inForceFrom('2010-05-01') }, '2025-07-01'],
    ['is denounced', { dates: [...inForceFrom('2010-05-01'), act('denounced', '2025-02-01')] }, '2025-08-01'],
    ['is terminated', { dates: [...inForceFrom('2010-05-01'), act('terminated', '2025-03-01')] }, '2025-03-01'],
    ['is superseded', { dates: [...inForceFrom('2010-05-01'), act('superseded', '2025-03-02')] }, '2025-03-02'],
    ['never came into force', { dates: [signed('2010-05-01'), act('withdrawn', '2025-03-03')] }, '2025-03-03'],
  ])('ends on the same day when that %s', async (_name, over, day) => {
    const exit = { exit: { notice: 'P6M' } }
    const umbrella = await create({ term: exit, ...over })
    const { id } = await arrangement(umbrella.id)
    const { title } = umbrella
    expect(await read(id)).toMatchObject({
      status: 'terminated',
      statusSince: day,
      endedBy: 'expired',
      endedByAgreement: { id: umbrella.id, reference: null, title },
    })
    expect(await read(id, '?on=2024-01-01')).toMatchObject({
      status: 'in_force',
      statusUntil: day,
      nextExpiry: day,
      noticeDeadline: null,
      exitDay: day,
    })
    expect(await settled(id)).toMatchObject({ version: 1 })
  })

  test('ends with it at the latest: renewals before count, those beyond do not', async () => {
    const umbrella = await create({
      reference: 'UMBRELLA',
      term: { lastDay: '2029-12-31' },
      dates: inForceFrom('2010-05-01'),
    })
    const { id, term } = await arrangement('umbrella')
    expect(term.endsWith).toBe(umbrella.id)
    const days = [
      ['2026-01-01', '2027-01-01', '2026-10-01'],
      ['2028-06-01', '2029-01-01', '2028-10-01'],
      ['2029-06-01', '2030-01-01', null],
    ]
    for (const [on, nextExpiry, noticeDeadline] of days) {
      expect(await read(id, `?on=${on}`)).toMatchObject({ status: 'in_force', nextExpiry, noticeDeadline })
    }
    expect(await read(id, '?on=2029-06-01')).toMatchObject({ exitDay: '2030-01-01' })
    const { body } = await register.api.get(`/v1/deadlines?from=2028-12-01&to=2033-12-01`).expect(200)
    type Due = { kind: string; day: string; agreement: { id: string } }
    const own = (body.items as Due[]).filter(({ agreement }) => agreement.id === id)
    expect(own.map(({ kind, day }) => `${kind} ${day}`)).toEqual(['renewal 2029-01-01', 'expiry 2030-01-01'])
    const ends = async (on: string) => (await read(id, `?on=${on}`)).status
    expect([await ends('2029-12-31'), await ends('2030-01-01')]).toEqual(['in_force', 'terminated'])
  })

  test('without a length of its own, expires when that ends', async () => {
    const umbrella = await create({ term: { lastDay: '2026-06-30' }, dates: inForceFrom('2010-05-01') })
    const { id } = await arrangement(umbrella.id, { term: { endsWith: umbrella.id } })
    expect(await read(id)).toMatchObject({ statusUntil: '2026-07-01', nextExpiry: '2026-07-01', noticeDeadline: null })
    const list = async (query: string) =>
      (await register.api.get(`/v1/agreements?id=${id}&${query}`).expect(200)).body.items.length
    expect(await list('expiresFrom=2026-07-01&expiresTo=2026-07-01')).toBe(1)
    register.setToday('2026-07-01')
    expect(await settled(id)).toMatchObject({ status: 'terminated', nextExpiry: null, endedBy: 'expired' })
    expect(await causes(id)).toEqual(['clock', 'edit'])
    register.setToday('2026-01-01')
    await publish()
  })

  test('ends before it by its own term, or by an act', async () => {
    const umbrella = await create({ term: { lastDay: '2029-12-31' }, dates: inForceFrom('2010-05-01') })
    const short = await arrangement(umbrella.id, { term: { length: 'P5Y', endsWith: umbrella.id } })
    expect(short).toMatchObject({ statusUntil: '2027-01-01', nextExpiry: '2027-01-01' })
    const dates = [...inForceFrom('2022-01-01'), act('terminated', '2026-05-01')]
    const ended = await arrangement(umbrella.id, { dates })
    expect(ended).toMatchObject({ statusUntil: '2026-05-01', nextExpiry: null })
    expect(await read(ended.id, '?on=2026-05-01')).toMatchObject({ endedBy: 'terminated', endedByAgreement: null })
  })

  test('both are published when the end of the umbrella changes', async () => {
    const umbrella = await create({ dates: inForceFrom('2010-05-01') })
    const { id } = await arrangement(umbrella.id)
    expect(await read(id)).toMatchObject({ version: 1, status: 'in_force', statusUntil: null, endsByOthers: [] })
    const change = register.api.patch(`/v1/agreements/${umbrella.id}`).set('if-match', '*')
    await change
      .set('x-change-note', 'Fixed')
      .send({ term: { lastDay: '2026-12-31' } })
      .expect(200)
    expect((await read(id)).version).toBe(1)
    expect(await settled(id)).toMatchObject({ version: 2, statusUntil: '2027-01-01', nextExpiry: '2027-01-01' })
    const { body } = await register.api.get(`/v1/agreements/${id}/versions`).expect(200)
    expect(body.items[0]).toMatchObject({ cause: 'agreement', note: 'Fixed', actor: expect.any(String) })
    await patch(umbrella.id, { summary: 'Nothing that matters to others' })
    expect((await settled(id)).version).toBe(2)
    await patch(umbrella.id, { term: null })
    expect(await settled(id)).toMatchObject({ version: 3, statusUntil: null, endsByOthers: [] })
  })

  test('so are all below it: a chain of umbrellas, and a supersession above them', async () => {
    const dates = inForceFrom('2010-05-01')
    const top = await create({ reference: 'TOP', dates })
    const middle = await create({ dates, term: { endsWith: 'TOP' } })
    const bottom = await arrangement(middle.id)
    expect(await settled(bottom.id)).toMatchObject({ version: 1, status: 'in_force' })
    const over = { dates: inForceFrom('2024-01-01'), relations: [{ kind: 'supersedes', agreement: 'TOP' }] }
    const next = await create(over)
    expect(await settled(bottom.id)).toMatchObject({ status: 'terminated', statusSince: '2024-01-01', version: 2 })
    expect(await read(bottom.id)).toMatchObject({ endedBy: 'expired', endedByAgreement: { id: middle.id } })
    expect(await read(middle.id)).toMatchObject({ endedBy: 'expired', endedByAgreement: { reference: 'TOP' } })
    expect(await read(top.id)).toMatchObject({ endedBy: 'superseded', endedByAgreement: { id: next.id } })
    await remove(next.id)
    expect(await settled(bottom.id)).toMatchObject({ status: 'in_force', version: 3 })
  })

  test('ends as roughly as that', async () => {
    const dates = [...inForceFrom('2010-05-01'), act('terminated', '2024')]
    const umbrella = await create({ dates })
    const { id } = await arrangement(umbrella.id)
    expect(await read(id)).toMatchObject({ statusSince: '2024-12-31', approximate: true })
  })

  test('ends again with it after both were revived', async () => {
    const again = (day: string) => act('entered_into_force', day, { occurrence: 2 })
    const end = (day: string, occurrence: number) => act('terminated', day, { occurrence })
    const lapsed = [...inForceFrom('2010-05-01'), end('2015-01-01', 1), again('2016-01-01'), end('2025-01-01', 2)]
    const umbrella = await create({ dates: lapsed })
    const own = { term: { endsWith: umbrella.id } }
    const old = await arrangement(umbrella.id, { ...own, dates: [...inForceFrom('2012-01-01'), again('2016-02-01')] })
    const periods = async (id: string, ...days: string[]) =>
      Promise.all(days.map(async (day) => (await read(id, `?on=${day}`)).status))
    expect(await periods(old.id, '2014-12-31', '2015-01-01', '2016-02-01', '2025-01-01')).toEqual([
      'in_force',
      'terminated',
      'in_force',
      'terminated',
    ])
    const late = await arrangement(umbrella.id, { ...own, dates: inForceFrom('2017-01-01') })
    expect(await periods(late.id, '2017-01-01', '2024-12-31', '2025-01-01')).toEqual([
      'in_force',
      'in_force',
      'terminated',
    ])
    expect(late.warnings).toEqual([])
    const between = await arrangement(umbrella.id, { ...own, dates: inForceFrom('2015-06-01') })
    expect(codes(between)).toEqual(['ends_with_ended /term/endsWith'])
    expect(between.warnings[0].message).toContain('had ended (2015-01-01) before it began (2015-06-01)')
  })

  test('has no known end, and says so, while the umbrella is deleted', async () => {
    const umbrella = await create({ term: { lastDay: '2025-06-30' }, dates: inForceFrom('2010-05-01') })
    const { id } = await arrangement(umbrella.id)
    await remove(umbrella.id)
    expect(await settled(id)).toMatchObject({ status: 'in_force', statusUntil: null, endsByOthers: [] })
    expect(codes(await read(id))).toEqual(['ends_with_deleted /term/endsWith'])
    await patch(id, { summary: 'It can still be edited.' })
    await restore(umbrella.id)
    expect(await settled(id)).toMatchObject({ statusSince: '2025-07-01', warnings: [] })
  })

  test('keeps the umbrella through a patch of the term, and loses it when told', async () => {
    const umbrella = await create({ term: { lastDay: '2025-06-30' }, dates: inForceFrom('2010-05-01') })
    const { id } = await arrangement(umbrella.id)
    const longer = await patch(id, { term: { length: 'P10Y' } })
    expect(longer.term).toMatchObject({ length: 'P10Y', endsWith: umbrella.id })
    expect(await patch(id, { term: { endsWith: null } })).toMatchObject({ status: 'in_force', endsByOthers: [] })
    expect(await patch(id, { term: { endsWith: umbrella.id.toUpperCase() } })).toMatchObject({ endedBy: 'expired' })
  })

  test('names an agreement that exists', async () => {
    const { errors } = await create({ term: { endsWith: 'NO-SUCH' } }, 422)
    expect(errors).toMatchObject([{ pointer: '/term/endsWith', code: 'unknown_code' }])
  })
})

describe('an end that would depend on itself is refused', () => {
  const dates = inForceFrom('2010-05-01')
  const make = async (over: object = {}) => (await create({ dates, ...over })).id as string
  const supersedes = (agreement: string) => ({ relations: [{ kind: 'supersedes', agreement }] })
  const cycle = (pointer: string) => [expect.objectContaining({ pointer, code: 'cycle' })]

  test('two that supersede each other, directly or through others', async () => {
    const one = await make()
    const two = await make(supersedes(one))
    const three = await make({ relations: [{ kind: 'terminates', agreement: two }] })
    const amends = { kind: 'amends', agreement: three }
    for (const other of [two, three]) {
      const relations = [amends, { kind: 'terminates', agreement: other }]
      expect((await patch(one, { relations }, 422)).errors).toEqual(cycle('/relations/1/agreement'))
    }
    await patch(one, { relations: [amends] })
  })

  test('two that end with each other, and one that ends with itself', async () => {
    const top = await make()
    const middle = await make({ term: { endsWith: top } })
    const bottom = await make({ term: { endsWith: middle } })
    for (const umbrella of [middle, bottom, top]) {
      expect((await patch(top, { term: { endsWith: umbrella } }, 422)).errors).toEqual(cycle('/term/endsWith'))
    }
  })

  test('one that ends with what it supersedes, whichever is said first', async () => {
    const umbrella = await make()
    const one = await make(supersedes(umbrella))
    expect((await patch(one, { term: { endsWith: umbrella } }, 422)).errors).toEqual(cycle('/term/endsWith'))
    const two = await make({ term: { endsWith: umbrella } })
    expect((await patch(two, supersedes(umbrella), 422)).errors).toEqual(cycle('/relations/0/agreement'))
    const both = { ...supersedes(umbrella), term: { endsWith: umbrella } }
    expect((await create({ dates, ...both }, 422)).errors).toEqual(cycle('/term/endsWith'))
  })

  test('one that is restored after the rest of the cycle was written', async () => {
    const one = await make()
    const two = await make(supersedes(one))
    const three = await make(supersedes(two))
    await remove(two)
    await patch(one, supersedes(three))
    expect((await restore(two, 422)).body.errors).toEqual(cycle('/relations/0/agreement'))
    await patch(one, { relations: [] })
    await restore(two)
    expect(await settled(one)).toMatchObject({ status: 'terminated', endedByAgreement: { id: two } })
  })
})

describe('at the same time', () => {
  const dates = inForceFrom('2010-05-01')
  const make = async (over: object = {}) => (await create({ dates, ...over })).id as string
  const statusOf = async (id: string, change: object) => {
    const { status } = await register.api.patch(`/v1/agreements/${id}`).set('if-match', '*').send(change)
    return status
  }

  test.each([
    ['supersede each other', (agreement: string) => ({ relations: [{ kind: 'supersedes', agreement }] })],
    ['end with each other', (agreement: string) => ({ term: { endsWith: agreement } })],
  ])('of two edits by which two agreements would %s, one is refused', async (_name, pointing) => {
    for (let round = 0; round < 8; round += 1) {
      const [one, two] = [await make(), await make()]
      const answers = await Promise.all([statusOf(one, pointing(two)), statusOf(two, pointing(one))])
      expect(answers.toSorted()).toEqual([200, 422])
    }
  })

  test('two agreements that depend on each other are edited without waiting for each other', async () => {
    const { old, next } = await pair()
    const edits = Array.from({ length: 20 }, (_, i) => [
      patch(i % 2 ? old.id : next.id, { title: `Title ${i}`, summary: `Edit ${i}` }),
      ...(i % 5 === 0 ? [publish()] : []),
    ])
    await Promise.all(edits.flat())
    const [ended, ender] = [await settled(old.id), await read(next.id)]
    expect(ended).toMatchObject({ status: 'terminated', endedByAgreement: { id: next.id, title: ender.title } })
    expect(await register.db.query(sql`select from publication_failures`)).toEqual([])
  })

  test('an arrangement is made and its umbrella is changed: neither change is lost', async () => {
    const umbrella = await make()
    for (let round = 0; round < 8; round += 1) {
      const lastDay = `20${30 + round}-12-31`
      const [{ id }] = await Promise.all([
        create({ dates, term: { endsWith: umbrella } }),
        patch(umbrella, { term: { lastDay } }),
        publish(),
      ])
      expect((await settled(id)).statusUntil).toBe(`20${31 + round}-01-01`)
    }
  })

  test('an arrangement that was judged by the umbrella of before is judged again', async () => {
    const umbrella = await make()
    const other = await make()
    let unblock!: () => void
    const blocked = new Promise<void>((resolve) => {
      unblock = resolve
    })
    let hold!: () => void
    const held = new Promise<void>((resolve) => {
      hold = resolve
    })
    const blocking = register.db.transaction(async (db) => {
      await db.query(sql`update agreements set reference_key = 'late' where id = ${other}`)
      hold()
      await blocked
      throw new Error('rolled back')
    })
    await held
    // Its row waits for the one above, which has the same reference; its umbrella has been read by then.
    const late = create({ reference: 'LATE', dates, term: { endsWith: umbrella } })
    await expect.poll(() => waitingForLocks(register.db)).toBe(1)
    await patch(umbrella, { term: { lastDay: '2026-12-31' } })
    await publish()
    unblock()
    await expect(blocking).rejects.toThrow('rolled back')
    const { id, statusUntil } = await late
    expect(statusUntil).toBeNull()
    expect(await settled(id)).toMatchObject({ version: 2, statusUntil: '2027-01-01' })
    expect((await register.api.get(`/v1/agreements/${id}/versions`)).body.items[0]).toMatchObject({
      cause: 'agreement',
      actor: null,
    })
  })

  test('225 arrangements under one umbrella follow it in batches, after the answer', async () => {
    const umbrella = await make()
    const ids: string[] = []
    for (let n = 0; n < 225; n += 25) {
      const some = Array.from({ length: 25 }, () => make({ term: { endsWith: umbrella } }))
      ids.push(...(await Promise.all(some)))
    }
    await publish()
    const versions = async () => {
      const rows = await register.db.query<{ version: number; ends: string | null }>(
        sql`select version, document::json ->> 'statusUntil' as ends from agreements where ends_with = ${umbrella}`,
      )
      return rows.map(({ version, ends }) => `${version} ${ends}`)
    }
    const all = (text: string, many: number) => Array.from({ length: many }, () => text)
    expect(await versions()).toEqual(all('1 null', 225))
    await patch(umbrella, { term: { lastDay: '2026-12-31' } })
    expect((await versions()).filter((text) => text.startsWith('2'))).toEqual([])
    await publishRegistryChange(register.db, register.today())
    expect((await versions()).filter((text) => text.startsWith('2'))).toEqual(all('2 2027-01-01', 200))
    await publish()
    expect(await versions()).toEqual(all('2 2027-01-01', 225))
    expect(await register.db.query(sql`select from registry_changes`)).toEqual([])
  })
})

test('relations that an earlier release has stored end agreements after an upgrade', async () => {
  const { old, next } = await pair()
  await publish()
  const ids = [old.id, next.id]
  for (const id of ids) {
    const { endsByOthers: _, endedByAgreement: __, ...later } = id === old.id ? old : next
    const { relatedBy: ___, relatedByTotal: ____, ...document } = later
    const text = JSON.stringify(document)
    await register.db.query(sql`update agreements set document = ${text}, format = 3, outlook = null where id = ${id}`)
    await register.db.query(
      sql`update agreement_versions set document = ${text}, format = 3 where agreement_id = ${id} and version = 1`,
    )
  }
  expect(await read(old.id)).toMatchObject({ status: 'in_force', endsByOthers: [], endedByAgreement: null })
  expect(await settled(old.id)).toMatchObject({ statusSince: '2020-03-01', endedByAgreement: { id: next.id } })
  expect((await causes(old.id))[0]).toBe('format')
  const { document } = (await register.api.get(`/v1/agreements/${old.id}/versions/1`).expect(200)).body
  expect(document).toEqual({ ...old, relatedBy: [], relatedByTotal: null })
  await patch(next.id, { title: 'Renamed' })
  expect((await settled(old.id)).endedByAgreement?.title).toBe('Renamed')
})

test.skipIf(isPooled)(
  'an edit asks the database one thing more about others, and none for a new agreement',
  async () => {
    const statements: string[] = []
    const original: (...given: unknown[]) => unknown = pg.Client.prototype.query
    const watched = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
      this: pg.Client,
      ...given: unknown[]
    ): void {
      const [query] = given as [{ name?: string } | undefined]
      statements.push(query?.name ?? '')
      return Reflect.apply(original, this, given) as void
    })
    const namesIn = async (work: () => Promise<unknown>) => {
      statements.length = 0
      await work()
      return statements.filter((name) => name !== '')
    }
    const about = /other|deciding|ends-by/
    const { id } = await create({})
    expect((await namesIn(() => create({}))).filter((name) => about.test(name))).toEqual([])
    const edit = await namesIn(() => patch(id, { summary: 'Edited' }))
    expect(edit.filter((name) => about.test(name))).toEqual(['other-agreements'])
    const dated = await namesIn(() => patch(id, { title: 'Renamed' }))
    expect(dated).toHaveLength(edit.length)
    watched.mockRestore()
  },
)

describe('a relation `extends`', () => {
  test('changes no term: without a date `extended` of the other agreement it is told, until there is one', async () => {
    const old = await create({ reference: 'EXTENDED', term: { length: 'P3Y' }, dates: inForceFrom('2010-05-01') })
    const relations = [{ kind: 'extends', agreement: old.id }]
    const protocol = await create({ title: 'Protocol', dates: inForceFrom('2012-05-01'), relations })
    expect(codes(protocol)).toEqual(['extends_without_date /relations/0'])
    expect((await settled(old.id)).statusSince).toBe('2013-05-01')
    const date = { event: 'extended', date: '2012-05-01', extension: { length: 'P1Y' } }
    await register.api.post(`/v1/agreements/${old.id}/dates`).send(date).expect(201)
    expect(codes(await settled(protocol.id))).toEqual([])
    expect((await read(old.id)).statusSince).toBe('2014-05-01')
    await remove(old.id)
    expect(codes(await settled(protocol.id))).toEqual([])
  })
})
