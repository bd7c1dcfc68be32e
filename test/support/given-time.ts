import { sql } from 'drizzle-orm'
import supertest from 'supertest'
import { buildApp } from '../../src/app.ts'
import { type ConnectedDatabase, connect } from '../../src/database/connect.ts'
import { atEnd } from './at-end.ts'
import { authHeader } from './keys.ts'
import { freshDatabase } from './register.ts'
import { ample } from './served.ts'

interface GivenTime {
  db: ConnectedDatabase
  api: ReturnType<typeof supertest.agent>
  setInstant(instant: string): Promise<void>
}

/** A register whose PostgreSQL has the time that the test sets. Its vocabularies were there before any. */
export async function registerOfGivenTime(): Promise<GivenTime> {
  const { db: first, direct: url } = await freshDatabase()
  await first.query(sql`create schema given_time`)
  await first.query(sql`create table given_time.instant (at timestamptz not null)`)
  await first.query(sql`insert into given_time.instant values (now())`)
  await first.query(sql`create function given_time.clock_timestamp() returns timestamptz language sql volatile
    as 'select at from given_time.instant'`)
  await first.query(sql`create function given_time.statement_timestamp() returns timestamptz language sql stable
    as 'select at from given_time.instant'`)
  await first.query(sql`alter table signatories alter created_at set default given_time.clock_timestamp()`)
  const [home] = await first.query<{ name: string }>(sql`select quote_ident(current_schema()) as name`)
  const path = `given_time, pg_catalog, ${home!.name}`
  await first.query(sql.raw(`alter database ${new URL(url).pathname.slice(1)} set search_path = ${path}`))
  await first.query(sql`update registry_history set since = '-infinity'`)
  await first.query(sql`update predecessor_history set since = '-infinity'`)
  const db = connect({ url, schema: undefined, limits: ample })
  let day = ''
  const app = await buildApp({ db, today: (instant) => (instant ?? day).slice(0, 10) })
  await app.ready()
  atEnd(async () => {
    await app.close()
    await db.close()
  })
  return {
    db,
    api: supertest.agent(app.server).set(authHeader('admin')),
    setInstant: async (instant) => {
      day = instant
      await db.query(sql`update given_time.instant set at = ${instant}::timestamptz`)
    },
  }
}
