import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { isReserved, reservedTypes, reservedWords } from '../src/agreements/reserved-references.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import { migrationStatements } from './support/migration.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

const created = async (over: object = {}): Promise<Agreement> =>
  (await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)).body
const at = (handle: string, rest = '') => `/v1/agreements/${encodeURIComponent(handle)}${rest}`
const deleted = (id: string) => register.api.delete(at(id)).set('If-Match', '*').expect(204)
const identified = (scheme: string, value: string) => ({ identifiers: [{ scheme, value }] })

/** The statements that a request makes. */
async function statementsOf(request: () => PromiseLike<unknown>): Promise<{ text: string; values: unknown[] }[]> {
  const asked = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await request()
    return asked.mock.calls.map(([statement]) => statement as unknown as { text: string; values: unknown[] })
  } finally {
    asked.mockRestore()
  }
}

const handleSchema = { type: 'string', maxLength: 441, pattern: '^[A-Za-z0-9][^\\u0000]*$' }

interface Described {
  paths: Record<string, Record<string, { parameters?: { name: string; in: string; schema: object }[] }>>
}
const { paths } = JSON.parse(readFileSync(new URL('../openapi/openapi.json', import.meta.url), 'utf8')) as Described

describe('an agreement is found in a path by', () => {
  let whole: Agreement
  beforeAll(async () => {
    whole = await created({
      reference: 'DHS/ST-2019.kr',
      identifiers: [
        { scheme: 'tias', value: '04-0601' },
        { scheme: 'eli', value: 'a/b c' },
      ],
    })
  })

  test.each([
    ['DHS/ST-2019.kr'],
    ['dhs/st-2019.KR'],
    ['tias:04-0601'],
    ['tias:04-601'],
    ['TIAS:TIAS 04–601'],
    ['eli:A/B  C'],
    ['tias: 04-601 '],
  ])('%s', async (handle) => {
    const { body, headers } = await register.api.get(at(handle)).expect(200)
    expect(body).toEqual(whole)
    expect(headers['content-location']).toBe(`/v1/agreements/${whole.id}`)
    const byFilter = handle.includes(':') ? 'identifier' : 'reference'
    const { body: list } = await register.api
      .get('/v1/agreements')
      .query({ [byFilter]: handle })
      .expect(200)
    expect(list.items).toEqual([whole])
  })

  test('its id in capital letters, without Content-Location', async () => {
    const { body, headers } = await register.api.get(at(whole.id.toUpperCase())).expect(200)
    expect([body, headers['content-location']]).toEqual([whole, undefined])
  })

  test('its handle in each operation of its paths, as the OpenAPI document says', async () => {
    const all = Object.entries(paths).filter(([path]) => path.startsWith('/v1/agreements/{id}'))
    expect(all.length).toBeGreaterThan(10)
    for (const [path, operations] of all) {
      for (const [method, { parameters = [] }] of Object.entries(operations)) {
        const parameter = parameters.find(({ name, in: place }) => name === 'id' && place === 'path')
        expect([path, method, parameter?.schema]).toEqual([path, method, handleSchema])
      }
    }
  })

  test('the same answers as by id, from every path that reads', async () => {
    const dateId = whole.dates[0]!.id
    const reads = Object.entries(paths)
      .filter(([path, operations]) => path.startsWith('/v1/agreements/{id}') && operations['get'])
      .map(([path]) => path.replace('{dateId}', dateId).replace('{signatureId}', whole.signatories[0]!.id))
      .filter((path) => !path.includes('{key}'))
      .map((path) => path.replace('{version}', '1'))
    for (const path of reads) {
      const read = (url: string) => register.api.get(url).set('host', 'register.example').expect(200)
      const byId = await read(path.replace('{id}', whole.id))
      const address = path.replace('{id}', encodeURIComponent('DHS/ST-2019.kr'))
      const { body, headers } = await read(`${address}?`)
      expect([path, body, headers['etag']]).toEqual([path, byId.body, byId.headers['etag']])
      expect(headers['content-location']).toBe(path.replace('{id}', whole.id))
      const current = await register.api
        .get(address)
        .set({ host: 'register.example', 'if-none-match': headers['etag']! })
        .expect(304)
      expect(current.headers['content-location']).toBe(path.replace('{id}', whole.id))
    }
  })

  test('links lead on by id, with what was asked', async () => {
    await register.api.patch(at('tias:04-601')).set('If-Match', '*').send({ summary: 'More' }).expect(200)
    const first = await register.api.get(`${at('tias:04-601', '/versions')}?limit=1`).expect(200)
    expect(first.headers['content-location']).toBe(`/v1/agreements/${whole.id}/versions?limit=1`)
    const next = /^<(.*)>; rel="next"$/.exec(first.headers['link'] ?? '')![1]!
    expect(next).toContain(`/v1/agreements/${whole.id}/versions?limit=1&cursor=`)
    expect((await register.api.get(next).expect(200)).body.items[0].version).toBe(1)
  })
})

