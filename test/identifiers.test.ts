import { sql } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { identifierKey } from '../src/shared/identifiers.ts'
import { migrationStatements } from './support/migration.ts'
import { anAgreement, freshDatabase, freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

// Each test has all numbers for itself.
afterEach(async () => {
  const { body } = await register.api.get('/v1/agreements?limit=200').expect(200)
  for (const { id } of body.items) await register.api.delete(`/v1/agreements/${id}`).set('if-match', '*').expect(204)
})

const tias = (value: string) => ({ scheme: 'tias', value })
const post = (fields: object) => register.api.post('/v1/agreements').send(anAgreement(fields))
const idsFound = async (query: string): Promise<string[]> => {
  const { body } = await register.api.get(`/v1/agreements?${query}`).expect(200)
  return body.items.map(({ id }: { id: string }) => id)
}

describe('an identifier', () => {
  test.each([
    ['tias', ' 99-0003 ', '99-0003'],
    ['TIAS', 'TIAS 99-0003', '99-0003'],
    ['tias', 'T.I.A.S. 99-0003', '99-0003'],
    ['tias', 'TIAS No. 99-0003', '99-0003'],
    ['tias', 'tias:TIAS99-0003', '99-0003'],
    ['doi', 'https://doi.org/10.1000/AbC', '10.1000/AbC'],
    ['unts-registration', 'UNTS registration no. I-00123', 'I-00123'],
    ['tias', 'TIAS', 'TIAS'],
    ['eli', 'eli/agree/2000/1', 'eli/agree/2000/1'],
  ])('%s %j is shown as %j', async (scheme, value, shown) => {
    const { body } = await post({ identifiers: [{ scheme, value }] }).expect(201)
    expect(body.identifiers).toEqual([{ scheme: scheme.toLowerCase(), value: shown }])
  })

  const forms = [
    '99-0003',
    'TIAS 99-0003',
    ' 99-0003 ',
    '99-3',
    '99–03',
    '99 - 0003',
    'tias no. 099-0003',
    'T.I.A.S. 99-3',
    '99\u200b-3',
  ]

  test('is found however it is written', async () => {
    const { body } = await post({ identifiers: [tias('99-0003')] }).expect(201)
    for (const form of forms)
      expect(await idsFound(`identifier=${encodeURIComponent(`TIAS:${form}`)}`), form).toEqual([body.id])
    expect(await idsFound('identifier=tias:99-30')).toEqual([])
    expect(await idsFound('identifier=unts:99-0003')).toEqual([])
  })

  test('of another agreement is refused however it is written, with that agreement and the item', async () => {
    const { body: first } = await post({ reference: 'FIRST', identifiers: [tias('99-0003')] }).expect(201)
    for (const form of forms) {
      const { body } = await post({ identifiers: [{ scheme: 'eli', value: form }, tias(form)] }).expect(409)
      expect(body.code).toBe('taken')
      expect(body.errors).toEqual([
        {
          pointer: '/identifiers/1',
          code: 'taken',
          message: expect.stringContaining(`${first.id} (FIRST)`),
          conflictsWith: `/v1/agreements/${first.id}`,
        },
      ])
    }
  })

  test('is repeated in one agreement however it is written', async () => {
    const { body } = await post({ identifiers: [tias('99-0003'), tias('TIAS 99-3')] }).expect(422)
    expect(body.errors).toEqual([expect.objectContaining({ pointer: '/identifiers/1', code: 'repeated' })])
  })

  test('of a scheme without counted numbers keeps its zeros', async () => {
    await post({ identifiers: [{ scheme: 'celex', value: '22000A0101(01)' }] }).expect(201)
    await post({ identifiers: [{ scheme: 'celex', value: '22000A101(1)' }] }).expect(201)
    await post({ identifiers: [{ scheme: 'celex', value: '22000a0101(01)' }] }).expect(409)
  })
})

test('all that is taken is told at once: the reference, and every identifier with its holder', async () => {
  const { body: first } = await post({ reference: 'DHS/1', identifiers: [tias('1')] }).expect(201)
  const { body: second } = await post({ identifiers: [tias('2')] }).expect(201)
  const { body } = await post({ reference: 'dhs/1', identifiers: [tias('3'), tias('02'), tias('01')] }).expect(409)
  expect(body.errors.map(({ pointer, conflictsWith }: Record<string, string>) => [pointer, conflictsWith])).toEqual([
    ['/reference', `/v1/agreements/${first.id}`],
    ['/identifiers/1', `/v1/agreements/${second.id}`],
    ['/identifiers/2', `/v1/agreements/${first.id}`],
  ])
})

test('references differ by more than letter case, and name their agreement in either', async () => {
  const { body: one } = await post({ reference: 'Vienna/2019' }).expect(201)
  await post({ reference: 'VIENNA/2019' }).expect(409)
  expect(await idsFound('reference=vienna/2019')).toEqual([one.id])
  const { body: other } = await post({ relations: [{ kind: 'amends', agreement: 'VIENNA/2019' }] }).expect(201)
  expect(other.relations).toEqual([{ kind: 'amends', agreement: one.id }])
})

test('what is taken while the agreement is deleted is refused when it is restored', async () => {
  const { body: one } = await post({ reference: 'ONE', identifiers: [tias('7')] }).expect(201)
  await register.api.delete(`/v1/agreements/${one.id}`).set('if-match', '*').expect(204)
  const { body: other } = await post({ identifiers: [tias('007')] }).expect(201)
  const { body } = await register.api.post(`/v1/agreements/${one.id}/restore`).expect(409)
  expect(body.errors).toEqual([
    expect.objectContaining({ pointer: '/identifiers/0', conflictsWith: `/v1/agreements/${other.id}` }),
  ])
})

test('two writers who race for one identifier: one of them is refused', async () => {
  const statuses = await Promise.all(
    Array.from({ length: 8 }, async () => (await post({ identifiers: [tias('55')] })).status),
  )
  expect(statuses.toSorted((a, b) => a - b)).toEqual([201, ...Array(7).fill(409)])
})

test('a stored identifier gets the key that a new one would; where two share it, both stay', async () => {
  const { db } = await freshDatabase()
  const values = ['04-0601', 'TIAS 04-601', '04-602', ' TIAS No. 04–603', 'X', 'Straße 007', 'TIAS']
  const ids = (await db.query<{ id: string }>(sql`select gen_random_uuid() as id from generate_series(1, 20)`)).map(
    ({ id }) => id,
  )
  const schemes = ['tias', 'doi', 'unts-registration']
  const rows = schemes.flatMap((scheme, s) => values.map((value, v) => ({ scheme, value, id: ids[(s + v) % 20]! })))
  const update = migrationStatements('unique_keys').find((text) => text.includes('UPDATE "agreement_identifiers"'))!
  const keys = await db.transaction(async (db) => {
    await db.query(
      sql.raw(
        'create temporary table agreement_identifiers (agreement_id uuid, scheme text, value text, key text, active boolean) on commit drop',
      ),
    )
    for (const { id, scheme, value } of rows)
      await db.query(sql`insert into agreement_identifiers values (${id}::uuid, ${scheme}, ${value}, null, true)`)
    await db.query(sql.raw(update))
    return db.query<{ scheme: string; value: string; key: string }>(
      sql`select scheme, value, key from agreement_identifiers`,
    )
  })
  expect(keys).toHaveLength(rows.length)
  for (const { scheme, value, key } of keys) {
    const isSecond =
      scheme === 'tias' &&
      value ===
        (keys.find((row) => row.scheme === 'tias' && row.key === '4-601')!.value === '04-0601'
          ? 'TIAS 04-601'
          : '04-0601')
    expect(key, `${scheme} ${value}`).toBe(isSecond ? value : identifierKey({ scheme, value }))
  }
  expect(new Set(keys.map(({ scheme, key }) => `${scheme} ${key}`)).size).toBe(rows.length)
})
