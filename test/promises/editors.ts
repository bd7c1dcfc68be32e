import { describe, expect, test } from 'vitest'
import { anAgreement, freshRegister } from '../support/register.ts'

/** No edit of an agreement is lost when several editors work on it at the same time. */
export function everyEditIsKept({ editors }: { editors: number }): void {
  describe(`${editors} editors of one agreement`, () => {
    test('who each append their number, and retry after a conflict, lose none', async () => {
      const { api } = await freshRegister()
      const created = await api
        .post('/v1/agreements')
        .send(anAgreement({ summary: 'Editors:' }))
        .expect(201)
      const address = created.headers['location']!
      let retries = 0
      const append = async (number: number): Promise<void> => {
        for (;;) {
          const { body, headers } = await api.get(address).expect(200)
          const summary = `${body.summary} ${number}`
          const { status } = await api.patch(address).set('If-Match', headers['etag']!).send({ summary })
          if (status === 200) return
          expect([412, 503]).toContain(status) // stale, or busy on a slow machine: not written in either case
          retries += 1
        }
      }
      const all = Array.from({ length: editors }, (_, number) => number)
      await Promise.all(all.map(append))
      const { body } = await api.get(address).expect(200)
      const numbers = body.summary.replace('Editors: ', '').split(' ').map(Number)
      expect(numbers.toSorted((a: number, b: number) => a - b)).toEqual(all)
      expect(body.version).toBe(editors + 1)
      expect(retries).toBeGreaterThan(0)
    })
  })
}
