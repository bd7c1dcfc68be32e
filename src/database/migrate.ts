import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import type { Database } from './connect.ts'
import { withoutLimits } from './time-limits.ts'

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

/** The key of an advisory lock that nothing else uses. */
const lock = 7_262_019

/**
 * Migrates the schema, in one transaction under an advisory lock, so that several processes may start at the same time.
 * @throws Error when the applied migrations differ from the journal: one was changed, omitted, or comes from a later
 *   version of the program
 */
export const migrate = (db: Database): Promise<void> => db.transaction(migrateLocked, { limits: withoutLimits })

async function migrateLocked(db: Database): Promise<void> {
  await db.query(sql`select pg_advisory_xact_lock(${lock})`)
  await db.query(sql`create schema if not exists drizzle`)
  await db.query(sql`create table if not exists drizzle.__drizzle_migrations (
      id serial primary key, hash text not null, created_at bigint)`)
  const applied = await appliedMigrations(db)
  const journal = readMigrationFiles({ migrationsFolder })
  compare(applied, journal)
  for (const migration of journal.slice(applied.length)) await apply(db, migration)
}

/** @throws Error when the schema of a read-only database does not match this program */
export async function requireMigrated(db: Database): Promise<void> {
  const [there] = await db.query(
    sql`select from pg_tables where schemaname = 'drizzle' and tablename = '__drizzle_migrations'`,
  )
  const applied = there ? await appliedMigrations(db) : []
  const journal = readMigrationFiles({ migrationsFolder })
  compare(applied, journal)
  const missing = journal.length - applied.length
  if (missing === 0) return
  throw new Error(`The database is read-only and lacks ${missing} migrations. Migrate its primary first.`)
}

const appliedMigrations = (db: Database) =>
  db.query<{ hash: string }>(sql`select hash from drizzle.__drizzle_migrations order by id`)

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
  for (const statement of statements) await db.query(sql.raw(statement))
  await db.query(sql`insert into drizzle.__drizzle_migrations (hash, created_at) values (${hash}, ${folderMillis})`)
}
