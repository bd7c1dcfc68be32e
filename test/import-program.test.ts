import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { atEnd } from './support/at-end.ts'
import { keyTextOf } from './support/keys.ts'
import { prefixProxy } from './support/prefix-proxy.ts'
import { freshRegister, type Register } from './support/register.ts'

let register: Register
let file: string
let server: string
beforeAll(async () => {
  register = await freshRegister()
  await register.app.listen({ port: 0 })
  server = `http://127.0.0.1:${(register.app.server.address() as AddressInfo).port}`
  const folder = await mkdtemp(join(tmpdir(), 'entente-import-test-'))
  atEnd(() => rm(folder, { recursive: true }))
  file = join(folder, 'agreements.csv')
  await copyFile(new URL('../docs/examples/agreements.csv', import.meta.url), file)
})

const program = join(import.meta.dirname, '..', 'src', 'programs', 'import.ts')

/** Runs the program as `npm run import` does. */
async function run(args: string[], key = keyTextOf('editor'), at = server) {
  const given = ['--import', 'tsx', program, ...args, '--server', at]
  const ran = promisify(execFile)(process.execPath, given, { env: { PATH: process.env['PATH'], ENTENTE_KEY: key } })
  return ran.then(
    (output) => ({ code: 0, ...output }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}

test('the list of the README goes in by one command: a mapping is proposed, and refused rows are told', async () => {
  const dry = await run([file, '--not-atomic', '--dry-run'])
  expect(dry.stderr).toContain('A mapping was proposed')
  expect(dry.stdout).toMatch(/created +2\nupdated +0\nunchanged +0\nrefused +1\nskipped +0\nrows +3\n/)
  expect(dry.stdout).toContain('Nothing was stored')
  const { code, stdout, stderr } = await run([file, '--mapping', `${file}.mapping.json`, '--not-atomic'])
  expect(code, stderr).toBe(0)
  expect(stdout).toContain('unknown party in 1 row: «Atlantis»')
  const refused = await readFile(`${file}.refused.csv`, 'utf8')
  expect(refused.trim().split('\n')).toHaveLength(2)
  expect(refused).toContain('Atlantis')
  const { body } = await register.api.get('/v1/agreements?collection=agreements-csv&sort=signed').expect(200)
  expect(body.items.map(({ title, type }: { title: string; type: string }) => `${type}: ${title}`)).toEqual([
    'agreement: Agreement on the Sea Ice',
    'memorandum_of_understanding: Memorandum of Understanding on Storms',
  ])
  const again = await run([file, '--mapping', `${file}.mapping.json`, '--not-atomic'])
  expect(again.stdout).toMatch(/created +0\nupdated +0\nunchanged +2\n/)
})

test('a server below a path is found', async () => {
  const headers = { 'x-forwarded-prefix': '/register' }
  const proxy = await prefixProxy({ prefix: '/register', strips: true, headers })
  const app = await buildApp({ db: register.db, today: register.today }, { trustedProxies: ['127.0.0.1'] })
  atEnd(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  proxy.to((app.server.address() as AddressInfo).port)
  const args = [file, '--mapping', `${file}.mapping.json`, '--not-atomic', '--dry-run']
  const { code, stdout, stderr } = await run(args, keyTextOf('editor'), `${proxy.origin}/register`)
  expect(code, stderr).toBe(0)
  expect(stdout).toContain('Nothing was stored')
})

test('an atomic import with a refused row stores nothing, and ends with an error', async () => {
  const { code, stdout } = await run([file, '--mapping', `${file}.mapping.json`, '--collection', 'sample'])
  expect(code).toBe(1)
  expect(stdout).toContain('')
})

test.each([
  ['no file', [], undefined, 'npm run import -- FILE'],
  ['no key', ['list.csv'], '', 'ENTENTE_KEY must be set'],
  ['a key that is none', [], 'ent_nothing', ''],
])('%s is told', async (what, args, key, message) => {
  const { code, stderr } = await run(what === 'a key that is none' ? [file] : args, key)
  expect(code).toBe(1)
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('    at ')
})
