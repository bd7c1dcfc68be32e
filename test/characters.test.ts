import { beforeAll, describe, expect, test } from 'vitest'
import { operations, violationOf } from './support/fuzz/document.ts'
import { authHeader } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

/** One character, two UTF-16 units, four bytes. */
const rare = '𠮷'
const read = async (address: string, status = 200) => (await register.api.get(address).expect(status)).body

describe('a change note', () => {
  const patch = async (note: Buffer) => {
    const { body } = await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    const headers = { ...authHeader('editor'), 'if-match': '*', 'x-change-note': note.toString('latin1') }
    const payload = { summary: 'Changed' }
    const answer = await register.app.inject({ method: 'PATCH', url: `/v1/agreements/${body.id}`, headers, payload })
    return { status: answer.statusCode, body: answer.json(), address: `/v1/agreements/${body.id}/versions` }
  }

  test.each(['협', rare, 'é', '\uFFFD', 'a'])('may have at most 500 characters, such as %s', async (character) => {
    const { status, address } = await patch(Buffer.from(character.repeat(500)))
    expect(status).toBe(200)
    expect((await read(address)).items[0].note).toBe(character.repeat(500))
    const { body } = await patch(Buffer.from(character.repeat(501)))
    expect(body).toMatchObject({
      code: 'invalid_request',
      errors: [{ parameter: 'x-change-note', message: 'Must be at most 500 characters.' }],
    })
  })

  test('may have at most 500 characters in Latin-1 too', async () => {
    const { status, address } = await patch(Buffer.from('é'.repeat(500), 'latin1'))
    expect(status).toBe(200)
    expect((await read(address)).items[0].note).toBe('é'.repeat(500))
    expect((await patch(Buffer.from('é'.repeat(501), 'latin1'))).status).toBe(400)
  })
})

