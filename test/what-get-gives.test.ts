import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { AgreementReplacement, type Agreement } from '../src/agreements/schemas.ts'
import { anAgreement, freshRegister, leastMapping, type Register } from './support/register.ts'

type Json = Record<string, unknown>

let register: Register
let whole: Agreement
/** The addresses of one of each kind of resource that has GET and PUT. */
let addresses: Record<string, string>

const create = async (path: string, body: object) => {
  const answer = await register.api.post(path).send(body)
  expect(answer.status, answer.text).toBe(201)
  return answer.body
}
const created = (over: object = {}): Promise<Agreement> => create('/v1/agreements', anAgreement(over))
const at = (id: string, rest = '') => `/v1/agreements/${id}${rest}`

beforeAll(async () => {
  register = await freshRegister()
  const { code } = await create('/v1/collections', { code: 'a-list', name: 'A list', asOf: '2025-01-31' })
  await create('/v1/research-domains', { scheme: 'theme', code: 'mud', label: 'Mud', broader: 'theme:flooding' })
  await create('/v1/signatories', {
    code: 'KR-MUD',
    name: 'Office of Mud',
    kind: 'agency',
    parent: 'KR',
    names: [{ language: 'fr', name: 'Bureau de la boue', source: null }],
    identifiers: [{ scheme: 'wikidata', value: 'Q1' }],
    predecessors: [{ signatory: 'EUROPEAN-COMMUNITY', date: '2019', kind: 'separation' }],
  })
  await create('/v1/mappings', { name: 'mud', mapping: leastMapping })
  const webhook = await create('/v1/webhooks', { url: 'https://example.org/mud' })
  await created({ reference: 'FRAME' })
  await created({ reference: 'OTHER' })
  whole = await created({
    reference: 'WHOLE',
    alternativeTitles: [{ language: 'ko', title: '홍수' }],
    summary: 'Floods',
    languages: ['en', 'ko'],
    entryIntoForce: { on: 'signature', delay: '1 month' },
    term: { length: '5 years', atEnd: 'renews', renewal: { notice: 'P3M' }, exit: {}, endsWith: 'FRAME' },
    collection: code,
    identifiers: [{ scheme: 'TIAS', value: 'TIAS 04-0601' }],
    documents: [{ title: 'Text', url: 'https://example.org/a' }],
    relations: [{ kind: 'supersedes', agreement: 'OTHER' }],
    claims: [{ statement: 'The first', source: 'list' }],
    statusStatements: [{ status: 'in_force', on: '2025-01-31', source: 'list' }],
    signatories: [
      { side: 1, signatory: 'US', representative: { name: 'Jane Doe' } },
      { side: 2, signatory: 'kr-mud', source: 'list' },
      { side: 2, signatory: 'JP', role: 'witnessed' },
    ],
    dates: [
      { event: 'extended', date: '2024', extension: { length: 'P1Y' } },
      { event: 'signed', date: '2019-03-05', source: 'list' },
      { event: 'signed', date: '2019-03', signatory: 'US' },
      { event: 'signed', date: '2019-03-06' },
      { event: 'amended', date: '2022-01~', effectiveDate: '2022-02-01', term: { length: 'P6Y' } },
    ],
    researchDomains: ['theme:mud', 'ford:2.1'],
    sources: [{ key: 'list', title: 'A list', publishedOn: '2025' }],
  })
  addresses = {
    agreement: at(whole.id),
    date: at(whole.id, `/dates/${whole.dates[0]!.id}`),
    signature: at(whole.id, `/signatories/${whole.signatories[1]!.id}`),
    source: at(whole.id, '/sources/list'),
    signatory: '/v1/signatories/KR-MUD',
    domain: '/v1/research-domains/theme:mud',
    collection: '/v1/collections/a-list',
    mapping: '/v1/mappings/mud',
    webhook: `/v1/webhooks/${webhook.id}`,
  }
  await publishAll(register.db, register.today())
})

