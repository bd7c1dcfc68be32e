import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { prepare } from '../../src/programs/prepare.ts'
import { atEnd } from '../support/at-end.ts'
import { builtProject } from '../support/built.ts'
import { addTestKeys } from '../support/keys.ts'
import { startSystemPostgres, systemPostgres } from '../support/system-postgres.ts'
import { ApiProcess } from '../torture/api-process.ts'
import { faultsOf } from '../torture/checker.ts'
import { readFinalState, withDatabase } from '../torture/final-state.ts'
import { embeddedWorld } from '../torture/world.ts'
import { Writers } from '../torture/writers.ts'

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** The commands of a chapter of docs/operations.md: the blocks of code, as they are. */
function commandsOf(chapter: string): string[] {
  const page = readFileSync(pathOf('docs/operations.md'), 'utf8')
  const text = page.split(`\n## ${chapter}\n`)[1]!.split('\n## ')[0]!
  return [...text.matchAll(/```sh\n([^]*?)```/g)].map(([, commands]) => commands!)
}

let folder: string
let project: string
beforeAll(() => {
  project = builtProject()
  // Open to every account, unlike what lies in it.
  folder = mkdtempSync(join(tmpdir(), `entente-test-${process.pid}-`))
  chmodSync(folder, 0o755)
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }))
})

async function startApi(settings: Record<string, string>): Promise<ApiProcess> {
  const api = await ApiProcess.start(project, settings)
  atEnd(() => api.end('SIGKILL'))
  return api
}

interface Agreement {
  id: string
  version: number
}

const exportOf = async (origin: string): Promise<Agreement[]> =>
  (await (await fetch(`${origin}/v1/agreements/export?format=ndjson`)).text())
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Agreement)

/** An agreement as a client reads it: its tag and its document. */
async function read(origin: string, path: string): Promise<{ tag: string | null; document: unknown }> {
  const answer = await fetch(`${origin}/v1/agreements/${path}`, { headers: { 'accept-encoding': 'identity' } })
  expect(answer.status, path).toBe(200)
  return { tag: answer.headers.get('etag'), document: await answer.json() }
}

/** The example of a follower, with a folder for its copy. */
class Follower {
  readonly copy: string
  #process: ChildProcess | undefined

  constructor(copy: string) {
    this.copy = copy
    atEnd(() => this.stop())
  }

  follow(origin: string): void {
    const example = pathOf('docs/examples/follower.mjs')
    this.#process = spawn(process.execPath, [example, origin, this.copy], { stdio: 'ignore' })
  }

  async stop(): Promise<void> {
    if (this.#process?.kill('SIGKILL')) await once(this.#process, 'exit')
  }

  documents(): Agreement[] {
    const names = readdirSync(this.copy).filter((name) => name.endsWith('.json'))
    return names.map((name) => JSON.parse(readFileSync(join(this.copy, name), 'utf8')) as Agreement)
  }
}

const byId = (all: Agreement[]): Agreement[] => all.toSorted((a, b) => (a.id < b.id ? -1 : 1))

/** Every version of every agreement, as it is stored. */
const versionsIn = (url: string) =>
  withDatabase(url, (db) =>
    db.query<{ key: string }>({
      name: 'all-versions',
      text: `select agreement_id || ' ' || version as key, document, published_at, cause, actor, note
        from agreement_versions order by 1`,
    }),
  )

/** Waits until a follower has what the register has. */
async function caughtUp(follower: Follower, origin: string): Promise<void> {
  await expect.poll(async () => byId(follower.documents())).toEqual(byId(await exportOf(origin)))
}

test('the folder of an embedded database, copied while the server is stopped, is the same register', async () => {
  const data = join(folder, 'embedded')
  const world = await embeddedWorld({ project, folder }, { folder: data })
  const origin = world.apis[0]!.origin
  const writers = new Writers(() => origin)
  writers.start()
  await expect.poll(() => writers.acknowledged()).toBeGreaterThan(60)
  await writers.stop()
  const before = await exportOf(origin)
  const documents = await Promise.all(before.map(({ id }) => read(origin, id)))
  await world.close()
  const copied = spawnSync('cp', ['-a', data, join(folder, 'copy')])
  expect(copied.status).toBe(0)
  const restored = await startApi({ DATA_FOLDER: join(folder, 'copy') })
  expect(await exportOf(restored.origin)).toEqual(before)
  expect(await Promise.all(before.map(({ id }) => read(restored.origin, id)))).toEqual(documents)

  // Of a follower that has read further than the backup.
  const follower = new Follower(join(folder, 'ahead'))
  mkdirSync(follower.copy)
  writeFileSync(join(follower.copy, 'cursor'), '100000')
  const refused = await fetch(`${restored.origin}/v1/changes?after=100000`)
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ code: 'invalid_cursor', detail: expect.stringContaining('Start again') })
  follower.follow(restored.origin)
  await caughtUp(follower, restored.origin)
})

