import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { serverOf } from './launcher.ts'
import { usesFolder } from './processes.ts'

/** Timeout for stopping an orphaned PostgreSQL, in milliseconds. */
const stopTimeout = 30_000

/** PostgreSQL's lock file of a data folder. `status` is one of its own: starting, ready, stopping … */
interface Lock {
  text: string
  pid: number
  /** The port that it listens on. */
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
 * Prepares `data` for a start: stops a PostgreSQL whose server has ended, waits for one that is stopping, and removes the
 * lock file of one that has exited. PostgreSQL itself respects a lock file even when its process is a zombie or, after a
 * restart of the machine or container, another program.
 * @throws Error when the PostgreSQL of a running server uses the folder
 */
export async function releaseFolder(data: string): Promise<void> {
  const lock = readLock(data)
  if (lock === undefined) return
  if (usesFolder(lock.pid, data) && serverOf(lock.pid) === undefined) process.kill(lock.pid, 'SIGINT')
  for (const deadline = Date.now() + stopTimeout; usesFolder(lock.pid, data); await setTimeout(20)) {
    const stopping = serverOf(lock.pid) === undefined || readLock(data)?.status === 'stopping'
    if (!stopping || Date.now() > deadline) throw inUse(data, lock.pid)
  }
  removeStale(data, lock)
}

/**
 * Removes the lock file, unless it has changed since it was read: another start may have been faster, and its PostgreSQL
 * would shut down without its lock file. So the file is renamed, compared and, if it has changed, put back.
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

/** The error for a folder that the running PostgreSQL `pid` uses. */
export const inUse = (data: string, pid: number): Error =>
  new Error(
    `The folder ${data} is in use by the PostgreSQL of another Entente process (pid ${serverOf(pid) ?? pid}). ` +
      'Stop that process, set DATA_FOLDER to another folder, or set DATABASE_URL to a PostgreSQL server that both can use.',
  )
