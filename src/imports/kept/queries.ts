import { isDeepStrictEqual } from 'node:util'
import { eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../database/connect.ts'
import { when } from '../../database/sql.ts'
import { type AsShown, compareShown } from '../../http/as-shown.ts'
import { limitOf, maxPageBytes, type PageRow, readCursor, totalOf } from '../../http/paging.ts'
import { requireMatch } from '../../http/responses.ts'
import type { ConstraintProblems } from '../../problems/from-error.ts'
import { Problem, ruleBroken } from '../../problems/problems.ts'
import { issuesOf } from '../mapping/prepare.ts'
import type { Mapping } from '../mapping/schemas.ts'
import type { KeptMapping, KeptMappingQuery, NewKeptMapping } from './schemas.ts'
import { mappings } from './tables.ts'

const notFound = (name: string): Problem => new Problem('not_found', `There is no mapping \`${name}\`.`)

/** The mapping with this name; undefined when there is none. */
export async function findKeptMapping(db: Database, name: string): Promise<Mapping | undefined> {
  const [row] = await db.orm.select({ mapping: mappings.mapping }).from(mappings).where(eq(mappings.name, name))
  return row?.mapping as Mapping | undefined
}

/** @throws Problem 404 */
export async function readKeptMapping(db: Database, name: string): Promise<KeptMapping> {
  const [row] = await db.orm.select().from(mappings).where(eq(mappings.name, name))
  if (!row) throw notFound(name)
  return representation(row)
}

/** A page, ordered by name. Mappings that exceed the size of a page are null, and not sent. */
export async function listKeptMappings(
  db: Database,
  query: KeptMappingQuery,
): Promise<{ rows: PageRow[]; total: number | undefined }> {
  const after = readCursor('mappings', query, 'text')
  const further = when(after, ({ key }) => sql`name > ${key}`) ?? sql`true`
  const rows = await db.query<Row>(sql`
    select id, name, case when place = 1 or bytes <= ${maxPageBytes} then mapping end as mapping, version,
      created_at as "createdAt", updated_at as "updatedAt", updated_by as "updatedBy"
    from (
      select *, row_number() over in_order as place, sum(octet_length(mapping::text)) over in_order as bytes
      from (select * from ${mappings} where ${further} order by name limit ${limitOf(query) + 1}) first
      window in_order as (order by name rows unbounded preceding)
    ) page order by name`)
  return {
    rows: rows.map((row) => ({
      id: row.id,
      key: row.name,
      document: row.mapping === null ? null : JSON.stringify(representation(row)),
    })),
    total: await totalOf(query, () => db.orm.$count(mappings)),
  }
}

/** @throws Problem 409 when the name is taken; 422 for a mapping that fits no file */
export async function keepMapping(
  db: Database,
  { name, mapping }: NewKeptMapping,
  actor: string | null,
): Promise<KeptMapping> {
  await refuseUnusable(mapping, '/mapping')
  const [row] = await db.transaction(
    (db) => db.orm.insert(mappings).values({ id: uuidv7(), name, mapping, updatedBy: actor }).returning(),
    { toFindOut: `GET /v1/mappings/${name} is 200 if it was stored, and 404 if it was not.` },
  )
  return representation(row!)
}

/** Adds mappings, and leaves those that exist unchanged. */
export async function loadMappings(db: Database, given: NewKeptMapping[]): Promise<void> {
  const rows = given.map(({ name, mapping }) => ({ id: uuidv7(), name, mapping }))
  await db.orm.insert(mappings).values(rows).onConflictDoNothing()
}

interface Replacement {
  name: string
  mapping: Mapping
  /** The body, if it is a kept mapping as GET shows it. */
  asShown: AsShown | undefined
  ifMatch: string | undefined
  actor: string | null
}

/**
 * Replaces a mapping; nothing changes when it is the same.
 * @throws Problem 404, 412, or 422 for a mapping that fits no file
 */
export async function replaceKeptMapping(
  db: Database,
  { name, mapping, asShown, ifMatch, actor }: Replacement,
): Promise<KeptMapping> {
  requireMatch(ifMatch, (await readKeptMapping(db, name)).version)
  await refuseUnusable(mapping, asShown ? '/mapping' : '')
  return db.transaction(async (db) => {
    const before = await lock(db, name, ifMatch)
    const { errors } = compareShown(asShown, before)
    if (errors.length > 0) throw ruleBroken(errors)
    if (isDeepStrictEqual(before.mapping, mapping)) return before
    const changed = { mapping, version: before.version + 1, updatedAt: sql`statement_timestamp()`, updatedBy: actor }
    const [row] = await db.orm.update(mappings).set(changed).where(eq(mappings.name, name)).returning()
    return representation(row!)
  })
}

/** Deletes a mapping; imports keep their own copy. @throws Problem 404, 412 */
export const deleteKeptMapping = (db: Database, name: string, ifMatch: string | undefined): Promise<void> =>
  db.transaction(async (db) => {
    await lock(db, name, ifMatch)
    await db.orm.delete(mappings).where(eq(mappings.name, name))
  })

async function lock(db: Database, name: string, ifMatch: string | undefined): Promise<KeptMapping> {
  const [row] = await db.orm.select().from(mappings).where(eq(mappings.name, name)).for('update')
  if (!row) throw notFound(name)
  requireMatch(ifMatch, row.version)
  return representation(row)
}

/** @param at JSON Pointer to the mapping in the request. @throws Problem 422 with the place of each error */
async function refuseUnusable(mapping: Mapping, at: string): Promise<void> {
  const issues = await issuesOf(mapping)
  if (issues.length > 0) throw ruleBroken(issues.map(({ pointer, ...issue }) => ({ pointer: at + pointer, ...issue })))
}

type Row = typeof mappings.$inferSelect

const utc = (instant: string): string => new Date(instant).toISOString()

const representation = ({ name, mapping, version, createdAt, updatedAt, updatedBy }: Row): KeptMapping => ({
  name,
  mapping: mapping as KeptMapping['mapping'],
  version,
  createdAt: utc(createdAt),
  updatedAt: utc(updatedAt),
  updatedBy,
})

export const keptMappingConstraints: ConstraintProblems = {
  mappings_name_key: () => {
    const message = 'Another mapping already has this name.'
    return new Problem('taken', message, [{ pointer: '/name', code: 'taken', message }])
  },
}
