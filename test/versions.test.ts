import { applyPatch, type Operation } from 'rfc6902'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { patchBetween } from '../src/versions/patch.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

/** The result of a patch. */
function patched(before: unknown, patch: object[]): unknown {
  const document = { document: structuredClone(before) }
  const at = (pointer: string) => `/document${pointer}`
  const within = (patch as (Operation & { from?: string })[]).map((operation) => ({
    ...operation,
    path: at(operation.path),
    ...(operation.from !== undefined && { from: at(operation.from) }),
  }))
  expect(applyPatch(document, within as Operation[]).filter((failure) => failure !== null)).toEqual([])
  return document.document
}

/** No body of the API has a field `__proto__`, and the package that applies patches refuses one. */
const anything = fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('"__proto__"'))
const item = fc.record(
  {
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    event: fc.constantFrom('signed', 'ended'),
    'a/b~c': anything,
  },
  { requiredKeys: ['id'] },
)
/** Lists whose items mostly have unique ids, in any order. */
const list = fc.oneof(
  fc.uniqueArray(item, { selector: ({ id }) => id, maxLength: 8 }),
  fc.uniqueArray(fc.record({ key: fc.constantFrom('x', 'y', 'z'), quote: anything }), { selector: ({ key }) => key }),
  fc.array(item, { maxLength: 6 }),
  fc.array(fc.oneof(anything, item), { maxLength: 6 }),
)
const document = fc.record(
  {
    title: fc.string(),
    dates: list,
    sources: list,
    term: fc.option(
      fc.dictionary(
        fc.string().filter((name) => name !== '__proto__'),
        anything,
      ),
    ),
  },
  { requiredKeys: [] },
)

describe('the patch between two documents', () => {
  test('converts the first into the second, for any documents', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(document, document), fc.tuple(anything, anything)), ([before, after]) => {
        expect(patched(before, patchBetween(before, after))).toEqual(after)
      }),
      { numRuns: 1500 },
    )
  })

  test('is empty between a document and itself', () => {
    fc.assert(
      fc.property(document, (one) => {
        expect(patchBetween(one, structuredClone(one))).toEqual([])
      }),
    )
  })

  const dates = (ids: number[], over: object = {}) => ids.map((id) => ({ id: `date-${id}`, day: '2019', ...over }))
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

  test('replaces each of 500 dates, and contains nothing else', () => {
    const [before, after] = [{ dates: dates(numbers(0, 500)) }, { dates: dates(numbers(500, 1000)) }]
    const patch = patchBetween(before, after)
    expect(patch).toEqual(after.dates.map((value, i) => ({ op: 'replace', path: `/dates/${i}`, value })))
    expect(JSON.stringify(patch).length).toBeLessThan(3 * JSON.stringify(after).length)
  })

  test.each([
    [
      'one that is changed',
      [1, 2, 3],
      dates([1, 2, 3], {}).with(1, { id: 'date-2', day: '2020' }),
      ['replace /dates/1/day'],
    ],
    ['one that is gone', [1, 2, 3], dates([1, 3]), ['remove /dates/1']],
    ['one that is new', [1, 3], dates([1, 2, 3]), ['add /dates/1']],
    ['one that another replaces', [1, 2, 3], dates([1, 9, 3]), ['replace /dates/1']],
    ['one that moved to the end', [1, 2, 3, 4], dates([2, 3, 4, 1]), ['move /dates/0 /dates/3']],
    ['one that moved to the beginning', [1, 2, 3, 4], dates([4, 1, 2, 3]), ['move /dates/3 /dates/0']],
    ['all of a list', [1, 2], dates([]), ['remove /dates/1', 'remove /dates/0']],
    ['the first ones', [], dates([1, 2]), ['add /dates/0', 'add /dates/0']],
  ])('tells of items by their ids: %s', (_what, before, after, expected) => {
    const patch = patchBetween({ dates: dates(before) }, { dates: after })
    const told = patch.map((one) => [one.op, 'from' in one ? one.from : [], one.path].flat().join(' '))
    expect(told).toEqual(expected)
    expect(patched({ dates: dates(before) }, patch)).toEqual({ dates: after })
  })

  test('moves as few items as possible', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(numbers(0, 30), { minLength: 30 }), fc.nat(29), fc.nat(29), (order, from, to) => {
        const after = order.toSpliced(from, 1).toSpliced(to, 0, order[from]!)
        expect(patchBetween(dates(order), dates(after)).length).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('reverses 500 dates in 499 moves', () => {
    const patch = patchBetween(dates(numbers(0, 500)), dates(numbers(0, 500).toReversed()))
    expect(patch.map(({ op }) => op)).toEqual(Array.from({ length: 499 }, () => 'move'))
    expect(patched(dates(numbers(0, 500)), patch)).toEqual(dates(numbers(0, 500).toReversed()))
  })
})

