import { isDeepStrictEqual } from 'node:util'
import { sql } from 'drizzle-orm'
import { loadParts, store } from '../../src/agreements/publication/aggregate.ts'
import { lookUpEarlierBodies } from '../../src/agreements/publication/earlier-bodies.ts'
import { lookUp, type References } from '../../src/agreements/publication/lookup.ts'
import { publicationOf, withOwn } from '../../src/agreements/publication/publication.ts'
import type { Database } from '../../src/database/connect.ts'
import type { CopiedTable } from './tables.ts'

type Row = Record<string, unknown>
type Rows = Record<string, Row[]>

/** A sample of agreements, the same in every run, with as many from each copy. */
export async function sampleOf(db: Database, many: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(sql`select id from agreements order by md5(id::text) limit ${many}`)
  return rows.map(({ id }) => id)
}

/**
 * Publishes some agreements anew by the code of the project, from their parts, and compares all rows with the loaded ones.
 * Changes nothing in the end.
 * @param today the day of the load
 * @throws Error with the first row that differs
 */
export async function checkLoaded(db: Database, tables: CopiedTable[], ids: string[], today: string): Promise<void> {
  const undone = new Error('undone')
  const work = db.transaction(async (db) => {
    const loaded = await rowsOf(db, tables, ids)
    await publishAnew(db, tables, ids, today)
    const published = await rowsOf(db, tables, ids)
    for (const { name } of tables) compare(name, loaded[name]!, published[name]!)
    throw undone
  })
  await work.catch((error: unknown) => {
    if (error !== undone) throw error
  })
}

async function publishAnew(db: Database, tables: CopiedTable[], ids: string[], today: string): Promise<void> {
  const all = await loadParts(db, ids)
  if (all.length !== ids.length) throw new Error('The sample is too large to be loaded at once.')
  const registry = await lookUp(db, all.reduce<References>(withOwn, {}))
  await lookUpEarlierBodies(db, registry, all)
  const history = { operation: 'created', cause: 'edit', actor: null, note: null } as const
  const publications = all.map((parts) =>
    publicationOf({ ...parts, agreement: { ...parts.agreement, version: 0 } }, registry, {
      before: undefined,
      now: parts.agreement.createdAt,
      today,
      history,
    }),
  )
  await db.query(sql`set local session_replication_role = replica`)
  for (const { name, key } of tables) {
    await db.query(sql`delete from ${sql.raw(`"${name}"`)} where ${sql.raw(key)} = any(${sql.param(ids)}::uuid[])`)
  }
  await db.query(sql`set local session_replication_role = origin`)
  await store(db, publications)
}

/** The rows of each table, without their place in the feed. */
async function rowsOf(db: Database, tables: CopiedTable[], ids: string[]): Promise<Rows> {
  const all: Rows = {}
  for (const { name, key } of tables) {
    const row = name === 'changes' ? sql`to_jsonb(t) - '{id,sequence,sequenced_at}'::text[]` : sql`to_jsonb(t)`
    const rows = await db.query<{ row: Row }>(sql`
      select ${row} as row from ${sql.raw(`"${name}"`)} t where ${sql.raw(key)} = any(${sql.param(ids)}::uuid[])
      order by 1`)
    all[name] = rows.map(({ row }) => withSets(row))
  }
  return all
}

/** In a listing the order of these has no meaning. */
const sets = ['domains', 'events']

const withSets = (row: Row): Row => {
  const sorted = sets.flatMap((name) => (Array.isArray(row[name]) ? [[name, row[name].map(String).toSorted()]] : []))
  return { ...row, ...Object.fromEntries(sorted) }
}

function compare(table: string, loaded: Row[], published: Row[]): void {
  if (loaded.length !== published.length) {
    throw new Error(`${table}: ${loaded.length} rows were loaded, and ${published.length} published.`)
  }
  loaded.forEach((row, i) => {
    const [one, other] = [row, published[i]!]
    const columns = Object.keys(one).filter((column) => !isDeepStrictEqual(one[column], other[column]))
    if (columns.length === 0) return
    const [stored, again] = [one, other].map((row) => columns.map((column) => JSON.stringify(row[column])).join(', '))
    const what = `${table}: a loaded row differs from the published one in ${columns.join(', ')}`
    throw new Error(`${what}.\nloaded:    ${stored}\npublished: ${again}\nrow: ${JSON.stringify(row)}`)
  })
}
