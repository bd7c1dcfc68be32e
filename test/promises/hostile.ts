import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { mergeable } from '../../src/openapi/examples.ts'
import { loadSample } from '../../src/programs/sample.ts'
import {
  type Answer,
  type Call,
  caller,
  checksum,
  full,
  listen,
  nullable,
  type Operation,
  operations,
  plain,
  places,
  pointer,
  raw,
  replaced,
  shownAt,
  valueAt,
  idsIn,
} from '../support/hostile.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'

let register: Register
let port: number
let client: ReturnType<typeof caller>
let ids: Record<string, string>
let before: string
let cases = 0

let oneIn = 1

/** The tests of this module, each with one in so many of its cases. */
export function hostileRequestsAreRefused(amount: { oneIn: number }): void {
  oneIn = amount.oneIn
}

/** Takes one in so many of the cases that it is given, and others the next time: each is sent, though not everywhere. */
function takingTurns() {
  let turn = 0
  return <Case>(all: readonly Case[]): Case[] => {
    turn += 1
    return all.filter((_, i) => (i + turn) % oneIn === 0)
  }
}

beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
  port = await listen(register)
  client = caller(port)
  const { body } = await register.api.get('/v1/agreements?pair=US,KR').expect(200)
  const mapping = { title: { column: 't' }, type: { constant: 'other' }, parties: [{ column: 'a', side: 1 }] }
  const form = register.api.post('/v1/imports').attach('file', Buffer.from('t,a\nIce,US\n'), 'f.csv')
  const made = await form.field('mapping', JSON.stringify(mapping)).field('dryRun', 'true').expect(201)
  // Only public addresses are allowed here; disabled, it sends nothing.
  const hook = await register.api.post('/v1/webhooks').send({ url: 'https://example.org/', enabled: false }).expect(201)
  const ping = await register.api.post(`/v1/webhooks/${hook.body.id}/ping`).expect(201)
  ids = {
    ...idsIn(body.items[0] as Agreement),
    import: (made.body as { id: string }).id,
    webhook: hook.body.id as string,
    deliveryId: ping.body.id as string,
  }
  before = await checksum(register)
})

afterAll(() => {
  client.close()
  console.log(`hostile: ${cases} cases over ${operations.length} operations`)
})

/** The value of a path parameter that exists. */
const idIn = (path: string, name: string): string => {
  if (path.includes('/mappings/')) return 'csv-export'
  if (name !== 'id' || path.includes('/agreements/')) return ids[name] ?? 'US'
  if (path.includes('/collections/')) return 'sample'
  if (path.includes('/imports/')) return ids['import']!
  if (path.includes('/webhooks/')) return ids['webhook']!
  return path.includes('/research-domains/') ? 'ford:2.1' : 'US'
}

/** The path of an operation on what exists; `over` replaces parameters, as they stand in the URL. */
const pathOf = ({ id, path }: Operation, over: Record<string, string> = {}): string =>
  path.replaceAll(
    /\{(\w+)\}/g,
    (_, name: string) => over[name] ?? (['getMerge', 'deleteMerge'].includes(id) ? mergeable.merged : idIn(path, name)),
  )

const headersOf = ({ parameters, mediaType }: Operation): Record<string, string> => ({
  ...(parameters.some(({ name }) => name.toLowerCase() === 'if-match') && { 'if-match': '*' }),
  ...(mediaType && { 'content-type': mediaType }),
})

async function ask(path: string, options?: Call): Promise<Answer> {
  cases++
  return client.call(path, options)
}

/** Whether a whole number is one that a parameter takes. */
const isWithin = ({ minimum, maximum }: { minimum?: number; maximum?: number }, value: string): boolean =>
  /^\d{1,9}$/.test(value) &&
  String(Number(value)) === value &&
  minimum !== undefined &&
  minimum <= Number(value) &&
  Number(value) <= (maximum ?? Infinity)

/** Every problem is small, and is a problem document. */
function expectProblem(answer: Answer, status: number, what: string, code?: string): void {
  expect(`${what}: ${answer.status} ${code ? answer.json.code : ''}`, answer.text.slice(0, 300)).toBe(
    `${what}: ${status} ${code ?? ''}`,
  )
  expect(answer.type, what).toMatch(/^application\/problem\+json/)
  expect(answer.text.length, what).toBeLessThan(40_000)
  expect(answer.json.errors?.length ?? 0, what).toBeLessThanOrEqual(100)
}

const send = (operation: Operation, body: Call['body'], headers: Record<string, string> = {}) =>
  ask(pathOf(operation), {
    method: operation.method,
    headers: { ...headersOf(operation), ...headers },
    body,
  })

const unchanged = async () => expect(await checksum(register)).toBe(before)

/** Whether the pattern of a text allows an empty one. */
const mayBeBlank = (schema: Parameters<typeof plain>[0]): boolean => {
  const { pattern } = plain(schema)
  return pattern !== undefined && new RegExp(pattern, 'u').test('')
}

const show = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 60)

const writes = operations.filter(({ body }) => body)

const manyFields = JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`field${n}`, n])))

const someValues = takingTurns()
const someBytes = takingTurns()
const someNames = takingTurns()
const someInserts = takingTurns()
const somePlaces = takingTurns()
const someBodies = takingTurns()
const someNumbers = takingTurns()
const someTypes = takingTurns()
const someLarge = takingTurns()

