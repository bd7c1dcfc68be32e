import { parse } from 'csv-parse/sync'
import { sql } from 'drizzle-orm'
import { applyPatch, type Operation } from 'rfc6902'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backlog, publishAll } from '../src/agreements/publication/republish-worker.ts'
import type { FormerDocument } from '../src/agreements/publication/upcast-terms.ts'
import { currentFormat, upcast, upcasters } from '../src/agreements/publication/upcast.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

type Document = Record<string, unknown>

/** The format of the tests' older documents; with the upcaster below it is one less than the current one. */
const former = currentFormat()

/** A shape that an earlier release could have had: `title` was `name`, and `approximate` was missing. */
const inFormerShape = ({ title, approximate: _, ...rest }: Document): Document => ({ name: title, ...rest })
const upcaster = ({ name, ...rest }: FormerDocument): FormerDocument => ({ ...rest, title: name, approximate: false })

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  // A compressed response has another entity tag.
  void register.api.set('Accept-Encoding', 'identity')
  upcasters.push(upcaster)
  return () => upcasters.pop()
})

const read = async (address: string, status = 200) => (await register.api.get(address).expect(status)).body

const rowsOf = (table: 'agreements' | 'agreement_versions', id: string) =>
  register.db.query<{ version: number; format: number; document: string | null }>(
    sql`select version, format, document from ${sql.raw(table)}
      where ${sql.raw(table === 'agreements' ? 'id' : 'agreement_id')} = ${id} order by version`,
  )

/** Replaces the stored documents of an agreement by those of an earlier release. */
async function makeFormer(id: string): Promise<void> {
  for (const { version, document } of await rowsOf('agreement_versions', id)) {
    const text = document && JSON.stringify(inFormerShape(JSON.parse(document)))
    await register.db.query(sql`update agreement_versions set document = ${text}, format = ${former}
      where agreement_id = ${id} and version = ${version}`)
    await register.db.query(sql`update agreements set document = coalesce(${text}, document), format = ${former}
      where id = ${id} and version = ${version}`)
  }
}

/** An agreement with two versions, as responses showed it before its stored documents were replaced. */
async function aFormerAgreement(over: object = {}): Promise<{ id: string; states: Document[] }> {
  const { body: first } = await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)
  const edit = register.api.patch(`/v1/agreements/${first.id}`).set('If-Match', '"1"')
  const { body: second } = await edit.send({ summary: 'Floods.' }).expect(200)
  await makeFormer(first.id)
  return { id: first.id, states: [first, second] }
}

const tagNow = (version: number) => `"${version}-format${former + 1}"`

