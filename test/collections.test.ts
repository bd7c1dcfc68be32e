import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { authHeader } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
const any = ['If-Match', '*'] as const
const list = '/v1/collections'

beforeAll(async () => {
  register = await freshRegister()
})

const read = async (address: string, status = 200) => (await register.api.get(address).expect(status)).body
const add = async (collection: object, status = 201) =>
  (await register.api.post(list).send(collection).expect(status)).body
const agree = async (over: object = {}) =>
  (await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)).body

describe('a collection', () => {
  test('has a code made from its name, and is read by id and by code in any letter case', async () => {
    const { body, headers } = await register.api.post(list).send({ name: 'Treaties in Force of Åland' }).expect(201)
    expect(body).toMatchObject({
      code: 'treaties-in-force-of-aland',
      name: 'Treaties in Force of Åland',
      publisher: null,
      url: null,
      licence: null,
      asOf: null,
      note: null,
      version: 1,
    })
    expect(headers['location']).toBe(`${list}/treaties-in-force-of-aland`)
    expect(await read(`${list}/Treaties-In-Force-Of-ALAND`)).toEqual(body)
    const again = await register.api.get(`${list}/${body.id}`).set('If-None-Match', headers['etag']!)
    expect(again.status).toBe(304)
  })

  test('is replaced and patched under its entity tag', async () => {
    const whole = {
      code: 'edited',
      name: 'Edited list',
      publisher: 'Foreign Office',
      url: 'https://example.org/list',
      licence: 'CC BY 4.0',
      asOf: '2024-02-29',
      note: 'As printed.',
    }
    const { headers } = await register.api.post(list).send(whole).expect(201)
    const patch = (tag: string) =>
      register.api.patch(`${list}/edited`).set('If-Match', tag).send({ note: null, asOf: '2024-12-31' })
    const { body } = await patch(headers['etag']!).expect(200)
    expect(body).toMatchObject({ ...whole, note: null, asOf: '2024-12-31', version: 2 })
    await patch(headers['etag']!).expect(412)
    await register.api.patch(`${list}/edited`).send({ note: 'x' }).expect(428)
    const replaced = await register.api
      .put(`${list}/edited`)
      .set(...any)
      .send({ code: 'edited', name: 'Replaced list' })
      .expect(200)
    expect(replaced.body).toMatchObject({
      code: 'edited',
      name: 'Replaced list',
      publisher: null,
      asOf: null,
      version: 3,
    })
  })

  test.each<[object, string, string]>([
    [{ name: 'A', asOf: '2024-02-30' }, '/asOf', 'invalid'],
    [{ name: 'A', url: 'example.org' }, '/url', 'invalid'],
    [{ name: 'A', code: 'Not A Code' }, '/code', 'invalid'],
    [{ name: ' ' }, '/name', 'invalid'],
    [{ publisher: 'Nobody' }, '/name', 'invalid'],
    [{ name: 'A', address: 'https://example.org' }, '/address', 'unknown_field'],
  ])('is refused with a pointer: %j', async (given, pointer) => {
    expect((await add(given, 400)).errors).toMatchObject([{ pointer }])
  })

  test('is entered once; lists of other publishers or days can have the same name', async () => {
    const given = { name: 'Bilateral treaties', publisher: 'One ministry', asOf: '2024-01-01' }
    const { code } = await add(given)
    const { errors } = await add(given, 409)
    expect(errors).toMatchObject([{ pointer: '/name', code: 'taken', didYouMean: code }])
    expect((await add({ ...given, publisher: 'Another ministry' })).code).toBe('bilateral-treaties-2')
    expect((await add({ ...given, asOf: '2025-01-01' })).code).toBe('bilateral-treaties-3')
    expect((await add({ name: 'Others', code }, 409)).errors).toMatchObject([{ pointer: '/code' }])
  })

  test('is found by words of its name or code, misspelt ones too, on pages in the order of the codes', async () => {
    await add({ code: 'zz-1', name: 'Gazette of the Archipelago' })
    await add({ code: 'zz-2', name: 'Bulletin of the Archipelago' })
    const codes = (items: { code: string }[]) => items.map(({ code }) => code)
    expect(codes((await read(`${list}?q=archipelago`)).items)).toEqual(['zz-1', 'zz-2'])
    expect(await read(`${list}?q=bulletin archipelgo`)).toMatchObject({
      items: [{ code: 'zz-2' }],
      didYouMean: 'bulletin archipelago',
    })
    const first = await read(`${list}?q=archipelago&limit=1&count=exact`)
    expect(first).toMatchObject({ items: [{ code: 'zz-1' }], total: 2 })
    const next = await read(`${list}?q=archipelago&limit=1&count=exact&cursor=${first.nextCursor}`)
    expect(next).toMatchObject({ items: [{ code: 'zz-2' }], nextCursor: null })
  })

  test('is written by editors only', async () => {
    const { code } = await add({ name: 'Written by editors' })
    const writes = (headers: Record<string, string>) => [
      register.anonymous.post(list).set(headers).send({ name: 'By a stranger' }),
      register.anonymous
        .patch(`${list}/${code}`)
        .set(headers)
        .set(...any)
        .send({ note: 'By a stranger' }),
      register.anonymous
        .delete(`${list}/${code}`)
        .set(headers)
        .set(...any),
    ]
    for (const write of writes({})) await write.expect(401)
    for (const write of writes(authHeader('reader'))) await write.expect(403)
    await register.anonymous.get(`${list}/${code}`).expect(200)
  })
})

