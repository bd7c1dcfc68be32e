import { beforeAll, describe, expect, test } from 'vitest'
import { loadParts } from '../src/agreements/publication/aggregate.ts'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { lookUp } from '../src/agreements/publication/lookup.ts'
import { domainRegistry } from '../src/registry/research-domains/queries.ts'
import { signatoryRegistry } from '../src/registry/signatories/queries.ts'
import { addInBulk, numberedId } from './support/bulk.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

const numbers = (most: number): number[] => Array.from({ length: most }, (_, i) => i)
const list = (most: number, item: (i: number) => object): object[] => numbers(most).map(item)

const post = (body: object | string, status: number) =>
  register.api.post('/v1/agreements').set('content-type', 'application/json').send(body).expect(status)

describe('the size of a request body is limited', () => {
  const message = async (body: string, status: number): Promise<string> => (await post(body, status)).body.detail

  const many = (most: number, piece: string) =>
    `[${numbers(most)
      .map(() => piece)
      .join(',')}]`

  test.each([
    ['50000 values', (n: number) => many(n * 50_000, '1')],
    ['50000 values', (n: number) => many(n * 8300, '[0,1,2,3,4]')],
    ['10000 lists and objects', (n: number) => many(n * 10_000, '[]')],
    ['10000 lists and objects', (n: number) => many(n * 10_000, '{"a":1}')],
  ])('%s', async (most, body) => {
    expect(await message(body(0.98), 400)).not.toContain(most)
    expect(await message(body(1.02), 413)).toBe(`The body must have at most ${most}.`)
  })

  test('to 500 fields in one object, for any number of objects', async () => {
    const fields = (n: number) => numbers(n).map((i) => `"a${i}":{"b":":"}`)
    const object = (n: number) => `{${fields(n).join(',')}}`
    expect(await message(`{"a":[${[500, 500, 500].map(object).join(',')}]}`, 400)).not.toContain('500 fields')
    expect(await message(`{"a":[${[1, 501].map(object).join(',')}]}`, 413)).toBe(
      'An object in the body must have at most 500 fields.',
    )
  })

  test('without counting characters in texts as values or fields', async () => {
    const { body } = await post(anAgreement({ summary: '[{,:"\\"'.repeat(2000), title: ',:[\\'.repeat(400) }), 201)
    expect(body).toMatchObject({ summary: '[{,:"\\"'.repeat(2000), title: ',:[\\'.repeat(400) })
  })

  test('so that the largest valid agreement is accepted, and taken back as GET gives it', async () => {
    const sources = list(200, (i) => ({ key: `s${i}`, title: 'A gazette' }))
    const { body, headers } = await post(
      anAgreement({
        sources,
        dates: list(500, (i) => ({ event: 'amended', occurrence: 1 + i, date: '2019', place: 'Seoul', source: 's0' })),
        claims: list(100, () => ({ statement: 'It is new.', source: 's1' })),
        statusStatements: list(100, (i) => ({ status: 'in_force', on: `${2100 + i}-01-01`, source: 's3' })),
        documents: list(50, () => ({ title: 'Text', url: 'https://example.org' })),
        identifiers: list(50, (i) => ({ scheme: 'worst', value: `${i}` })),
        signatories: list(100, (i) => ({ side: 1 + (i % 2), signatory: i % 2 ? 'JP' : 'US', source: 's2' })),
      }),
      201,
    )
    const put = register.api.put(`/v1/agreements/${(body as { id: string }).id}`).set('If-Match', headers['etag']!)
    expect((await put.send(body as object).expect(200)).headers['etag']).toBe(headers['etag'])
  })
})

describe('of many errors', () => {
  interface Problem {
    errors: { pointer: string; code: string; didYouMean?: string }[]
  }

  test('only the first 25 misspelt codes are compared with others, and every name is recognized', async () => {
    const misspelt = list(30, (i) => ({ side: 1, signatory: `Ger${i}any` }))
    const named = list(30, () => ({ side: 2, signatory: 'Japan' }))
    const { body } = await post(anAgreement({ signatories: [...misspelt, ...named] }), 422)
    const { errors } = body as Problem
    const told = errors.map(({ didYouMean }) => didYouMean)
    expect(told.slice(0, 25)).toEqual(numbers(25).map(() => 'DE'))
    expect(told.slice(25, 30)).toEqual(numbers(5).map(() => undefined))
    expect(told.slice(30)).toEqual(numbers(30).map(() => 'JP'))
  })

  test('a hundred are reported, of thousands', async () => {
    const nothing = Object.fromEntries(numbers(90).map((i) => [`nothing${i}`, i]))
    const { body } = await post(anAgreement({ dates: list(500, () => ({ ...nothing })) }), 400)
    expect((body as Problem).errors).toHaveLength(100)
  })
})

describe('an agreement stays within its limits, however its parts are added', () => {
  const add = (id: string, part: string, body: object) => register.api.post(`/v1/agreements/${id}/${part}`).send(body)

  test.each([
    ['dates', 500, (i: number) => ({ event: 'amended', date: '2019', occurrence: 1 + i })],
    ['sources', 200, (i: number) => ({ key: `s${i}`, title: 'A gazette' })],
    ['signatories', 100, (i: number) => ({ side: 1 + (i % 2), signatory: i % 2 ? 'JP' : 'US' })],
  ] as const)('%s: at most %i', async (part, most, one) => {
    const { body } = await post(anAgreement({ dates: [], [part]: list(most - 1, one) }), 201)
    await add(body.id, part, one(most)).expect(201)
    const refused = await add(body.id, part, one(most + 1)).expect(422)
    expect(refused.body).toMatchObject({
      detail: `An agreement must have at most ${most} ${part}.`,
      errors: [{ code: 'too_many', pointer: '' }],
    })
  })

  test('at most 2.5 MB', async () => {
    const quote = '漢'.repeat(4000)
    const { body } = await post(
      anAgreement({ sources: list(160, (i) => ({ key: `s${i}`, title: 'A gazette', quote })) }),
      201,
    )
    const claims = list(100, () => ({ statement: '漢'.repeat(1900), note: '漢'.repeat(500) }))
    const refused = await register.api
      .patch(`/v1/agreements/${body.id}`)
      .set('If-Match', '*')
      .send({ claims })
      .expect(422)
    expect(refused.body).toMatchObject({ errors: [{ code: 'too_large' }] })
  })
})