describe('a change note in the form of RFC 8187', () => {
  const change = async (note: string, status = 200) => {
    const { body } = await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    const answer = await register.api
      .patch(`/v1/agreements/${body.id}`)
      .set({ 'If-Match': '*', 'X-Change-Note': note })
      .send({ summary: 'Changed' })
      .expect(status)
    return status === 200 ? (await read(`/v1/agreements/${body.id}/versions`)).items[0].note : answer.body.errors
  }

  test.each([
    ["UTF-8''%ED%95%9C", '한'],
    ["utf-8'ko'%ed%95%9c", '한'],
    [`UTF-8''${encodeURIComponent(`100% (it's ${rare}) *!`)}`, `100% (it's ${rare}) *!`],
    ["UTF-8''UTF-8''%41", "UTF-8''A"],
    ["UTF-8''UTF-8%27%27%2541", "UTF-8''%41"],
    [`UTF-8''${'%F0%A0%AE%B7'.repeat(500)}`, rare.repeat(500)],
    ["UTF-8''", null],
    ["UTF-8''%20", null],
    ["UTF-16''%41", "UTF-16''%41"],
    ['UTF-8 is used', 'UTF-8 is used'],
    ['%ED%95%9C', '%ED%95%9C'],
  ])('%s is stored and shown as text', async (note, text) => {
    expect(await change(note)).toBe(text)
  })

  test.each([
    "UTF-8''%",
    "UTF-8''%4",
    "UTF-8''%zz",
    "UTF-8''%FF",
    "UTF-8''a b",
    "UTF-8'%41",
    "UTF-8''%00",
    "UTF-8''%0A",
  ])('%s is malformed: 400 says what must be sent', async (note) => {
    expect(await change(note, 400)).toMatchObject([
      { parameter: 'x-change-note', message: expect.stringContaining("such as `UTF-8''%ED%98%91%EC%A0%95`") },
    ])
  })

  test('has at most 500 characters when decoded', async () => {
    expect(await change(`UTF-8''${'%ED%95%9C'.repeat(501)}`, 400)).toMatchObject([
      { parameter: 'x-change-note', message: 'Must be at most 500 characters.' },
    ])
  })
})

describe('characters of two UTF-16 units count once, as in the OpenAPI document', () => {
  const long = (length: number, begin = ''): string => begin + rare.repeat(length - begin.length)
  const source = 'source'
  const whole = (over: number) => {
    const text = (length: number, begin?: string) => long(length + over, begin)
    const url = text(2000, 'https://example.org/')
    return anAgreement({
      title: text(2000),
      summary: text(20_000),
      alternativeTitles: [{ language: 'ja', title: text(2000) }],
      identifiers: [{ scheme: 'long', value: text(200) }],
      documents: [{ title: text(500), url }],
      claims: [{ statement: text(2000), note: text(2000) }],
      signatories: [
        { side: 1, signatory: 'US', representative: { name: text(300), office: text(500) } },
        { side: 2, signatory: 'JP' },
      ],
      dates: [{ event: 'signed', date: '2019-03-05', place: text(300), note: text(2000), source }],
      sources: [{ key: source, title: text(500), publisher: text(300), url, quote: text(5000) }],
    })
  }

  test('in the fields of an agreement: values of maximum length are stored and found, longer ones are refused', async () => {
    const [[, schema] = []] = operations.find(({ id }) => id === 'createAgreement')!.bodies
    expect(violationOf(schema!, whole(0))).toBeUndefined()
    const { body } = await register.api.post('/v1/agreements').send(whole(0)).expect(201)
    expect(await read(`/v1/agreements/${body.id}`)).toMatchObject(
      (({ title, documents, sources, identifiers }) => ({ title, documents, sources, identifiers }))(
        whole(0) as Record<string, unknown>,
      ),
    )
    const { items } = await read(`/v1/agreements?identifier=${encodeURIComponent(long(205, 'long:'))}`)
    expect(items).toMatchObject([{ id: body.id }])
    const { body: refused } = await register.api.post('/v1/agreements').send(whole(1)).expect(400)
    expect(refused.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual(
      [
        '/alternativeTitles/0/title',
        '/claims/0/note',
        '/claims/0/statement',
        '/dates/0/note',
        '/dates/0/place',
        '/documents/0/title',
        '/documents/0/url',
        '/identifiers/0/value',
        '/signatories/0/representative/name',
        '/signatories/0/representative/office',
        '/sources/0/publisher',
        '/sources/0/quote',
        '/sources/0/title',
        '/sources/0/url',
        '/summary',
        '/title',
      ].toSorted(),
    )
  })

  test('in the names of bodies and domains', async () => {
    const name = long(300)
    const body = {
      code: 'LONG',
      name,
      kind: 'other',
      aliases: [name],
      identifiers: [{ scheme: 'x', value: long(200) }],
    }
    await register.api.post('/v1/signatories').send(body).expect(201)
    await register.api
      .post('/v1/signatories')
      .send({ ...body, name: long(301) })
      .expect(400)
    await register.api.post('/v1/research-domains').send({ scheme: 'long', label: name, code: 'x' }).expect(201)
    await register.api
      .post('/v1/research-domains')
      .send({ scheme: 'long', label: long(301) })
      .expect(400)
  })

  /** The longest value of a query parameter that the document accepts, if it accepts such characters and they name nothing. */
  const longest = operations.flatMap(({ id, method, path, parameters }) =>
    parameters.flatMap(({ name, in: place, schema }) => {
      const { maxLength } = schema.items ?? schema
      if (method !== 'GET' || place !== 'query' || maxLength === undefined || path.includes('{')) return []
      if (name === 'collection') return []
      const values = ['', 'x:'].map((begin) => long(maxLength, begin))
      const value = values.find((text) => violationOf(schema.items ?? schema, text) === undefined)
      return value === undefined ? [] : [{ id, path, name, value }]
    }),
  )

  test.each(longest)('in $name of $id', async ({ path, name, value }) => {
    const query = `${path.startsWith('/v1/statistics') ? 'groupBy=type&' : ''}${name}=`
    await read(`${path}?${query}${encodeURIComponent(value)}`)
    await read(`${path}?${query}${encodeURIComponent(value + rare)}`, 400)
  })

  test('parameters that accept such characters are words, references and identifiers', () => {
    expect(new Set(longest.map(({ name }) => name))).toEqual(new Set(['q', 'reference', 'identifier']))
  })
})
