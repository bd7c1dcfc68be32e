import { sql } from 'drizzle-orm'
import supertest from 'supertest'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { type ConnectedDatabase, connect } from '../src/database/connect.ts'
import { openDatabase } from '../src/database/open.ts'
import { prepare } from '../src/programs/prepare.ts'
import { atEnd } from './support/at-end.ts'
import { addTestKeys, authHeader } from './support/keys.ts'
import { isPooled } from './support/pooled.ts'
import { anAgreement, freshDatabase, freshRegister } from './support/register.ts'
import { ample } from './support/served.ts'

/** Names that SQL, the options of a connection and addresses each write in another way. */
const odd = 'Régistre "B"\'s \\ €,?&=#%20 $user'

/** Opens the register in a schema as a start of the server does. */
async function open(url: string, schema: string) {
  const { db, close } = await openDatabase({
    ...readConfig({ DATABASE_URL: url, DATABASE_SCHEMA: schema }),
    databaseLimits: ample,
  })
  atEnd(close)
  await prepare(db)
  return db
}

async function serve(db: ConnectedDatabase) {
  const app = await buildApp({ db, today: () => '2026-01-01' })
  atEnd(() => app.close())
  await app.ready()
  return supertest.agent(app.server).set(authHeader('admin'))
}

// PgBouncer 1.18 does not pass on the schema of a connection; `test/scale` tests what a start says then.
describe.skipIf(isPooled)('registers in two schemas of a database', () => {
  let first: ConnectedDatabase
  let second: ConnectedDatabase
  let url: string
  let one: Awaited<ReturnType<typeof serve>>
  let other: Awaited<ReturnType<typeof serve>>
  beforeAll(async () => {
    ;({ db: first, url } = await freshDatabase())
    // As earlier versions left it.
    await first.query(sql`create schema drizzle`)
    await first.query(sql`alter table __drizzle_migrations set schema drizzle`)
    second = await open(url, odd)
    await addTestKeys(second)
    one = await serve(first)
    other = await serve(second)
  })

  test('one of an earlier version is migrated where it is, and keeps its rows', async () => {
    const rows = () => first.query(sql`select count(*)::int as count from signatories`)
    const before = await rows()
    await prepare(first)
    expect(await rows()).toEqual(before)
    const [journal] = await first.query(sql`select to_regclass('public.__drizzle_migrations')::text as own`)
    expect(journal).toEqual({ own: '__drizzle_migrations' })
  })

  test('leave nothing outside of their schemas but the extension, which they share', async () => {
    const homes = await first.query(sql`
      select n.nspname as home, count(*) > 20 as many from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' group by 1 order by 1`)
    expect(homes).toEqual([odd, 'public'].map((home) => ({ home, many: true })))
    const apart = await first.query(sql`
      select conname from pg_constraint where contype = 'f' and connamespace <>
        (select relnamespace from pg_class where oid = confrelid)`)
    expect(apart).toEqual([])
  })

  test('know nothing of each other', async () => {
    const reference = 'SAME-1'
    const inBoth = await Promise.all(
      [one, other].map((api) => api.post('/v1/agreements').send(anAgreement({ reference })).expect(201)),
    )
    await one.delete(`/v1/agreements/${inBoth[0]!.body.id}`).set('if-match', '*').expect(204)
    const totals = await Promise.all([one, other].map((api) => api.get('/v1/agreements?count=exact').expect(200)))
    expect(totals.map(({ body }) => body.total)).toEqual([0, 1])
  })

  test('find misspelt names, each in its own', async () => {
    await other.post('/v1/signatories').send({ code: 'LAPUTA', name: 'Laputa', kind: 'other' }).expect(201)
    const named = async (api: typeof one) =>
      (await api.get('/v1/signatories?q=lapuda').expect(200)).body.items.map(({ code }: { code: string }) => code)
    expect([await named(other), await named(one)]).toEqual([['LAPUTA'], []])
  })

  test('keep their history by triggers that need no `search_path`', async () => {
    const at = sql.identifier(odd)
    await first.query(sql`update ${at}.signatories set name = 'Corea' where code = 'KR'`)
    const known = await second.query(sql`
      select h.name from registry_history h join signatories s on s.id = h.entry_id where s.code = 'KR' order by h.since`)
    expect(known.at(-1)).toEqual({ name: 'Corea' })
    await other.post('/v1/agreements').send(anAgreement()).expect(201)
    const unpreferred = first.query(sql`update ${at}.dates set preferred = false`)
    await expect(unpreferred).rejects.toThrow('no value of the act is preferred')
  })
})

test('a register is found where it is when a schema with the name of the account is made later', async () => {
  const { db, url } = await freshDatabase()
  await db.query(sql`create schema authorization current_user`)
  const later = connect({ url, limits: ample })
  atEnd(() => later.close())
  await prepare(later)
  expect(
    await later.query(sql`select to_regclass('signatories')::text as found, to_regnamespace(current_user::text)
    is not null as there, (select count(*)::int from pg_tables where schemaname = current_user) as tables`),
  ).toEqual([{ found: 'signatories', there: true, tables: 0 }])
})

test('a constraint is known by its name also with the number of a shard', async () => {
  const { db, api } = await freshRegister()
  await api.post('/v1/agreements').send(anAgreement()).expect(201)
  const deletion = () => api.delete('/v1/signatories/JP').set('if-match', '*').expect(409)
  const { body } = await deletion()
  for (const [table, name] of [
    ['signatures', 'signatures_signatory_fk'],
    ['agreement_parties', 'agreement_parties_party_fk'],
  ]) {
    await db.query(sql.raw(`alter table ${table} rename constraint ${name} to ${name}_102008`))
  }
  expect((await deletion()).body).toMatchObject({ code: body.code, detail: body.detail })
})
