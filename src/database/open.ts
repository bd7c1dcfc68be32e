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

/** The database of the configuration: `DATABASE_URL`, or else the embedded one, which is started. */
export async function openDatabase(
  { databaseUrl, databasePool: pool, dataFolder }: Config,
  onError: (error: Error) => void = () => {},
): Promise<OpenDatabase> {
  if (databaseUrl !== undefined) {
    const db = connect({ url: databaseUrl, pool, onError })
    return { db, embedded: false, close: () => db.close() }
  }
  const onExit = (reason: string) => onError(new Error(`The embedded PostgreSQL ended:\n${reason}`))
  const postgres = await startEmbedded({ folder: dataFolder ?? defaultFolder, onExit })
  const db = connect({ url: postgres.url, pool, onError })
  const close = async () => {
    await db.close()
    await postgres.stop()
  }
  return { db, embedded: true, close }
}