describe('an agreement whose document is stored in an older format', () => {
  test('is read in the current format, and the stored document does not change', async () => {
    const { id, states } = await aFormerAgreement()
    expect(await read(`/v1/agreements/${id}`)).toEqual(states[1])
    expect((await read(`/v1/agreements/${id}?on=2030-01-01`)).title).toBe(states[1]!['title'])
    expect((await read(`/v1/agreements/${id}/dates`)).items).toEqual(states[1]!['dates'])
    const [row] = await rowsOf('agreements', id)
    expect(row).toMatchObject({ version: 2, format: former })
    expect(JSON.parse(row!.document!)).toEqual(inFormerShape(states[1]!))
  })

  test('has a different entity tag from the published text', async () => {
    const { id } = await aFormerAgreement()
    for (const address of [`/v1/agreements/${id}`, `/v1/agreements/${id}/dates`]) {
      const get = (held: string) => register.api.get(address).set('If-None-Match', held)
      expect((await get('"2"').expect(200)).headers['etag']).toBe(tagNow(2))
      await get(tagNow(2)).expect(304)
    }
  })

  test('has the same shape as others in lists, exports and deadlines', async () => {
    const term = { length: 'P12M', atEnd: 'renews', renewal: { length: 'P12M' } }
    const dates = [{ event: 'entered_into_force', date: '2020-03-31' }]
    const over = { term, dates, researchDomains: ['ford:2.1'] }
    const { states } = await aFormerAgreement({ ...over, title: 'Former' })
    const current = (await register.api.post('/v1/agreements').send(anAgreement({ ...over, title: 'Current' }))).body
    const both = [states[1]!, current].toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const filter = 'researchDomain=ford:2.1'

    for (const sort of ['title', 'updated', '-signed']) {
      const { items } = await read(`/v1/agreements?${filter}&sort=${sort}`)
      expect(items.toSorted((a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1))).toEqual(both)
    }
    expect((await read(`/v1/agreements?${filter}&party=US`)).items).toHaveLength(2)
    const exported = async (format: string) =>
      (await register.app.inject({ url: `/v1/agreements/export?${filter}&format=${format}` })).payload
    const lines = (await exported('ndjson')).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(both)
    const csv: Record<string, string>[] = parse(await exported('csv'), { columns: true })
    expect(csv.map(({ title }) => title)).toEqual(both.map(({ title }) => title))
    const due = await read(`/v1/deadlines?${filter}`)
    const titles = new Set(due.items.map((item: { agreement: { title: string } }) => item.agreement.title))
    expect(titles).toEqual(new Set(['Former', 'Current']))
    const { total } = await read(`/v1/statistics?groupBy=type&${filter}`)
    expect(total).toBe(2)
  })

  test('has its whole history in the current format', async () => {
    const { id, states } = await aFormerAgreement()
    const edit = register.api.patch(`/v1/agreements/${id}`).set('If-Match', tagNow(2))
    const { body: third } = await edit.send({ summary: 'Storms.' }).expect(200)
    const all = [...states, third]
    const { items }: { items: { version: number; publishedAt: string; patch: Operation[] }[] } = await read(
      `/v1/agreements/${id}/versions`,
    )
    const paths = ({ patch }: (typeof items)[number]) => patch.map(({ path }) => path).toSorted()
    expect(items.map(paths)).toEqual([
      ['/summary', '/updatedAt', '/version'],
      ['/summary', '/updatedAt', '/version'],
      [],
    ])
    const replayed = structuredClone(states[0]!)
    for (const { version, publishedAt, patch } of items.toReversed()) {
      applyPatch(replayed, patch)
      expect(replayed).toEqual(all[version - 1])
      expect((await read(`/v1/agreements/${id}/versions/${version}`)).document).toEqual(all[version - 1])
      const latest = items.find((item) => item.publishedAt === publishedAt)!.version
      expect(await read(`/v1/agreements/${id}?asOf=${publishedAt}`)).toEqual(all[latest - 1])
    }
    const stored = await rowsOf('agreement_versions', id)
    expect(stored.map(({ format }) => format)).toEqual([former, former, former + 1])
  })

  test('can be edited with the tag of either format, but not of another version', async () => {
    const { id, states } = await aFormerAgreement()
    const edit = (tag: string, summary: string) =>
      register.api.patch(`/v1/agreements/${id}`).set('If-Match', tag).send({ summary })
    const stale = await edit('"1"', 'Storms.').expect(412)
    expect(stale.headers['etag']).toBe(tagNow(2))
    await edit(`"1-format${former + 1}"`, 'Storms.').expect(412)
    for (const tag of ['"2"', tagNow(2)]) {
      const nothing = await edit(tag, 'Floods.').expect(200)
      expect(nothing.headers['etag']).toBe(tagNow(2))
      expect(nothing.body).toEqual(states[1])
    }
    const edited = await edit('"2"', 'Storms.').expect(200)
    expect(edited.headers['etag']).toBe('"3"')
    expect(edited.body).toEqual({ ...states[1], summary: 'Storms.', version: 3, updatedAt: edited.body.updatedAt })
    await register.api.get(`/v1/agreements/${id}`).set('If-None-Match', '"3"').expect(304)
  })

  test('is published again in the background, once for any number of servers, without an actor', async () => {
    const { id, states } = await aFormerAgreement({
      dates: [{ event: 'entered_into_force', date: '2020' }],
    })
    expect(await read(`/v1/agreements/${id}`)).toEqual({ ...states[1], approximate: false })
    expect((await backlog(register.db, register.today())).formerFormats).toBeGreaterThan(0)
    await Promise.all(Array.from({ length: 4 }, () => publishAll(register.db, register.today())))
    expect((await backlog(register.db, register.today())).formerFormats).toBe(0)
    expect(await publishAll(register.db, register.today())).toBe(0)

    const { headers, body } = await register.api
      .get(`/v1/agreements/${id}`)
      .set('accept-encoding', 'identity')
      .expect(200)
    expect(headers['etag']).toBe('"3"')
    expect(body).toEqual({ ...states[1], approximate: true, version: 3, updatedAt: body.updatedAt })
    const { items } = await read(`/v1/agreements/${id}/versions`)
    expect(items[0]).toMatchObject({ version: 3, operation: 'updated', cause: 'format', actor: null, note: null })
    const told = items[0].patch.map(({ path }: Operation) => path)
    expect(told.toSorted()).toEqual(['/approximate', '/updatedAt', '/version'])
    const stored = await rowsOf('agreement_versions', id)
    expect(stored.map(({ format }) => format)).toEqual([former, former, former + 1])
    expect(JSON.parse(stored[1]!.document!)).toEqual(inFormerShape(states[1]!))
  })

  test('does not change the registry entries that it shows', async () => {
    const signatories = [
      { side: 1, signatory: 'FR' },
      { side: 2, signatory: 'BR' },
    ]
    const { id } = await aFormerAgreement({ signatories })
    const alias = register.api.patch('/v1/signatories/FR').set('If-Match', '*')
    await alias.send({ aliases: ['La France'] }).expect(200)
    await publishAll(register.db, register.today())
    const { items } = await read(`/v1/agreements/${id}/versions`)
    expect(items.map(({ cause }: { cause: string }) => cause)).toEqual(['format', 'edit', 'edit'])
  })

  test('stays deleted, and is restored in the current format', async () => {
    const { body } = await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    await register.api.delete(`/v1/agreements/${body.id}`).set('If-Match', '"1"').expect(204)
    await makeFormer(body.id)
    await publishAll(register.db, register.today())
    await read(`/v1/agreements/${body.id}`, 404)
    const { body: restored } = await register.api.post(`/v1/agreements/${body.id}/restore`).expect(200)
    expect(restored).toEqual({ ...body, version: 3, updatedAt: restored.updatedAt })
    expect(await rowsOf('agreements', body.id)).toMatchObject([{ version: 3, format: former + 1 }])
  })
})

test('an agreement in the current format, or in one of a newer server, is sent as stored', async () => {
  const { body } = await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
  const text = `{"id": "${body.id}",  "later": true}`
  for (const format of [former + 1, former + 2]) {
    await register.db.query(sql`update agreements set document = ${text}, format = ${format} where id = ${body.id}`)
    const answer = await register.api.get(`/v1/agreements/${body.id}`).expect(200)
    expect(answer.text).toBe(text)
    expect(answer.headers['etag']).toBe('"1"')
  }
})

describe('a document that is several formats old', () => {
  const own = upcasters.length
  const step =
    (n: number) =>
    ({ steps, ...rest }: FormerDocument) => ({ ...rest, steps: [...(steps as number[]), n] })
  beforeAll(() => void upcasters.push(step(1), step(2)))
  afterAll(() => void upcasters.splice(-2))

  test('passes through the steps from its own format on, in order', () => {
    const last = own + 1
    expect(upcast({ steps: [] }, last + 1)).toEqual({ steps: [1, 2] })
    expect(upcast({ steps: [] }, last + 2)).toEqual({ steps: [2] })
    expect(upcast({ steps: [] }, last + 3)).toEqual({ steps: [] })
  })
})
