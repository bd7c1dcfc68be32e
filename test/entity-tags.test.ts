import { beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../src/sample.ts'
import { operations } from './support/fuzz/document.ts'
import { bearing } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
let address: string
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
  address = (await register.api.post('/v1/agreements').send(anAgreement()).expect(201)).headers['location']!
})

const get = (url: string, tags: string) => register.app.inject({ url, headers: { 'if-none-match': tags } })
const patch = (tags: string) =>
  register.app.inject({
    method: 'PATCH',
    url: address,
    headers: { ...bearing('editor'), 'if-match': tags },
    payload: { title: anAgreement().title },
  })

/** Lists of entity tags as RFC 9110 has them, with `"1"` among them. */
const lists = [
  '"1"',
  `"${'a'.repeat(80)}", "1"`,
  `"${'a'.repeat(10_000)}","1"`,
  `${Array.from({ length: 1000 }, (_, i) => `"v${i}"`).join(', ')}, "1"`,
  '"a,b", "1"',
  '"W/", "1"',
  '"", "1"',
  '"é", "1"',
  'W/"0", "1"',
  ', ,"0" ,, "1",',
  '"0"\t \t,\t\t\t"1"',
]

/** What is neither `*` nor such a list. */
const malformed = ['1', '"1', '1"', '"0" "1"', 'w/"1"', 'W/ "1"', '*, "1"', '"1";q=1', '"a b", "1"', "'1'"]

const short = (tags: string): string => (tags.length > 40 ? `${tags.slice(0, 40)} …` : tags)
const named = (all: string[]) => all.map((tags): [string, string] => [short(tags), tags])

describe.each(named(lists))('the list of entity tags %s', (_, tags) => {
  test('is understood: 304 to who has one of them, and a write of who read one of them', async () => {
    expect((await get(address, tags)).statusCode).toBe(304)
    expect((await patch(tags)).statusCode).toBe(200)
  })

  test('without the one that holds is understood too: 200, and 412', async () => {
    const others = tags.replace(/"1"(?=,?$)/, '"7"')
    expect((await get(address, others)).statusCode).toBe(200)
    expect((await patch(others)).statusCode).toBe(412)
  })
})

test('a list may be empty: nothing is had, and nothing was read', async () => {
  expect((await get(address, '')).statusCode).toBe(200)
  expect((await patch('')).statusCode).toBe(412)
})

describe.each(named(malformed))('what is no list of entity tags, as %s', (_, tags) => {
  test('is passed over by a read', async () => {
    const { statusCode, headers } = await get(address, tags)
    expect([statusCode, headers['etag']]).toEqual([200, '"1"'])
  })

  test('lets no write pass, and is told to be malformed', async () => {
    const answer = await patch(tags)
    const message = 'If-Match must be `*`, or entity tags in their quotes, such as "3".'
    expect([answer.statusCode, answer.headers['etag']]).toEqual([412, '"1"'])
    expect(answer.json()).toMatchObject({
      code: 'stale',
      detail: message,
      errors: [{ parameter: 'if-match', message }],
    })
  })
})

/** Every operation that takes If-None-Match, at the address that its examples make. */
const conditional = operations
  .filter(({ parameters }) => parameters.some(({ name }) => name === 'If-None-Match'))
  .map(({ id, path, parameters }) => ({
    id,
    url: parameters
      .filter((one): one is typeof one & { example: string } => one.in === 'path')
      .reduce((filled, { name, example }) => filled.replace(`{${name}}`, encodeURIComponent(example)), path),
  }))

test.each(conditional)('$id never refuses a read for its If-None-Match', async ({ url }) => {
  for (const tags of [`"${'a'.repeat(80)}"`, ...malformed]) expect((await get(url, tags)).statusCode).toBe(200)
  const { headers } = await register.app.inject({ url })
  expect((await get(url, `"${'a'.repeat(80)}", ${String(headers['etag'])}`)).statusCode).toBe(304)
  expect((await get(url, `W/${String(headers['etag'])}`)).statusCode).toBe(304)
  expect((await get(url, '*')).statusCode).toBe(304)
})
