import { join } from 'node:path'
import { addressOf, passwordIn } from './cluster.ts'
import { serverOf } from './launcher.ts'
import { readLock } from './leftover.ts'
import { usesFolder } from './processes.ts'

/** The URL of the PostgreSQL that a running server has in `folder`; undefined when there is none, or it is not ready. */
export function runningAddress(folder: string): string | undefined {
  const made = join(folder, 'cluster')
  const data = join(made, 'data')
  const lock = readLock(data)
  if (lock?.status !== 'ready' || !usesFolder(lock.pid, data) || serverOf(lock.pid) === undefined) return undefined
  return addressOf(passwordIn(made), lock.port)
}