const programs = systemPostgres()
if (programs === undefined) {
  console.log('backup: skipped pg_dump and pg_restore, because no PostgreSQL 15 or later with them is installed here.')
}

describe.runIf(programs)('pg_dump while the register is written to, and pg_restore', () => {
  test('give a register with every document, version and tag; followers are told to start again', async () => {
    const { url, port } = await startSystemPostgres(programs!, folder)
    await withDatabase(url, async (db) => {
      await prepare(db)
      await addTestKeys(db)
    })
    const { origin } = await startApi({ DATABASE_URL: url })
    const follower = new Follower(join(folder, 'followed'))
    mkdirSync(follower.copy)
    follower.follow(origin)
    const writers = new Writers(() => origin)
    writers.start()
    await expect.poll(() => writers.acknowledged()).toBeGreaterThan(60)
    const began = performance.now()
    const [backup, restored] = commandsOf('Backups')
    const env = {
      ...process.env,
      PATH: `${programs}:${process.env['PATH']}`,
      PGHOST: '127.0.0.1',
      PGPORT: String(port),
      PGUSER: 'entente',
      DATABASE_URL: url,
    }
    await run(backup!, folder, env)
    await writers.stop()
    await caughtUp(follower, origin)
    await follower.stop()
    const { history } = writers.client
    const state = await readFinalState(url, origin)
    expect(faultsOf(history, state)).toEqual([])

    const copy = `postgres://entente@127.0.0.1:${port}/restored`
    await run(restored!, project, { ...env, DATABASE_URL: copy })
    const { origin: again } = await startApi({ DATABASE_URL: copy })
    const [versions, original] = [await versionsIn(copy), await versionsIn(url)]
    const keys = new Set(versions.map(({ key }) => key))
    expect(versions).toEqual(original.filter(({ key }) => keys.has(key)))
    const notes = new Set(
      state.versions.filter((one) => keys.has(`${one.agreement} ${one.version}`)).map(({ note }) => note),
    )
    const acknowledged = history.attempts.filter(
      ({ outcome, ended, kind }) => outcome === 'done' && ended < began && kind !== 'restore',
    )
    expect(acknowledged.filter(({ write }) => !notes.has(write))).toEqual([])
    expect(original.length).toBeGreaterThan(versions.length)
    const there = await exportOf(again)
    for (const { id, version } of there) {
      const { tag, document } = await read(again, id)
      expect(tag).toBe(`"${version}"`)
      const original = await read(origin, `${id}/versions/${version}`)
      expect(original.document).toMatchObject({ version, document })
    }
    console.log(
      `backup: ${acknowledged.length} writes acknowledged before the dump, all restored; ${versions.length} of ${original.length} versions, ${there.length} documents equal`,
    )

    const cursor = readFileSync(join(follower.copy, 'cursor'), 'utf8')
    const refused = await fetch(`${again}/v1/changes?after=${cursor}`)
    expect(refused.status).toBe(410)
    expect(await refused.json()).toMatchObject({ code: 'changes_gone', detail: expect.stringContaining('Start again') })
    follower.follow(again)
    await caughtUp(follower, again)
  })
})

/** Runs commands as a person would type them, in a folder. */
async function run(commands: string, cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const shell = spawn('/bin/sh', ['-ec', commands], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let told = ''
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk: Buffer) => (told += chunk.toString()))
  const [status] = (await once(shell, 'exit')) as [number]
  if (status !== 0) throw new Error(told)
}