describe('a write by a handle', () => {
  test('of the whole, of a part, and a deletion', async () => {
    const one = await created({ reference: 'W-1', ...identified('unts', '0017') })
    const patched = await register.api.patch(at('w-1')).set('If-Match', '"1"').send({ summary: 'Floods' }).expect(200)
    expect(patched.body).toMatchObject({ id: one.id, summary: 'Floods' })
    expect(patched.headers['content-location']).toBe(`/v1/agreements/${one.id}`)
    const added = await register.api.post(at('unts:17', '/dates')).send({ event: 'adopted', date: '2019' }).expect(201)
    expect(added.headers['location']).toBe(`/v1/agreements/${one.id}/dates/${added.body.id}`)
    expect(added.headers['content-location']).toBeUndefined()
    const gone = await register.api
      .delete(at('W-1', `/dates/${added.body.id}`))
      .set('If-Match', '*')
      .expect(204)
    expect(gone.headers['content-location']).toBeUndefined()
    await register.api
      .put(at('W-1'))
      .set('If-Match', '"1"')
      .send(anAgreement({ reference: 'W-1' }))
      .expect(412)
    await register.api.delete(at('W-1')).set('If-Match', '*').expect(204)
    await register.api.get(at(one.id)).expect(404)
  })

  test('that renames it answers with the address by id', async () => {
    const one = await created({ reference: 'OLD-NAME' })
    const { headers } = await register.api
      .patch(at('OLD-NAME'))
      .set('If-Match', '*')
      .send({ reference: 'NEW-NAME' })
      .expect(200)
    expect(headers['content-location']).toBe(`/v1/agreements/${one.id}`)
    await register.api.get(at('OLD-NAME')).expect(404)
    await register.api.get(at('NEW-NAME')).expect(200)
  })

  test('with an Idempotency-Key is made once, and its retry has the same answer', async () => {
    await created({ reference: 'RETRIED' })
    const send = () =>
      register.api
        .post(at('RETRIED', '/dates'))
        .set('Idempotency-Key', 'retried-1')
        .send({ event: 'adopted', date: '2019' })
        .expect(201)
    const [first, again] = [await send(), await send()]
    expect(again.body).toEqual(first.body)
    await register.api.patch(at('RETRIED')).set('If-Match', '*').send({ reference: 'RETRIED-2' }).expect(200)
    expect((await send()).body).toEqual(first.body)
  })

  test('nine at once, by three handles, all count', async () => {
    const one = await created({ reference: 'BUSY', ...identified('ats', '12') })
    const handles = ['BUSY', 'ats:12', one.id]
    await Promise.all(
      Array.from({ length: 9 }, (_, i) =>
        register.api
          .post(at(handles[i % 3]!, '/dates'))
          .send({ event: 'adopted', date: '2019', occurrence: i + 1 })
          .expect(201),
      ),
    )
    expect((await register.api.get(at('busy')).expect(200)).body.version).toBe(10)
  })
})

describe('a handle of no agreement is 404, and the answer says what was looked for', () => {
  test.each([
    ['NO-SUCH', 'There is no agreement with the reference `NO-SUCH`.'],
    ['tias:99-9999', 'There is no agreement with the identifier `tias:99-9999`.'],
    [
      'TIAS 99-9999',
      'There is no agreement with the reference `TIAS 99-9999`. An identifier is written with a colon: `tias:99-9999`.',
    ],
    [
      '01a0c451-6218-7549-96ad-388bcf6f4db',
      'There is no agreement with the reference `01a0c451-6218-7549-96ad-388bcf6f4db`. It is not an id either: an id is a UUID, of 8, 4, 4, 4 and 12 hexadecimal digits.',
    ],
    ['01a0c451-6218-7549-96ad-388bcf6f4db3', 'There is no agreement 01a0c451-6218-7549-96ad-388bcf6f4db3.'],
    ['x'.repeat(441), `There is no agreement with the reference \`${'x'.repeat(100)}…\`.`],
  ])('%s', async (handle, detail) => {
    const { body, headers } = await register.api.get(at(handle)).expect(404)
    expect(body).toMatchObject({ code: 'not_found', detail })
    expect(headers['content-location']).toBeUndefined()
  })

  test.each([
    ['a NUL', 'A%00', 400, 'invalid_request'],
    ['something else than a letter or a digit first', '-A', 400, 'invalid_request'],
    ['more than 441 characters', 'x'.repeat(442), 414, 'uri_too_long'],
  ])('%s in it is refused', async (_, handle, status, code) => {
    for (const rest of ['', '/dates', '/versions/1']) {
      expect((await register.api.get(`/v1/agreements/${handle}${rest}`).expect(status)).body.code).toBe(code)
    }
  })
})

