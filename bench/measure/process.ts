import { freePort } from '../../test/support/free-port.ts'
import { spawn } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { once } from 'node:events'
import { ententeProgram, root, type Server } from '../servers/server.ts'
import type { Request } from '../workloads/workload.ts'
import { residentOf } from './cpu.ts'
import { send } from './load.ts'

/** The greatest resident memory while `requests` are sent in turn on 256 connections, in MB. */
export async function memoryUnderLoad({ origin, pid }: Server, requests: Request[], seconds: number): Promise<number> {
  let greatest = 0
  const watch = setInterval(() => (greatest = Math.max(greatest, residentOf(pid))), 100)
  let n = 0
  try {
    const next = () => requests[(n += 1) % requests.length]!
    await send(origin, { connections: 256, duration: seconds, mayRefuse: true, next })
  } finally {
    clearInterval(watch)
  }
  return greatest
}

/** The time from the start of the server to its first answer to `path`, with the database up, in milliseconds. */
export async function timeToFirstAnswer(url: string, path: string): Promise<number> {
  const port = await freePort()
  const env = { ...process.env, DATABASE_URL: url, HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'error' }
  const start = performance.now()
  const child = spawn(process.execPath, ententeProgram, { cwd: root, env, stdio: 'ignore' })
  const ended = once(child, 'exit')
  try {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined)
      if (answer?.status === 200) return performance.now() - start
      if (child.exitCode !== null || performance.now() - start > 60_000) throw new Error('The server did not start.')
      await setTimeout(5)
    }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

/** How long an empty program of Node takes, in milliseconds. */
export async function timeOfNode(): Promise<number> {
  const start = performance.now()
  await once(spawn(process.execPath, ['-e', '0']), 'exit')
  return performance.now() - start
}