const read = async (address: string): Promise<{ body: Json; etag: string; text: string }> => {
  const { body, headers, text } = await register.api.get(address).expect(200)
  return { body, etag: headers['etag']!, text }
}
const put = (address: string, body: object | string, etag = '*') =>
  register.api.put(address).set('If-Match', etag).set('Content-Type', 'application/json').send(body)

const kinds = ['agreement', 'date', 'signature', 'source', 'signatory', 'domain', 'collection', 'mapping', 'webhook']

test('each path of the OpenAPI document with GET and PUT is tried here', () => {
  const document = readFileSync(new URL('../openapi/openapi.json', import.meta.url), 'utf8')
  const { paths } = JSON.parse(document) as { paths: Record<string, Json> }
  const both = Object.entries(paths).filter(([, { get, put }]) => get && put)
  expect(both).toHaveLength(kinds.length)
})

describe.each(kinds)('%s:', (kind) => {
  test('what GET gives is accepted by PUT, and changes nothing', async () => {
    const given = await read(addresses[kind]!)
    const answer = await put(addresses[kind]!, given.text, given.etag).expect(200)
    expect([answer.text, answer.headers['etag']]).toEqual([given.text, given.etag])
    await publishAll(register.db, register.today())
    expect(await read(addresses[kind]!)).toEqual(given)
  })

  test('with one field edited, only that is changed', async () => {
    const given = await read(addresses[kind]!)
    const edits: Record<string, Json> = {
      agreement: { summary: 'Mud' },
      date: { place: 'Seoul' },
      signature: { representative: { name: 'John Doe', office: null } },
      source: { title: 'Another list' },
      signatory: { aliases: ['Mud'] },
      domain: { label: 'Sludge' },
      collection: { note: 'Mended' },
      webhook: { description: 'Mended' },
      mapping: { mapping: { ...(given.body['mapping'] as object), summary: { column: 'about' } } },
    }
    const { body } = await put(addresses[kind]!, { ...given.body, ...edits[kind] }, given.etag).expect(200)
    const after = { ...given.body, ...edits[kind] }
    const own = ['version', 'updatedAt', 'updatedBy']
    const rest = (json: Json) => Object.fromEntries(Object.entries(json).filter(([name]) => !own.includes(name)))
    expect(rest(body)).toMatchObject(rest(after))
    expect((await read(addresses[kind]!)).etag).not.toBe(given.etag)
  })
})

