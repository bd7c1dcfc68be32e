import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { columns } from '../src/export/rows.ts'
import { prepareMapping } from '../src/imports/mapping/prepare.ts'
import { Mapping } from '../src/imports/mapping/schemas.ts'
import { loadSample } from '../src/programs/sample.ts'
import { actorOf, authHeader } from './support/keys.ts'
import { freshRegister, type Register } from './support/register.ts'

let register: Register
const any = ['If-Match', '*'] as const
const list = '/v1/mappings'

beforeAll(async () => {
  register = await freshRegister()
})

const parties = [
  { column: 'Party 1', side: 1 },
  { column: 'Party 2', side: 2 },
]
const aMapping = (over: object = {}) => ({
  title: { column: 'Title' },
  type: { constant: 'agreement' },
  parties,
  ...over,
})

const read = async (address: string, status = 200) => (await register.api.get(address).expect(status)).body
const keep = async (name: string, over: object = {}, status = 201) =>
  (
    await register.api
      .post(list)
      .send({ name, mapping: aMapping(over) })
      .expect(status)
  ).body

describe('a mapping', () => {
  test('is kept under its name as it was sent, and read by it in any letter case', async () => {
    const mapping = aMapping({ unknown: ['n/a'], dates: [{ event: 'signed', date: { column: 'Signed' } }] })
    const { body, headers } = await register.api.post(list).send({ name: 'kept-1', mapping }).expect(201)
    expect(body).toMatchObject({ name: 'kept-1', version: 1, updatedBy: actorOf('admin') })
    expect(body.mapping).toEqual(mapping)
    expect(headers).toMatchObject({ location: `${list}/kept-1`, etag: '"1"' })
    expect(await read(`${list}/KEPT-1`)).toEqual(body)
    await register.api.get(`${list}/kept-1`).set('If-None-Match', '"1"').expect(304)
    await read(`${list}/kept-0`, 404)
  })

  test('is kept once under a name', async () => {
    await keep('once')
    const { code, errors } = await keep('once', {}, 409)
    expect(code).toBe('taken')
    expect(errors).toMatchObject([{ pointer: '/name', code: 'taken' }])
  })

  test('is replaced as a whole under its entity tag', async () => {
    await keep('replaced', { summary: { column: 'Summary' } })
    const put = (tag: string) =>
      register.api
        .put(`${list}/replaced`)
        .set('If-Match', tag)
        .send(aMapping({ reference: { column: 'No' } }))
    const { body, headers } = await put('"1"').expect(200)
    expect(body).toMatchObject({ version: 2, mapping: { reference: { column: 'No' } } })
    expect(body.mapping.summary).toBeUndefined()
    expect(headers['etag']).toBe('"2"')
    await put('"1"').expect(412)
    expect((await put('"2"').expect(200)).body).toEqual(body)
    await register.api.put(`${list}/replaced`).send(aMapping()).expect(428)
    await register.api
      .put(`${list}/not-there`)
      .set(...any)
      .send(aMapping())
      .expect(404)
  })

  test('is deleted under its entity tag, and its name is free then', async () => {
    await keep('deleted')
    await register.api.delete(`${list}/deleted`).expect(428)
    await register.api.delete(`${list}/deleted`).set('If-Match', '"7"').expect(412)
    await register.api.delete(`${list}/deleted`).set('If-Match', '"1"').expect(204)
    await read(`${list}/deleted`, 404)
    expect(await keep('deleted')).toMatchObject({ version: 1 })
  })

  test('is written by editors, and read by readers', async () => {
    await keep('guarded')
    const writes = (headers: Record<string, string>) => [
      register.anonymous.post(list).set(headers).send({ name: 'intruder', mapping: aMapping() }),
      register.anonymous
        .put(`${list}/guarded`)
        .set(headers)
        .set(...any)
        .send(aMapping()),
      register.anonymous
        .delete(`${list}/guarded`)
        .set(headers)
        .set(...any),
    ]
    for (const write of writes({})) await write.expect(401)
    for (const write of writes(authHeader('reader'))) await write.expect(403)
    await register.anonymous.get(`${list}/guarded`).set(authHeader('reader')).expect(200)
    const edited = register.anonymous
      .put(`${list}/guarded`)
      .set(authHeader('editor'))
      .set(...any)
    expect((await edited.send(aMapping({ unknown: ['?'] })).expect(200)).body.updatedBy).toBe(actorOf('editor'))
  })
})