describe('the collection of an agreement', () => {
  test('is set by id or code at the creation, replaced, patched and cleared', async () => {
    const { id, code, name } = await add({ code: 'set-here', name: 'Set here' })
    expect((await agree()).collection).toBeNull()
    const made = await agree({ collection: 'SET-HERE' })
    expect(made.collection).toEqual({ id, code, name })
    const address = `/v1/agreements/${made.id}`
    const patch = async (collection: string | null, status = 200) =>
      (
        await register.api
          .patch(address)
          .set(...any)
          .send({ collection })
          .expect(status)
      ).body
    expect(await patch(null)).toMatchObject({ collection: null, version: 2 })
    expect(await patch(id)).toMatchObject({ collection: { code }, version: 3 })
    expect(await patch(code)).toMatchObject({ version: 3 })
    const put = (over: object) =>
      register.api
        .put(address)
        .set(...any)
        .send(anAgreement(over))
        .expect(200)
    expect((await put({ collection: id })).body.collection).toEqual({ id, code, name })
    expect((await put({})).body.collection).toBeNull()
    const { items } = await read(`${address}/versions`)
    expect(JSON.stringify(items)).toContain('"/collection')
  })

  test('stays when something else of the agreement changes', async () => {
    await add({ code: 'stays', name: 'Stays' })
    const { id } = await agree({ collection: 'stays' })
    const patch = { summary: 'Changed.' }
    const { body } = await register.api
      .patch(`/v1/agreements/${id}`)
      .set(...any)
      .send(patch)
      .expect(200)
    expect(body.collection.code).toBe('stays')
    await register.api.post(`/v1/agreements/${id}/dates`).send({ event: 'ratified', date: '2020' }).expect(201)
    expect((await read(`/v1/agreements/${id}`)).collection.code).toBe('stays')
    await register.api
      .delete(`/v1/agreements/${id}`)
      .set(...any)
      .expect(204)
    const restored = await register.api.post(`/v1/agreements/${id}/restore`).expect(200)
    expect(restored.body.collection.code).toBe('stays')
  })

  test('that does not exist is refused with the field and a suggestion', async () => {
    await add({ code: 'icelandic-list', name: 'Icelandic list' })
    const unknown = [{ pointer: '/collection', code: 'unknown_code', didYouMean: 'icelandic-list' }]
    const created = await register.api.post('/v1/agreements').send(anAgreement({ collection: 'icelandic-lst' }))
    expect(created.status).toBe(422)
    expect(created.body.errors).toMatchObject(unknown)
    const { id } = await agree()
    const patch = register.api
      .patch(`/v1/agreements/${id}`)
      .set(...any)
      .send({ collection: 'Icelandic list' })
    expect((await patch.expect(422)).body.errors).toMatchObject(unknown)
  })

  test('is reported with the other errors of the request', async () => {
    const signatories = [
      { side: 1, signatory: 'US' },
      { side: 1, signatory: 'ATLANTIS' },
    ]
    const { body } = await register.api
      .post('/v1/agreements')
      .send(anAgreement({ collection: 'no-such-list', signatories }))
      .expect(422)
    const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer)
    expect(pointers).toContain('/collection')
    expect(pointers).toContain('/signatories/1/signatory')
    expect(pointers.length).toBeGreaterThan(2)
  })

  test('is shown under its new name in a new version, with who renamed it and why', async () => {
    await publishAll(register.db, register.today())
    await add({ code: 'renamed', name: 'Renamed' })
    const [one, other] = [await agree({ collection: 'renamed' }), await agree()]
    await register.api
      .patch(`${list}/renamed`)
      .set(...any)
      .set('X-Change-Note', 'A new edition')
      .send({ code: 'renamed-2', name: 'Renamed since' })
      .expect(200)
    expect((await read('/readyz')).registryChanges).toBe(1)
    await publishAll(register.db, register.today())
    expect(await read(`/v1/agreements/${one.id}`)).toMatchObject({
      version: 2,
      collection: { code: 'renamed-2', name: 'Renamed since' },
    })
    const { items } = await read(`/v1/agreements/${one.id}/versions`)
    expect(items[0]).toMatchObject({ version: 2, cause: 'registry', note: 'A new edition' })
    expect((await read(`/v1/agreements/${one.id}/versions/1`)).document.collection.code).toBe('renamed')
    expect((await read(`/v1/agreements/${other.id}`)).version).toBe(1)
  })

  test('is not published again for a change that no agreement shows', async () => {
    await publishAll(register.db, register.today())
    await add({ code: 'noted', name: 'Noted' })
    const { id } = await agree({ collection: 'noted' })
    await register.api
      .patch(`${list}/noted`)
      .set(...any)
      .send({ note: 'Checked', asOf: '2025-01-01' })
      .expect(200)
    expect(await register.db.query(sql`select from registry_changes where registry = 'collection'`)).toEqual([])
    await publishAll(register.db, register.today())
    expect((await read(`/v1/agreements/${id}`)).version).toBe(1)
  })

  test('cannot be deleted while an agreement, deleted ones included, is in it', async () => {
    const { id: collection } = await add({ code: 'in-use', name: 'In use' })
    const { id } = await agree({ collection })
    const remove = () =>
      register.api
        .delete(`${list}/in-use`)
        .set(...any)
        .set('X-Change-Note', 'Entered twice')
    expect((await remove().expect(409)).body).toMatchObject({ code: 'in_use' })
    await register.api
      .delete(`/v1/agreements/${id}`)
      .set(...any)
      .expect(204)
    await remove().expect(409)
    await register.api.post(`/v1/agreements/${id}/restore`).expect(200)
    await register.api
      .patch(`/v1/agreements/${id}`)
      .set(...any)
      .send({ collection: null })
      .expect(200)
    await remove().expect(204)
    await read(`${list}/in-use`, 404)
    const recorded = await register.db.query(
      sql`select registry, code, note from registry_deletions where entry_id = ${collection}`,
    )
    expect(recorded).toEqual([{ registry: 'collection', code: 'in-use', note: 'Entered twice' }])
  })

  test('of an agreement stored before there were collections is null', async () => {
    const { id } = await agree()
    const { document } = (
      await register.db.query<{ document: string }>(sql`select document from agreements where id = ${id}`)
    )[0]!
    const { collection: _, statusBasis: __, statedOn: ___, statusStatements: ____, ...former } = JSON.parse(document)
    for (const table of ['agreements', 'agreement_versions'])
      await register.db.query(
        sql`update ${sql.raw(table)} set document = ${JSON.stringify(former)}, format = 3
          where ${sql.raw(table === 'agreements' ? 'id' : 'agreement_id')} = ${id}`,
      )
    expect(await read(`/v1/agreements/${id}`)).toMatchObject({ collection: null, statusStatements: [] })
    expect((await read(`/v1/agreements/${id}/versions/1`)).document.collection).toBeNull()
  })
})

