import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks of /proc, in milliseconds (Linux only). */
const tick = 10

interface Usage {
  parent: number
  /** Milliseconds of processor time of the process, and with its ended children. */
  own: number
  all: number
}

function usageOf(pid: number | string): Usage | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const own = fields[11]! + fields[12]!
    return { parent: fields[1]!, own: own * tick, all: (own + fields[13]! + fields[14]!) * tick }
  } catch {
    return undefined
  }
}

/** Processor time of a process with all its threads, in milliseconds. */
export const cpuOf = (pid: number): number => usageOf(pid)?.own ?? 0

/** Processor time of a process and all that it started, ended ones included, in milliseconds. */
export function cpuOfTree(pid: number): number {
  const usages = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (usageOf(name) ?? []) : []))
  const children = usages.filter(({ parent }) => parent === pid)
  return children.reduce((sum, { own }) => sum + own, usageOf(pid)?.all ?? 0)
}

/** Resident memory of a process, in MB. */
export const residentOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024