describe('a field that the register sets', () => {
  test('of an agreement must be as it is: each is named', async () => {
    const { body } = await read(addresses['agreement']!)
    const computed = Object.keys(body).filter((name) => !(name in AgreementReplacement.shape))
    expect(computed).toContain('status')
    const changed = Object.fromEntries(computed.map((name) => [name, 'other']))
    const { body: answer } = await put(addresses['agreement']!, { ...body, ...changed }).expect(422)
    expect(answer.errors).toMatchObject(computed.map((name) => ({ pointer: `/${name}`, code: 'computed' })))
  })

  test('says what it is', async () => {
    const { body } = await read(addresses['agreement']!)
    const { body: answer } = await put(addresses['agreement']!, { ...body, version: 1000 }).expect(422)
    expect(answer.errors[0].message).toBe(
      `\`version\` is set by the register: leave it out, or send it unchanged. It is \`${String(body['version'])}\`.`,
    )
  })

  test('may be left out, each alone', async () => {
    const { text, etag, body } = await read(addresses['agreement']!)
    const { warnings: _, createdAt: __, statusSince: ___, ...rest } = body
    expect((await put(addresses['agreement']!, rest, etag).expect(200)).text).toBe(text)
  })

  test.each([
    ['agreement', '/dates/0/firstDay', (body: Json) => ((body['dates'] as Json[])[0]!['firstDay'] = '1999-01-01')],
    ['agreement', '/signatories/1/party', (body: Json) => ((body['signatories'] as Json[])[1]!['party'] = null)],
    ['date', '/id', (body: Json) => (body['id'] = whole.dates[1]!.id)],
    ['date', '/firstDay', (body: Json) => (body['firstDay'] = null)],
    ['signature', '/ancestors', (body: Json) => (body['ancestors'] = [])],
    ['source', '/key', (body: Json) => (body['key'] = 'other')],
    ['signatory', '/successors', (body: Json) => (body['successors'] = null)],
    ['domain', '/id', (body: Json) => (body['id'] = whole.id)],
    ['collection', '/createdAt', (body: Json) => (body['createdAt'] = '2020-01-01T00:00:00Z')],
    ['mapping', '/name', (body: Json) => (body['name'] = 'sludge')],
    ['webhook', '/createdAt', (body: Json) => (body['createdAt'] = '2020-01-01T00:00:00Z')],
  ])('of a %s too: %s', async (kind, pointer, change) => {
    const { body } = await read(addresses[kind]!)
    change(body)
    const { body: answer } = await put(addresses[kind]!, body).expect(422)
    expect(answer.errors).toMatchObject([{ pointer, code: 'computed' }])
  })

  test('is compared by the id of its item, whatever the order', async () => {
    const { body, text, etag } = await read(addresses['agreement']!)
    const reordered = { ...body, dates: (body['dates'] as Json[]).toReversed() }
    expect((await put(addresses['agreement']!, reordered, etag).expect(200)).text).toBe(text)
  })

  test('must be left out of a new item', async () => {
    const { body } = await read(addresses['agreement']!)
    const dates = body['dates'] as Json[]
    const added: Json = { ...dates[0], occurrence: 7, preferred: true }
    delete added['id']
    const { body: answer } = await put(addresses['agreement']!, { ...body, dates: [...dates, added] }).expect(422)
    expect(answer.errors).toContainEqual(expect.objectContaining({ pointer: `/dates/${dates.length}/firstDay` }))
  })

  test('is unknown in POST and PATCH, as before', async () => {
    await register.api
      .post('/v1/agreements')
      .send({ ...anAgreement(), status: 'in_force' })
      .expect(400)
    await register.api.patch(addresses['agreement']!).set('If-Match', '*').send({ version: 1 }).expect(400)
  })
})

