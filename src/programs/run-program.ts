import { fileURLToPath } from 'node:url'
import { type Config, readConfig } from '../config/config.ts'
import type { Database } from '../database/connect.ts'
import { openDatabase } from '../database/open.ts'
import { reasonOf } from '../problems/from-error.ts'

/**
 * Runs `work` on the configured database, if the module at `url` is the program that was started. On failure, prints the
 * reason, without values bound to queries, and exits with status 1.
 * @param options `join`: whether to use the embedded database of a running server
 */
export async function runProgram(
  url: string,
  work: (db: Database, config: Config) => Promise<void>,
  options: { join?: boolean } = {},
): Promise<void> {
  if (process.argv[1] !== fileURLToPath(url)) return
  try {
    const config = readConfig(process.env)
    const { db, close } = await openDatabase(config, options)
    try {
      await work(db, config)
    } finally {
      await close()
    }
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`)
    process.exitCode = 1
  }
}