describe('the filter `collection`', () => {
  let ids: Record<'one' | 'two' | 'none', string>

  beforeAll(async () => {
    const one = await add({ code: 'list-one', name: 'List one' })
    await add({ code: 'list-two', name: 'List two' })
    const term = { length: 'P5Y', atEnd: 'renews', renewal: { length: 'P5Y', notice: 'P6M' } }
    const dates = [
      { event: 'signed', date: '1999-03-05' },
      { event: 'entered_into_force', date: '1999-04-05' },
    ]
    const filed = (collection: string | null) =>
      agree({ collection, term, dates, reference: `FILED-${collection ?? 'nowhere'}` })
    ids = {
      one: (await filed(one.id)).id,
      two: (await filed('list-two')).id,
      none: (await filed(null)).id,
    }
  })

  const idsOf = (items: { id: string }[]) => items.map(({ id }) => id).toSorted()

  test('narrows the list, by code or id, to any of several, and with other filters', async () => {
    const { id } = await read(`${list}/list-one`)
    expect(idsOf((await read('/v1/agreements?collection=List-One')).items)).toEqual([ids.one])
    expect(idsOf((await read(`/v1/agreements?collection=${id}`)).items)).toEqual([ids.one])
    const both = await read('/v1/agreements?collection=list-one&collection=list-two&count=exact')
    expect(idsOf(both.items)).toEqual([ids.one, ids.two].toSorted())
    expect(both.total).toBe(2)
    expect(await read('/v1/agreements?collection=list-one&signedFrom=2000-01-01&count=exact')).toMatchObject({
      items: [],
      total: 0,
    })
    expect(idsOf((await read('/v1/agreements?collection=list-two&signedTo=2000-01-01&sort=title')).items)).toEqual([
      ids.two,
    ])
  })

  test('narrows the export, which has its code in the last column', async () => {
    const { text } = await register.api.get('/v1/agreements/export?collection=list-one').expect(200)
    const lines = text.trim().split('\r\n')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/,collection$/)
    expect(lines[1]).toMatch(/,list-one$/)
    const { body } = await register.api.get('/v1/agreements/export?collection=list-one&format=json').expect(200)
    expect(body.items).toMatchObject([{ id: ids.one, collection: { code: 'list-one' } }])
  })

  test('narrows position, dates, deadlines and statistics', async () => {
    expect(await read(`/v1/agreements/${ids.one}/position?collection=list-one`)).toMatchObject({
      position: 1,
      total: 1,
    })
    await read(`/v1/agreements/${ids.none}/position?collection=list-one`, 404)
    const named = ({ items }: { items: { agreement: { id: string } }[] }) => [
      ...new Set(items.map(({ agreement }) => agreement.id)),
    ]
    expect(named(await read('/v1/dates?collection=list-two'))).toEqual([ids.two])
    expect(named(await read('/v1/deadlines?collection=list-two&from=2026-01-01&to=2036-01-01'))).toEqual([ids.two])
    expect(await read('/v1/statistics?groupBy=type&collection=list-two')).toMatchObject({
      total: 1,
      items: [{ keys: ['agreement'], count: 1, inForce: 1 }],
    })
  })

  test('has a dimension beside it: agreements are counted by collection, those in none under null', async () => {
    const { items, overlapping } = await read('/v1/statistics?groupBy=collection&signedTo=1999-12-31&sort=key')
    expect(overlapping).toBe(false)
    expect(items).toMatchObject([
      { keys: ['list-one'], labels: ['List one'], count: 1 },
      { keys: ['list-two'], labels: ['List two'], count: 1 },
      { keys: [null], labels: [null], count: 1 },
    ])
  })

  test.each(['/v1/agreements', '/v1/agreements/export', '/v1/statistics', '/v1/dates', '/v1/deadlines'])(
    'is refused at %s with a suggestion when no collection has the code',
    async (path) => {
      const query = path === '/v1/statistics' ? 'groupBy=type&' : ''
      const { errors } = await read(`${path}?${query}collection=lst-one`, 400)
      expect(errors).toMatchObject([{ parameter: 'collection', code: 'unknown_code', didYouMean: 'list-one' }])
      const named = await read(`${path}?${query}collection=List one`, 400)
      expect(named.errors).toMatchObject([{ parameter: 'collection', didYouMean: 'list-one' }])
    },
  )
})