describe('a page of a history', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })

  interface Page {
    items: { version: number; operation: string; patch: Operation[] }[]
    nextCursor: string | null
  }

  const read = async (address: string): Promise<Page> => (await register.api.get(address).expect(200)).body

  /** All pages of a history. */
  async function pages(id: string, limit: number): Promise<Page[]> {
    const all: Page[] = []
    for (let cursor: string | null = ''; cursor !== null; cursor = all.at(-1)!.nextCursor) {
      all.push(await read(`/v1/agreements/${id}/versions?limit=${limit}${cursor && `&cursor=${cursor}`}`))
    }
    return all
  }

  const put = (id: string, body: object) =>
    register.api.put(`/v1/agreements/${id}`).set('If-Match', '*').send(body).expect(200)

  const create = async (body: object): Promise<string> =>
    (await register.api.post('/v1/agreements').send(body).expect(201)).body.id

  test('ends early when its changes have more than 3 MB, and the next page continues there', async () => {
    const body = (n: number) =>
      anAgreement({
        sources: Array.from({ length: 100 }, (_, i) => ({
          key: `s${i}`,
          title: 'A gazette',
          quote: `${n}`.repeat(4000),
        })),
      })
    const id = await create(body(0))
    for (let n = 1; n < 10; n++) await put(id, body(n))
    const all = await pages(id, 200)
    expect(all.map(({ items }) => items.length)).toEqual([3, 3, 3, 1])
    for (const { items } of all) expect(JSON.stringify(items).length).toBeLessThan(5_000_000)
    expect(all.flatMap(({ items }) => items.map(({ version }) => version))).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
  })

  test('ends early when the documents read for it have more than 8 MB', async () => {
    const sources = Array.from({ length: 199 }, (_, i) => ({
      key: `s${i}`,
      title: 'A gazette',
      quote: 'q'.repeat(5000),
    }))
    const id = await create(anAgreement({ sources }))
    for (let n = 1; n < 12; n++) {
      await register.api
        .patch(`/v1/agreements/${id}`)
        .set('If-Match', '*')
        .send({ title: `Title ${n}` })
        .expect(200)
    }
    const all = await pages(id, 200)
    expect(all.map(({ items }) => items.length)).toEqual([8, 4])
    expect(all.flatMap(({ items }) => items.slice(0, -1).map(({ patch }) => patch.length))).toEqual(
      Array.from({ length: 10 }, () => 3),
    )
  })

  test('shows the same history for any page size, including deletions and restorations', async () => {
    const id = await create(anAgreement())
    await put(id, anAgreement({ title: 'One' }))
    for (let n = 0; n < 2; n++) {
      await register.api.delete(`/v1/agreements/${id}`).set('If-Match', '*').expect(204)
      await register.api.post(`/v1/agreements/${id}/restore`).expect(200)
    }
    await put(id, anAgreement({ title: 'Two' }))
    const [whole] = await pages(id, 200)
    expect(whole!.items.map(({ operation }) => operation)).toEqual(
      'updated restored deleted restored deleted updated created'.split(' '),
    )
    expect(whole!.items.map(({ patch }) => patch.some(({ path }) => path === '/title'))).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
      false,
    ])
    for (const limit of [1, 2, 3, 6, 7, 8]) {
      const all = await pages(id, limit)
      expect(all.flatMap(({ items }) => items)).toEqual(whole!.items)
      expect(all.length).toBe(Math.ceil(7 / limit))
    }
  })
})
