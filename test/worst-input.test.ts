import { beforeAll, describe, expect, test } from 'vitest'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

const numbers = (most: number): number[] => Array.from({ length: most }, (_, i) => i)
const list = (most: number, item: (i: number) => object): object[] => numbers(most).map(item)

const post = (body: object | string, status: number) =>
  register.api.post('/v1/agreements').set('content-type', 'application/json').send(body).expect(status)

describe('a body is read only when it holds no more than a body needs', () => {
  const message = async (body: string, status: number): Promise<string> => (await post(body, status)).body.detail

  const many = (most: number, piece: string) =>
    `[${numbers(most)
      .map(() => piece)
      .join(',')}]`

  test.each([
    ['numbers', (n: number) => many(n, '1')],
    ['lists', (n: number) => many(n / 2, '[0]')],
    ['objects', (n: number) => many(n / 2, '{"a":1}')],
  ])('50,000 values, which are %s', async (_what, body) => {
    expect(await message(body(49_000), 400)).not.toContain('50000')
    expect(await message(body(51_000), 413)).toBe('The body must hold at most 50000 values.')
  })

  test('500 fields in one object, however many objects there are', async () => {
    const fields = (n: number) => numbers(n).map((i) => `"a${i}":[":",{"b":1}]`)
    const object = (n: number) => `{${fields(n).join(',')}}`
    expect(await message(`{"a":[${[500, 500, 500].map(object).join(',')}]}`, 400)).not.toContain('500 fields')
    expect(await message(`{"a":[${[1, 501].map(object).join(',')}]}`, 413)).toBe(
      'An object of the body must have at most 500 fields.',
    )
  })

  test('what stands in a text is no value and no field', async () => {
    const { body } = await post(anAgreement({ summary: '[{,:"\\"'.repeat(2000), title: ',:[\\'.repeat(400) }), 201)
    expect(body).toMatchObject({ summary: '[{,:"\\"'.repeat(2000), title: ',:[\\'.repeat(400) })
  })

  test('the largest agreement that may be is within it', async () => {
    const sources = list(200, (i) => ({ key: `s${i}`, title: 'A gazette' }))
    await post(
      anAgreement({
        sources,
        dates: list(500, (i) => ({ event: 'amended', occurrence: 1 + i, date: '2019', place: 'Seoul', source: 's0' })),
        claims: list(100, () => ({ statement: 'It is new.', source: 's1' })),
        documents: list(50, () => ({ title: 'Text', url: 'https://example.org' })),
        identifiers: list(50, (i) => ({ scheme: 'worst', value: `${i}` })),
        signatories: list(100, (i) => ({ side: 1 + (i % 2), signatory: i % 2 ? 'JP' : 'US', source: 's2' })),
      }),
      201,
    )
  })
})

describe('of what is wrong many times over', () => {
  interface Problem {
    errors: { pointer: string; code: string; didYouMean?: string }[]
  }

  test('a hundred errors are told, of thousands', async () => {
    const nothing = Object.fromEntries(numbers(90).map((i) => [`nothing${i}`, i]))
    const { body } = await post(anAgreement({ dates: list(500, () => ({ ...nothing })) }), 400)
    expect((body as Problem).errors).toHaveLength(100)
  })
})
