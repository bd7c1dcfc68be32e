import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listOldVersions } from '../src/agreements/publication/list-old-versions.ts'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import { registerOfGivenTime } from './support/given-time.ts'
import { forgetListings, listingsOfVersions } from './support/listings-of-versions.ts'
import { migrationStatements } from './support/migration.ts'
import { anAgreement } from './support/register.ts'

/** The tables as they were before the migration, with listings of the latest versions only. */
const former = [
  'drop table versions_to_list, registry_history, predecessor_history',
  'drop function record_signatory, record_research_domain, record_collection, record_deleted_entry, record_predecessor cascade',
  `delete from agreement_version_listings l using agreements a where a.id = l.agreement_id and l.version < a.version`,
]

type Given = Awaited<ReturnType<typeof registerOfGivenTime>>

let given: Given
let instant: number

/** Writes happen at noon. @returns the midnight before the next ones */
async function nextDay(): Promise<string> {
  instant += 86_400_000
  await given.setInstant(new Date(instant).toISOString())
  return new Date(instant - 43_200_000).toISOString()
}

beforeAll(async () => {
  given = await registerOfGivenTime()
  instant = Date.parse('2020-01-01T12:00:00Z')
})
beforeEach(async () => void (await nextDay()))

const read = async (address: string, status = 200) => (await given.api.get(address).expect(status)).body

const create = async (over: object = {}): Promise<Agreement> =>
  (await given.api.post('/v1/agreements').send(anAgreement(over)).expect(201)).body

const change = (path: string, body: object) =>
  given.api
    .patch(`/v1/${path}`)
    .set('If-Match', '*')
    .set('content-type', 'application/merge-patch+json')
    .send(body)
    .expect(200)

const idsIn = async (query: string): Promise<string[]> =>
  (await read(`/v1/agreements?${query}`)).items.map(({ id }: Agreement) => id)

const publish = () => publishAll(given.db, new Date(instant).toISOString().slice(0, 10))

/** A body with a name of its own, and an agreement that it has signed. */
async function signedByABody(code: string) {
  const body = { code, name: `Ministry ${code}`, kind: 'agency', parent: 'NO' }
  await given.api.post('/v1/signatories').send(body).expect(201)
  return create({
    signatories: [
      { side: 1, signatory: code },
      { side: 2, signatory: 'SE' },
    ],
  })
}

