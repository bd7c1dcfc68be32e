import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { builtProject } from '../support/built.ts'
import { freshDatabase } from '../support/register.ts'

const folder = mkdtempSync(join(tmpdir(), `entente-test-${process.pid}-`))
const { PATH } = process.env
const minute = 60_000

const program = (name: string) => join(builtProject(), 'dist', name)

interface Told {
  out: string
  told: string
}

/** Runs `npm run key -- …`; what it says when it fails is in the error. */
async function key(environment: object, ...args: string[]): Promise<Told> {
  const options = { cwd: folder, env: { PATH, ...environment }, timeout: minute }
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [program('programs/keys.js'), ...args],
    options,
  )
  return { out: stdout, told: stderr }
}

const servers: ChildProcess[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await stopped(server)
})
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }))

async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.kill('SIGTERM')
  await once(server, 'exit')
}

interface Server {
  process: ChildProcess
  address: string
  /** What went to standard error until it was ready, and to its log. */
  told: string
  log: string
}

async function start(environment: object): Promise<Server> {
  const server = spawn(process.execPath, [program('server.js')], {
    cwd: folder,
    env: { PATH, PORT: '0', ...environment },
  })
  servers.push(server)
  const started = { process: server, address: '', told: '', log: '' }
  server.stderr.on('data', (text: Buffer) => (started.told += text.toString()))
  for (;;) {
    const [text] = (await Promise.race([once(server.stdout, 'data'), once(server, 'exit')])) as [Buffer | number]
    if (!Buffer.isBuffer(text)) throw new Error(`The server ended: ${started.told}`)
    started.log += text.toString()
    const [, address] = /Swagger UI: (\S+)\/docs/.exec(started.log) ?? []
    if (address !== undefined) return Object.assign(started, { address })
  }
}

const textOf = (told: string): string | undefined => /ent_\w+/.exec(told)?.[0]

async function me(address: string, key: string | undefined): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${address}/v1/me`, { headers: { authorization: `Bearer ${key}` } })
  return { status: answer.status, body: await answer.json() }
}

describe('on the embedded database', () => {
  const embedded = { DATA_FOLDER: folder }

  test(
    'the first start gives one admin key, beside the log and once; others are made while the server runs',
    async () => {
      const server = await start(embedded)
      await expect.poll(() => server.told).toContain('npm run key -- create')
      const first = textOf(server.told)
      expect(await me(server.address, first)).toMatchObject({ status: 200, body: { role: 'admin', via: 'key' } })
      expect(server.log).not.toContain('ent_')

      const { out, told } = await key(embedded, 'create', '--role', 'editor', '--name', 'An editor')
      expect(out).toMatch(/^ent_\w{51}\n$/)
      expect(told).not.toContain('ent_')
      const editor = textOf(out)
      expect(await me(server.address, editor)).toMatchObject({ status: 200, body: { role: 'editor' } })

      const publicId = out.slice(4, 16)
      const rotated = textOf((await key(embedded, 'rotate', publicId, '--overlap', '2')).out)
      expect((await me(server.address, rotated)).status).toBe(200)
      expect((await me(server.address, editor)).status).toBe(200)
      await key(embedded, 'revoke', publicId)
      await expect.poll(async () => (await me(server.address, editor)).status).toBe(401)

      const { out: list } = await key(embedded, 'list')
      expect(list.trimEnd().split('\n')).toHaveLength(3)
      expect(list).toMatch(new RegExp(`^${publicId}\teditor\trevoked .*\tAn editor$`, 'm'))
      expect(list).not.toContain('ent_')

      await stopped(server.process)
      const again = await start(embedded)
      expect(again.told).not.toContain('ent_')
      expect((await me(again.address, first)).status).toBe(200)
    },
    2 * minute,
  )

  test('keys are made without a server too', { timeout: minute }, async () => {
    expect((await key(embedded, 'list', '--state', 'revoked')).out.trimEnd().split('\n')).toHaveLength(1)
  })
})

test('on a database of one’s own, and what is asked for wrongly makes none', { timeout: minute }, async () => {
  const { url } = await freshDatabase()
  const own = { DATABASE_URL: url }
  const made = await key(own, 'create', '--role', 'reader', '--name', 'A reader', '--expires', '2999-12-31')
  expect((await key(own, 'list')).out).toContain(`${made.out.slice(4, 16)}\treader\tends 2999-12-31T00:00:00.000Z`)
  const refused = async (...args: string[]) => {
    const error = await key(own, ...args).then(
      () => undefined,
      (error: unknown) => error as { code: number; stderr: string },
    )
    expect(error?.code).toBe(1)
    return error!.stderr
  }
  expect(await refused('create', '--role', 'edito', '--name', 'X')).toBe(
    'role: Did you mean `editor`? Must be one of: reader, editor, admin.\n',
  )
  expect(await refused('create', '--role', 'editor', '--name', 'X', '--expires', '2020-01-01')).toContain('future')
  expect(await refused('revoke', 'NoSuchKey000')).toContain('does not exist')
  expect(await refused()).toContain('npm run key -- create')
  expect((await key(own, 'list')).out.trimEnd().split('\n')).toHaveLength(4)
})
