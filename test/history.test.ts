import { applyPatch, type Operation } from 'rfc6902'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

interface Entry {
  version: number
  operation: string
  cause: string
  note: string | null
  publishedAt: string
  patch: Operation[]
}

describe('the history of an agreement', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })

  const create = async (over: object = {}): Promise<string> =>
    (await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)).body.id
  const patch = (id: string, body: object, note = '') =>
    register.api.patch(`/v1/agreements/${id}`).set('If-Match', '*').set('X-Change-Note', note).send(body).expect(200)
  const read = async (address: string, status = 200) => (await register.api.get(address).expect(status)).body

  test('tells who changed what, when and why, the latest first, page by page', async () => {
    const id = await create({ summary: 'One.' })
    await patch(id, { summary: 'Two.' }, 'A better summary')
    await patch(id, { title: 'Another title' })
    const first = await read(`/v1/agreements/${id}/versions?limit=2`)
    const second = await read(`/v1/agreements/${id}/versions?limit=2&cursor=${first.nextCursor}`)
    const entries: Entry[] = [...first.items, ...second.items]
    expect(entries.map(({ version, operation, cause, note }) => [version, operation, cause, note])).toEqual([
      [3, 'updated', 'edit', null],
      [2, 'updated', 'edit', 'A better summary'],
      [1, 'created', 'edit', null],
    ])
    expect(second.nextCursor).toBeNull()
    expect(entries[1]!.patch).toContainEqual({ op: 'replace', path: '/summary', value: 'Two.' })
    expect(entries[2]!.patch).toEqual([])
  })

  test('holds each former state, whole, by its version and by its instant, and patches that lead from one to the next', async () => {
    const edits = fc.oneof(
      fc.record({ title: fc.string({ minLength: 1, maxLength: 20 }).map((text) => `T${text.replaceAll('\0', '')}`) }),
      fc.record({ summary: fc.constantFrom(null, 'Floods.', 'Storms.') }),
      fc.record({ languages: fc.subarray(['en', 'fr', 'ko', 'ja']) }),
      fc.record({
        claims: fc.array(fc.record({ statement: fc.constantFrom('It is new.', 'It is old.') }), { maxLength: 4 }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(edits, { minLength: 1, maxLength: 8 }), async (changes) => {
        const id = await create()
        const states = new Map<number, object>()
        const remember = (state: { version: number }) => states.set(state.version, state)
        remember(await read(`/v1/agreements/${id}`))
        for (const change of changes) remember((await patch(id, change)).body)

        const { items }: { items: Entry[] } = await read(`/v1/agreements/${id}/versions?limit=200`)
        expect(items.map(({ version }) => version).toReversed()).toEqual([...states.keys()])
        let replayed = states.get(1)!
        for (const { version, patch, publishedAt } of items.toReversed()) {
          replayed = structuredClone(replayed)
          expect(applyPatch(replayed, patch).every((failure) => failure === null)).toBe(true)
          expect(replayed).toEqual(states.get(version))
          expect((await read(`/v1/agreements/${id}/versions/${version}`)).document).toEqual(states.get(version))
          const sameInstant = items.filter((item) => item.publishedAt === publishedAt).map((item) => item.version)
          expect(await read(`/v1/agreements/${id}?asOf=${publishedAt}`)).toEqual(states.get(Math.max(...sameInstant)))
        }
      }),
      { numRuns: 15 },
    )
  })

  test('outlives deletion: the register still says what it held before', async () => {
    const id = await create({ summary: 'Here.' })
    const before = await read(`/v1/agreements/${id}`)
    await register.api.delete(`/v1/agreements/${id}`).set('If-Match', '"1"').expect(204)
    await read(`/v1/agreements/${id}`, 404)
    const { items } = await read(`/v1/agreements/${id}/versions`)
    expect(items.map(({ operation }: Entry) => operation)).toEqual(['deleted', 'created'])
    expect((await read(`/v1/agreements/${id}/versions/2`)).document).toBeNull()
    await read(`/v1/agreements/${id}?asOf=${items[0].publishedAt}`, 404)
    if (items[0].publishedAt !== before.updatedAt) {
      expect(await read(`/v1/agreements/${id}?asOf=${before.updatedAt}`)).toEqual(before)
    }
    const { body: restored } = await register.api.post(`/v1/agreements/${id}/restore`).expect(200)
    expect(restored).toEqual({ ...before, version: 3, updatedAt: restored.updatedAt })
    const { items: after } = await read(`/v1/agreements/${id}/versions`)
    expect(after[0]).toMatchObject({ version: 3, operation: 'restored' })
  })

  test('has nothing from before it began, and nothing of what never was', async () => {
    const id = await create()
    expect(await read(`/v1/agreements/${id}?asOf=2001-01-01T00:00:00Z`, 404)).toMatchObject({ code: 'not_found' })
    await read(`/v1/agreements/${id}/versions/2`, 404)
    await read(`/v1/agreements/${'0'.repeat(8)}-0000-7000-8000-000000000000/versions`, 404)
    expect(await read(`/v1/agreements/${id}?asOf=yesterday`, 400)).toMatchObject({ errors: [{ parameter: 'asOf' }] })
  })

  test('takes an instant with any offset', async () => {
    const id = await create()
    const { updatedAt } = await read(`/v1/agreements/${id}`)
    const inSeoul = new Date(Date.parse(updatedAt) + 9 * 3_600_000).toISOString().replace('Z', '+09:00')
    expect((await read(`/v1/agreements/${id}?asOf=${encodeURIComponent(inSeoul)}`)).version).toBe(1)
  })
})
