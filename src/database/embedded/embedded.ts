import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Account, accountFor } from './account.ts'
import { binaries } from './binaries.ts'
import { addressOf, type Cluster, clusterIn, dataName } from './cluster.ts'
import { type Launched, launch } from './launcher.ts'
import { inUse, readLock, releaseFolder } from './leftover.ts'
import { usesFolder } from './processes.ts'

export interface EmbeddedPostgres {
  /** postgres://…, including the password: must not be logged. */
  url: string
  /** Shuts PostgreSQL down (fast shutdown), and waits until it has exited. Idempotent. */
  stop(): Promise<void>
}

interface EmbeddedOptions {
  /** The data folder; created if it does not exist. */
  folder: string
  /** Whether commits survive a power failure. False in tests only. */
  durable?: boolean
  /** Receives messages about slow or unexpected steps, never the password. */
  log?: (message: string) => void
  /** Called with the last lines of its log when PostgreSQL exits without `stop`. It is not restarted. */
  onExit?: (reason: string) => void
}

/**
 * Starts the PostgreSQL 18 installed by npm, with its data in `folder`, on a free port of 127.0.0.1.
 *
 * It stops when this process ends, however that happens: see `launcher.ts`. It does not keep this process alive.
 *
 * PostgreSQL refuses to run as root. When started by root, it runs as the owner of the data; for new data, see `account.ts`.
 * On Linux that account needs no access to the path of the folder (for example a project below /root): PostgreSQL is
 * started in the folder, and refers to it as its working directory, `/proc/self/cwd`.
 *
 * @throws Error when there is no PostgreSQL for this platform, when the folder belongs to another user or is in use by
 *   another server, or when PostgreSQL does not start: with the last lines of its log
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  try {
    return await start(options)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw error
    const who = `This user (uid ${process.getuid?.()})`
    const hint =
      'Start as the owner of the folder, set DATA_FOLDER to another folder, or set DATABASE_URL to a PostgreSQL server.'
    throw new Error(`${who} cannot use the folder ${options.folder}: ${message}. ${hint}`, { cause: error })
  }
}

async function start({ folder, durable = true, log = () => {}, onExit }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const account = accountFor(join(folder, 'cluster', 'data'))
  const native = binaries(folder, account)
  if (account) log(`PostgreSQL runs as uid ${account.uid}, because it refuses to run as root.`)
  const cluster = await clusterIn(folder, { native, account, durable, log })
  await releaseFolder(cluster.data)
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

/** Starts PostgreSQL on a free port; tries again when another program takes the port in the meantime. */
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
  if (holder && usesFolder(holder.pid, cluster.data)) throw inUse(cluster.data, holder.pid)
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
    log_min_messages: 'log', // without the errors of statements, which this process receives anyway
    log_checkpoints: 'off',
    max_connections: 200,
    ...(!durable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(chosen).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** Timeout of a start, including recovery after a crash, in milliseconds. */
const startTimeout = 120_000

/** Waits until PostgreSQL accepts connections. @returns why it does not; undefined when it does */
async function failureToStart(launched: Launched, data: string): Promise<string | undefined> {
  for (const deadline = Date.now() + startTimeout; !launched.hasEnded(); await setTimeout(10)) {
    const lock = readLock(data)
    if (lock?.pid === launched.pid && lock.status === 'ready') return undefined
    if (Date.now() < deadline) continue
    await launched.stop()
    return `not within ${startTimeout / 1000} s`
  }
  return 'it ended'
}

/** A free port: `wanted`, or any. */
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