describe('of a deleted agreement', () => {
  test('a handle finds its history and restores it, but is 404 elsewhere', async () => {
    const one = await created({ reference: 'GONE', ...identified('kav', '0100') })
    await deleted(one.id)
    for (const rest of ['', '/dates', '/position', '/similar']) await register.api.get(at('GONE', rest)).expect(404)
    await register.api.patch(at('GONE')).set('If-Match', '*').send({ summary: 'No' }).expect(404)
    for (const handle of ['gone', 'kav:100']) {
      expect((await register.api.get(at(handle, '/versions')).expect(200)).body.items).toHaveLength(2)
      expect((await register.api.get(at(handle, '/versions/1')).expect(200)).body.document).toEqual(one)
      const { body } = await register.api.get(at(handle)).query({ asOf: one.updatedAt }).expect(200)
      expect(body).toEqual(one)
    }
    const { body, headers } = await register.api.post(at('kav:100', '/restore')).expect(200)
    expect([body.id, headers['content-location']]).toEqual([one.id, `/v1/agreements/${one.id}`])
  })

  test('a handle that another agreement has since means that one', async () => {
    const one = await created({ reference: 'AGAIN' })
    await deleted(one.id)
    const other = await created({ reference: 'again' })
    expect((await register.api.get(at('AGAIN', '/versions/1')).expect(200)).body.document.id).toBe(other.id)
  })

  test('a handle of several deleted ones is 409, naming each', async () => {
    const ids: string[] = []
    for (let n = 0; n < 2; n += 1) {
      const { id } = await created({ reference: 'TWICE' })
      await deleted(id)
      ids.push(id)
    }
    const { body } = await register.api.post(at('TWICE', '/restore')).expect(409)
    expect(body).toMatchObject({ code: 'ambiguous_handle' })
    expect(body.errors.map((error: { conflictsWith: string }) => error.conflictsWith)).toEqual(
      ids.map((id) => `/v1/agreements/${id}`),
    )
  })
})

test('a handle that fits two agreements, stored before this was refused, is 409 for reads and writes', async () => {
  const one = await created({ reference: 'TWO-1' })
  const two = await created({ ...identified('tias', '5-5') })
  await register.db.query(sql`update agreements set reference_key = 'tias:5-5' where id = ${one.id}`)
  for (const send of [
    register.api.get(at('tias:5-5')),
    register.api.patch(at('tias:5-5')).set('If-Match', '*').send({ summary: 'No' }),
  ]) {
    const { body } = await send.expect(409)
    expect(body.code).toBe('ambiguous_handle')
    expect(body.detail).toBe(
      `Several agreements have the handle \`tias:5-5\`: ${[one.id, two.id].toSorted().join(', ')}. Use the id.`,
    )
  }
  await register.api.get(at(one.id)).expect(200)
})

test('what else is wrong is reported before a handle that no agreement has', async () => {
  await register.api.get(at('NO-SUCH', '/position')).query({ party: 'Atlantis' }).expect(400)
  await register.api.get(at('NO-SUCH', '/versions')).query({ cursor: 'x' }).expect(400)
  await register.api.get(at('NO-SUCH')).query({ on: '2019' }).expect(400)
})

test('a stranger is refused before a handle is looked up', async () => {
  await register.anonymous.delete(at('NO-SUCH')).set('If-Match', '*').expect(401)
})