describe('as of an instant', () => {
  test('a date that was corrected later is the one of then, in every question', async () => {
    const one = await create({ reference: 'AS-OF/1', dates: [{ event: 'signed', date: '2019-03-05' }] })
    const then = await nextDay()
    const { id: dateId } = one.dates[0]!
    await given.api
      .put(`/v1/agreements/${one.id}/dates/${dateId}`)
      .set('If-Match', '*')
      .send({ event: 'signed', date: '2018-12-31' })
      .expect(200)
    const filter = `reference=as-of/1&signedFrom=2019-01-01`
    expect(await idsIn(filter)).toEqual([])
    expect(await idsIn(`${filter}&asOf=${then}`)).toEqual([one.id])
    const years = await read(`/v1/statistics?groupBy=signedYear&reference=AS-OF/1&asOf=${then}`)
    expect(years.items.map(({ keys }: { keys: string[] }) => keys)).toEqual([['2019']])
    const position = await read(`/v1/agreements/${one.id}/position?reference=AS-OF/1&asOf=${then}`)
    expect(position).toMatchObject({ position: 1, total: 1, signed: '2019-03-05' })
    const exported = await read(`/v1/agreements/export?format=json&reference=AS-OF/1&asOf=${then}`)
    expect(exported.items).toEqual([one])
  })

  test('an agreement that was deleted later is found until then', async () => {
    const one = await create({ identifiers: [{ scheme: 'tias', value: '20-101' }] })
    const before = await nextDay()
    await given.api.delete(`/v1/agreements/${one.id}`).set('If-Match', '*').expect(204)
    const after = await nextDay()
    expect(await idsIn(`identifier=tias:20-101&asOf=${before}`)).toEqual([one.id])
    expect(await idsIn(`identifier=tias:20-101&asOf=${after}`)).toEqual([])
    expect(await read(`/v1/agreements/${one.id}/position?asOf=${before}&identifier=tias:20-101`)).toMatchObject({
      total: 1,
    })
    await read(`/v1/agreements/${one.id}/position?asOf=${after}`, 404)
    await given.api.post(`/v1/agreements/${one.id}/restore`).expect(200)
    expect(await idsIn(`identifier=tias:20-101&asOf=${after}`)).toEqual([])
    expect(await idsIn(`identifier=tias:20-101&asOf=${await nextDay()}`)).toEqual([one.id])
  })

  test('a body has the code, the name and the place that it had then', async () => {
    const one = await signedByABody('NO-FLOODS')
    const then = await nextDay()
    await change('signatories/NO-FLOODS', { code: 'NO-WATER', name: 'Directorate of Water', parent: 'DK' })
    await publish()
    const now = await nextDay()
    expect(await idsIn(`signatory=NO-WATER&asOf=${now}`)).toEqual([one.id])
    expect(await idsIn(`signatory=NO-FLOODS&pair=NO,SE&asOf=${then}`)).toEqual([one.id])
    expect(await idsIn(`signatory=NO-FLOODS&party=DK&asOf=${then}`)).toEqual([])
    const [shown] = (await read(`/v1/agreements?signatory=NO-FLOODS&asOf=${then}`)).items
    expect(shown).toEqual(one)
    const groups = await read(`/v1/statistics?groupBy=signatory&groupBy=party&signatory=NO-FLOODS&asOf=${then}`)
    expect(groups.items).toContainEqual(
      expect.objectContaining({ keys: ['NO-FLOODS', 'NO'], labels: ['Ministry NO-FLOODS', 'Norway'], count: 1 }),
    )
    const { errors } = await read(`/v1/agreements?signatory=NO-WATER&asOf=${then}`, 400)
    expect(errors).toEqual([
      expect.objectContaining({ parameter: 'signatory', code: 'unknown_code', didYouMean: 'NO-FLOODS' }),
    ])
    await read(`/v1/agreements?signatory=NO-FLOODS&asOf=${now}`, 400)
  })

  test('a code that another body has now means the one of then', async () => {
    const one = await signedByABody('NO-ONE')
    const then = await nextDay()
    await change('signatories/NO-ONE', { code: 'NO-FORMER', name: 'A former ministry' })
    const other = await signedByABody('NO-ONE')
    const now = await nextDay()
    expect(await idsIn(`signatory=NO-ONE&asOf=${then}`)).toEqual([one.id])
    expect(await idsIn(`signatory=NO-ONE&asOf=${now}`)).toEqual([other.id])
  })

  test('a merged body is two until the merge, and one from then on', async () => {
    const [one, other] = [await signedByABody('NO-LOST'), await signedByABody('NO-KEPT')]
    const before = await nextDay()
    await given.api.post('/v1/signatories/NO-LOST/merge').set('If-Match', '*').send({ into: 'NO-KEPT' }).expect(201)
    await publish()
    const after = await nextDay()
    expect(await idsIn(`signatory=NO-LOST&asOf=${before}`)).toEqual([one.id])
    expect(await idsIn(`signatory=NO-KEPT&asOf=${before}`)).toEqual([other.id])
    const both = [one.id, other.id].toSorted()
    expect((await idsIn(`signatory=NO-LOST&asOf=${after}`)).toSorted()).toEqual(both)
    await given.api.delete('/v1/signatories/NO-LOST/merge').set('If-Match', '*').expect(204)
    await publish()
    expect((await idsIn(`signatory=NO-KEPT&asOf=${after}`)).toSorted()).toEqual(both)
    expect(await idsIn(`signatory=NO-KEPT&asOf=${await nextDay()}`)).toEqual([other.id])
  })

  test('predecessors are those that were known then', async () => {
    const one = await signedByABody('NO-EARLIER')
    await signedByABody('NO-LATER')
    const then = await nextDay()
    const link = { signatory: 'NO-EARLIER', kind: 'renaming' }
    await change('signatories/NO-LATER', { predecessors: [link] })
    const now = await nextDay()
    await change('signatories/NO-LATER', { predecessors: [] })
    const found = async (asOf: string) => idsIn(`signatory=NO-LATER&withPredecessors=true&asOf=${asOf}`)
    expect(await found(then)).not.toContain(one.id)
    expect(await found(now)).toContain(one.id)
    expect(await found(await nextDay())).not.toContain(one.id)
  })

  test('a domain is counted under the broader one of then', async () => {
    const add = (code: string, broader: string | null) =>
      given.api.post('/v1/research-domains').send({ scheme: 'waters', code, label: code, broader }).expect(201)
    await add('rivers', null)
    await add('lakes', null)
    await add('floods', 'waters:rivers')
    const one = await create({ researchDomains: ['waters:floods'] })
    const then = await nextDay()
    await change('research-domains/waters:floods', { broader: 'waters:lakes' })
    await publish()
    expect(await idsIn('researchDomain=waters:rivers')).toEqual([])
    expect(await idsIn(`researchDomain=waters:rivers&asOf=${then}`)).toEqual([one.id])
    const keys = async (query: string) =>
      (await read(`/v1/statistics?groupBy=researchDomain&researchDomain=waters:floods&${query}asOf=${then}`)).items.map(
        (group: { keys: string[] }) => group.keys,
      )
    expect(await keys('domainLevel=0&')).toEqual([['waters:rivers']])
    expect(await keys('')).toEqual([['waters:floods']])
  })

  test('`on` selects by the legal situation on a day, as it was known', async () => {
    const one = await create({
      reference: 'AS-OF/ON',
      dates: [
        { event: 'signed', date: '2010-01-01' },
        { event: 'entered_into_force', date: '2010-01-01' },
      ],
    })
    const then = await nextDay()
    await given.api.post(`/v1/agreements/${one.id}/dates`).send({ event: 'terminated', date: '2015-01-01' }).expect(201)
    const filter = 'reference=AS-OF/ON&status=in_force&on=2016-01-01'
    expect(await idsIn(filter)).toEqual([])
    expect(await idsIn(`${filter}&asOf=${then}`)).toEqual([one.id])
    const counted = await read(`/v1/statistics?groupBy=status&reference=AS-OF/ON&on=2016-01-01&asOf=${then}`)
    expect(counted.items).toEqual([expect.objectContaining({ keys: ['in_force'], count: 1, inForce: 1 })])
  })

  test('the pages of a list contain each agreement once, whatever is written meanwhile', async () => {
    const ids: string[] = []
    for (let n = 0; n < 5; n += 1) {
      const { id } = await create({ title: `Paged ${n}`, type: 'minutes' })
      ids.push(id)
    }
    const then = await nextDay()
    const found: string[] = []
    const first = `/v1/agreements?type=minutes&sort=title&limit=2&count=exact&asOf=${then}`
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await read(`${first}${cursor && `&cursor=${cursor}`}`)
      expect(page.total).toBe(5)
      found.push(...page.items.map(({ id }: Agreement) => id))
      await change(`agreements/${ids[found.length - 1]}`, { title: 'Another' })
      await create({ title: 'Paged 3½', type: 'minutes' })
      cursor = page.nextCursor
    }
    expect(found).toEqual(ids)
    const { nextCursor } = await read(first)
    const later = await nextDay()
    expect(await read(`${first.replace(then, later)}&cursor=${nextCursor}`, 400)).toMatchObject({
      code: 'invalid_cursor',
    })
  })

  test('what is not kept of the past cannot be asked for', async () => {
    const then = await nextDay()
    const refused = async (query: string, status = 400) => (await read(`/v1/${query}&asOf=${then}`, status)).errors
    const codes = (errors: { parameter: string; code: string }[]) =>
      errors.map(({ parameter, code }) => `${parameter} ${code}`)
    for (const question of ['agreements?', 'agreements/export?', 'statistics?groupBy=type&']) {
      expect(codes(await refused(`${question}q=floods&warning=one_sided`))).toEqual([
        'q not_with_as_of',
        'warning not_with_as_of',
      ])
    }
    expect(codes(await refused('agreements?sort=relevance'))).toEqual(['sort needs_q'])
    expect(codes((await read('/v1/agreements?asOf=yesterday', 400)).errors)).toEqual(['asOf invalid_format'])
    expect(codes((await read('/v1/agreements?party=NO&asOf=2019-01-01', 400)).errors)).toEqual(['asOf invalid_format'])
    expect(await idsIn('asOf=2019-01-01T00:00:00Z')).toEqual([])
    expect(await idsIn('limit=3&asOf=2999-01-01T00:00:00Z')).toEqual(await idsIn('limit=3'))
  })

  test('an answer is immutable when its instant is two days ago', async () => {
    const then = await nextDay()
    const cacheOf = async (address: string) => (await given.api.get(address).expect(200)).headers['cache-control']
    const questions = ['agreements?', 'statistics?groupBy=type&']
    for (const question of questions) expect(await cacheOf(`/v1/${question}asOf=${then}`)).toBe('no-cache')
    expect(await cacheOf(`/v1/agreements/export?asOf=${then}`)).toBe('no-store')
    await nextDay()
    await nextDay()
    for (const question of [...questions, 'agreements/export?']) {
      expect(await cacheOf(`/v1/${question}asOf=${then}`)).toBe('max-age=86400, immutable')
    }
  })
})

