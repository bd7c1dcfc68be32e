import { sql } from 'drizzle-orm'
import { publishAll } from '../../src/agreements/publication/republish-worker.ts'
import { sequenceChanges } from '../../src/changes/sequence.ts'
import { connect, type ConnectedDatabase } from '../../src/database/connect.ts'
import { prepare } from '../../src/programs/prepare.ts'
import { addTestKeys } from '../../test/support/keys.ts'
import { cpuOfTree } from '../measure/cpu.ts'
import { prototypes } from '../register/agreements.ts'
import { checkLoaded, sampleOf } from '../register/check.ts'
import { fillWithCopies, loadingLimits, loadPrototypes, type Prepared } from '../register/load.ts'
import { type Cluster, digestOfMakers, startCluster } from './cluster.ts'

/** How many agreements are checked after a load. */
const checked = 200

const prefix = `register_${digestOfMakers()}_`
/** The database that keeps a register of this size. */
export const keptName = (size: number): string => `${prefix}${size}`

/**
 * Loads the registers that the cluster does not keep yet, and drops those of other loaders or migrations.
 * @param sizes numbers of agreements, multiples of the number of prototypes
 */
export async function loadMissing(sizes: number[], today: string, log: (line: string) => void): Promise<void> {
  const cluster = await startCluster(false)
  try {
    const there = await cluster.databases()
    for (const name of there) {
      const isOld = name.startsWith('register_') && !name.startsWith(prefix)
      if (isOld || name.startsWith('unfinished_') || name.startsWith('run_'))
        await cluster.run(`drop database ${name} with (force)`)
    }
    const missing = sizes.filter((size) => !there.includes(keptName(size)))
    if (missing.length > 0) await load(cluster, missing, today, log)
  } finally {
    await cluster.stop()
  }
}

/** The prototypes are published once, and copied as often as each size needs. */
async function load(cluster: Cluster, sizes: number[], today: string, log: (line: string) => void): Promise<void> {
  const template = 'unfinished_prototypes'
  await cluster.run(`create database ${template}`)
  const prepared = await inDatabase(cluster, template, async (db) => {
    await prepare(db)
    await addTestKeys(db)
    return loadPrototypes(db, today, (line) => log(`  ${line}`))
  })
  for (const size of sizes) await loadSize(cluster, template, prepared, { size, today, log })
  await cluster.run(`drop database ${template} with (force)`)
}

interface Load {
  size: number
  today: string
  log: (line: string) => void
}

async function loadSize(
  cluster: Cluster,
  template: string,
  prepared: Prepared,
  { size, today, log }: Load,
): Promise<void> {
  const unfinished = `unfinished_${size}`
  const start = { time: performance.now(), cpu: cpuOfTree(cluster.pid) }
  await cluster.run(`create database ${unfinished} template ${template} strategy file_copy`)
  await inDatabase(cluster, unfinished, async (db) => {
    await fillWithCopies(db, prepared, size / prototypes, (line) => log(`  ${line}`))
  })
  const seconds = (performance.now() - start.time) / 1000
  const cpu = (cpuOfTree(cluster.pid) - start.cpu) / 1000
  log(
    `${size} agreements loaded in ${seconds.toFixed(0)} s: ${(size / seconds).toFixed(0)} a second. PostgreSQL used ${cpu.toFixed(0)} s of the processor.`,
  )
  await inDatabase(cluster, unfinished, async (db) => {
    await checkLoaded(db, prepared.tables, await sampleOf(db, checked), today)
    await db.query(sql.raw('vacuum'))
  })
  await cluster.run(`alter database ${unfinished} rename to ${keptName(size)}`)
}

async function inDatabase<Result>(
  cluster: Cluster,
  name: string,
  work: (db: ConnectedDatabase) => Promise<Result>,
): Promise<Result> {
  const db = connect({ url: cluster.urlOf(name), limits: loadingLimits })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

/** A kept register itself, for reads: copying a large one takes long. @returns the name of the database */
export async function keptRegister(cluster: Cluster, size: number, today: string): Promise<string> {
  await inDatabase(cluster, keptName(size), async (db) => {
    await publishAll(db, today)
    while ((await sequenceChanges(db)) > 0);
    await db.query(sql`create extension if not exists pg_stat_statements`)
  })
  return keptName(size)
}

/** A copy of a kept register, in which what the passing of days changes is published. @returns the name of the database */
export async function copyRegister(cluster: Cluster, size: number, today: string): Promise<string> {
  const name = `run_${size}`
  const kept = await keptRegister(cluster, size, today)
  await cluster.run(`drop database if exists ${name} with (force)`)
  await cluster.run(`create database ${name} template ${kept} strategy file_copy`)
  return name
}