test('names must not contain control characters, which take six bytes each in documents', async () => {
  const name = 'A body\u0001'
  const body = await register.api.post('/v1/signatories').send({ code: 'A-BODY', name, kind: 'other' }).expect(422)
  expect(body.body).toMatchObject({ errors: [{ pointer: '/name', code: 'control_character' }] })
  const domain = { scheme: 'theme', code: 'worst', label: name }
  await register.api.post('/v1/research-domains').send(domain).expect(422)
})

describe('data of the registry is read in pieces', () => {
  test('aliases are read up to 4 MB, those of the bodies with most of them last', async () => {
    const aliases = numbers(100).map((i) => `${i} ${'あ'.repeat(290)}`)
    const body = (code: string, own: string[]) => ({
      code,
      name: code,
      kind: 'other' as const,
      parent: null,
      aliases: own,
      identifiers: [],
      names: [],
      validFrom: null,
      validTo: null,
      predecessors: [],
    })
    const codes = numbers(60).map((i) => `MANY-${i}`)
    await signatoryRegistry.load(register.db, [...codes.map((code) => body(code, aliases)), body('FEW', ['Only one'])])
    const registry = await lookUp(register.db, {
      bodies: [...codes, 'FEW'].map((reference) => ({ reference })),
    })
    const read = codes.map((code) => registry.body(code).aliases.length)
    expect(registry.body('FEW').aliases).toEqual(['Only one'])
    expect(new Set(read)).toEqual(new Set([0, 100]))
    expect(Buffer.byteLength(aliases.join('\n')) * read.filter(Boolean).length).toBeLessThan(4 * 1024 * 1024)
    expect(read.filter(Boolean).length).toBeGreaterThan(40)
    const signatories = codes.map((signatory, i) => ({ side: 1 + (i % 2), signatory }))
    const { body: made } = await post(anAgreement({ signatories, title: 'Of many names' }), 201)
    const { body: found } = await register.api.get('/v1/agreements?q=many-7&limit=1').expect(200)
    expect(found.items[0].id).toBe(made.id)
  })

  test('agreements that show a renamed body are loaded 1 MB at a time, and all are published', async () => {
    await signatoryRegistry.load(register.db, [
      {
        code: 'RENAMED',
        name: 'Before',
        kind: 'other',
        parent: null,
        aliases: [],
        identifiers: [],
        names: [],
        validFrom: null,
        validTo: null,
        predecessors: [],
      },
    ])
    const sources = list(140, (i) => ({ key: `s${i}`, title: 'A gazette', quote: 'q'.repeat(5000) }))
    const signatories = [
      { side: 1, signatory: 'RENAMED' },
      { side: 2, signatory: 'JP' },
    ]
    const ids = numbers(5).map((i) => numberedId(900 + i))
    const agreements = ids.map((id) => ({ id, body: anAgreement({ sources, signatories }) }))
    await addInBulk(register.db, agreements, register.today())
    expect((await loadParts(register.db, ids)).map(({ agreement }) => agreement.id)).toEqual(ids.slice(0, 2))
    await register.api.patch('/v1/signatories/RENAMED').set('If-Match', '*').send({ name: 'After' }).expect(200)
    await publishAll(register.db, register.today())
    for (const id of ids) {
      const { body } = await register.api.get(`/v1/agreements/${id}`).expect(200)
      expect([body.version, body.signatories[0].party.name]).toEqual([2, 'After'])
    }
  })
})

test('statistics end at 4 MB of names, and report that', async () => {
  const name = '😀'.repeat(300)
  const codes = numbers(45).map((i) => `NAMED-${i}`)
  await signatoryRegistry.load(
    register.db,
    codes.map((code) => ({
      code,
      name,
      kind: 'other' as const,
      parent: null,
      aliases: [],
      identifiers: [],
      names: [],
      validFrom: null,
      validTo: null,
      predecessors: [],
    })),
  )
  await domainRegistry.load(
    register.db,
    codes.map((_, i) => ({ scheme: 'named', code: `${i}`, label: name, broader: null })),
  )
  const { body } = await post(
    anAgreement({
      signatories: codes.map((signatory, i) => ({ side: 1 + (i % 2), signatory })),
      researchDomains: codes.map((_, i) => `named:${i}`),
    }),
    201,
  )
  const query = `groupBy=signatory&groupBy=researchDomain&id=${body.id}`
  const { body: counted } = await register.api.get(`/v1/statistics?${query}`).expect(200)
  expect(counted).toMatchObject({ truncated: true, total: 1 })
  const size = Buffer.byteLength(JSON.stringify(counted.items.map(({ labels }: { labels: string[] }) => labels)))
  expect(size).toBeGreaterThan(4_000_000)
  expect(size).toBeLessThan(4_300_000)
  const { text } = await register.api.get(`/v1/statistics?format=csv&${query}`).expect(200)
  // With a line of names and one that says that there are more.
  expect(text.trimEnd().split('\r\n')).toHaveLength(counted.items.length + 2)
})