describe('the address of an answer for a citation', () => {
  test('gives the same answer when the register has changed', async () => {
    const one = await create({ type: 'declaration' })
    await create({ type: 'declaration', dates: [{ event: 'signed', date: '2020-01-01' }] })
    await nextDay()
    const position = await read(`/v1/agreements/${one.id}/position?type=declaration`)
    const counted = await read('/v1/statistics?type=declaration&groupBy=party&limit=1')
    const list = await read(position.selection)
    expect(position).toMatchObject({ position: 1, total: 2 })
    expect(position.cite).toContain('asOf=')
    await change(`agreements/${one.id}`, { title: 'Changed' })
    await create({ type: 'declaration', dates: [{ event: 'signed', date: '1990-01-01' }] })
    await nextDay()
    expect(await read(position.cite)).toEqual(position)
    expect(await read(position.selection)).toEqual(list)
    expect({ ...(await read(counted.cite)), nextCursor: counted.nextCursor }).toEqual(counted)
    expect(await read(`/v1/agreements/${one.id}/position?type=declaration`)).toMatchObject({ position: 2, total: 3 })
  })

  test('is null for a search', async () => {
    expect(await read('/v1/statistics?groupBy=type&q=floods')).toMatchObject({ cite: null })
    expect(await read('/v1/statistics?groupBy=type&warning=one_sided')).toMatchObject({ cite: null })
  })
})

