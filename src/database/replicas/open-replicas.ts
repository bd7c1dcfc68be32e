import type { Config } from '../../config/config.ts'
import { defaultTimeLimits } from '../../config/default-time-limits.ts'
import { connect, type Database } from '../connect.ts'
import { Replicas, type ReplicasLog } from './replicas.ts'
import { runStatement, Standby } from './standby.ts'

/** How long a read waits for a connection to a standby, in milliseconds; then it goes to the primary. */
const connectTimeout = 1_000

interface Options {
  log: ReplicasLog
  /** The database as reads use it. Default: as it is. */
  watched?: ((db: Database) => Database) | undefined
}

/** The standbys of `DATABASE_READ_URLS`; undefined without any. Must be started once the schema is up to date. */
export function openReplicas(
  config: Pick<Config, 'databaseReads' | 'databasePool' | 'databasePrepared' | 'databaseSchema' | 'databaseLimits'>,
  primary: Database,
  { log, watched = (db) => db }: Options,
): Replicas | undefined {
  const { databaseReads, databasePool: pool, databasePrepared: prepared, databaseSchema: schema } = config
  const { urls, maxLag } = databaseReads
  if (urls.length === 0) return undefined
  const limits = { ...defaultTimeLimits, ...config.databaseLimits }
  limits.connect = Math.min(limits.connect, connectTimeout)
  return new Replicas({ primary, maxLag, log }, (known) =>
    urls.map((url) => {
      const standby: Standby = new Standby({
        name: hostOf(url),
        db: connect({
          url,
          schema,
          pool,
          prepared,
          limits,
          async admit(ask) {
            const [row] = await ask<{ run: string }>({ text: runStatement.text })
            standby.admit(row!.run)
          },
        }),
        watched,
        ...known,
      })
      return standby
    }),
  )
}

/** The host and the port, if it has one; for a socket, its folder. */
function hostOf(url: string): string {
  const [, host = ''] = /^\w+:\/\/(?:[^@/?#]*@)?([^/?#]*)/.exec(url) ?? []
  return host || 'local'
}
