import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { atEnd } from '../support/at-end.ts'
import { keyTextOf } from '../support/keys.ts'
import { prefixProxy } from '../support/prefix-proxy.ts'
import { freshRegister, type Register } from '../support/register.ts'

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
  await copyFile(new URL('../../docs/examples/agreements.csv', import.meta.url), file)
})

const program = join(import.meta.dirname, '..', '..', 'src', 'programs', 'import.ts')

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
  await writeFile(`${file}.mapping.json`, (await readFile(`${file}.mapping.json`, 'utf8')).replace(/\s+$/, '\n\n'))
  const corrected = await readFile(`${file}.mapping.json`, 'utf8')
  const { code, stdout, stderr } = await run([file, '--not-atomic'])
  expect(code, stderr).toBe(0)
  expect(stderr).toContain(`The mapping in ${file}.mapping.json is used.`)
  expect(await readFile(`${file}.mapping.json`, 'utf8')).toBe(corrected)
  expect(stdout).toContain('unknown party in 1 row: «Atlantis»')
  const refused = await readFile(`${file}.refused-2.csv`, 'utf8')
  expect(refused.trim().split('\n')).toHaveLength(2)
  expect(refused).toContain('Atlantis')
  const { body } = await register.api.get('/v1/agreements?collection=agreements-csv&sort=signed').expect(200)
  expect(body.items.map(({ title, type }: { title: string; type: string }) => `${type}: ${title}`)).toEqual([
    'agreement: Agreement on the Sea Ice',
    'memorandum_of_understanding: Memorandum of Understanding on Storms',
  ])
  // The command that is printed imports what was mended.
  await writeFile(`${file}.refused-2.csv`, refused.replace('Atlantis', 'Sweden'))
  const [, words] = /npm run import -- (.+)\n/.exec(stderr) ?? []
  expect(words).toContain('--collection agreements-csv')
  const mended = await run(words!.split(' '))
  expect(mended.stdout, mended.stderr).toMatch(/created +1\nupdated +0\nunchanged +0\nrefused +0\n/)
  expect(mended.stdout).not.toContain('rows of earlier imports')
})

test('the values of a second file are those of its table, and the file is read as the options say', async () => {
  const folder = file.replace('agreements.csv', '')
  const write = (name: string, content: string | Buffer) => writeFile(join(folder, name), content)
  await write('coded.csv', Buffer.from('Liste\nName;A;B\nVertrag \u00fcber Eis;F;J\n', 'latin1'))
  await write('codes.csv', 'code,name\nF,France\nJ,Japan\n')
  const party = (column: string, side: number) => ({ column, side, table: 'codes' })
  await write(
    'coded.mapping.json',
    JSON.stringify({
      title: { column: 'Name' },
      type: { constant: 'treaty' },
      parties: [party('A', 1), party('B', 2)],
      tables: { codes: { file: 'codes', key: 'code', value: 'name' } },
    }),
  )
  const reading = ['--encoding', 'windows-1252', '--separator', ';', '--header-row', '2']
  const { stdout, stderr } = await run([
    join(folder, 'coded.csv'),
    '--mapping',
    join(folder, 'coded.mapping.json'),
    '--table',
    `codes=${join(folder, 'codes.csv')}`,
    ...reading,
  ])
  expect(stdout, stderr).toMatch(/created +1\n/)
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
  const whole = file.replace('agreements', 'whole')
  await copyFile(file, whole)
  const { code, stdout, stderr } = await run([whole, '--mapping', `${file}.mapping.json`])
  expect(code).toBe(1)
  expect(stdout).toMatch(/refused +1\nskipped +2\n/)
  expect(stderr).toContain(`mend these rows in ${whole}`)
})

test.each([
  ['no file', [], undefined, 'npm run import -- FILE'],
  ['no key', ['list.csv'], '', 'ENTENTE_KEY must be set'],
  ['a key that is none', [], 'ent_nothing', ''],
  ['a file that is not there', ['nope.csv'], undefined, 'There is no file nope.csv.'],
  ['another mode', ['nope.csv', '--mode', 'replace'], undefined, '--mode must be create or upsert.'],
])('%s is told', async (what, args, key, message) => {
  const { code, stderr } = await run(what === 'a key that is none' ? [file] : args, key)
  expect(code).toBe(1)
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('    at ')
})