describe('versions that were stored before they had listings', () => {
  test('get them from their documents; until then, no question of the past is answered', async () => {
    const before = await listingsOfVersions(given.db)
    expect(before.length).toBeGreaterThan(20)
    await forgetListings(given.db)
    const asked = await given.api.get('/v1/agreements?asOf=2020-01-05T00:00:00Z').expect(503)
    expect(asked.headers['retry-after']).toBe('30')
    expect(asked.body).toMatchObject({ code: 'busy' })
    await read('/v1/agreements')
    while ((await listOldVersions(given.db)) > 0);
    expect(await listingsOfVersions(given.db)).toEqual(before)
    await read('/v1/agreements?asOf=2020-01-05T00:00:00Z')
  })

  test('an upgrade finds them, and keeps what is known of merged bodies', async () => {
    const one = await signedByABody('NO-GONE')
    await signedByABody('NO-STAYS')
    const before = await nextDay()
    await given.api.post('/v1/signatories/NO-GONE/merge').set('If-Match', '*').send({ into: 'NO-STAYS' }).expect(201)
    await publish()
    await given.api.post('/v1/collections').send({ code: 'hidden', name: 'Hidden', listed: false }).expect(201)
    const hidden = await create({ collection: 'hidden' })
    const after = await nextDay()
    for (const statement of [...former, ...migrationStatements('questions_as_of')])
      await given.db.query(sql.raw(statement))
    const [waiting] = await given.db.query<{ count: number; hidden: number }>(sql`
      select count(*)::int as count, count(*) filter (where agreement_id = ${hidden.id})::int as hidden from versions_to_list`)
    expect(waiting!.count).toBeGreaterThan(5)
    expect(waiting!.hidden).toBe(0)
    while ((await listOldVersions(given.db)) > 0);
    expect(await idsIn(`signatory=NO-GONE&asOf=${before}`)).toEqual([one.id])
    expect(await idsIn(`signatory=NO-GONE&asOf=${after}`)).toContain(one.id)
    expect(await idsIn(`signatory=NO-STAYS&asOf=${before}`)).not.toContain(one.id)
    expect(await idsIn(`id=${hidden.id}&asOf=${after}`)).toEqual([])
  })
})
