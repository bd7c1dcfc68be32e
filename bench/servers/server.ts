import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** A server that is measured. */
export interface Server {
  /** Its address, without a slash at the end. */
  origin: string
  pid: number
  stop: () => Promise<void>
}

interface Start {
  program: string[]
  cwd: string
  env?: Record<string, string>
  /** Its log says the address by this. */
  address: RegExp
  /** A file for what it prints. */
  log: string
  node?: string
}

/** Those of `npm start`. */
export const heapFlags = ['--max-semi-space-size=8', '--heap-growing-percent=40']

/** As `npm start` runs it. */
export const ententeProgram = [...heapFlags, 'dist/server.js']

/** Servers that run: none outlives this process. */
const running = new Set<ChildProcess>()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** The longest start, in milliseconds. */
const timeout = 120_000

/**
 * Starts a server in a process of its own, and waits until it prints its address. What it prints goes to a file, as with a
 * service: a pipe would be read by the process that measures.
 * @throws Error with what it printed when it ends or does not start
 */
export async function startServer({
  program,
  cwd,
  env = {},
  address,
  log,
  node = process.execPath,
}: Start): Promise<Server> {
  const output = openSync(log, 'w')
  const child = spawn(node, program, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', output, output] })
  closeSync(output)
  running.add(child)
  const ended = new Promise<void>((settle) => child.once('exit', () => settle(void running.delete(child))))
  for (const until = Date.now() + timeout; ; await setTimeout(5)) {
    const found = address.exec(readFileSync(log, 'utf8'))
    if (found) return { origin: found[1]!, pid: child.pid!, stop: () => stop(child, ended) }
    if (child.exitCode === null && child.signalCode === null && Date.now() < until) continue
    await stop(child, ended)
    throw new Error(`${program.join(' ')} did not start: ${readFileSync(log, 'utf8').slice(-2000)}`)
  }
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const late = new AbortController()
  void setTimeout(10_000, undefined, { signal: late.signal }).then(
    () => child.kill('SIGKILL'),
    () => {},
  )
  await ended
  late.abort()
}

export const root = join(import.meta.dirname, '..', '..')
const unlimited = '0'

/** The server as `npm start` runs it, without limits of its rates. @param options further ones of Node */
export const startEntente = (url: string, folder: string, options: string[] = []): Promise<Server> =>
  startServer({
    program: [...options, ...ententeProgram],
    cwd: root,
    env: {
      DATABASE_URL: url,
      HOST: '127.0.0.1',
      PORT: '0',
      RATE_LIMIT_READS: unlimited,
      RATE_LIMIT_WRITES: unlimited,
      RATE_LIMIT_EXPORTS: unlimited,
    },
    address: /Swagger UI: (\S+)\/docs/,
    log: join(folder, 'entente.log'),
  })

/** The same, but each read of a row by its id is a statement of its own. */
export const startUnshared = (url: string, folder: string): Promise<Server> =>
  startEntente(url, folder, ['--import', './bench/servers/unshared-reads.js'])

/** Bare servers so far. */
let bareServers = 0

/** @param template the agreement whose rows the bare server writes under other ids */
export const startLimit = (url: string, folder: string, template: string): Promise<Server> =>
  startServer({
    program: ['--import', 'tsx', 'bench/limit/server.ts', url, template, String((bareServers += 1))],
    cwd: root,
    address: /(http:\S+)/,
    log: join(folder, 'limit.log'),
  })
