import type { Database } from '../database/connect.ts'
import { migrate, requireMigrated } from '../database/migrate.ts'
import { isWritable } from '../database/writable.ts'
import { loadVocabularies } from './vocabularies.ts'
import { runProgram } from './run-program.ts'

/**
 * Prepares a database: migrates the schema, then loads the vocabularies. Several processes may do so at the same time. A
 * read-only database must have been prepared already.
 */
export async function prepare(db: Database): Promise<void> {
  if (!(await isWritable(db))) return requireMigrated(db)
  await migrate(db)
  await loadVocabularies(db)
}

await runProgram(import.meta.url, async (db) => {
  await prepare(db)
  process.stdout.write('The database is up to date.\n')
})
