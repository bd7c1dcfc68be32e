import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { beforeAll, describe, expect, test } from 'vitest'
import { ClaimedValues } from '../../src/agreements/publication/conflicts.ts'
import { type Outcome, publishMany } from '../../src/agreements/publication/many.ts'
import { type Agreement, AgreementReplacement } from '../../src/agreements/schemas.ts'
import { type Database } from '../../src/database/connect.ts'
import { anAgreement, freshRegister, type Register } from '../support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  const body = { code: 'US-DHS', name: 'Department of Homeland Security', kind: 'agency', parent: 'US' }
  await register.api.post('/v1/signatories').send(body).expect(201)
})

const publish = (bodies: object[], db: Database = register.db): Promise<Outcome[]> => {
  const writes = bodies.map((body) => ({ id: uuidv7(), input: AgreementReplacement.parse(body) }))
  const author = { actor: 'key:TestKeyadmin (Test admin)', note: null, today: register.today }
  return db.transaction((db) => publishMany(db, author, writes, new ClaimedValues()))
}

const errorsOf = (outcome: Outcome | undefined) =>
  outcome && 'errors' in outcome ? outcome.errors.map(({ pointer, code }) => `${pointer} ${code}`) : []

/** A document without the ids and instants that differ between two agreements. */
const comparable = (text: string): unknown =>
  JSON.parse(
    text
      .replaceAll(/"id":"[0-9a-f-]{14}7[0-9a-f-]+"/g, (id) => (text.split(id).length > 2 ? id : '"id":""'))
      .replaceAll(/"(createdAt|updatedAt)":"[^"]+"/g, '"$1":""'),
  )

/** Agreements of many forms; `prefix` keeps their references and identifiers apart. */
const various = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) =>
    anAgreement({
      reference: `${prefix}-${i}`,
      title: `Agreement ${i} on Ice`,
      binding: i % 2 === 0 ? 'binding' : 'unknown',
      signatories: [
        { side: 1, signatory: ['US', 'FR', 'US-DHS'][i % 3]! },
        { side: 2, signatory: ['JP', 'KR', 'BR', 'SUHH'][i % 4]!, representative: { name: 'A. Person', office: null } },
      ],
      dates: [
        { event: 'signed', date: `19${60 + (i % 40)}-03-05`, place: 'Tokyo' },
        { event: 'entered_into_force', date: `19${60 + (i % 40)}-04`, source: 'gazette' },
      ],
      term: i % 3 === 0 ? { length: 'P5Y', atEnd: 'renews', renewal: { length: 'P5Y' } } : null,
      identifiers: [{ scheme: prefix, value: String(i) }],
      researchDomains: i % 5 === 0 ? ['ford:2.1'] : [],
      sources: [{ key: 'gazette', title: 'Gazette' }],
    }),
  )

