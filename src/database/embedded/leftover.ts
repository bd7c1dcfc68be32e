import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { serverOf } from './launcher.ts'
import { holds } from './processes.ts'

/** How long a PostgreSQL that was left may take to stop, in ms. */
const patience = 30_000

/** The file by which PostgreSQL holds a data folder; `status` is its own word: starting, ready, stopping … */
interface Lock {
  text: string
  pid: number
  /** Where it listens. */
  port: number
  status: string
}

export function readLock(data: string): Lock | undefined {
  try {
    const text = readFileSync(join(data, 'postmaster.pid'), 'utf8')
    const lines = text.split('\n')
    return { text, pid: Number(lines[0]), port: Number(lines[3]), status: lines[7]?.trim() ?? '' }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Makes way for a start in `data`: stops a PostgreSQL whose server is gone, waits for one that is stopping, removes the
 * lock of one that is gone. PostgreSQL itself obeys a lock whose process is a corpse or, after a restart of the machine
 * or container, some other program.
 * @throws Error when the PostgreSQL of a living server has the folder
 */
export async function makeWay(data: string): Promise<void> {
  const lock = readLock(data)
  if (lock === undefined) return
  if (holds(lock.pid, data) && serverOf(lock.pid) === undefined) process.kill(lock.pid, 'SIGINT')
  for (const deadline = Date.now() + patience; holds(lock.pid, data); await setTimeout(20)) {
    const stopping = serverOf(lock.pid) === undefined || readLock(data)?.status === 'stopping'
    if (!stopping || Date.now() > deadline) throw inUse(data, lock.pid)
  }
  removeStale(data, lock)
}

/**
 * Removes the lock, unless it is no longer the one that was read: another start may have been quicker, and its
 * PostgreSQL would shut down on missing its lock. So it is moved aside, compared and, if new, put back.
 */
function removeStale(data: string, { text }: Lock): void {
  const lockFile = join(data, 'postmaster.pid')
  const aside = `${lockFile}.${process.pid}`
  try {
    renameSync(lockFile, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (readFileSync(aside, 'utf8') !== text) linkSync(aside, lockFile)
  rmSync(aside)
}

/** The error for a folder that the living PostgreSQL `pid` has. */
export const inUse = (data: string, pid: number): Error =>
  new Error(
    `The folder ${data} is in use by the PostgreSQL of another Entente process (pid ${serverOf(pid) ?? pid}). ` +
      'Stop that one, or set DATA_FOLDER to another folder, or DATABASE_URL to a PostgreSQL server that both can use.',
  )
