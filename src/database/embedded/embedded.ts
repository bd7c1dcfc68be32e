import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Account, accountFor } from './account.ts'
import { binaries } from './binaries.ts'
import { addressOf, type Cluster, clusterIn, dataName } from './cluster.ts'
import { type Launched, launch } from './launcher.ts'
import { inUse, makeWay, readLock } from './leftover.ts'
import { holds } from './processes.ts'

export interface EmbeddedPostgres {
  /** postgres://…, with the password in it: not for logs. */
  url: string
  /** Shuts PostgreSQL down, fast and clean, and waits until it is gone. Once stopped, does nothing. */
  stop(): Promise<void>
}

interface EmbeddedOptions {
  /** Where the data is kept; made when it does not exist. */
  folder: string
  /** Whether what was acknowledged survives a power cut. Only tests say no. */
  durable?: boolean
  /** Told, in a sentence, of what takes time or is not as one would think. Never of the password. */
  log?: (message: string) => void
  /** Told, with the last lines of its log, when PostgreSQL ends without `stop`. It is not started again. */
  onExit?: (reason: string) => void
}

/**
 * Starts the PostgreSQL 18 that npm brought, with its data in `folder`, on a free port of 127.0.0.1.
 *
 * It ends with this process, however that ends: see `launcher.ts`. It does not keep this process alive.
 *
 * PostgreSQL refuses to run as root. Root's runs as the owner of the data: `postgres` or `nobody` when it is new. On
 * Linux that account need not be able to walk to the folder (a project below /root, say): PostgreSQL is started in it,
 * and knows it only as its working directory, `/proc/self/cwd`. So the data is always where the caller said.
 *
 * @throws Error when there is no PostgreSQL for this platform, when the folder is another user's or in use by another
 *   server, or when PostgreSQL does not start: with the last lines of its log
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  try {
    return await start(options)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw error
    const who = `this user (uid ${process.getuid?.()})`
    const hint =
      'Start as the user that owns it, or set DATA_FOLDER to another folder, or DATABASE_URL to a PostgreSQL server.'
    throw new Error(`The folder ${options.folder} cannot be used by ${who}: ${message}. ${hint}`, { cause: error })
  }
}

async function start({ folder, durable = true, log = () => {}, onExit }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const account = accountFor(join(folder, 'cluster', 'data'))
  const native = binaries(folder, account)
  if (account) log(`PostgreSQL runs as uid ${account.uid}, because it refuses to run as root.`)
  const cluster = await clusterIn(folder, { native, account, durable, log })
  await makeWay(cluster.data)
  const { port, launched, lastLines } = await onFreePort(native, cluster, account, durable)
  let stopped = false
  void launched.ended.then(() => stopped || onExit?.(lastLines()))
  return {
    url: addressOf(cluster.password, port),
    stop() {
      stopped = true
      return launched.stop()
    },
  }
}

interface Started {
  port: number
  launched: Launched
  lastLines: () => string
}

/** Starts PostgreSQL, again when another program took the port between its choosing and its use. */
async function onFreePort(
  native: string,
  cluster: Cluster,
  account: Account | undefined,
  durable: boolean,
  attempts = 3,
): Promise<Started> {
  const port = await freePort()
  const log = openSync(cluster.log, 'a', 0o600)
  const begin = fstatSync(log).size
  const lastLines = () =>
    readFileSync(cluster.log).subarray(begin).toString().trimEnd().split('\n').slice(-20).join('\n')
  const launched = await launch({
    program: join(native, 'bin', 'postgres'),
    arguments: ['-D', dataName(cluster.data, account), ...settings(port, durable)],
    folder: cluster.data,
    account,
    log,
  }).finally(() => closeSync(log))
  const failure = await failureToStart(launched, cluster.data)
  if (failure === undefined) return { port, launched, lastLines }
  const holder = readLock(cluster.data)
  if (holder && holds(holder.pid, cluster.data)) throw inUse(cluster.data, holder.pid)
  if (attempts > 1 && !(await isFree(port))) return onFreePort(native, cluster, account, durable, attempts - 1)
  throw new Error(`PostgreSQL did not start in ${cluster.data}: ${failure}. Its last words:\n${lastLines()}`)
}

function settings(port: number, durable: boolean): string[] {
  const chosen = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'log', // not the errors of statements, which the server sees itself: the log stays short
    log_checkpoints: 'off',
    max_connections: 200,
    ...(!durable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(chosen).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** How long a start may take, in ms; recovery after a crash is part of it. */
const patience = 120_000

/** Waits until PostgreSQL takes connections; says why when it never does. */
async function failureToStart(launched: Launched, data: string): Promise<string | undefined> {
  for (const deadline = Date.now() + patience; !launched.hasEnded(); await setTimeout(10)) {
    const lock = readLock(data)
    if (lock?.pid === launched.pid && lock.status === 'ready') return undefined
    if (Date.now() < deadline) continue
    await launched.stop()
    return `not within ${patience / 1000} s`
  }
  return 'it ended'
}

/** A port that nothing listens on: `wanted`, or any. */
const freePort = (wanted = 0): Promise<number> =>
  new Promise((settle, reject) => {
    const server = createServer().once('error', reject)
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => settle(port))
    })
  })

const isFree = (port: number): Promise<boolean> =>
  freePort(port).then(
    () => true,
    () => false,
  )