describe.each(writes.map((operation) => [operation.id, operation] as const))('the body of %s', (_, operation) => {
  const body = full(operation.body!)
  const all = places(operation.body!)

  /** Sends each value at each place, and expects a 400 that tells of that place alone. */
  const refuse = async (type: string, values: (place: (typeof all)[number]) => unknown[]) => {
    for (const place of all.filter((one) => one.type === type)) {
      await Promise.all(
        someValues(values(place)).map(async (value) => {
          const what = `${operation.id} ${pointer(place.at)} = ${show(value)}`
          const answer = await send(operation, replaced(body, place.at, value) as object)
          expectProblem(answer, 400, what, 'invalid_request')
          for (const error of answer.json.errors!) {
            expect(
              error.pointer === pointer(place.at) || error.pointer!.startsWith(`${pointer(place.at)}/`),
              what,
            ).toBe(true)
          }
        }),
      )
    }
    await unchanged()
  }

  test('is valid but for the hostile value', async () => {
    const missing = '01890000-0000-7000-8000-00000000dead'
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      name === 'id' && !/\/(agreements|webhooks)\//.test(operation.path)
        ? 'XX-NONE'
        : name === 'key'
          ? 'none'
          : missing,
    )
    // A draft is read from any text.
    const isRead = operation.id === 'suggestDraft'
    const rightly = operation.path.includes('{') ? [404] : isRead ? [200] : [409, 422, 404]
    const sent =
      operation.id === 'createSignatory'
        ? { ...(body as object), parent: 'XX-NONE' }
        : operation.id === 'createResearchDomain'
          ? { ...(body as object), broader: 'theme:none' }
          : operation.id === 'createCollection'
            ? { ...(body as object), code: 'sample' }
            : body
    const answer = await ask(path, { method: operation.method, headers: headersOf(operation), body: sent as object })
    expect(rightly, answer.text.slice(0, 500)).toContain(answer.status)
    await unchanged()
  })

  test('text: NUL, halves of surrogate pairs, too long, empty, other types', async () => {
    await refuse('string', ({ at, schema }) => {
      const { maxLength = 100_000 } = plain(schema)
      // The text of a draft may be long; too long, it is 413.
      const isLong = operation.id === 'suggestDraft' && pointer(at) === '/text'
      return [
        'a\u0000b',
        '\u0000',
        'a\ud800b',
        '\udc00',
        '\udc00\ud800',
        ...(isLong ? [] : ['a'.repeat(maxLength + 1), '\u{1F600}'.repeat(maxLength + 1)]),
        ...(mayBeBlank(schema) ? [] : ['', ' \t\n\u3000\ufeff']),
        7,
        true,
        [],
        {},
        ['a'],
        { toString: 'a', length: 1 },
        ...(nullable(schema) || operation.mediaType.includes('patch') ? [] : [null]),
      ]
    })
  })

  test('dates: the year 0000, days that are none, and other junk', async () => {
    const isDate = ({ at, schema }: (typeof all)[number]) =>
      plain(schema).format === 'date' || /(?:^date|Date|publishedOn|validFrom|validTo)$/.test(String(at.at(-1)))
    await refuse('string', (place) =>
      isDate(place)
        ? [
            '0000-01-01',
            '0000',
            '0000/2020',
            '2020/0000',
            '2023-02-30',
            '2023-02-29',
            '2019-02-29/2020-01-01',
            '2023-13-01',
            '2023-00-10',
            '2023-01-00',
            '+2023-01-01',
            '-0001-01-01',
            '12023-01-01',
            'infinity',
            'now',
            'epoch',
            '2023-01-01T00:00:00Z',
            '٢٠٢٣-٠١-٠١',
            '../..',
            '/',
            'X'.repeat(40),
            '[2020,2021]',
          ]
        : [],
    )
  })

  test('numbers: other types, out of range, fractions', async () => {
    const zero = ({ schema }: (typeof all)[number]) => (plain(schema).minimum === 0 ? [] : [0])
    await refuse('integer', (place) => [
      '1',
      ' 1',
      '0x10',
      ...zero(place),
      -1,
      1.5,
      2 ** 31,
      2 ** 53 + 2,
      1e308,
      true,
      [1],
      {},
    ])
  })

  test('numbers that are no JSON', async () => {
    for (const { at } of all.filter(({ type }) => type === 'integer')) {
      for (const junk of someNumbers(['0x10', '+1', '01', 'NaN', 'Infinity', '-', '.5', '1.', '1e', '1_000'])) {
        const text = JSON.stringify(replaced(body, at, '@@')).replace('"@@"', junk)
        expectProblem(await send(operation, text), 400, `${operation.id} ${pointer(at)} = ${junk}`, 'invalid_json')
      }
    }
    await unchanged()
  })

  test('booleans: other types', async () => {
    await refuse('boolean', () => ['true', 1, 0, 'yes', [], {}])
  })

  test('lists: too long is told before the items are looked at; other types', async () => {
    await refuse('array', () => ['a', 1, true, {}, { length: 1e9 }, [[]], [null]])
    for (const { at, schema } of all.filter(({ type }) => type === 'array')) {
      const most = plain(schema).maxItems
      expect(most, `${operation.id} ${pointer(at)} has a limit`).toBeTypeOf('number')
      const junk = Array.from({ length: most! + 1 }, () => ({ nonsense: true }))
      const answer = await send(operation, replaced(body, at, junk) as object)
      expectProblem(answer, 400, `${operation.id} ${pointer(at)} too long`, 'invalid_request')
      expect(answer.json.errors).toHaveLength(1)
      expect(answer.json.errors![0]).toMatchObject({
        pointer: pointer(at),
        message: `Must have at most ${most} items.`,
      })
    }
    await unchanged()
  })

  test('bytes that are not UTF-8', async () => {
    const junk = ['ff', 'fe', '80', 'c080', 'c1bf', 'eda080', 'edbfbf', 'e282', 'f0808080', 'f4908080', 'f8888080']
    for (const { at, type } of all) {
      if (type !== 'string') continue
      const [head, tail] = JSON.stringify(replaced(body, at, '@@')).split('@@') as [string, string]
      await Promise.all(
        someBytes(junk).map(async (hex) => {
          const bytes = Buffer.concat([Buffer.from(head), Buffer.from(`61${hex}62`, 'hex'), Buffer.from(tail)])
          expectProblem(await send(operation, bytes), 400, `${operation.id} ${pointer(at)} ${hex}`, 'invalid_json')
        }),
      )
    }
    await unchanged()
  })

  test('objects: what no client may set, prototypes, names given twice', async () => {
    const secret = [
      'id',
      'version',
      'createdAt',
      'updatedAt',
      'deletedAt',
      'status',
      'statusSince',
      'document',
      'search',
      'sortTitle',
      'agreementId',
      'position',
      'warnings',
      'approximate',
      'actor',
      'sequence',
      'words',
      'depth',
      'ancestors',
      'constructor',
      'prototype',
      'hasOwnProperty',
      'toString',
      'a\u0000b',
      'a\ud800b',
      '',
    ]
    for (const { at, schema } of all.filter(({ type }) => type === 'object')) {
      if (plain(schema).properties === undefined) continue
      const known = Object.keys(plain(schema).properties ?? {})
      const here = valueAt(body, at) as object
      for (const name of someNames(secret.filter((one) => !known.includes(one) && !(one in { agreement: 1 })))) {
        // No entry has this version: what is as it is shown is taken.
        const value = name === 'constructor' ? { prototype: { admin: true } } : 999
        const answer = await send(operation, replaced(body, at, { ...here, [name]: value }) as object)
        const what = `${operation.id} ${pointer(at)} has ${show(name)}`
        if (shownAt(operation, at).includes(name)) {
          expectProblem(answer, 422, what, 'rule_broken')
          const place = { pointer: `${pointer(at)}/${name}`, code: 'computed' }
          expect(answer.json.errors).toContainEqual(expect.objectContaining(place))
          continue
        }
        expectProblem(answer, 400, what, 'invalid_request')
        expect(answer.json.errors).toHaveLength(1)
        expect(answer.json.errors![0]!.code).toBe('unknown_field')
      }
      const inserts = ['"__proto__":{"admin":true}', '"\\u005f_proto__":1', '"__proto__":null']
      for (const [name, value] of Object.entries(here)) {
        inserts.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`)
        inserts.push(`"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}":null`)
      }
      for (const insert of someInserts(inserts)) {
        const marked = JSON.stringify(replaced(body, at, { ...here, '@@': 1 }))
        const answer = await send(
          operation,
          marked.replace('"@@":1', () => insert),
        )
        expectProblem(answer, 400, `${operation.id} ${pointer(at)} with ${insert.slice(0, 60)}`, 'invalid_json')
      }
      const others = ['a', 1, true, [], [[]]].filter((value) => !(at.length === 0 && value === undefined))
      for (const value of others) {
        const answer = await send(operation, JSON.stringify(replaced(body, at, value)))
        expectProblem(answer, 400, `${operation.id} ${pointer(at)} = ${show(value)}`, 'invalid_request')
      }
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    await unchanged()
  })

  test('what is nested 5,000 deep', async () => {
    for (const { at } of somePlaces(all)) {
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}'],
      ] as const) {
        const deep = `${open.repeat(5000)}1${close.repeat(5000)}`
        const text = at.length === 0 ? deep : JSON.stringify(replaced(body, at, '@@')).replace('"@@"', deep)
        expectProblem(await send(operation, text), 400, `${operation.id} ${pointer(at)} deep`, 'invalid_json')
      }
    }
    const deepest = '['.repeat(1_000_000)
    for (const text of someLarge([deepest, deepest + ']'.repeat(1_000_000)])) {
      expectProblem(await send(operation, text), 400, `${operation.id} ${text.length} brackets`, 'invalid_json')
    }
    await unchanged()
  })

  test('bodies that are no JSON, or none', async () => {
    for (const text of [
      '',
      ' ',
      '{',
      '{}}',
      '{"a":1,}',
      "{'a':1}",
      '\u0000',
      'undefined',
      '{"a":"\t"}',
      '//\n{}',
      '[1,]',
    ])
      expectProblem(await send(operation, text), 400, `${operation.id} ${show(text)}`, 'invalid_json')
    for (const text of ['null', '"a"', '1', 'true', '[]'])
      expectProblem(await send(operation, text), 400, `${operation.id} ${text}`, 'invalid_request')
    for (const bytes of [Buffer.from('{}', 'utf16le'), Buffer.from([0xfe, 0xff, 0, 0x7b, 0, 0x7d])])
      expectProblem(await send(operation, bytes), 400, `${operation.id} UTF-16`, 'invalid_json')
    await unchanged()
  })

  test('other content types, and none', async () => {
    const types = ['text/plain', 'application/xml', 'multipart/form-data; boundary=a', 'application/octet-stream']
    types.push('application/x-www-form-urlencoded', 'application/jsonx', 'json', '*/*', 'application/json-patch+json')
    for (const type of someTypes(types)) {
      const answer = await send(operation, body as object, { 'content-type': type })
      expectProblem(answer, 415, `${operation.id} ${type}`, 'unsupported_media_type')
    }
    const { 'content-type': _type, ...headers } = headersOf(operation)
    const untyped = await ask(pathOf(operation), { method: operation.method, headers, body: body as object })
    expectProblem(untyped, 415, `${operation.id} no type`, 'unsupported_media_type')
    await unchanged()
  })

  test('bodies that are too large', async () => {
    const large = `{"title":"${'a'.repeat(2 * 1024 * 1024)}"}`
    for (const text of someLarge([large, manyFields])) {
      expectProblem(await send(operation, text), 413, `${operation.id} ${text.slice(0, 10)}`, 'content_too_large')
    }
    await unchanged()
  })

  test('bodies full of errors have small, quick answers', async () => {
    const bodies = [
      () => `{"${'n'.repeat(1_500_000)}":1}`,
      () => `{"${'~/'.repeat(750_000)}":1}`,
      ...all
        .filter(({ type }) => type === 'array')
        .map(({ at, schema }) => () => {
          const item = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`x${index}`, null]))
          return JSON.stringify(
            replaced(
              body,
              at,
              Array.from({ length: plain(schema).maxItems! }, () => item),
            ),
          )
        }),
    ]
    for (const make of someBodies(bodies)) {
      const text = make()
      const began = performance.now()
      const answer = await send(operation, text)
      expectProblem(answer, 400, `${operation.id} ${text.slice(0, 40)}`, 'invalid_request')
      expect(performance.now() - began, text.slice(0, 40)).toBeLessThan(2000)
    }
    await unchanged()
  })
})

/** Junk that no query parameter takes, as it stands in a URL. */
const junkInQuery = ['%00', 'a%00b', '%ff', 'a%C0%80b', '%ED%A0%80', '%', '%4', '%zz', '%u0041', '%F4%90%80%80']
const numbers = [
  '',
  '-1',
  '0',
  '201',
  '0x10',
  '1e1',
  '+1',
  '%201',
  '1%20',
  '1.0',
  '1.5',
  'NaN',
  '%EF%BC%91',
  '9999999999',
]
const days = [
  '',
  '0000-01-01',
  '2023-02-30',
  '2023-02-29',
  '2023-13-01',
  '10000-01-01',
  'today',
  '2023-1-1',
  'infinity',
]
const instants = [
  '',
  '0000-01-01T00:00:00Z',
  '2023-02-30T00:00:00Z',
  '2023-01-01',
  '2023-01-01T24:00:00Z',
  '0001-01-01T00:00:00%2B23:59',
  '9999-12-31T23:59:59-23:59',
  'now',
]

describe('query parameters', () => {
  const parameters = operations.flatMap((operation) =>
    operation.parameters.filter((one) => one.in === 'query').map((parameter) => [operation, parameter] as const),
  )
  const valid = (name: string, schema: { type?: unknown }) =>
    encodeURIComponent(String([full(schema as object, name)].flat()[0]))

  test('junk in each', async () => {
    const some = takingTurns()
    for (const [operation, { name, schema }] of parameters) {
      const it = plain(schema)
      const item = it.items ? plain(it.items) : it
      const extra = [
        `${name}%5B%5D=a`,
        `${name}%5Ba%5D=b`,
        // What is longer than an address may be is 414.
        ...((item.maxLength ?? 0) > 5000 ? [] : [`${name}=${'a'.repeat((item.maxLength ?? 2000) + 1)}`]),
        ...(item.type === 'integer' ? numbers.filter((value) => !isWithin(item, value)) : []).map(
          (value) => `${name}=${value}`,
        ),
        ...(it.format === 'date' ? days : it.format === 'date-time' ? instants : []).map((value) => `${name}=${value}`),
        ...(item.enum ? ['', 'a', '__proto__', 'constructor', 'toString'] : []).map((value) => `${name}=${value}`),
        ...(name === 'q' ? ['', '%20', '%09'] : []).map((value) => `${name}=${value}`),
      ]
      if (it.type === 'array') {
        extra.push(Array.from({ length: 101 }, () => `${name}=${valid(name, item)}`).join('&'))
      } else {
        extra.push(`${name}=${valid(name, it)}&${name}=${valid(name, it)}`)
      }
      for (const query of some([...junkInQuery.map((value) => `${name}=${value}`), ...extra])) {
        const separator = name === 'on' && operation.id === 'listAgreements' ? '?status=in_force&' : '?'
        const method = operation.id === 'suggestMapping' ? 'POST' : 'GET'
        const answer = await ask(`${pathOf(operation)}${separator}${query}`, { method })
        expectProblem(answer, 400, `${operation.id} ${query.slice(0, 100)}`)
      }
    }
    await unchanged()
  })

  test('names that are not known, prototypes among them, at every operation', async () => {
    const some = takingTurns()
    const names = [
      '__proto__=1',
      '__proto__[admin]=1',
      'constructor=1',
      'constructor.prototype.admin=1',
      'a[__proto__]=b',
    ]
    names.push(
      '_method=DELETE',
      '%00=1',
      '%ff=1',
      '=1',
      `${'n'.repeat(5000)}=1`,
      'LIMIT=1',
      'limit%20=1',
      'hasOwnProperty=1',
    )
    for (const operation of operations) {
      for (const query of some(names)) {
        const answer = await ask(`${pathOf(operation)}?${query}`, {
          method: operation.method,
          headers: headersOf(operation),
          ...(operation.body && { body: full(operation.body) as object }),
        })
        expectProblem(answer, 400, `${operation.id} ${query.slice(0, 60)}`)
      }
    }
    expect(({} as { admin?: string }).admin).toBeUndefined()
    await unchanged()
  })

  test('searches that PostgreSQL could stumble over work', async () => {
    const searches = [
      '㌖'.repeat(500),
      'ﷺ'.repeat(500),
      '\u{1D11E}'.repeat(500),
      'a'.repeat(500),
      `"${'" "'.repeat(160)}`,
      '('.repeat(500),
      "'".repeat(500),
      '\\'.repeat(500),
      '%_'.repeat(250),
      '-'.repeat(500),
      'a OR '.repeat(100),
      '- - -',
      ':*&|!<->',
      "'; drop table agreements; --",
      'e\u0301'.repeat(250),
      '\u0301'.repeat(500),
    ]
    for (const q of searches) {
      for (const path of ['/v1/agreements', '/v1/signatories', '/v1/research-domains']) {
        const most = path === '/v1/agreements' ? 500 : 200
        const cut = Array.from(q).slice(0, most).join('').trim()
        const began = performance.now()
        const answer = await ask(`${path}?q=${encodeURIComponent(cut)}`)
        expect(answer.status, `${path} ${show(cut)} ${answer.text.slice(0, 200)}`).toBe(200)
        expect(performance.now() - began, show(cut)).toBeLessThan(1000)
      }
    }
    await unchanged()
  })
})

