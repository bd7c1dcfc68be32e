import { fileURLToPath } from 'node:url'
import type { Config } from '../config.ts'
import { type ConnectedDatabase, connect } from './connect.ts'
import { startEmbedded } from './embedded.ts'

const defaultFolder = fileURLToPath(new URL('../../.data/postgres', import.meta.url))

export interface OpenDatabase {
  db: ConnectedDatabase
  /** Whether it is the embedded one. */
  embedded: boolean
  /** Closes the connections, and stops the embedded PostgreSQL. */
  close: () => Promise<void>
}

interface Told {
  /** Of a connection that ended; the pool replaces it by itself. */
  onError?: (error: Error) => void
  /** When the embedded PostgreSQL ends by itself: nothing can be answered any more. */
  onEnd?: (reason: string) => void
}

/** The database of the configuration: `DATABASE_URL`, or else the embedded one, which is started. */
export async function openDatabase(
  { databaseUrl, databasePool: pool, dataFolder }: Config,
  { onError = () => {}, onEnd = () => {} }: Told = {},
): Promise<OpenDatabase> {
  if (databaseUrl !== undefined) {
    const db = connect({ url: databaseUrl, pool, onError })
    return { db, embedded: false, close: () => db.close() }
  }
  const postgres = await startEmbedded({ folder: dataFolder ?? defaultFolder, onExit: onEnd })
  const db = connect({ url: postgres.url, pool, onError })
  const close = async () => {
    await db.close()
    await postgres.stop()
  }
  return { db, embedded: true, close }
}