describe('a mapping that cannot be used is refused with the place of each error', () => {
  test.each<[string, object, number, object[]]>([
    ['a field that does not exist', { tittle: { column: 'x' } }, 400, [{ pointer: '/tittle', code: 'unknown_field' }]],
    ['no title', { title: undefined }, 400, [{ pointer: '/title' }]],
    ['no parties', { parties: [] }, 400, [{ pointer: '/parties' }]],
    [
      'an act that does not exist',
      { dates: [{ event: 'signd', date: { column: 'x' } }] },
      400,
      [{ pointer: '/dates/0/event', didYouMean: 'signed' }],
    ],
    [
      'two sources of a text',
      { summary: { column: 'a', constant: 'b' } },
      422,
      [{ pointer: '/summary', code: 'one_source' }],
    ],
    ['no act', { dates: [{ date: { column: 'x' } }] }, 422, [{ pointer: '/dates/0', code: 'one_event' }]],
    [
      'a pattern with lookaround, and a table that it lacks',
      {
        derived: [{ column: 'Title', pattern: '(?=x)(?<a>.)' }],
        tables: { types: { entries: { MoU: 'memorandum_of_understanding' } } },
        type: { column: 'Type', table: 'type' },
      },
      422,
      [
        { pointer: '/type/table', code: 'no_such_table', didYouMean: 'types' },
        { pointer: '/derived/0/pattern', code: 'invalid_pattern' },
      ],
    ],
    [
      'a day that is written in no known way, and a language that is none',
      {
        dates: [
          { event: 'signed', date: { column: 'x', formats: ['yyyy', 'DD.MM.YYYY'] } },
          { event: 'ratified', date: { column: 'x', language: '!' } },
        ],
      },
      422,
      [
        { pointer: '/dates/0/date/formats/1', code: 'invalid_format' },
        { pointer: '/dates/1/date/language', code: 'invalid_format' },
      ],
    ],
  ])('%s', async (_, over, status, errors) => {
    const placed = (at: string) =>
      errors.map((error) => ({ ...error, pointer: at + (error as { pointer: string }).pointer }))
    expect((await keep('refused', over, status)).errors).toMatchObject(placed('/mapping'))
    await keep('to-be-replaced', {}, (await register.api.get(`${list}/to-be-replaced`)).status === 200 ? 409 : 201)
    const put = register.api.put(`${list}/to-be-replaced`).set(...any)
    expect((await put.send(aMapping(over)).expect(status)).body.errors).toMatchObject(placed(''))
    expect((await read(`${list}/to-be-replaced`)).version).toBe(1)
    await read(`${list}/refused`, 404)
  })

  test.each(['Upper', 'with space', '', '-', 'a'.repeat(81)])('the name `%s`', async (name) => {
    expect((await keep(name, {}, 400)).errors).toMatchObject([{ pointer: '/name' }])
  })

  test('a mapping without its name, and one without its content', async () => {
    const { body } = await register.api.post(list).send(aMapping()).expect(400)
    expect(body.errors).toContainEqual(expect.objectContaining({ pointer: '/name' }))
    await register.api.post(list).send({ name: 'empty' }).expect(400)
  })
})

describe('the list of mappings', () => {
  test('is in the order of their names, on pages, each as it is read by itself', async () => {
    const { api } = await freshRegister()
    for (const name of ['b', 'a.1', 'c', 'a-2'])
      await api
        .post(list)
        .send({ name, mapping: aMapping({ description: name }) })
        .expect(201)
    const found: string[] = []
    for (let next = `${list}?limit=3&count=exact`; next !== '';) {
      const { body, headers } = await api.get(next).expect(200)
      expect(body.total).toBe(4)
      for (const item of body.items) expect((await api.get(`${list}/${item.name}`)).body).toEqual(item)
      found.push(...body.items.map(({ name }: { name: string }) => name))
      next = /<(.*)>/.exec(headers['link'] ?? '')?.[1] ?? ''
    }
    expect(found).toHaveLength(4)
    expect(found.slice(2)).toEqual(['b', 'c'])
    await api.get(`${list}?page=2`).expect(400)
  })

  test('has pages of at most 4 MB, unless a single mapping is larger', async () => {
    const { api } = await freshRegister()
    const entries = Object.fromEntries(Array.from({ length: 475 }, (_, i) => [`${i} ${'x'.repeat(1800)}`, 'other']))
    const tables = { types: { entries }, bindings: { entries } }
    for (const name of ['large-1', 'large-2', 'large-3', 'large-4'])
      await api
        .post(list)
        .send({ name, mapping: aMapping({ tables }) })
        .expect(201)
    const { body } = await api.get(list).expect(200)
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['large-1', 'large-2'])
    const { body: rest } = await api.get(`${list}?cursor=${body.nextCursor}`).expect(200)
    expect(rest.items.map(({ name }: { name: string }) => name)).toEqual(['large-3', 'large-4'])
  })
})

test('the mappings in docs/examples can be kept', async () => {
  const folder = new URL('../docs/examples/', import.meta.url)
  const files = readdirSync(folder).filter((file) => file.endsWith('.mapping.json'))
  expect(files.length).toBeGreaterThan(3)
  for (const file of files) {
    const mapping = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
    const name = file.replace('.mapping.json', '')
    const { body } = await register.api.post(list).send({ name, mapping }).expect(201)
    expect(body.mapping).toEqual(mapping)
  }
})

test('the mapping `csv-export` of the sample register fits the columns of an export', async () => {
  const sample = await freshRegister()
  await loadSample(sample.db, '2026-01-01')
  const { body } = await sample.api.get(`${list}/csv-export`).expect(200)
  expect(prepareMapping(Mapping.parse(body.mapping), columns).lacking).toEqual([])
})
