import { fileURLToPath } from 'node:url'
import { readConfig } from './config.ts'
import type { Database } from './database/connect.ts'
import { migrate } from './database/migrate.ts'
import { openDatabase } from './database/open.ts'
import { loadVocabularies } from './vocabularies.ts'

/** Makes a database ready: the schema, then the vocabularies. Any number of processes may do so at once. */
export async function prepare(db: Database): Promise<void> {
  await migrate(db)
  await loadVocabularies(db)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { db, close } = await openDatabase(readConfig(process.env))
  try {
    await prepare(db)
  } finally {
    await close()
  }
  process.stdout.write('The database is up to date.\n')
}
