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

/** What PostgreSQL keeps: files that belong together, made at once, in `<folder>/cluster`. */
export interface Cluster {
  data: string
  /** Path of PostgreSQL's log. */
  log: string
  password: string
}

interface Making {
  native: string
  account: Account | undefined
  durable: boolean
  log: (message: string) => void
}

/** Bytes of log from earlier runs that are worth keeping. */
const longLog = 1_000_000

/**
 * The database cluster in `folder`, made when there is none.
 * @throws Error when it is another user's, or cannot be made
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
  if (existsSync(log) && statSync(log).size > longLog) truncateSync(log)
  return { data: join(made, 'data'), log, password: passwordIn(made) }
}

/** Of the cluster that was made in `made`. */
export const passwordIn = (made: string): string => readFileSync(join(made, 'password'), 'utf8')

/** Where its PostgreSQL is reached, with the password: not for logs. */
export const addressOf = (password: string, port: number): string =>
  `postgres://entente:${password}@127.0.0.1:${port}/postgres`

/** How to name the data folder to a program started in it: root's other account may not be able to walk to it. */
export const dataName = (data: string, account: Account | undefined): string =>
  account && process.platform === 'linux' ? '/proc/self/cwd' : data

/** Makes everything beside its place, then renames it: whole or absent. When two processes do so, the first one wins. */
async function make(made: string, { native, account, durable, log }: Making): Promise<void> {
  log(`Making a database in ${made}.`)
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

/** The encoding and the rules for letters are PostgreSQL's own, so the machine needs no locales. */
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
    throw new Error(`PostgreSQL could not make a database:\n${stderr || message}`, { cause: error })
  }
}

/** Removes what starts left that were killed midway. Their initdb may still be writing: then a later start removes it. */
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

/** Has the disk remember which files a folder holds. */
function flush(folder: string): void {
  const open = openSync(folder, 'r')
  fsyncSync(open)
  closeSync(open)
}
