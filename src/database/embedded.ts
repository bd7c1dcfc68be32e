import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Account, canReach, otherAccount } from './embedded/account.ts'
import { binaries } from './embedded/binaries.ts'
import type { Launch } from './embedded/launcher.ts'
import { clearLeftover, inUse } from './embedded/leftover.ts'

export interface EmbeddedPostgres {
  /** With the password in it: not for logs. */
  url: string
  /** Shuts PostgreSQL down and waits until it is gone. */
  stop(): Promise<void>
}

interface EmbeddedOptions {
  /** Where the data is kept; made when it does not exist. */
  folder: string
  /** Whether what was acknowledged survives a power cut. Only tests say no. */
  durable?: boolean
  /** Told when PostgreSQL ends by itself. */
  onExit?: (reason: string) => void
}

/**
 * Starts the PostgreSQL 18 that npm brought, on a free port of 127.0.0.1, with its data in `folder`. It runs under a
 * launcher that shuts it down when this process ends, however it ends. As root it runs as another account, in the
 * folder as its working directory, which that account need not be able to walk to (Linux: `/proc/self/cwd`).
 * @throws Error when there is no PostgreSQL for this platform, when the folder is another's or in use, or when
 *   PostgreSQL does not start: with the last lines that it printed
 */
export async function startEmbedded({ folder, durable = true, onExit }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const account = otherAccount()
  const native = binaries(account)
  const home = resolve(folder)
  const data = join(home, 'data')
  if (!existsSync(data)) initialize(native, home, account)
  const password = readPassword(home)
  await clearLeftover(data)
  const port = await freePort()
  const launched = await launch(native, data, port, durable, account)
  launched.process.once('exit', () => onExit?.(launched.lastLines()))
  return {
    url: `postgres://entente:${password}@127.0.0.1:${port}/postgres`,
    stop: () => stop(launched.process),
  }
}

/** What to call the data folder when it is the working directory: an account that cannot walk to it can use it so. */
const dataName = (data: string, account: Account | undefined): string =>
  account && process.platform === 'linux' && !canReach(account, data) ? '/proc/self/cwd' : data

/** Makes the data folder beside its place and renames it, so that a start that was cut short leaves nothing. */
function initialize(native: string, home: string, account: Account | undefined): void {
  const made = `${home}.${process.pid}.new`
  const data = join(made, 'data')
  rmSync(made, { recursive: true, force: true })
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const password = randomBytes(24).toString('base64url')
  writeFileSync(join(made, 'password'), password, { mode: 0o600 })
  const secret = mkdtempSync(join(tmpdir(), 'entente-'))
  const passwordFile = join(secret, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (account) for (const path of [data, secret, passwordFile]) chownSync(path, account.uid, account.gid)
  const { status, stderr, error } = spawnSync(
    join(native, 'bin', 'initdb'),
    [
      ...['-D', dataName(data, account), '--username', 'entente', '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      ...['--encoding', 'UTF8', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
    ],
    { cwd: data, encoding: 'utf8', env: { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' }, ...account },
  )
  rmSync(secret, { recursive: true, force: true })
  if (status !== 0) {
    rmSync(made, { recursive: true, force: true })
    throw new Error(`PostgreSQL could not make ${home}:\n${error?.message ?? stderr}`)
  }
  try {
    rmSync(home, { recursive: true, force: true })
    renameSync(made, home)
  } catch (error) {
    rmSync(made, { recursive: true, force: true })
    if (!existsSync(join(home, 'data'))) throw error
  }
}

function readPassword(home: string): string {
  try {
    return readFileSync(join(home, 'password'), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
    throw new Error(`The folder ${home} belongs to another account: start as that one, or remove the folder.`)
  }
}

const freePort = (): Promise<number> =>
  new Promise((settle, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => settle(port))
    })
  })

interface Launched {
  process: ChildProcess
  lastLines: () => string
}

/** How long a start may take; recovery after a crash is part of it. */
const patience = 60_000

function launch(native: string, data: string, port: number, durable: boolean, account?: Account): Promise<Launched> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    max_connections: 200,
    ...(!durable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  const arguments_ = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const launch: Launch = {
    program: join(native, 'bin', 'postgres'),
    arguments: ['-D', dataName(data, account), ...arguments_],
    folder: data,
    ...account,
  }
  const kind = extname(import.meta.url)
  const program = fileURLToPath(new URL(`./embedded/launcher${kind}`, import.meta.url))
  const loader = kind === '.ts' ? ['--import', import.meta.resolve('tsx')] : []
  const child = spawn(process.execPath, [...loader, program, JSON.stringify(launch)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.stdin!.on('error', () => {})
  return started(child, data)
}

/** Waits until PostgreSQL takes connections. */
function started(child: ChildProcess, data: string): Promise<Launched> {
  let lines: string[] = []
  const lastLines = () => lines.join('\n')
  return new Promise((settle, reject) => {
    const timer = setTimeout(() => fail(`not within ${patience / 1000} s`), patience)
    const fail = (why: string) => {
      clearTimeout(timer)
      child.stdin!.end()
      const taken = /lock file "postmaster\.pid" already exists/.test(lastLines())
      reject(taken ? inUse(data) : new Error(`PostgreSQL did not start (${why}):\n${lastLines()}`))
    }
    child.once('error', (error) => fail(error.message))
    child.once('exit', (code) => fail(`exit code ${code}`))
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      lines = [...lines, ...text.trimEnd().split('\n')].slice(-20)
      if (!text.includes('ready to accept connections')) return
      clearTimeout(timer)
      child.removeAllListeners('exit')
      settle({ process: child, lastLines })
    })
  })
}

const stop = (child: ChildProcess): Promise<void> =>
  new Promise((settle) => {
    child.removeAllListeners('exit')
    if (child.exitCode !== null || child.signalCode !== null) return settle()
    child.once('exit', () => settle())
    child.stdin!.end()
  })
