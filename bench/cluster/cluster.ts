import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { type ConnectedDatabase, connect } from '../../src/database/connect.ts'
import { type EmbeddedPostgres, startEmbedded } from '../../src/database/embedded/embedded.ts'
import { loadingLimits } from '../register/load.ts'

const root = join(import.meta.dirname, '..', '..')

/** The folder that keeps loaded registers between runs. */
const benchFolder = process.env['BENCH_FOLDER'] ?? join(tmpdir(), `entente-bench-${process.getuid?.() ?? 0}`)

/** A PostgreSQL of the benchmark's own, with its settings. */
export interface Cluster {
  /** The address of a database of it, including the password. */
  urlOf: (database: string) => string
  /** Runs one statement on the database `postgres`. */
  run: (statement: string) => Promise<void>
  /** The names of its databases. */
  databases: () => Promise<string[]>
  /** The process id of its first process. */
  pid: number
  stop: () => Promise<void>
}

/** Counts statements and buffers; the rest suits a server of its own with a few gigabytes of memory. */
const settings = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'top',
  'pg_stat_statements.track_planning': 'off',
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  maintenance_work_mem: '512MB',
  checkpoint_timeout: '30min',
  track_io_timing: 'off',
}

/**
 * Starts PostgreSQL in the folder of the benchmark. Its settings are written at the first start, then it is started again.
 * @param durable false while registers are loaded
 */
export async function startCluster(durable: boolean): Promise<Cluster> {
  const folder = join(benchFolder, 'postgres')
  mkdirSync(folder, { recursive: true })
  let postgres = await startEmbedded({ folder, durable })
  if (await applySettings(postgres)) {
    await postgres.stop()
    postgres = await startEmbedded({ folder, durable })
  }
  const server = connect({ url: postgres.url, pool: 2, limits: loadingLimits })
  return clusterOf(postgres, server, join(folder, 'cluster', 'data'))
}

/** @returns whether a restart is necessary */
async function applySettings({ url }: EmbeddedPostgres): Promise<boolean> {
  const db = connect({ url, pool: 1, limits: loadingLimits })
  const current = await db.query<{ name: string; value: string | null }>(sql`
    select name, current_setting(name, true) as value from unnest(${sql.param(Object.keys(settings))}::text[]) name`)
  const missing = Object.entries(settings).filter(([name, value]) =>
    current.some((one) => one.name === name && one.value !== value),
  )
  for (const [name, value] of missing) await db.query(sql.raw(`alter system set ${name} = '${value}'`))
  await db.close()
  return missing.length > 0
}

function clusterOf(postgres: EmbeddedPostgres, server: ConnectedDatabase, data: string): Cluster {
  return {
    urlOf: (database) => Object.assign(new URL(postgres.url), { pathname: `/${database}` }).href,
    run: async (statement) => void (await server.query(sql.raw(statement))),
    databases: async () =>
      (await server.query<{ name: string }>(sql`select datname as name from pg_database`)).map(({ name }) => name),
    pid: Number.parseInt(readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10),
    stop: async () => {
      await server.close()
      await postgres.stop()
    },
  }
}

/** What decides how a loaded register looks. */
const makers = ['migrations', 'bench/register', 'src/agreements', 'src/registry', 'data/vocabularies']

/** A digest of the migrations, the loader and the code that publishes: registers of another one are not used. */
export function digestOfMakers(): string {
  const hash = createHash('sha256')
  for (const maker of makers) {
    for (const name of readdirSync(join(root, maker), { recursive: true }).map(String).toSorted()) {
      const path = join(root, maker, name)
      if (statSync(path).isFile()) hash.update(`${maker}/${name}\n`).update(readFileSync(path))
    }
  }
  return hash.digest('hex').slice(0, 12)
}