describe('a reference that is a word of addresses', () => {
  test('each word beside {id} in a path is reserved', async () => {
    const words = Object.keys(paths).flatMap((path) => {
      const [, word] = /^\/v1\/agreements\/([^/{]+)/.exec(path) ?? []
      return word === undefined ? [] : [word]
    })
    expect(words).toContain('export')
    expect(words.filter((word) => !isReserved(word))).toEqual([])
  })

  test.each([
    ['export', 'reserved'],
    ['Export.CSV', 'reserved'],
    ['export.xlsx', 'reserved'],
    ['import', 'reserved'],
    ['01A0c451-6218-7549-96ad-388bcf6f4db3', 'looks_like_id'],
  ])('%s is refused', async (reference, code) => {
    const { body } = await register.api.post('/v1/agreements').send(anAgreement({ reference })).expect(422)
    expect(body.errors).toMatchObject([{ pointer: '/reference', code }])
  })

  test('is refused in an edit', async () => {
    const { id } = await created()
    await register.api.patch(at(id)).set('If-Match', '*').send({ reference: 'export' }).expect(422)
    await register.api
      .put(at(id))
      .set('If-Match', '*')
      .send(anAgreement({ reference: 'export' }))
      .expect(422)
  })

  test('is refused in an import', async () => {
    const mapping = {
      reference: { column: 'no' },
      title: { column: 'title' },
      type: { constant: 'treaty' },
      parties: [
        { column: 'a', side: 1 },
        { column: 'b', side: 2 },
      ],
    }
    const { body } = await register.api
      .post('/v1/imports')
      .field('mapping', JSON.stringify(mapping))
      .attach('file', Buffer.from('no,title,a,b\nexport,Floods,US,KR\n'), 'list.csv')
      .expect(422)
    const rows = await register.api.get(/\/v1\/imports\/\S+refused/.exec(body.detail)![0]).expect(200)
    expect(rows.body.items[0].errors).toMatchObject([{ code: 'reserved' }])
  })

  test('is allowed as a part of a reference', async () => {
    await created({ reference: 'export-2019' })
    await created({ reference: 'export/1' })
    await created({ reference: 'exports.2019' })
  })
})

describe('the migration of stored references', () => {
  const rename = migrationStatements('handles').find((statement) => statement.includes('DO $$'))!

  test('finds what is reserved', async () => {
    const [, pattern] = /reference ~\* '(\^\(\?:all.*)'/.exec(rename)!
    const words = reservedWords.flatMap((word) => [word, ...reservedTypes.map((type) => `${word}.${type}`)])
    const missed = await register.db.query(
      sql`select word from unnest(${sql.param(words)}::text[]) word where not word ~* ${pattern}`,
    )
    expect(missed).toEqual([])
  })

  test('renames them, leaves the others, and has them published again with a note', async () => {
    const stored = ['export', 'EXPORT.csv', '01a0c451-6218-7549-96ad-388bcf6f4db3', 'exported', 'import']
    const all: Agreement[] = []
    for (const reference of stored) {
      const one = await created({ reference: `M-${reference}` })
      if (reference === 'import') await deleted(one.id)
      await register.db.query(
        sql`update agreements set reference = ${reference}, reference_key = lower(${reference}),
          document = replace(document, ${`M-${reference}`}, ${reference}) where id = ${one.id}`,
      )
      all.push(one)
    }
    await created({ reference: 'Export-2' })
    await register.db.query(sql.raw(rename))
    await publishAll(register.db, register.today())
    const after = await Promise.all(all.slice(0, 4).map(({ id }) => register.api.get(at(id)).expect(200)))
    const renamed = ['export-3', 'EXPORT.csv-2', '01a0c451-6218-7549-96ad-388bcf6f4db3-2', 'exported']
    expect(after.map(({ body }) => body.reference)).toEqual(renamed)
    expect(after.map(({ body }) => body.version)).toEqual([2, 2, 2, 1])
    await register.api.get(at('export-3')).expect(200)
    expect((await register.api.get(at('export-3', '/versions')).expect(200)).body.items[0]).toMatchObject({
      cause: 'format',
      note: 'The reference export was changed to export-3, because addresses use it.',
      patch: expect.arrayContaining([{ op: 'replace', path: '/reference', value: 'export-3' }]) as unknown,
    })
    expect(await register.db.query(sql`select from publication_failures`)).toEqual([])
    const restored = await register.api.post(at(all[4]!.id, '/restore')).expect(200)
    expect(restored.body.reference).toBe('import-2')
  })
})

describe('statements', () => {
  test('a read by id makes one, by a handle two', async () => {
    const one = await created({ reference: 'COUNTED', ...identified('ust', '7') })
    const counts: number[] = []
    for (const handle of [one.id, 'COUNTED', 'ust:7']) {
      counts.push((await statementsOf(() => register.anonymous.get(at(handle)).expect(200))).length)
    }
    expect(counts).toEqual([1, 2, 2])
  })

  test.each(['', '/versions'])('a handle is looked up by indexes (%s)', async (rest) => {
    await created({ reference: `INDEXED${rest.replace('/', '-')}`, ...identified('ust', `8${rest.length}`) })
    const address = at(`ust:8${rest.length}`, rest)
    const [lookup] = await statementsOf(() => register.anonymous.get(address).expect(200))
    const client = new pg.Client({ connectionString: register.url })
    await client.connect()
    await client.query('set enable_seqscan = off')
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${lookup!.text}`, lookup!.values)
    await client.end()
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    const ofDeleted = ['agreements_deleted_reference_index', 'agreement_identifiers_inactive_index']
    for (const index of ['agreement_identifiers_key_key', ...(rest ? ofDeleted : [])]) {
      expect(plan).toContain(index)
    }
    expect(plan).not.toContain('Seq Scan')
  })
})
