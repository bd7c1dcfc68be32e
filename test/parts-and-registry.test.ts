import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { actorOf, authHeader } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

const any = ['If-Match', '*'] as const
const create = async (over: object = {}) =>
  (await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)).body
const read = async (address: string, status = 200) => (await register.api.get(address).expect(status)).body

describe('an agreement', () => {
  test('is read as it was written, at the address in Location', async () => {
    const { body, headers } = await register.api
      .post('/v1/agreements')
      .set('X-Change-Note', 'For the files')
      .send(
        anAgreement({
          reference: 'TEST-1',
          term: { length: 'P12M', atEnd: 'renews' },
          alternativeTitles: [{ language: 'ja', title: '洪水研究協定' }],
          identifiers: [{ scheme: 'tias', value: '99-1' }],
          documents: [{ title: 'Text', url: 'https://example.org/text.pdf' }],
          claims: [{ statement: 'It is the first.' }],
          researchDomains: ['ford:1.5', 'THEME:FLOODING'],
        }),
      )
      .expect(201)
    expect(headers).toMatchObject({ location: `/v1/agreements/${body.id}`, etag: expect.stringMatching(/^"1/) })
    expect(await read(headers['location']!)).toEqual(body)
    expect(body).toMatchObject({ version: 1, reference: 'TEST-1', binding: 'unknown', status: 'signed' })
    expect(body.researchDomains.map(({ code }: { code: string }) => code)).toEqual(['1.5', 'flooding'])
    const [version] = (await read(`/v1/agreements/${body.id}/versions`)).items
    expect(version.note).toBe('For the files')
  })

  test('may have a long title in any script, which lists sort by its beginning', async () => {
    for (const title of ['😀'.repeat(2000), `${'a'.repeat(199)}${'𠮷'.repeat(10)}`]) {
      const { id } = await create({ title })
      expect((await read(`/v1/agreements/${id}`)).title).toBe(title)
    }
  })

  test('is replaced, with its parts matched by id: parts without a match are removed', async () => {
    const before = await create({ sources: [{ key: 'a', title: 'A' }] })
    const [first, second] = before.signatories
    const { body } = await register.api
      .put(`/v1/agreements/${before.id}`)
      .set('If-Match', '"1"')
      .send({
        ...anAgreement({ title: 'Another' }),
        signatories: [
          { id: first.id, side: 1, signatory: 'US' },
          { side: 2, signatory: 'JP' },
        ],
        dates: [{ id: before.dates[0].id, event: 'signed', date: '2020' }],
      })
      .expect(200)
    expect(body).toMatchObject({ version: 2, title: 'Another', sources: [], createdAt: before.createdAt })
    expect(body.signatories[0].id).toBe(first.id)
    expect(body.signatories[1].id).not.toBe(second.id)
    expect(body.dates).toMatchObject([
      { id: before.dates[0].id, date: '2020', firstDay: '2020-01-01', lastDay: '2020-12-31' },
    ])
    const other = { ...anAgreement(), dates: [{ id: first.id, event: 'signed', date: '2020' }] }
    const { body: refused } = await register.api
      .put(`/v1/agreements/${before.id}`)
      .set(...any)
      .send(other)
      .expect(422)
    expect(refused.errors).toMatchObject([{ pointer: '/dates/0/id', code: 'unknown_id' }])
  })

  test('is patched field by field: null removes, a term is merged, parts are refused', async () => {
    const { id } = await create({ summary: 'S', term: { length: 'P12M', atEnd: 'renews', renewal: { notice: 'P3M' } } })
    const patch = (body: object, status = 200) =>
      register.api
        .patch(`/v1/agreements/${id}`)
        .set(...any)
        .type('application/merge-patch+json')
        .send(JSON.stringify(body))
        .expect(status)
    const { body } = await patch({ summary: null, term: { renewal: { notice: '6 months' } }, languages: ['en'] })
    expect(body).toMatchObject({ version: 2, summary: null, languages: ['en'] })
    expect(body.term).toMatchObject({
      length: 'P12M',
      atEnd: 'renews',
      renewal: { length: null, most: null, notice: 'P6M' },
    })
    expect((await patch({ languages: null, term: null })).body).toMatchObject({ version: 3, languages: [], term: null })
    expect((await patch({ title: null }, 400)).body.errors).toMatchObject([{ pointer: '/title' }])
    expect((await patch({ dates: [] }, 400)).body.errors).toMatchObject([{ pointer: '/dates', code: 'unknown_field' }])
    const twoEnds = { length: 'P1Y', lastDay: '2026-12-31' }
    expect((await patch({ term: twoEnds }, 422)).body.errors).toMatchObject([{ pointer: '/term/lastDay' }])
  })

  test('has a change note in any script: header bytes are read as UTF-8, otherwise as Latin-1', async () => {
    const { id } = await create()
    const note = async (bytes: Buffer, summary: string) => {
      const headers = { ...authHeader('editor'), 'if-match': '*', 'x-change-note': bytes.toString('latin1') }
      await register.app.inject({ method: 'PATCH', url: `/v1/agreements/${id}`, headers, payload: { summary } })
      return (await read(`/v1/agreements/${id}/versions`)).items[0].note
    }
    expect(await note(Buffer.from('Für die Akten – 협정'), 'A')).toBe('Für die Akten – 협정')
    expect(await note(Buffer.from('Für die Akten', 'latin1'), 'B')).toBe('Für die Akten')
  })

  test('is not published by an edit that changes nothing', async () => {
    const { id, title } = await create()
    const { headers } = await register.api
      .patch(`/v1/agreements/${id}`)
      .set(...any)
      .send({ title })
      .expect(200)
    expect(headers['etag']).toBe('"1"')
  })

  test('must be read before it is changed: 428 without If-Match, 412 with an old or malformed one', async () => {
    const { id } = await create()
    const edit = (tag?: string) => {
      const request = register.api.patch(`/v1/agreements/${id}`).send({ summary: 'New' })
      return tag === undefined ? request : request.set('If-Match', tag)
    }
    expect((await edit().expect(428)).body.code).toBe('precondition_required')
    expect((await edit('"7"').expect(412)).body.code).toBe('stale')
    await edit('W/"7"').expect(412)
    await edit('1').expect(412)
    await edit('"0", "1"').expect(200)
    await register.api.get(`/v1/agreements/${id}`).set('If-None-Match', '"2"').expect(304)
    await register.api.get(`/v1/agreements/${id}`).set('If-None-Match', '"1"').expect(200)
  })

  test('frees its reference and identifiers when deleted, and needs them when restored', async () => {
    const own = { reference: 'TEST-2', identifiers: [{ scheme: 'tias', value: '99-2' }] }
    const { id } = await create(own)
    const twice = await register.api.post('/v1/agreements').send(anAgreement(own)).expect(409)
    expect(twice.body.code).toBe('taken')
    await register.api
      .delete(`/v1/agreements/${id}`)
      .set(...any)
      .expect(204)
    await read(`/v1/agreements/${id}`, 404)
    await register.api
      .patch(`/v1/agreements/${id}`)
      .set(...any)
      .send({})
      .expect(404)
    expect((await read('/v1/agreements?reference=TEST-2')).items).toEqual([])
    const { id: second } = await create(own)
    expect((await register.api.post(`/v1/agreements/${id}/restore`).expect(409)).body.code).toBe('taken')
    await register.api
      .delete(`/v1/agreements/${second}`)
      .set(...any)
      .expect(204)
    expect((await register.api.post(`/v1/agreements/${id}/restore`).expect(200)).body).toMatchObject({
      version: 3,
      ...own,
    })
    await register.api.post(`/v1/agreements/${id}/restore`).expect(200)
  })
})

describe('the dates of an agreement', () => {
  test('compete: a preferred one demotes its rival, and can be deleted only without one', async () => {
    const { id, dates } = await create()
    const address = `/v1/agreements/${id}/dates`
    const rival = await register.api
      .post(address)
      .send({ event: 'signed', date: '2019-03-06', preferred: true })
      .expect(201)
    expect(rival.headers['location']).toBe(`${address}/${rival.body.id}`)
    expect(rival.headers['etag']).toBe('"2"')
    expect(await read(`${address}/${dates[0].id}`)).toMatchObject({ preferred: false })
    const { items } = await read(address)
    expect(items.map((date: { date: string; preferred: boolean }) => [date.date, date.preferred])).toEqual([
      ['2019-03-05', false],
      ['2019-03-06', true],
    ])
    expect(
      (
        await register.api
          .delete(`${address}/${rival.body.id}`)
          .set(...any)
          .expect(409)
      ).body.code,
    ).toBe('refused')
    const back = { event: 'signed', date: '2019-03-05', preferred: true }
    await register.api.put(`${address}/${dates[0].id}`).set('If-Match', '"2"').send(back).expect(200)
    await register.api
      .delete(`${address}/${rival.body.id}`)
      .set(...any)
      .expect(204)
    await register.api
      .delete(`${address}/${rival.body.id}`)
      .set(...any)
      .expect(404)
    await register.api
      .delete(`${address}/${dates[0].id}`)
      .set(...any)
      .expect(204)
    expect(await read(`/v1/agreements/${id}`)).toMatchObject({ dates: [], status: 'unknown' })
  })

  test('have errors with a pointer into the body', async () => {
    const { id, dates } = await create()
    const add = async (body: object, status: number) =>
      (await register.api.post(`/v1/agreements/${id}/dates`).send(body).expect(status)).body.errors
    expect(await add({ event: 'signed', date: '2019-13' }, 400)).toMatchObject([{ pointer: '/date' }])
    expect(await add({ event: 'signd', date: '2019' }, 400)).toMatchObject([
      { pointer: '/event', didYouMean: 'signed' },
    ])
    expect(await add({ event: 'ratified', date: '2019', signatory: 'XXX' }, 422)).toMatchObject([
      { pointer: '/signatory' },
    ])
    expect(await add({ event: 'ratified', date: '2019', source: 'x' }, 422)).toMatchObject([{ pointer: '/source' }])
    expect(await add({ event: 'ratified', date: '2019', preferred: false }, 422)).toMatchObject([
      { pointer: '/preferred' },
    ])
    await register.api
      .put(`/v1/agreements/${id}/dates/${id}`)
      .set(...any)
      .send({ event: 'signed', date: '2019' })
      .expect(404)
    await read(`/v1/agreements/${id}/dates/${id}`, 404)
    expect(dates).toHaveLength(1)
  })

  test('have errors with a pointer into the replacement, or into the agreement for the rest', async () => {
    const { id, signatories, dates } = await create({
      signatories: [
        { side: 1, signatory: 'US' },
        { side: 2, signatory: 'KR' },
        { side: 2, signatory: 'JP' },
      ],
      dates: [
        { event: 'signed', date: '2019-10-23' },
        { event: 'signed', date: '2019-10-24' },
      ],
    })
    const replace = async (part: string, body: object) =>
      (
        await register.api
          .put(`/v1/agreements/${id}/${part}`)
          .set(...any)
          .send(body)
          .expect(422)
      ).body.errors
    const second = `dates/${dates[1].id}`
    expect(await replace(second, { event: 'signed', date: '2019', source: 'x' })).toMatchObject([
      { pointer: '/source', code: 'unknown_source' },
    ])
    expect(await replace(second, { event: 'ratified', date: '2019', preferred: false })).toMatchObject([
      { pointer: '/preferred', code: 'none_preferred' },
    ])
    expect(await replace(`signatories/${signatories[2].id}`, { side: 2, signatory: 'US' })).toMatchObject([
      { pointer: '/signatory', code: 'same_party' },
    ])
    expect(await replace(`signatories/${signatories[0].id}`, { side: 1, signatory: 'JP' })).toMatchObject([
      { pointer: '/signatories/2/signatory', code: 'same_party' },
    ])
    expect(await replace(`signatories/${signatories[0].id}`, { side: 2, signatory: 'KR' })).toMatchObject([
      { pointer: '/signatories', code: 'one_sided' },
    ])
  })
})

describe('the signatories of an agreement', () => {
  test('can be added and deleted, except the last of a side', async () => {
    const { id, signatories } = await create()
    const address = `/v1/agreements/${id}/signatories`
    const added = await register.api.post(address).send({ side: 2, signatory: 'KR', role: 'responsible' }).expect(201)
    expect((await read(address)).items).toHaveLength(3)
    expect((await read('/v1/agreements?party=KR')).items.map((item: { id: string }) => item.id)).toContain(id)
    const taken = await register.api.post(address).send({ side: 2, signatory: 'US' }).expect(422)
    expect(taken.body.errors).toMatchObject([{ pointer: '/signatory', code: 'same_party' }])
    const office = { name: 'A', office: 'Minister' }
    const replaced = { side: 2, signatory: 'JP', representative: office }
    const put = await register.api
      .put(`${address}/${signatories[1].id}`)
      .set(...any)
      .send(replaced)
      .expect(200)
    expect(put.body).toMatchObject({ id: signatories[1].id, representative: office })
    expect(await read(`${address}/${added.body.id}`)).toEqual(added.body)
    await register.api
      .delete(`${address}/${added.body.id}`)
      .set(...any)
      .expect(204)
    expect(
      (
        await register.api
          .delete(`${address}/${signatories[1].id}`)
          .set(...any)
          .expect(409)
      ).body.code,
    ).toBe('refused')
    await register.api
      .delete(`${address}/${id}`)
      .set(...any)
      .expect(404)
    await register.api
      .put(`${address}/${id}`)
      .set(...any)
      .send(replaced)
      .expect(404)
    await read(`${address}/${id}`, 404)
  })
})

describe('the sources and the domains of an agreement', () => {
  test('a source is identified by its key, and cannot be deleted while in use', async () => {
    const { id, dates } = await create()
    const address = `/v1/agreements/${id}/sources`
    await register.api.post(address).send({ key: 'gazette', title: 'A gazette', publishedOn: '2019-03' }).expect(201)
    const again = await register.api.post(address).send({ key: 'gazette', title: 'Another' }).expect(409)
    expect(again.body.errors).toMatchObject([{ pointer: '/key', code: 'taken' }])
    const named = { event: 'signed', date: '2019-03-05', source: 'gazette' }
    await register.api
      .put(`/v1/agreements/${id}/dates/${dates[0].id}`)
      .set(...any)
      .send(named)
      .expect(200)
    expect(
      (
        await register.api
          .delete(`${address}/gazette`)
          .set(...any)
          .expect(409)
      ).body.code,
    ).toBe('in_use')
    await register.api
      .put(`${address}/gazette`)
      .set(...any)
      .send({ title: 'The gazette' })
      .expect(200)
    expect(await read(`${address}/gazette`)).toMatchObject({ key: 'gazette', title: 'The gazette', publishedOn: null })
    expect((await read(address)).items).toHaveLength(1)
    await register.api
      .put(`/v1/agreements/${id}/dates/${dates[0].id}`)
      .set(...any)
      .send({ ...named, source: null })
      .expect(200)
    await register.api
      .delete(`${address}/gazette`)
      .set(...any)
      .expect(204)
    await register.api
      .delete(`${address}/gazette`)
      .set(...any)
      .expect(404)
    await register.api
      .put(`${address}/gazette`)
      .set(...any)
      .send({ title: 'The gazette' })
      .expect(404)
    await read(`${address}/gazette`, 404)
  })

  test('a domain is added by its id or code, only once', async () => {
    const { id } = await create()
    const address = `/v1/agreements/${id}/research-domains`
    const { body, headers } = await register.api
      .put(`${address}/theme:fire`)
      .set(...any)
      .expect(200)
    expect(body).toMatchObject({ code: 'fire', ancestors: [{ code: 'disaster-resilience' }] })
    expect(headers['etag']).toBe('"2"')
    await register.api
      .put(`${address}/${body.id}`)
      .set(...any)
      .expect(200)
      .expect('etag', '"2"')
    expect((await read(address)).items).toEqual([body])
    await register.api
      .put(`${address}/theme:nothing`)
      .set(...any)
      .expect(404)
    await register.api
      .delete(`${address}/theme:fire`)
      .set(...any)
      .expect(204)
    await register.api
      .delete(`${address}/theme:fire`)
      .set(...any)
      .expect(404)
  })
})

describe('the registry of signatories', () => {
  const agency = { code: 'JP-TEST', name: 'Test Agency', kind: 'agency', parent: 'JP' }

  test('adds a body, finds it by any name in any case, and shows its parent', async () => {
    const { body, headers } = await register.api
      .post('/v1/signatories')
      .send({ ...agency, aliases: ['Agence d’Épreuve'], validFrom: '2001' })
      .expect(201)
    expect(headers).toMatchObject({ location: '/v1/signatories/JP-TEST' })
    expect(body).toMatchObject({ version: 1, parent: { code: 'JP' }, party: { code: 'JP' }, validFrom: '2001' })
    expect(await read('/v1/signatories/jp-test')).toEqual(body)
    expect(await read(`/v1/signatories/${body.id}`)).toEqual(body)
    expect((await read('/v1/signatories?q=epreuve%20agence')).items).toEqual([body])
    expect((await read('/v1/signatories?parent=jp&kind=agency')).items).toEqual([body])
    expect((await read('/v1/signatories?q=100%25')).items).toEqual([])
    const again = await register.api.post('/v1/signatories').send(agency).expect(409)
    expect(again.body.errors).toMatchObject([{ pointer: '/code', code: 'taken' }])
    await read('/v1/signatories/NONE', 404)
  })

  test('refuses an agency without a party, and a body that would be its own ancestor', async () => {
    const post = async (body: object, status: number) =>
      (await register.api.post('/v1/signatories').send(body).expect(status)).body
    expect((await post({ ...agency, code: 'X-1', parent: null }, 422)).errors).toMatchObject([
      { pointer: '/parent', code: 'no_party' },
    ])
    await post({ ...agency, code: 'X-1', kind: 'other', parent: null }, 201)
    await post({ ...agency, code: 'X-2', parent: 'X-1' }, 201)
    const cycle = await register.api
      .patch('/v1/signatories/X-1')
      .set(...any)
      .send({ parent: 'X-2' })
      .expect(422)
    expect(cycle.body.errors).toMatchObject([{ pointer: '/parent', code: 'cycle' }])
    await register.api
      .patch('/v1/signatories/X-1')
      .set(...any)
      .send({ parent: 'X-1' })
      .expect(422)
    expect((await post({ ...agency, code: 'x-3' }, 400)).errors).toMatchObject([{ pointer: '/code' }])
  })

  test('publishes the agreements that show a renamed or moved body', async () => {
    const { headers } = await register.api
      .post('/v1/signatories')
      .send({ ...agency, code: 'KR-OLD', parent: 'KR' })
      .expect(201)
    const { id } = await create({
      signatories: [
        { side: 1, signatory: 'US' },
        { side: 2, signatory: 'KR-OLD' },
      ],
    })
    await register.api
      .patch('/v1/signatories/kr-old')
      .set('If-Match', headers['etag']!)
      .send({ name: 'New Name', parent: 'BR' })
      .expect(200)
    const stale = register.api.patch('/v1/signatories/kr-old').set('If-Match', headers['etag']!)
    await stale.send({ name: 'Newer' }).expect(412)
    const waiting = async () => (await read('/readyz')).registryChanges
    await expect.poll(waiting).toBe(1)
    await publishAll(register.db, register.today())
    await expect.poll(waiting).toBe(0)
    const after = await read(`/v1/agreements/${id}`)
    expect(after.signatories[1]).toMatchObject({ signatory: { name: 'New Name' }, party: { code: 'BR' } })
    expect((await read(`/v1/agreements/${id}/versions`)).items[0]).toMatchObject({ version: 2, cause: 'registry' })
    expect((await read('/v1/agreements?pair=BR,US')).items).toHaveLength(1)
    const same = await register.api
      .patch('/v1/signatories/KR-OLD')
      .set(...any)
      .send({ parent: 'US' })
      .expect(422)
    expect(same.body.errors).toMatchObject([{ pointer: '/parent', code: 'same_party' }])
    const used = await register.api
      .delete('/v1/signatories/KR-OLD')
      .set(...any)
      .expect(409)
    expect(used.body.code).toBe('in_use')
  })

  test('permanently deletes a body that nothing uses', async () => {
    await register.api
      .post('/v1/signatories')
      .send({ ...agency, code: 'JP-GONE', name: 'Going' })
      .expect(201)
    const whole = { ...agency, code: 'JP-GONE', name: 'Gone' }
    const put = () =>
      register.api
        .put('/v1/signatories/JP-GONE')
        .set(...any)
        .send(whole)
        .expect(200)
    const { body, headers } = await put()
    expect(body.version).toBe(2)
    const again = await put()
    expect([again.body, again.headers['etag']]).toEqual([body, headers['etag']])
    await register.api
      .patch('/v1/signatories/JP-GONE')
      .set(...any)
      .send({ name: null })
      .expect(400)
    await register.api
      .delete('/v1/signatories/JP-GONE')
      .set(...any)
      .expect(204)
    await register.api
      .delete('/v1/signatories/JP-GONE')
      .set(...any)
      .expect(404)
  })
})

describe('a deletion of a registry entry', () => {
  const deletions = (id: string) =>
    register.db.query(sql`
      select registry, code, actor, note, clock_timestamp() - deleted_at between '0' and '1 hour' as now
      from registry_deletions where entry_id = ${id}`)

  test.each([
    ['signatory', '/v1/signatories', { code: 'GONE-1', name: 'Gone', kind: 'other' }, 'GONE-1'],
    ['research_domain', '/v1/research-domains', { scheme: 'gone', code: '1', label: 'Gone' }, 'gone:1'],
  ])('is recorded with code, actor, time and note: a %s', async (registry, list, entry, code) => {
    const { body, headers } = await register.api.post(list).send(entry).expect(201)
    await register.api
      .delete(`${list}/${code}`)
      .set('If-Match', headers['etag']!)
      .set('X-Change-Note', 'Entered twice')
      .expect(204)
    await register.api.post(list).send(entry).expect(201)
    await register.api
      .delete(`${list}/${code}`)
      .set(...any)
      .expect(204)
    expect(await deletions(body.id)).toEqual([
      { registry, code, actor: actorOf('admin'), note: 'Entered twice', now: true },
    ])
    const again = await register.db.query(sql`select note from registry_deletions where code = ${code} order by id`)
    expect(again).toEqual([{ note: 'Entered twice' }, { note: null }])
  })

  test('is not recorded if it is refused', async () => {
    const { body } = await register.api
      .post('/v1/signatories')
      .send({ code: 'KEPT-1', name: 'Kept', kind: 'other' })
      .expect(201)
    await create({
      signatories: [
        { side: 1, signatory: 'US' },
        { side: 2, signatory: 'KEPT-1' },
      ],
    })
    const remove = () => register.api.delete('/v1/signatories/KEPT-1').set('X-Change-Note', 'Entered twice')
    await remove().set('If-Match', '*').expect(409)
    await remove().set('If-Match', '"old"').expect(412)
    await remove().expect(428)
    await register.anonymous.delete('/v1/signatories/KEPT-1').set('If-Match', '*').expect(401)
    expect(await deletions(body.id)).toEqual([])
    await read('/v1/signatories/KEPT-1')
  })
})

describe('the research domains', () => {
  test('are added, found, changed and deleted within their scheme', async () => {
    const landslides = {
      scheme: 'theme',
      code: 'landslides',
      label: 'Landslides',
      broader: 'theme:disaster-resilience',
    }
    const { body, headers } = await register.api.post('/v1/research-domains').send(landslides).expect(201)
    expect(body.broader).toMatchObject({ code: 'disaster-resilience' })
    await register.api.post('/v1/research-domains').send(landslides).expect(409)
    expect(await read('/v1/research-domains/THEME:landslides')).toEqual(body)
    expect((await read('/v1/research-domains?parent=theme:disaster-resilience&q=land')).items).toEqual([body])
    expect((await read('/v1/research-domains?scheme=ford&limit=200')).items).toHaveLength(48)
    const other = { ...landslides, code: 'x', broader: 'ford:1' }
    expect((await register.api.post('/v1/research-domains').send(other).expect(422)).body.errors).toMatchObject([
      { pointer: '/broader', code: 'other_scheme' },
    ])
    const { id } = await create({ researchDomains: ['theme:landslides'] })
    const address = '/v1/research-domains/theme:landslides'
    await register.api.patch(address).set('If-Match', headers['etag']!).send({ label: 'Land slides' }).expect(200)
    await publishAll(register.db, register.today())
    expect((await read(`/v1/agreements/${id}`)).researchDomains[0].label).toBe('Land slides')
    await register.api
      .patch('/v1/research-domains/theme:disaster-resilience')
      .set(...any)
      .send({ broader: 'theme:landslides' })
      .expect(422)
    await register.api
      .put(address)
      .set(...any)
      .send({ ...landslides, scheme: 'ford' })
      .expect(422)
    await register.api
      .delete(address)
      .set(...any)
      .expect(409)
    await register.api
      .delete(`/v1/agreements/${id}/research-domains/theme:landslides`)
      .set(...any)
      .expect(204)
    await register.api
      .delete(address)
      .set(...any)
      .expect(204)
    await read(address, 404)
  })
})
