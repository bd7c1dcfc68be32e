import type { Database } from './database/connect.ts'
import { migrate } from './database/migrate.ts'
import { loadVocabularies } from './vocabularies.ts'
import { runProgram } from './program.ts'

/** Makes a database ready: the schema, then the vocabularies. Any number of processes may do so at once. */
export async function prepare(db: Database): Promise<void> {
  await migrate(db)
  await loadVocabularies(db)
}

await runProgram(import.meta.url, async (db) => {
  await prepare(db)
  process.stdout.write('The database is up to date.\n')
})
