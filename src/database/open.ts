import { fileURLToPath } from 'node:url'
import type { Config } from '../config/config.ts'
import { type ConnectedDatabase, connect } from './connect.ts'
import { requirePreparedStatements } from './pooler.ts'
import { startEmbedded } from './embedded/embedded.ts'
import { runningAddress } from './embedded/running.ts'
import { openSchema } from './schema.ts'

const defaultFolder = fileURLToPath(new URL('../../.data/postgres', import.meta.url))

export interface OpenDatabase {
  db: ConnectedDatabase
  /** Whether it is the embedded one. */
  embedded: boolean
  /** Closes the connections, and stops the embedded PostgreSQL. */
  close: () => Promise<void>
}

interface Options {
  /** Called when a connection ends; the pool replaces it. */
  onError?: (error: Error) => void
  /** Called when the embedded PostgreSQL stops unexpectedly: no query can succeed any more. */
  onEnd?: (reason: string) => void
  /** Whether to use the embedded PostgreSQL of a running server, if there is one, instead of failing. */
  join?: boolean
}

/**
 * Opens the configured database: `DATABASE_URL`, or else the embedded one, which is started.
 * @throws Error when `DATABASE_URL` leads to a pooler that needs other settings
 */
export async function openDatabase(
  config: Config,
  { onError = () => {}, onEnd = () => {}, join = false }: Options = {},
): Promise<OpenDatabase> {
  const { databaseUrl, databasePrepared: prepared, dataFolder } = config
  if (databaseUrl !== undefined && prepared) await requirePreparedStatements(databaseUrl)
  const folder = dataFolder ?? defaultFolder
  const url = databaseUrl ?? (join ? runningAddress(folder) : undefined)
  if (url !== undefined) {
    const db = await connectTo(url, config, onError)
    return { db, embedded: databaseUrl === undefined, close: () => db.close() }
  }
  const postgres = await startEmbedded({ folder, onExit: onEnd })
  const db = await connectTo(postgres.url, config, onError)
  const close = async () => {
    await db.close()
    await postgres.stop()
  }
  return { db, embedded: true, close }
}

async function connectTo(url: string, config: Config, onError: (error: Error) => void): Promise<ConnectedDatabase> {
  const { databasePool: pool, databasePrepared: prepared, databaseSchema: schema, databaseLimits: limits } = config
  const tellsPositions = config.databaseReads.urls.length > 0
  const db = connect({ url, schema, pool, prepared, tellsPositions, limits, onError })
  try {
    if (schema !== undefined) await openSchema(db, schema)
    return db
  } catch (error) {
    await db.close()
    throw error
  }
}