describe('paths', () => {
  test('junk in each path parameter', async () => {
    const junk: [string, number][] = [
      ['%00', 400],
      ['a%00b', 400],
      ['%ff', 400],
      ['%C0%80', 400],
      ['%ED%A0%80', 400],
      ['%', 400],
      ['%zz', 400],
      ['%2e%2e', 400],
      ['..', 400],
      ['%2e%2e%2f%2e%2e%2fetc%2fpasswd', 400],
      ['__proto__', 400],
      ['%20', 400],
      ["'%20or%201=1", 400],
      ['%E2%80%AE', 400],
      ['%F0%9F%98%80', 400],
      ['%EF%BC%91', 400],
      [`-${'a'.repeat(150)}`, 400],
      ['a'.repeat(442), 414],
      ['a'.repeat(5000), 414],
    ]
    const some = takingTurns()
    for (const operation of operations) {
      for (const { name } of operation.parameters.filter((one) => one.in === 'path')) {
        for (const [value, status] of some(junk)) {
          const answer = await ask(pathOf(operation, { [name]: value }), {
            method: operation.method,
            headers: headersOf(operation),
            ...(operation.body && { body: full(operation.body) as object }),
          })
          expectProblem(answer, status, `${operation.id} {${name}} = ${value.slice(0, 50)}`)
        }
      }
    }
    await unchanged()
  })

  test('numbers of versions', async () => {
    for (const value of ['0', '-1', '01', '+1', '0x1', '1e0', '1.0', '%201', '1%20', '1000000000', '%EF%BC%91', 'NaN'])
      expectProblem(await ask(`/v1/agreements/${ids['id']}/versions/${value}`), 400, value)
  })

  test('addresses that are too long', async () => {
    for (const path of ['/v1/agreements?q=', '/v1/', '/', '/docs/', '/problems?']) {
      for (const length of [40_000, 60_000, 200_000]) {
        expectProblem(await ask(`${path}${'a'.repeat(length)}`), 414, `${path} ${length}`, 'uri_too_long')
      }
    }
  })

  test('headers that are too large, or too many', async () => {
    for (const operation of operations) {
      for (const length of [17_000, 20_000, 100_000]) {
        const headers = { 'x-a': 'a'.repeat(length) }
        const huge = await ask(pathOf(operation), { method: operation.method, headers })
        expectProblem(huge, 431, `${operation.id} ${length}`, 'headers_too_large')
      }
    }
    const many = Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`x-${index}`, 'aaaaaaaa']))
    expectProblem(await ask('/v1/agreements', { headers: many }), 431, 'many')
  })
})