describe('a collection that is not listed', () => {
  let id: string
  const own = { reference: 'UNLISTED-1', identifiers: [{ scheme: 'unlisted', value: '1' }] }
  beforeAll(async () => {
    await add({ code: 'unlisted', name: 'Not listed', listed: false })
    const term = { lastDay: '2030-01-01' }
    ;({ id } = await agree({ ...own, collection: 'unlisted', title: 'Zeppelin moorings', term }))
  })

  /** What finds its agreement: its type is `agreement`. */
  const found = async () => {
    const asked: [string, (body: { items: unknown[]; total?: number }) => unknown][] = [
      ['/v1/agreements?q=zeppelin', ({ items }) => items.length],
      [`/v1/agreements?id=${id}&count=exact`, ({ items, total }) => [items.length, total]],
      ['/v1/agreements?reference=UNLISTED-1', ({ items }) => items.length],
      ['/v1/agreements?identifier=unlisted:1', ({ items }) => items.length],
      ['/v1/agreements/export?format=json&collection=unlisted', ({ items }) => items.length],
      ['/v1/dates?collection=unlisted', ({ items }) => items.length],
      ['/v1/deadlines?collection=unlisted&from=2026-01-01&to=2036-01-01', ({ items }) => items.length > 0],
      ['/v1/statistics?groupBy=type&collection=unlisted', ({ total }) => total],
    ]
    const all = await Promise.all(asked.map(async ([address, of]) => [address, of(await read(address))]))
    return Object.fromEntries(all) as Record<string, unknown>
  }
  const nothing = [0, [0, 0], 0, 0, 0, 0, false, 0]
  const everywhere = [1, [1, 1], 1, 1, 1, 1, true, 1]
  const changed = async (collection: object) => {
    await publishAll(register.db, register.today())
    await register.api
      .patch(`${list}/unlisted`)
      .set(...any)
      .set('X-Change-Note', 'On trial')
      .send(collection)
      .expect(200)
    await publishAll(register.db, register.today())
  }

  test('says so; one is listed unless it says otherwise', async () => {
    expect((await read(`${list}/unlisted`)).listed).toBe(false)
    expect((await add({ code: 'listed', name: 'Listed' })).listed).toBe(true)
  })

  test('has agreements that are found by id, reference and identifier only', async () => {
    for (const handle of [id, 'UNLISTED-1', 'unlisted:1']) expect((await read(`/v1/agreements/${handle}`)).id).toBe(id)
    expect((await read(`/v1/agreements/${id}/dates`)).items.length).toBeGreaterThan(0)
    await read(`/v1/agreements/${id}/position`, 404)
    expect((await read(`/v1/agreements/${id}/versions`)).items).toHaveLength(1)
    expect(Object.values(await found())).toEqual(nothing)
    const { items } = await read('/v1/changes?collection=unlisted')
    expect(items).toEqual([])
  })

  test('is listed from then on when it is changed, and the other way round: a version each, with who and why', async () => {
    await changed({ listed: true })
    expect(Object.values(await found())).toEqual(everywhere)
    expect((await read(`/v1/agreements/${id}/position?collection=unlisted`)).total).toBe(1)
    await changed({ listed: false })
    expect(Object.values(await found())).toEqual(nothing)
    const { items } = await read(`/v1/agreements/${id}/versions`)
    expect(items).toMatchObject([
      { version: 3, cause: 'registry', note: 'On trial' },
      { version: 2, cause: 'registry', note: 'On trial' },
      { version: 1 },
    ])
    const told = await read('/v1/changes?collection=unlisted')
    expect(told.items.map(({ version, inSelection }: Record<string, unknown>) => [version, inSelection])).toEqual([
      [2, true],
      [3, false],
    ])
  })

  test('has no part in what becomes of its agreements otherwise: edited, deleted, restored or moved', async () => {
    const at = `/v1/agreements/${id}`
    await register.api
      .patch(at)
      .set(...any)
      .send({ summary: 'Edited' })
      .expect(200)
    await register.api
      .delete(at)
      .set(...any)
      .expect(204)
    await register.api
      .post(`${at}/restore`)
      .set(...any)
      .expect(200)
    expect(Object.values(await found())).toEqual(nothing)
    await register.api
      .patch(at)
      .set(...any)
      .send({ collection: 'listed' })
      .expect(200)
    expect((await read('/v1/agreements?q=zeppelin')).items).toMatchObject([{ id }])
    await register.api
      .patch(at)
      .set(...any)
      .send({ collection: 'unlisted' })
      .expect(200)
    expect(Object.values(await found())).toEqual(nothing)
  })
})