describe('the object that GET shows is taken where an id or a code is', () => {
  const signatory = async (code: string) => {
    const { id, name, kind } = (await read(`/v1/signatories/${code}`)).body
    return { id, code, name, kind }
  }

  test('in POST, PATCH and the parts', async () => {
    const { body } = await read(addresses['agreement']!)
    const [us, jp] = [await signatory('US'), await signatory('JP')]
    const one = await created({
      collection: body['collection'],
      researchDomains: body['researchDomains'],
      signatories: [
        { side: 1, signatory: us },
        { side: 2, signatory: { code: 'jp' } },
      ],
    })
    expect(one).toMatchObject({ collection: body['collection'], researchDomains: body['researchDomains'] })
    expect(one.signatories).toMatchObject([{ signatory: us }, { signatory: jp }])
    const date = await create(at(one.id, '/dates'), { event: 'adopted', date: '2019', signatory: jp })
    expect(date.signatory).toEqual(jp)
    await register.api.patch(at(one.id)).set('If-Match', '*').send({ collection: null }).expect(200)
    const { collection } = body
    const patched = await register.api.patch(at(one.id)).set('If-Match', '*').send({ collection }).expect(200)
    expect(patched.body.collection).toEqual(collection)
  })

  test('in the registries', async () => {
    const { body } = await read('/v1/signatories/KR-MUD')
    const added = { name: 'Office of Silt', kind: 'agency', parent: body['parent'], predecessors: body['predecessors'] }
    expect(await create('/v1/signatories', added)).toMatchObject({ parent: body['parent'] })
    const send = { parent: await signatory('JP') }
    const patched = await register.api.patch('/v1/signatories/KR-MUD').set('If-Match', '*').send(send).expect(200)
    expect(patched.body.parent.code).toBe('JP')
    await put('/v1/signatories/KR-MUD', {
      ...body,
      version: patched.body.version,
      updatedAt: patched.body.updatedAt,
    }).expect(422)
    const back = { parent: body['parent'] }
    await register.api.patch('/v1/signatories/KR-MUD').set('If-Match', '*').send(back).expect(200)
    const { body: domain } = await read('/v1/research-domains/theme:mud')
    const below = await create('/v1/research-domains', { scheme: 'theme', label: 'Silt', broader: domain['broader'] })
    expect(below.broader).toEqual(domain['broader'])
  })

  test('a parent by its id, or in another letter case, is the same parent', async () => {
    const { body, text, etag } = await read('/v1/signatories/KR-MUD')
    const { id } = body['parent'] as { id: string }
    for (const parent of [id, 'kr']) {
      expect((await put('/v1/signatories/KR-MUD', { ...body, parent }, etag).expect(200)).text).toBe(text)
    }
  })

  test.each([
    ['an id and a code of two', { code: 'JP' }, '/signatories/0/signatory/code', 'contradiction', 422],
    ['another name', { name: 'America' }, '/signatories/0/signatory/name', 'computed', 422],
    ['an unknown field', { colour: 'red' }, '/signatories/0/signatory', 'invalid_type', 400],
    ['an id that is none', { id: 7 }, '/signatories/0/signatory', 'invalid_type', 400],
    [
      'an id of nothing',
      { id: '01a0c452-2000-7000-8000-00000000dead' },
      '/signatories/0/signatory',
      'unknown_code',
      422,
    ],
  ])('but not with %s', async (_, change, pointer, code, status) => {
    const signatories = [
      { side: 1, signatory: { ...(await signatory('US')), ...change } },
      { side: 2, signatory: 'JP' },
    ]
    const { body } = await register.api.post('/v1/agreements').send(anAgreement({ signatories })).expect(status)
    expect(body.errors).toMatchObject([{ pointer, code }])
  })

  test('as the agreement shows it, while a new name has not reached it yet', async () => {
    const name = async (name: string) =>
      register.api.patch('/v1/signatories/KR-MUD').set('If-Match', '*').send({ name }).expect(200)
    await name('Ministry of Mud')
    const given = await read(addresses['agreement']!)
    expect((await put(addresses['agreement']!, given.text, given.etag).expect(200)).headers['etag']).toBe(given.etag)
    await publishAll(register.db, register.today())
    await put(addresses['agreement']!, given.text, given.etag).expect(412)
    await put(addresses['agreement']!, given.text).expect(422)
  })
})

test('a publication by the clock between GET and PUT is 412, and the new answer is accepted', async () => {
  const { id } = await created({ dates: [{ event: 'signed', date: '2026-03-01' }] })
  const before = await read(at(id))
  register.setToday('2026-03-02')
  await publishAll(register.db, register.today())
  await put(at(id), before.text, before.etag).expect(412)
  const { body } = await put(at(id), before.text).expect(422)
  expect(body.errors).toContainEqual(expect.objectContaining({ pointer: '/status', code: 'computed' }))
  const after = await read(at(id))
  expect((await put(at(id), after.text, after.etag).expect(200)).text).toBe(after.text)
})

test('keys that an earlier release stored stay, and are not written again', async () => {
  const one = await created({ reference: 'Key-1', identifiers: [{ scheme: 'tias', value: '007' }] })
  await created({ reference: 'key-2', identifiers: [{ scheme: 'tias', value: '8' }] })
  await register.db.query(sql`update agreements set reference_key = 'Key-1' where id = ${one.id}`)
  await register.db.query(sql`update agreement_identifiers set key = '007' where agreement_id = ${one.id}`)
  const given = await read(at(one.id))
  expect((await put(at(one.id), given.text, given.etag).expect(200)).headers['etag']).toBe(given.etag)
  await put(at(one.id), { ...given.body, summary: 'Mud' }, given.etag).expect(200)
  const rows = await register.db.query(sql`
    select reference_key, key from agreements a join agreement_identifiers on agreement_id = a.id where a.id = ${one.id}`)
  expect(rows).toEqual([{ reference_key: 'Key-1', key: '007' }])
})