describe('headers', () => {
  test('junk in each', async () => {
    const some = takingTurns()
    const someKeys = takingTurns()
    const tags = ['3', '"3', '3"', 'W/3', '"3" "4"', '"3",', ',', '**', '*, "3"', `"${'a'.repeat(500)}"`, '__proto__']
    const notes = ['a'.repeat(501), '\u00ff'.repeat(501), "UTF-8''%", "UTF-8''%C0", "UTF-8''%00"]
    const keys = ['', 'two words', 'k, k', 'k'.repeat(256), '\u00ff', 'a\tb']
    const positions = ['', '0/16B3748', '0x1', 'Latest', '1'.repeat(17), '1, 2', '\u00ff']
    const junk: Record<string, { values: string[]; status: number; code?: string }> = {
      'if-match': { values: tags, status: 412, code: 'stale' },
      'if-none-match': { values: tags, status: 200 },
      'register-position': { values: positions, status: 400, code: 'invalid_request' },
      'idempotency-key': { values: keys, status: 400, code: 'invalid_request' },
      'x-change-note': { values: notes, status: 400, code: 'invalid_request' },
    }
    const addresses: Record<string, string> = {
      getStatistics: '/v1/statistics?groupBy=type',
      getStatisticsAsJson: '/v1/statistics.json?groupBy=type',
      getStatisticsAsCsv: '/v1/statistics.csv?groupBy=type',
      getStatisticsAsSvg: '/v1/statistics.svg?groupBy=type',
      getMerge: '/v1/signatories/THROW-AWAY-6/merge',
      deleteMerge: '/v1/signatories/THROW-AWAY-6/merge',
    }
    for (const operation of operations) {
      for (const { name } of operation.parameters.filter((one) => one.in === 'header')) {
        const { values, status, code } = junk[name.toLowerCase()]!
        for (const value of values === keys ? someKeys(values) : some(values)) {
          const into = operation.id === 'createMerge' && { into: 'FR' }
          const answer = await ask(addresses[operation.id] ?? pathOf(operation), {
            method: operation.method,
            headers: { ...headersOf(operation), [name.toLowerCase()]: value },
            ...(operation.body && { body: { ...(full(operation.body) as object), ...into } }),
          })
          const what = `${operation.id} ${name}: ${value.slice(0, 20)}`
          if (code === undefined) expect(answer.status, what).toBe(status)
          else expectProblem(answer, status, what, code)
        }
      }
    }
    await unchanged()
  })

  test('no header overrides the method', async () => {
    const some = takingTurns()
    const names = ['x-http-method-override', 'x-http-method', 'x-method-override', '_method']
    for (const operation of operations.filter(({ method, path }) => method === 'GET' && path.startsWith('/v1/'))) {
      for (const name of some(names)) {
        const answer = await ask(pathOf(operation), { headers: { [name]: 'DELETE', 'if-match': '*' } })
        const plainly = await ask(pathOf(operation))
        expect(answer.status, `${operation.id} ${answer.text.slice(0, 200)}`).toBe(plainly.status)
      }
    }
    await unchanged()
  })

  test('a body on a GET is not read, and the connection stays in step', async () => {
    const some = takingTurns()
    for (const operation of operations.filter(({ method }) => method === 'GET')) {
      for (const type of some(['application/json', 'text/plain', 'application/xml'])) {
        const plainly = await ask(pathOf(operation))
        const answer = await ask(pathOf(operation), { headers: { 'content-type': type }, body: '{"a":' })
        expect(answer.status, operation.id).toBe(plainly.status)
      }
    }
    const get = `GET /livez HTTP/1.1\r\nHost: a\r\n`
    const { text } = await raw(
      port,
      `${get}Content-Length: ${get.length + 4}\r\n\r\n${get}\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    )
    cases++
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    await unchanged()
  })
})

describe('cursors', () => {
  const someAltered = takingTurns()
  test.each([
    '/v1/agreements?limit=1',
    '/v1/agreements?limit=1&sort=title',
    '/v1/agreements?limit=1&sort=updated',
    '/v1/agreements?limit=1&sort=expires',
    '/v1/agreements?limit=1&q=research',
    '/v1/signatories?limit=1',
    '/v1/research-domains?limit=1',
    '/v1/dates?limit=1',
  ])('%s: every byte flipped is refused', async (path) => {
    const { json } = await ask(path)
    const cursor = json['nextCursor'] as string
    expect(cursor).toBeTypeOf('string')
    const bytes = Buffer.from(cursor, 'latin1')
    const altered: string[] = []
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const copy = Buffer.from(bytes)
        copy[at] = bytes[at]! ^ (1 << bit)
        altered.push(encodeURIComponent(copy.toString('latin1')))
      }
      altered.push(cursor.slice(0, at), cursor.slice(0, at) + cursor.slice(at + 1))
    }
    altered.push(`${cursor}.`, `${cursor}=`, `.${cursor}`, `${cursor}a`, `${cursor}.${cursor}`, '.', 'a.b', '__proto__')
    for (const one of someAltered(altered)) {
      expectProblem(await ask(`${path}&cursor=${one}`), 400, `${path} ${one}`, 'invalid_cursor')
    }
    expect((await ask(`${path}&cursor=${cursor}`)).status).toBe(200)
    await unchanged()
  })
})

const hash = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, length)

/** A cursor as the register would seal it. What is no list of a key and an id is sealed as it stands. */
const sealed = (list: string, position: unknown, filters: [string, unknown][] = [], taken: unknown = null): string => {
  const own: [string, unknown][] = [...filters, ['', list]]
  const marks = Object.fromEntries(own.map(([name, value]) => [name, hash(JSON.stringify(value), 6)]))
  const whole = Array.isArray(position) ? [...position, taken, marks] : position
  const text = Buffer.from(typeof whole === 'string' ? whole : JSON.stringify(whole)).toString('base64url')
  return `${text}.${hash(text, 16)}`
}

describe('cursors with a right checksum, made by hand', () => {
  const id = '01890000-0000-7000-8000-000000000001'
  const positions: unknown[] = [
    'no JSON',
    '{}',
    'null',
    '[]',
    '5',
    ['x'],
    ['x', 'no id'],
    [1, id],
    [null, id],
    [['a'], id],
    [{}, {}],
    ['a\u0000b', id],
    ['a\ud800', id],
    ['x', id, 'y'],
  ]
  const lists: [string, [string, unknown][], string[]][] = [
    ['/v1/agreements?', [], ['x', '0000-01-01', '2023-02-30', '']],
    ['/v1/agreements?sort=updated&', [['sort', 'updated']], ['x', '0000-01-01T00:00:00Z', '']],
    ['/v1/agreements?sort=title&', [['sort', 'title']], []],
    ['/v1/signatories?', [], []],
    ['/v1/research-domains?', [], []],
    [
      '/v1/statistics?groupBy=type&',
      [['groupBy', ['type']]],
      [
        'x',
        '',
        '{}',
        '[]',
        '["1","a"]',
        '[-1,"a"]',
        '[1.5,"a"]',
        '[1e300,"a"]',
        '[1,2]',
        '[1,"a\\u0000"]',
        '[1,"\\ud800"]',
      ],
    ],
    ['/v1/dates?', [], ['x', '0000-01-01', '2023-02-30', '']],
    ['/v1/deadlines?', [], ['x', '2026-01-01', '0000-01-01 notice', '2023-02-30 expiry', '2026-01-01 a\u0000', '']],
  ]

  test.each(lists)('%s', async (path, filters, keys) => {
    for (const position of [...positions, ...keys.map((key) => [key, id])]) {
      const answer = await ask(`${path}cursor=${sealed(path.slice(4).split('?')[0]!, position, filters)}`)
      expectProblem(answer, 400, `${path} ${show(position)}`, 'invalid_cursor')
    }
  })

  const q: [string, string] = ['q', 'research']
  const [ranked, common] = [false, true].map((common) => ({ common, didYouMean: null }))
  test.each<[string, [string, string][], string, unknown]>([
    ['', [q], '2019-01-01', ranked],
    ['', [q], '-infinity', ranked],
    ['', [q], '0.5', common],
    ['', [q], '1e-99', ranked],
    ['', [q], '0.5', null],
    ['', [q], '0.5', { common: 'no', didYouMean: null }],
    ['', [q], '0.5', { common: false }],
    ['', [q], '0.5', { common: false, didYouMean: 5 }],
    ['', [q], '0.5', { common: false, didYouMean: 'a'.repeat(1001) }],
    ['', [q], '0.5', { common: false, didYouMean: 'a\u0000' }],
    ['', [q], '0.5', { common: false, didYouMean: 'a\ud800' }],
    ['', [q], '0.5', { common: false, didYouMean: null, query: 'a' }],
    ['sort=title&', [['sort', 'title'], q], 'a', null],
    ['sort=updated&', [['sort', 'updated'], q], '0.5', ranked],
  ])('of a search: %s%j %s %j', async (sort, filters, key, taken) => {
    const answer = await ask(
      `/v1/agreements?${sort}q=research&cursor=${sealed('agreements', [key, id], filters, taken)}`,
    )
    expectProblem(answer, 400, `${sort} ${key} ${show(taken)}`, 'invalid_cursor')
  })

  test('of a search that was taken for junk: it is read as any search', async () => {
    for (const didYouMean of ["'", '\\', ':*&|!<->', '-', '"', '(((', ' or ', 'a'.repeat(1000)]) {
      const cursor = sealed('agreements', ['0.5', id], [q], { common: false, didYouMean })
      const { status, json } = await ask(`/v1/agreements?q=research&cursor=${cursor}`)
      expect([status, json['nextCursor']], show(didYouMean)).toEqual([200, null])
    }
    for (const path of ['/v1/signatories', '/v1/research-domains']) {
      for (const didYouMean of ["'", '\\', '%', '-', 'a'.repeat(1000)]) {
        const cursor = sealed(path.slice(4), ['x', id], [q], { common: false, didYouMean })
        expect((await ask(`${path}?q=research&cursor=${cursor}`)).status, show(didYouMean)).toBe(200)
      }
    }
  })

  test('of the versions of an agreement', async () => {
    for (const position of [...positions, ...['x', '1.5', '9999999999', ''].map((key) => [key, id])]) {
      const answer = await ask(`/v1/agreements/${ids['id']}/versions?cursor=${sealed('versions', position)}`)
      expectProblem(answer, 400, `versions ${show(position)}`, 'invalid_cursor')
    }
  })
})

/** The regular expressions in the source, as they stand there. */
const expressions = readdirSync(new URL('../../src', import.meta.url), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const comments = /^\s*(?:\/\*\*|\*|\/\/).*$/gm
    const text = readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8').replaceAll(comments, '')
    const literal =
      /(?<=(?:[(,[=:!?&|]|^)\s*)\/((?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([dgimsuvy]*)(?![\w'])/gm
    return [...text.matchAll(literal)].map(([, source, flags]) => [file, source!, flags!] as const)
  })

describe('regular expressions', () => {
  const long = 100_000
  const someTexts = takingTurns()
  const seeds = [
    'a',
    'A',
    '0',
    ' ',
    '-',
    '.',
    '/',
    '"',
    ',',
    'a-',
    '-a',
    '0-',
    '"" ,',
    '"",',
    'W/',
    ':',
    '\\',
    'X',
    '?',
  ]
  seeds.push('..', 'a:', 'a.', 'a,', '\t ', '\u0301', 'é', '2020-', '2020-01-01/', '%', '[', '{', '(', "'", '=', '- ')
  const texts = seeds.flatMap((seed) => {
    const body = seed.repeat(Math.ceil(long / seed.length))
    return [body, `${body}!`, `${body}\u0000`, `!${body}`, `"${body}`, `a${body}\n`, `https://${body}\u0000`]
  })

  test('are found in the source', () => expect(expressions.length).toBeGreaterThan(40))

  test.each(expressions)('%s: /%s/%s is quick with 100 kB', (file, source, flags) => {
    const expression = new RegExp(source, flags.replace('g', ''))
    // A date is looked at only when it has 40 characters or fewer.
    const most = file === 'shared/edtf.ts' ? 40 : long * 2
    for (const text of someTexts(texts).map((one) => one.slice(0, most))) {
      cases++
      const began = performance.now()
      expression.test(text)
      expect(performance.now() - began, text.slice(0, 20)).toBeLessThan(1000)
    }
  })

  test('texts of 2 MB are refused at once in every field', async () => {
    const some = takingTurns()
    for (const operation of writes) {
      const body = full(operation.body!)
      for (const { at } of some(places(operation.body!).filter(({ type }) => type === 'string'))) {
        const began = performance.now()
        const text = `${'a'.repeat(1_900_000)}\u0000`
        const answer = await send(operation, replaced(body, at, text) as object)
        expectProblem(answer, 400, `${operation.id} ${pointer(at)}`, 'invalid_request')
        expect(performance.now() - began, `${operation.id} ${pointer(at)}`).toBeLessThan(1500)
      }
    }
    await unchanged()
  })
})

describe('what is large and valid is stored', () => {
  const words = (most: number, from: number): string => {
    let text = ''
    for (let index = from; text.length < most - 20; index++) text += `w${(index * 2_654_435_761).toString(36)} `
    return `${text}end`
  }
  const post = (path: string, body: object) =>
    ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const many = <Item>(most: number, item: (index: number) => Item): Item[] =>
    Array.from({ length: most }, (_, index) => item(index))

  test('words whose search vector could pass 1 MB, rows at their limits, thousands of rows at once', async () => {
    const whole = anAgreement({
      reference: 'R'.repeat(100),
      title: '\u{1F600}'.repeat(2000),
      summary: words(20_000, 0),
      alternativeTitles: many(50, (index) => ({ language: 'en', title: words(2000, index * 1000) })),
      identifiers: many(50, (index) => ({
        scheme: 's'.repeat(40),
        value: `${'\u{10FFFD}'.repeat(197)}${index + 100}`,
      })),
      documents: many(50, (index) => ({
        title: words(500, index * 77),
        url: `https://example.org/${'a'.repeat(1900)}${index}`,
      })),
      sources: many(200, (index) => ({ key: `k${index}`, title: words(500, index * 991), quote: words(5000, index) })),
      dates: [
        { event: 'signed', date: '2019-03-05' },
        ...many(499, (index) => ({
          event: 'amended',
          occurrence: index + 1,
          date: '2020-01-01',
          place: words(250, index * 313),
        })),
      ],
    })
    expect(Buffer.byteLength(JSON.stringify(whole))).toBeLessThan(2 * 1024 * 1024)
    const answer = await post('/v1/agreements', whole)
    expect(answer.status, answer.text.slice(0, 300)).toBe(201)
  })

  test.each([
    ['squared words', '\u3316'],
    ['ligatures of a sentence', '\uFDFA'],
    ['one long word', 'a'],
    ['double-struck letters', '\u{1D538}'],
  ])('titles, summaries and names of %s', async (_, letter) => {
    const text = letter.repeat(2000)
    const answer = await post('/v1/agreements', anAgreement({ title: text, summary: letter.repeat(20_000) }))
    expect(answer.status, answer.text.slice(0, 300)).toBe(201)
    const signatory = {
      code: `X-${letter.codePointAt(0)}-${'X'.repeat(30)}`,
      name: letter.repeat(300),
      kind: 'other',
      parent: letter === 'a' ? 'JP' : null,
      aliases: many(100, () => letter.repeat(300)),
    }
    const body = await post('/v1/signatories', signatory)
    expect(body.status, body.text.slice(0, 300)).toBe(201)
  })
})
