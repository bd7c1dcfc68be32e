import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import supertest from 'supertest'
import { afterAll, inject } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { type ConnectedDatabase, connect } from '../../src/database/connect.ts'
import { prepare } from '../../src/prepare.ts'
import { addTestKeys, bearing } from './keys.ts'

const template = 'template_register'

/** The address of another database on the same server. */
function databaseUrl(name: string): string {
  const url = new URL(inject('databaseServer'))
  url.pathname = `/${name}`
  return url.href
}

/** The template that every test's database is a copy of: migrated once, by whoever comes first. */
async function templateDatabase(server: ConnectedDatabase): Promise<void> {
  await server.transaction(async (db) => {
    await db.query(sql`select pg_advisory_xact_lock(1)`)
    const [there] = await server.query(sql`select from pg_database where datname = ${template}`)
    if (there) return
    await server.query(sql.raw('create database template_unfinished'))
    const unfinished = connect({ url: databaseUrl('template_unfinished') })
    await prepare(unfinished)
    await addTestKeys(unfinished)
    await unfinished.close()
    await server.query(sql.raw(`alter database template_unfinished rename to ${template}`))
  })
}

/** A database of its own for a test file, dropped after it; `empty` ones are not even migrated. */
export async function freshDatabase({ empty = false, pool = 10 } = {}): Promise<{
  db: ConnectedDatabase
  url: string
}> {
  const server = connect({ url: inject('databaseServer'), pool: 2 })
  const name = `test_${randomUUID().replaceAll('-', '')}`
  if (!empty) await templateDatabase(server)
  await server.transaction(async (db) => {
    await db.query(sql`select pg_advisory_xact_lock(2)`)
    await server.query(sql.raw(`create database ${name} ${empty ? '' : `template ${template}`}`))
  })
  const url = databaseUrl(name)
  const db = connect({ url, pool })
  afterAll(async () => {
    await db.close()
    await server.query(sql.raw(`drop database ${name} with (force)`))
    await server.close()
  })
  return { db, url }
}

export interface Register {
  app: FastifyInstance
  db: ConnectedDatabase
  url: string
  /** Sends a key with the role `admin`. */
  api: ReturnType<typeof supertest.agent>
  /** Sends no key. */
  stranger: ReturnType<typeof supertest>
  /** The day on which statuses are judged. */
  setToday(day: string): void
  today(): string
}

/** The whole application on a database of its own. Its today is 2026-01-01 until a test moves it. */
export async function freshRegister(): Promise<Register> {
  const { db, url } = await freshDatabase()
  let day = '2026-01-01'
  const today = () => day
  const app = await buildApp({ db, today })
  await app.ready()
  afterAll(() => app.close())
  const api = supertest.agent(app.server).set(bearing('admin'))
  return { app, db, url, api, stranger: supertest(app.server), today, setToday: (given) => void (day = given) }
}

/** A valid new agreement; `over` replaces its fields. */
export const anAgreement = (over: object = {}) => ({
  title: 'Agreement on Research into Floods',
  type: 'agreement',
  signatories: [
    { side: 1, signatory: 'US' },
    { side: 2, signatory: 'JP' },
  ],
  dates: [{ event: 'signed', date: '2019-03-05' }],
  ...over,
})
