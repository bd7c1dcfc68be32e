import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { spawnSync } from 'node:child_process'

/** A process as `ps` tells it; undefined when there is none, or only its corpse. */
function processOf(pid: number): { parent: number; command: string } | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,stat=,command=', '-p', String(pid)], { encoding: 'utf8' })
  const [, parent, state, command] = /^\s*(\d+)\s+(\S+)\s+(.*)$/m.exec(stdout ?? '') ?? fromProc(pid) ?? []
  if (parent === undefined || state?.startsWith('Z')) return undefined
  return { parent: Number(parent), command: command ?? '' }
}

/** The same from /proc, for the many small images without `ps`. */
function fromProc(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return ['', parent, state, readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')]
  } catch {
    return undefined
  }
}

/**
 * Makes way for a start in `data`: stops a PostgreSQL whose launcher was killed, and removes a lock file whose process
 * is gone, a corpse or some other program.
 * @throws Error when the PostgreSQL of another server, which lives, has the folder
 */
export async function clearLeftover(data: string): Promise<void> {
  const lockFile = join(data, 'postmaster.pid')
  if (!existsSync(lockFile)) return
  const pid = Number.parseInt(readFileSync(lockFile, 'utf8'), 10)
  const postmaster = processOf(pid)
  if (!postmaster || !/\bpostgres\b/.test(postmaster.command)) return rmSync(lockFile, { force: true })
  if (processOf(postmaster.parent)?.command.includes('launcher')) throw inUse(data, pid)
  process.kill(pid, 'SIGINT')
  for (let waited = 0; processOf(pid) && waited < 20_000; waited += 100) await setTimeout(100)
  if (processOf(pid)) throw inUse(data, pid)
  rmSync(lockFile, { force: true })
}

export const inUse = (data: string, pid?: number): Error =>
  new Error(
    `The folder ${data} is in use by the PostgreSQL of another server${pid ? ` (process ${pid})` : ''}. ` +
      'Stop that server, or set DATA_FOLDER to another folder, or DATABASE_URL to a server that both can use.',
  )
