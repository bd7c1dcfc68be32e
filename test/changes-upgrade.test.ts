import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Database } from '../src/database/connect.ts'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { migrationStatements } from './support/migration.ts'
import { anAgreement, freshRegister } from './support/register.ts'

/** The tables as they were before the migration. */
const former = [
  'drop table changes',
  'drop table agreement_version_listings',
  'alter table agreement_versions add column sequence bigint',
  'create unique index agreement_versions_sequence_key on agreement_versions (sequence)',
  'create index agreement_versions_unstamped_index on agreement_versions (agreement_id) where sequence is null',
]

const listingsIn = (db: Database) =>
  db.query(sql`select l.* from agreement_version_listings l join agreements a on a.id = l.agreement_id and a.version = l.version
    order by 1`)

test('an upgrade puts all that was published, merged and deleted before into the feed, in its order', async () => {
  const { api, anonymous, db, today } = await freshRegister()
  const created = async (over: object = {}) =>
    (await api.post('/v1/agreements').send(anAgreement(over)).expect(201)).body.id
  for (const code of ['LOST', 'KEPT', 'GONE']) {
    await api
      .post('/v1/signatories')
      .send({ code, name: `Body ${code}`, kind: 'other' })
      .expect(201)
  }
  const signatories = [
    { side: 1, signatory: 'LOST' },
    { side: 2, signatory: 'JP' },
  ]
  const identifiers = [{ scheme: 'tias', value: '04-601' }]
  const one = await created({ signatories, identifiers, reference: 'REF/1' })
  const other = await created({ type: 'minutes' })
  await api.delete(`/v1/agreements/${other}`).set('if-match', '*').expect(204)
  await api.delete('/v1/signatories/GONE').set({ 'if-match': '*', 'x-change-note': 'Not a body' }).expect(204)
  const merge = () => api.post('/v1/signatories/LOST/merge').set('if-match', '*').send({ into: 'KEPT' }).expect(201)
  await merge()
  await publishAll(db, today())
  await api.delete('/v1/signatories/LOST/merge').set('if-match', '*').expect(204)
  await publishAll(db, today())
  await merge()
  await publishAll(db, today())
  const feed = async (query = '') => (await anonymous.get(`/v1/changes${query}`).expect(200)).body.items as object[]
  /** A merge and a deletion have an instant of their own in each table. */
  const order = async () =>
    (await feed()).map((item) => ('code' in item && item.code === null ? item : { ...item, publishedAt: '' }))
  const [before, listings] = [await order(), await listingsIn(db)]
  expect(before.length).toBeGreaterThan(9)

  for (const statement of [...former, ...migrationStatements('order_of_changes')]) await db.query(sql.raw(statement))
  expect(await order()).toEqual(before)
  expect(await listingsIn(db)).toEqual(listings)
  for (const query of ['reference=REF/1', 'identifier=tias:04-601', 'pair=KEPT,JP', 'party=JP']) {
    expect(await feed(`?${query}`), query).toMatchObject([{ id: one, version: 4 }])
  }
  await api.patch(`/v1/agreements/${one}`).set('if-match', '*').send({ type: 'minutes' }).expect(200)
  expect(await feed('?type=agreement')).toMatchObject([{ version: 4 }, { version: 5, inSelection: false }])
})
