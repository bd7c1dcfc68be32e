import type { Database } from '../database/connect.ts'
import { readDatabase } from '../database/clock.ts'
import { migrate, requireMigrated } from '../database/migrate.ts'
import { loadVocabularies } from './vocabularies.ts'
import { runProgram } from './run-program.ts'

/**
 * Prepares a database: migrates the schema, then loads the vocabularies. Several processes may do so at the same time. A
 * read-only database must have been prepared already.
 */
export async function prepare(db: Database): Promise<void> {
  const { writable } = await readDatabase(db)
  if (!writable) return requireMigrated(db)
  await migrate(db)
  await loadVocabularies(db)
}

await runProgram(import.meta.url, async (db) => {
  await prepare(db)
  process.stdout.write('The database is up to date.\n')
})
