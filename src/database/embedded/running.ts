import { join } from 'node:path'
import { addressOf, passwordIn } from './cluster.ts'
import { serverOf } from './launcher.ts'
import { readLock } from './leftover.ts'
import { holds } from './processes.ts'

/** The address of the PostgreSQL that a living server runs in `folder`; undefined when none does, or not yet. */
export function addressOfRunning(folder: string): string | undefined {
  const made = join(folder, 'cluster')
  const data = join(made, 'data')
  const lock = readLock(data)
  if (lock?.status !== 'ready' || !holds(lock.pid, data) || serverOf(lock.pid) === undefined) return undefined
  return addressOf(passwordIn(made), lock.port)
}
