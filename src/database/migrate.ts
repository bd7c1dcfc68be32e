import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import type { Database } from './connect.ts'
import { migrationLock } from './migration-lock.ts'
import { isThere, schemaOfRegister } from './schema.ts'
import { withoutLimits } from './time-limits.ts'

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

/** The table of applied migrations, in the schema of the register. */
const journalTable = '__drizzle_migrations'

/** Where the table of applied migrations is in registers of earlier versions. */
const formerJournal = 'drizzle.__drizzle_migrations'

/**
 * Migrates the schema of the register, in one transaction under an advisory lock, so that several processes may start at
 * the same time.
 * @throws Error when the applied migrations differ from the journal: one was changed, omitted, or comes from a later
 *   version of the program; or when no schema of the `search_path` exists
 */
export const migrate = (db: Database): Promise<void> => db.transaction(migrateLocked, { limits: withoutLimits })

async function migrateLocked(db: Database): Promise<void> {
  await db.query(sql`select pg_advisory_xact_lock(${migrationLock})`)
  const home = await schemaOfRegister(db)
  if (home === null) throw new Error('No schema of the search_path exists. Create one, or set DATABASE_SCHEMA.')
  // Migrations create everything in this schema, and find everything there.
  await db.query(sql`select set_config('search_path', ${home}, true)`)
  await createExtension(db)
  await createJournal(db, home)
  const applied = await appliedMigrations(db, journalTable)
  const journal = readMigrationFiles({ migrationsFolder })
  compare(applied, journal)
  for (const migration of journal.slice(applied.length)) await apply(db, migration)
}

/**
 * Creates the extension in `public`, since the registers of several schemas share it. An account that has no right to do
 * so gets it in the schema of its register, by a migration.
 */
async function createExtension(db: Database): Promise<void> {
  const [missing] = await db.query(sql`
    select from pg_namespace where nspname = 'public' and has_schema_privilege(oid, 'create')
      and not exists (select from pg_extension where extname = 'pg_trgm')`)
  if (missing) await db.query(sql`create extension pg_trgm schema public`)
}

/** Creates the table of applied migrations, or moves that of a register of an earlier version. */
async function createJournal(db: Database, home: string): Promise<void> {
  if (await isThere(db, journalTable)) return
  if ((await isThere(db, 'agreement_documents')) && (await isThere(db, formerJournal))) {
    await db.query(sql.raw(`alter table ${formerJournal} set schema ${home}`))
  } else {
    await db.query(
      sql.raw(`create table ${journalTable} (id serial primary key, hash text not null, created_at bigint)`),
    )
  }
}

/** @throws Error when the schema of a read-only database does not match this program */
export async function requireMigrated(db: Database): Promise<void> {
  const table = (await isThere(db, journalTable)) ? journalTable : formerJournal
  const applied = (await isThere(db, table)) ? await appliedMigrations(db, table) : []
  const journal = readMigrationFiles({ migrationsFolder })
  compare(applied, journal)
  const missing = journal.length - applied.length
  if (missing === 0) return
  throw new Error(`The database is read-only and lacks ${missing} migrations. Migrate its primary first.`)
}

const appliedMigrations = (db: Database, table: string) =>
  db.query<{ hash: string }>(sql.raw(`select hash from ${table} order by id`))

function compare(applied: { hash: string }[], journal: MigrationMeta[]): void {
  if (applied.length > journal.length) {
    throw new Error(
      'The database was migrated by a later version of the program: it has migrations that this version does not know.',
    )
  }
  const different = applied.findIndex(({ hash }, i) => hash !== journal[i]!.hash)
  if (different < 0) return
  throw new Error(
    `Migration ${different} in the database differs from the one in the journal. A merged migration must not be changed.`,
  )
}

async function apply(db: Database, { sql: statements, hash, folderMillis }: MigrationMeta): Promise<void> {
  for (const statement of statements) await db.query(sql.raw(withoutSchema(statement)))
  await db.query(sql`insert into ${sql.identifier(journalTable)} (hash, created_at) values (${hash}, ${folderMillis})`)
}

/** Drizzle writes the schema into references, and the files cannot be changed: registers know their digests. */
export const withoutSchema = (statement: string): string => statement.replaceAll('REFERENCES "public".', 'REFERENCES ')
