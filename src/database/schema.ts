import { sql } from 'drizzle-orm'
import type { Database } from './connect.ts'
import { DatabaseAway, sqlstateOf } from './errors.ts'
import { migrationLock } from './migration-lock.ts'

type Asked = Pick<Database, 'query'>

/** Whether a table exists. The name is as in SQL; without a schema, it is looked up by the `search_path`. */
export async function isThere(db: Asked, table: string): Promise<boolean> {
  const [row] = await db.query<{ there: boolean }>(sql`select to_regclass(${table}) is not null as there`)
  return row!.there
}

/**
 * The schema of the register, quoted as in SQL: where its tables are, or else where they would be created; null if no
 * schema of the `search_path` exists.
 */
export async function schemaOfRegister(db: Asked): Promise<string | null> {
  const [row] = await db.query<{ name: string | null }>(sql`
    select coalesce((select relnamespace::regnamespace::text from pg_class where oid = to_regclass('agreement_documents')),
      quote_ident(current_schema())) as name`)
  return row!.name
}

/**
 * Creates `DATABASE_SCHEMA` if it does not exist.
 * @throws Error when the connections of `db` use another one, as behind a pooler that ignores what they ask for
 */
export async function openSchema(db: Database, schema: string): Promise<void> {
  if (await isRefused(db)) throw new Error(waysOut)
  if ((await schemaOfRegister(db)) === null) await createSchema(db, schema)
  const home = await schemaOfRegister(db)
  const [wanted] = await db.query<{ name: string }>(sql`select quote_ident(${schema}) as name`)
  if (home !== wanted!.name) throw new Error(`The connections use the schema ${home}, not DATABASE_SCHEMA. ${waysOut}`)
}

/** Whether connections are refused because of their options (08P01, a violation of the protocol). */
const isRefused = (db: Asked): Promise<boolean> =>
  schemaOfRegister(db).then(
    () => false,
    (error: unknown) => error instanceof DatabaseAway && sqlstateOf(error.cause) === '08P01',
  )

const createSchema = (db: Database, schema: string): Promise<void> =>
  db.transaction(async (db) => {
    await db.query(sql`select pg_advisory_xact_lock(${migrationLock})`)
    // `if not exists` alone would need the right to create schemas also when it exists.
    const [exists] = await db.query(sql`select from pg_namespace where nspname = ${schema}`)
    if (!exists) await db.query(sql`create schema ${sql.identifier(schema)}`)
  })

const waysOut =
  'DATABASE_SCHEMA needs a pooler that passes on the `options` of connections. Otherwise have it ignore them ' +
  '(PgBouncer: ignore_startup_parameters = options), create the schema, and set the search_path of the account to it.'
