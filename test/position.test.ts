import { beforeAll, describe, expect, test } from 'vitest'
import { KeptResults } from '../src/agreements/list/kept-results.ts'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import type { Agreement } from '../src/agreements/schemas.ts'
import { CallerGone } from '../src/database/errors.ts'
import { addInBulk, numberedId } from './support/bulk.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  const days = ['1999-05-04', '1999-05', '1999-05-31', '1999-06-01', '1999', '2010-01-01', '../1980-01-01', undefined]
  const bulk = Array.from({ length: 64 }, (_, i) => {
    const day = days[(i * 5) % days.length]
    return { id: numberedId(i), body: anAgreement({ dates: day ? [{ event: 'signed', date: day }] : [] }) }
  })
  await addInBulk(register.db, bulk, register.today())
  // Until the worker has published what the vocabularies changed, the state of the register is not known.
  await publishAll(register.db, register.today())
})

async function listed(query: string): Promise<string[]> {
  const { body } = await register.api.get(`/v1/agreements?${query}&sort=signed&limit=200`).expect(200)
  return (body.items as Agreement[]).map(({ id }) => id)
}

describe('the positions of all agreements are those of the list in order of signature', () => {
  const check = async (query: string) => {
    const ids = await listed(query)
    expect(ids.length).toBeGreaterThan(60)
    for (const [i, id] of ids.entries()) {
      const { body } = await register.api.get(`/v1/agreements/${id}/position?${query}`).expect(200)
      const found = [body.position, body.total, body.previous?.id, body.next?.id]
      expect(found, id).toEqual([i + 1, ids.length, ids[i - 1], ids[i + 1]])
    }
  }

  test.each(['party=US', 'pair=US,JP', 'party=US&party=JP'])('%s', check)

  test('also after a change', async () => {
    const [first] = await listed('party=US')
    await check('party=US')
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ dates: [{ event: 'signed', date: '1999-05-05' }] }))
      .expect(201)
    await check('party=US')
    await register.api.delete(`/v1/agreements/${first}`).set('If-Match', '*').expect(204)
    await check('party=US')
    await publishAll(register.db, register.today())
    await check('party=US')
  })
})

describe('results that are kept', () => {
  test('are worked out once for requests at the same time, and again after a change', async () => {
    const kept = new KeptResults()
    let worked = 0
    const read = () => kept.read(register.db, 'key', async () => (worked += 1))
    await expect(Promise.all([read(), read(), read()])).resolves.toEqual([1, 1, 1])
    await expect(read()).resolves.toBe(1)
    await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    await expect(read()).resolves.toBe(2)
  })

  test('are worked out by another request when the first caller leaves; other failures are those of all', async () => {
    const kept = new KeptResults()
    const failing = (error: Error) => {
      let worked = 0
      return () =>
        kept.read(register.db, error.name, async () => {
          worked += 1
          await new Promise((settle) => setTimeout(settle, 50))
          if (worked === 1) throw error
          return worked
        })
    }
    const gone = failing(new CallerGone('gone'))
    // Either of them may be the first.
    const ends = await Promise.allSettled([gone(), gone()])
    expect(ends).toContainEqual({ status: 'fulfilled', value: 2 })
    expect(ends).toContainEqual({ status: 'rejected', reason: new CallerGone('gone') })
    const broken = failing(new RangeError('broken'))
    await expect(Promise.allSettled([broken(), broken()])).resolves.toMatchObject([
      { status: 'rejected', reason: { message: 'broken' } },
      { status: 'rejected', reason: { message: 'broken' } },
    ])
  })
})
