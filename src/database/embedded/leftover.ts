import { spawnSync } from 'node:child_process'
import { linkSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { launcherName } from './launcher.ts'

/** How long to wait for a PostgreSQL whose server has just died, in ms: until it begins to stop, and until it is gone. */
const patience = { toBegin: 3_000, toEnd: 30_000 }

/** The file by which PostgreSQL holds a data folder; `status` is its own word: starting, ready, stopping … */
export interface Lock {
  text: string
  pid: number
  status: string
}

export function readLock(data: string): Lock | undefined {
  try {
    const text = readFileSync(join(data, 'postmaster.pid'), 'utf8')
    const lines = text.split('\n')
    return { text, pid: Number(lines[0]), status: lines[7]?.trim() ?? '' }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Makes way for a start in `data`: waits for a PostgreSQL that is stopping, stops one that lost its launcher, removes
 * the lock of one that is gone. PostgreSQL itself takes a lock seriously whose process is a corpse or, after a restart
 * of the machine or container, some other program.
 * @throws Error when another server's PostgreSQL has the folder
 */
export async function makeWay(data: string): Promise<void> {
  const lock = readLock(data)
  if (lock === undefined) return
  if (holds(lock.pid, data)) {
    if (launcherOf(lock.pid) === undefined) process.kill(lock.pid, 'SIGINT')
    await untilGone(lock.pid, data)
  }
  removeStale(data, lock)
}

async function untilGone(pid: number, data: string): Promise<void> {
  for (let waited = 0; holds(pid, data); waited += 20) {
    const stopping = readLock(data)?.status === 'stopping' || launcherOf(pid) === undefined
    if (waited >= (stopping ? patience.toEnd : patience.toBegin)) throw inUse(data, pid)
    await setTimeout(20)
  }
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
export function inUse(data: string, pid: number): Error {
  const launcher = launcherOf(pid)
  const server = launcher === undefined ? pid : parentOf(launcher)
  return new Error(
    `The folder ${data} is in use by the PostgreSQL of another Entente process (pid ${server}). ` +
      'Stop that one, or set DATA_FOLDER to another folder, or DATABASE_URL to a PostgreSQL server that both can use.',
  )
}

/** Whether `pid` is a living PostgreSQL with its data in `data`: its working directory says so, or else its command. */
export function holds(pid: number, data: string): boolean {
  if (process.platform !== 'linux') return ps('command', pid).includes(`-D ${data} `)
  try {
    const [its, ours] = [statSync(`/proc/${pid}/cwd`), statSync(data)]
    return its.ino === ours.ino && its.dev === ours.dev && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'postgres\n'
  } catch {
    return false
  }
}

function launcherOf(pid: number): number | undefined {
  const parent = parentOf(pid)
  return commandOf(parent).includes(launcherName) ? parent : undefined
}

function parentOf(pid: number): number {
  const status = fromProc(pid, 'status')
  return Number(status === undefined ? ps('ppid', pid) : /^PPid:\s*(\d+)/m.exec(status)?.[1])
}

const commandOf = (pid: number): string => fromProc(pid, 'cmdline') ?? ps('command', pid)

/** Linux images often have no `ps`; other systems have no /proc. */
function fromProc(pid: number, file: string): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

const ps = (column: string, pid: number): string =>
  spawnSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()
