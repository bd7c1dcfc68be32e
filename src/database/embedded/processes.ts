import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'

interface Process {
  parent: number
  /** The program and its arguments. */
  command: string
}

/** The process `pid`; undefined when there is none, or only a zombie. Linux images often have no `ps`, other systems no /proc. */
export function processOf(pid: number): Process | undefined {
  const { parent, state, command } = process.platform === 'linux' ? fromProc(pid) : fromPs(pid)
  return parent === undefined || state?.startsWith('Z') ? undefined : { parent: Number(parent), command: command ?? '' }
}

export const isAlive = (pid: number): boolean => processOf(pid) !== undefined

interface Found {
  parent?: string | undefined
  state?: string | undefined
  command?: string | undefined
}

function fromProc(pid: number): Found {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return { parent: /^PPid:\s*(\d+)/m.exec(status)?.[1], state: /^State:\s*(\S)/m.exec(status)?.[1], command }
  } catch {
    return {}
  }
}

function fromPs(pid: number): Found {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,stat=,command=', '-p', String(pid)], { encoding: 'utf8' })
  const [, parent, state, command] = /^\s*(\d+)\s+(\S+)\s+(.*)/s.exec(stdout) ?? []
  return { parent, state, command }
}

/** Whether `pid` is a running PostgreSQL with its data in `data`, judged by its working directory or its command line. */
export function usesFolder(pid: number, data: string): boolean {
  if (process.platform !== 'linux') return processOf(pid)?.command.includes(`-D ${data} `) ?? false
  try {
    const [its, ours] = [statSync(`/proc/${pid}/cwd`), statSync(data)]
    return its.ino === ours.ino && its.dev === ours.dev && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'postgres\n'
  } catch {
    return false
  }
}
