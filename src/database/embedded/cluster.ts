import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Account } from './account.ts'
import { environment } from './binaries.ts'
import { isAlive } from './processes.ts'

/** A database cluster and its files, created together in `<folder>/cluster`. */
export interface Cluster {
  data: string
  /** The path of PostgreSQL's log. */
  log: string
  password: string
}

interface Making {
  native: string
  account: Account | undefined
  durable: boolean
  log: (message: string) => void
}

/** Maximum size of the log from earlier runs, in bytes; a larger one is truncated. */
const maxLogSize = 1_000_000

/**
 * The database cluster in `folder`, created if there is none.
 * @throws Error when it belongs to another user, or cannot be created
 */
export async function clusterIn(folder: string, making: Making): Promise<Cluster> {
  mkdirSync(folder, { recursive: true })
  const home = realpathSync(folder)
  const made = join(home, 'cluster')
  removeUnfinished(home)
  if (!existsSync(made)) await make(made, making)
  const { uid } = statSync(made)
  if (![0, uid].includes(process.getuid!())) {
    throw new Error(
      `The database in ${home} belongs to another user (uid ${uid}, not ${process.getuid!()}). ` +
        'Start as that user, or set DATA_FOLDER to another folder.',
    )
  }
  const log = join(made, 'log')
  if (existsSync(log) && statSync(log).size > maxLogSize) truncateSync(log)
  return { data: join(made, 'data'), log, password: passwordIn(made) }
}

/** The password of the cluster in `made`. */
export const passwordIn = (made: string): string => readFileSync(join(made, 'password'), 'utf8')

/** The URL of its PostgreSQL, including the password: must not be logged. */
export const addressOf = (password: string, port: number): string =>
  `postgres://entente:${password}@127.0.0.1:${port}/postgres`

/** The data folder as passed to a program that is started in it: the account may not have access to its path. */
export const dataName = (data: string, account: Account | undefined): string =>
  account && process.platform === 'linux' ? '/proc/self/cwd' : data

/** Creates the cluster atomically: under a temporary name, then renamed. Of two processes, the first one wins. */
async function make(made: string, { native, account, durable, log }: Making): Promise<void> {
  log(`Creating a database in ${made}.`)
  const unfinished = mkdtempSync(`${made}.${process.pid}.`)
  const within = (name: string) => join(unfinished, name)
  mkdirSync(within('data'), { mode: 0o700 })
  writeFileSync(within('password'), randomBytes(24).toString('base64url'), { mode: 0o600, flush: true })
  writeFileSync(within('log'), '', { mode: 0o600 })
  if (account) {
    for (const name of ['', 'data', 'password', 'log']) chownSync(within(name), account.uid, account.gid)
  }
  try {
    await initdb(within('data'), native, account, durable)
    if (durable) flush(unfinished)
    renameSync(unfinished, made)
    if (durable) flush(join(made, '..'))
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(made)) throw error
  }
}

/** Encoding and collation are PostgreSQL's built-in ones, so that no locales need to be installed. */
async function initdb(data: string, native: string, account: Account | undefined, durable: boolean): Promise<void> {
  const options = {
    pgdata: dataName(data, account),
    username: 'entente',
    pwfile: '../password',
    auth: 'scram-sha-256',
    encoding: 'UTF8',
    locale: 'C',
    'locale-provider': 'builtin',
    'builtin-locale': 'C.UTF-8',
  }
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  if (!durable) args.push('--no-sync')
  try {
    await promisify(execFile)(join(native, 'bin', 'initdb'), args, { cwd: data, env: environment, ...account })
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new Error(`PostgreSQL could not create a database:\n${stderr || message}`, { cause: error })
  }
}

/** Removes the temporary folders of starts that were killed. While their initdb is still writing, that fails and is left to a later start. */
function removeUnfinished(home: string): void {
  for (const name of readdirSync(home)) {
    const pid = /^cluster\.(\d+)\./.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    try {
      rmSync(join(home, name), { recursive: true, force: true })
    } catch {
      continue
    }
  }
}

/** Flushes the entries of a folder to disk. */
function flush(folder: string): void {
  const open = openSync(folder, 'r')
  fsyncSync(open)
  closeSync(open)
}
