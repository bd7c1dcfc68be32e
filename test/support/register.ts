import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import supertest from 'supertest'
import { inject } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { type ConnectedDatabase, connect } from '../../src/database/connect.ts'
import { withoutLimits } from '../../src/database/time-limits.ts'
import { prepare } from '../../src/programs/prepare.ts'
import { atEnd } from './at-end.ts'
import { addTestKeys, authHeader } from './keys.ts'
import { ample } from './served.ts'

/** The address of another database on the same server, through its pooler if one is given. */
function databaseUrl(name: string, server = inject('databaseServer')): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** A register from which databases are copied. It is created on first use, and again when its makers change. */
export interface Template {
  name: string
  /** The files and folders whose code fills it, relative to the root of the project. */
  makers: readonly string[]
  fill: (db: ConnectedDatabase) => Promise<void>
}

const makersOfEach = ['src', 'migrations', 'data', 'test/support/register.ts', 'test/support/keys.ts']

const vocabularies: Template = { name: 'register', makers: [], fill: async () => {} }

/** Creates database `name` as a copy of the template. Calls are serialized, so that none drops a template that another copies. */
async function copy(template: Template, server: ConnectedDatabase, name: string): Promise<void> {
  const prefix = `template_${template.name}_`
  const source = `${prefix}${digestOf([...makersOfEach, ...template.makers])}`
  await server.transaction(async (db) => {
    await db.query(sql`select pg_advisory_xact_lock(hashtext(${prefix}))`)
    const existing = await server.query<{ datname: string }>(
      sql`select datname from pg_database where starts_with(datname, ${prefix})`,
    )
    if (!existing.some(({ datname }) => datname === source)) {
      for (const { datname } of existing) await server.query(sql.raw(`drop database ${datname} with (force)`))
      await fill(template, server, `${prefix}unfinished`)
      await server.query(sql.raw(`alter database ${prefix}unfinished rename to ${source}`))
    }
    await server.query(sql.raw(`create database ${name} template ${source} strategy file_copy`))
  })
}

async function fill(template: Template, server: ConnectedDatabase, name: string): Promise<void> {
  await server.query(sql.raw(`create database ${name}`))
  const db = connect({ url: databaseUrl(name), limits: withoutLimits })
  await prepare(db)
  await addTestKeys(db)
  await template.fill(db)
  await db.close()
}

/** Digests of this run, in which no file changes, by the names of the makers. */
const digests = new Map<string, string>()

/** A digest of the content of files and folders. */
function digestOf(makers: readonly string[]): string {
  const names = makers.join(' ')
  const digest = digests.get(names) ?? digestOfFiles(makers)
  digests.set(names, digest)
  return digest
}

function digestOfFiles(makers: readonly string[]): string {
  const root = join(import.meta.dirname, '..', '..')
  const hash = createHash('sha256')
  for (const maker of makers) {
    const entries = statSync(join(root, maker)).isFile() ? [''] : readdirSync(join(root, maker), { recursive: true })
    for (const entry of entries.map(String).toSorted()) {
      const path = join(root, maker, entry)
      if (statSync(path).isFile()) hash.update(`${maker}/${entry}\n`).update(readFileSync(path))
    }
  }
  return hash.digest('hex').slice(0, 16)
}

interface FreshDatabase {
  db: ConnectedDatabase
  url: string
  /** Its address without a pooler, whose connections have the settings of the database that a test has changed. */
  direct: string
}

/** A new database for a test file, dropped after it. With `empty` it is not migrated. */
export async function freshDatabase({
  empty = false,
  pool = 10,
  template = vocabularies,
}: { empty?: boolean; pool?: number; template?: Template } = {}): Promise<FreshDatabase> {
  const server = connect({ url: inject('databaseServer'), pool: 2, limits: withoutLimits })
  const name = `test_${randomUUID().replaceAll('-', '')}`
  if (empty) await server.query(sql.raw(`create database ${name}`))
  else await copy(template, server, name)
  const url = databaseUrl(name, inject('databasePooler'))
  const db = connect({ url, pool, limits: ample })
  atEnd(async () => {
    await db.close()
    await server.query(sql.raw(`drop database ${name} with (force)`))
    await server.close()
  })
  return { db, url, direct: databaseUrl(name) }
}

export interface Register {
  app: FastifyInstance
  db: ConnectedDatabase
  url: string
  /** Its address without a pooler. */
  direct: string
  /** Sends a key with the role `admin`. */
  api: ReturnType<typeof supertest.agent>
  /** Sends no key. */
  anonymous: ReturnType<typeof supertest>
  /** Sets the current day for statuses. */
  setToday(day: string): void
  today(): string
}

/** The whole application on a new database. The current day is 2026-01-01 until a test changes it. */
export async function freshRegister(options: { template?: Template } = {}): Promise<Register> {
  const { db, url, direct } = await freshDatabase(options)
  let day = '2026-01-01'
  const today = () => day
  const app = await buildApp({ db, today })
  await app.ready()
  atEnd(() => app.close())
  const api = supertest.agent(app.server).set(authHeader('admin'))
  return { app, db, url, direct, api, anonymous: supertest(app.server), today, setToday: (given) => void (day = given) }
}

/** The least that a mapping needs, for files with the columns `title` and `party`. */
export const leastMapping = {
  title: { column: 'title' },
  type: { constant: 'treaty' },
  parties: [{ column: 'party', side: 1 }],
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