describe('many agreements published together', () => {
  test('150 have the same documents as 150 that are posted one by one', async () => {
    const outcomes = await publish(various(150, 'm'))
    expect(outcomes.flatMap(errorsOf)).toEqual([])
    const single = various(150, 'm').map((body, i) => ({
      ...body,
      reference: `s-${i}`,
      identifiers: [{ scheme: 's', value: String(i) }],
    }))
    const together = await register.db.query<{ reference: string; document: string }>(
      sql`select reference, document from agreements where reference like 'm-%'`,
    )
    const documents = new Map(together.map(({ reference, document }) => [reference, document]))
    for (const [i, body] of single.entries()) {
      const { text } = await register.api.post('/v1/agreements').send(body).expect(201)
      const renamed = documents
        .get(`m-${i}`)!
        .replace(`"reference":"m-${i}"`, `"reference":"s-${i}"`)
        .replace('"scheme":"m"', '"scheme":"s"')
      expect(comparable(renamed)).toEqual(comparable(text))
    }
    const [first] = (await register.api.get('/v1/agreements?reference=m-0').expect(200)).body.items as Agreement[]
    const { body } = await register.api.get(`/v1/agreements/${first!.id}/versions`).expect(200)
    expect(body.items).toMatchObject([{ version: 1, operation: 'created', actor: 'key:TestKeyadmin (Test admin)' }])
  })

  test('those with errors have all of theirs; the others are stored', async () => {
    const outcomes = await publish([
      anAgreement({ reference: 'good-1' }),
      anAgreement({
        signatories: [
          { side: 1, signatory: 'XX-NOBODY' },
          { side: 1, signatory: 'JP' },
        ],
        researchDomains: ['ford:2.1', 'nothing:9'],
        dates: [{ event: 'signed', date: '2019', source: 'missing' }],
      }),
      anAgreement({ reference: 'good-2', relations: [{ kind: 'amends', agreement: 'no-such-agreement' }] }),
      anAgreement({
        reference: 'good-3',
        signatories: [
          { side: 1, signatory: 'US' },
          { side: 2, signatory: 'US-DHS' },
        ],
      }),
      anAgreement({ reference: 'good-4' }),
    ])
    expect(outcomes.map(errorsOf)).toEqual([
      [],
      [
        '/signatories/0/signatory unknown_code',
        '/researchDomains/1 unknown_code',
        '/signatories one_sided',
        '/dates/0/source unknown_source',
      ],
      ['/relations/0/agreement unknown_code'],
      ['/signatories/1/signatory same_party'],
      [],
    ])
    const query = 'reference=good-1&reference=good-2&reference=good-4&sort=updated'
    const stored = await register.api.get(`/v1/agreements?${query}`).expect(200)
    expect(stored.body.items).toMatchObject([{ reference: 'good-1' }, { reference: 'good-4' }])
  })

  test('each of more than a hundred references to nothing is an error of its own agreement', async () => {
    const outcomes = await publish(
      Array.from({ length: 130 }, (_, i) =>
        anAgreement({
          signatories: [
            { side: 1, signatory: `NOBODY-${i}` },
            { side: 2, signatory: 'JP' },
          ],
        }),
      ),
    )
    expect(new Set(outcomes.map((one) => errorsOf(one).join()))).toEqual(
      new Set(['/signatories/0/signatory unknown_code']),
    )
  })

  test('what another agreement already has is refused as by a single creation', async () => {
    const body = anAgreement({ reference: 'Held', identifiers: [{ scheme: 'held', value: '04-601' }] })
    const { id } = (await register.api.post('/v1/agreements').send(body).expect(201)).body as Agreement
    const again = { ...body, reference: 'HELD' }
    const single = await register.api.post('/v1/agreements').send(again).expect(409)
    const [outcome] = await publish([again])
    expect(outcome).toEqual({ errors: single.body.errors })
    expect(single.body.errors).toHaveLength(2)
    expect(single.body.errors[0]).toMatchObject({ conflictsWith: `/v1/agreements/${id}` })
  })

  test('of two with the same reference or identifier, the first is stored and the second refused', async () => {
    const outcomes = await publish([
      anAgreement({ reference: 'twin', identifiers: [{ scheme: 'tias', value: '99-0601' }] }),
      anAgreement({ reference: 'TWIN' }),
      anAgreement({ identifiers: [{ scheme: 'tias', value: 'TIAS 99-601' }] }),
    ])
    expect(outcomes.map(errorsOf)).toEqual([[], ['/reference taken'], ['/identifiers/0 taken']])
    expect(outcomes[1]).toMatchObject({
      errors: [{ message: expect.stringMatching(/^Agreement \S+ \(twin\), ".*", has the reference `twin`\.$/) }],
    })
  })

  test('one that is refused claims nothing', async () => {
    const outcomes = await publish([
      anAgreement({ reference: 'free', signatories: [{ side: 1, signatory: 'US' }] }),
      anAgreement({ reference: 'free' }),
    ])
    expect(outcomes.map(errorsOf)).toEqual([['/signatories one_sided'], []])
  })

  test('as many queries for 500 as for twelve', async () => {
    const queries = async (count: number): Promise<number> => {
      let asked = 0
      const watched = register.db.watchedBy((_, work) => {
        asked += 1
        return work()
      })
      await publish(various(count, `q${count}`), watched)
      return asked
    }
    const few = await queries(12)
    expect(await queries(500)).toBe(few)
  })

  test('a long transaction keeps nothing of what it has stored', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const used = () => {
      collect()
      return process.memoryUsage().heapUsed
    }
    const kept = await register.db.transaction(async (db) => {
      await publish([anAgreement()], db)
      const before = used()
      for (let i = 0; i < 20; i += 1) {
        await publish(
          Array.from({ length: 25 }, (_, n) => anAgreement({ summary: `${i} ${n} `.repeat(3000) })),
          db,
        )
      }
      return used() - before
    })
    expect(kept).toBeLessThan(5_000_000)
  })
})
