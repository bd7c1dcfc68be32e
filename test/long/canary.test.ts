import { Writable } from 'node:stream'
import { sql } from 'drizzle-orm'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { connect } from '../../src/database/connect.ts'
import { openLog } from '../../src/observability/log.ts'
import { loadSample } from '../../src/programs/sample.ts'
import { full, operations } from '../support/hostile.ts'
import { Issuer } from '../support/issuer.ts'
import { actorOf, authHeader, keyTextOf } from '../support/keys.ts'
import { freshRegister, type Register } from '../support/register.ts'

/** Credentials of HTTP Basic, encoded. */
const basicOf = (user: string, key: string) => Buffer.from(`${user}:${key}`).toString('base64')

/** User names of different lengths, so that the encoded key begins at each place in a group of letters. */
const users = ['', 'me', 'ops']

/** What must be found nowhere, by what it is. */
const secrets = new Map<string, string>()
/** A value of every body: in an answer that succeeds it may be, in a log or a refusal it may not. */
const bound = 'Canary in a cage'
const password = 'canary-password'
/** A frame of a stack, or an error that was not caught. */
const stack = /\bat .+:\d+:\d+\)?|node_modules|\/src\/\w/

let register: Register
let issuer: Issuer
let logged = ''
let answers = 0
const hits: string[] = []

const log = openLog('trace', new Writable({ write: (line, _, done) => ((logged += line), done()) }))

beforeAll(async () => {
  register = await freshRegister()
  issuer = await Issuer.start()
  await loadSample(register.db, '2026-01-01')
  for (const role of ['reader', 'editor', 'admin'] as const) secrets.set(`the key: ${role}`, keyTextOf(role).slice(17))
  for (const user of users) {
    secrets.set(`the key of ${user}, encoded`, basicOf(user, keyTextOf('admin')).slice(28, 68))
  }
  secrets.set('a token', (await issuer.token({ roles: 'register-admins' })).split('.')[2]!)
  secrets.set('the password of the database', password)
})
afterAll(async () => {
  await issuer.stop()
  console.log(`canary: ${hits.length} hits in ${answers} answers and ${logged.split('\n').length} lines of log`)
})

const build = (db = register.db) =>
  buildApp({ db, today: register.today }, { loggerInstance: log, oidc: issuer.settings() })

function look(text: string, where: string, more: [what: string, found: boolean][] = []): void {
  for (const [what, secret] of secrets) if (text.includes(secret)) hits.push(`${where}: ${what}`)
  for (const [what, found] of more) if (found) hits.push(`${where}: ${what}`)
}

/** What is in the log since it was last looked at. */
function lookAtLog(where: string, from: number): void {
  look(logged.slice(from), `log of ${where}`, [['a bound value', logged.slice(from).includes(bound)]])
}

const isWorkbook = ({ headers }: { headers: object }): boolean =>
  JSON.stringify(headers).includes('spreadsheetml.sheet')

async function ask(app: FastifyInstance, options: InjectOptions): Promise<number> {
  const answer = await app.inject(options)
  answers += 1
  const where = `${options.method ?? 'GET'} ${String(options.url)} ${answer.statusCode}`
  const {
    key = '',
    secret = '',
    ...rest
  } = answer.statusCode === 201 || String(options.url).endsWith('/secret')
    ? answer.json<{ key?: string; secret?: string }>()
    : {}
  if (secret.startsWith('whsec_')) secrets.set(`a secret that was made, ${secrets.size}`, secret.slice(6))
  if (key.startsWith('ent_')) secrets.set(`a key that was made, ${secrets.size}`, key.slice(17))
  look(key === '' && secret === '' ? answer.payload : JSON.stringify(rest), where, [
    ['a bound value', answer.statusCode >= 400 && answer.payload.includes(bound)],
    ['a stack', answer.statusCode >= 400 && stack.test(answer.payload)],
    // A workbook is compressed: any characters can follow one another.
    ['a query', !isWorkbook(answer) && /\b(select|insert into|update) .*(from|values|set)\b|\$1/.test(answer.payload)],
  ])
  look(JSON.stringify(answer.headers), `headers of ${where}`)
  return answer.statusCode
}

/** Asks for every operation, as they are meant and in ways that fail. @returns how often each status came */
async function askForAll(app: FastifyInstance): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  const token = await issuer.token({ roles: 'register-admins' })
  secrets.set('another token', token.split('.')[2]!)
  const us = (await register.db.query<{ id: string }>(sql`select id from agreements order by id limit 1`))[0]?.id ?? ''
  for (const [i, { method, path, body, parameters, mediaType }] of operations.entries()) {
    const basic = basicOf(users[i % users.length]!, keyTextOf('admin'))
    const at = (id: string) =>
      path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'id' && path.includes('/agreements/') ? us : id))
    const valid = body && JSON.stringify(full(body)).replaceAll('Some text', bound).replaceAll('A title', bound)
    const match = parameters.some(({ name }) => name.toLowerCase() === 'if-match') && { 'if-match': '*' }
    const headers = {
      ...authHeader('admin'),
      ...match,
      ...(body && { 'content-type': mediaType }),
      'x-change-note': bound,
    }
    const payload = valid === undefined ? {} : { payload: valid }
    const tries: Omit<InjectOptions, 'method'>[] = [
      { url: at('01890000-0000-7000-8000-00000000dead'), headers, ...payload },
      { url: at('US'), headers, ...payload },
      { url: at('US'), headers: { ...headers, authorization: `Bearer ${token}` }, ...payload },
      { url: at('US'), headers: { ...headers, 'if-match': '"99"' }, ...payload },
      { url: at('US'), headers: { ...headers, authorization: `Bearer ${keyTextOf('admin')}x` }, ...payload },
      { url: at('US'), headers: { ...headers, authorization: `Bearer ${token}x` }, ...payload },
      { url: at('US'), headers: { ...headers, authorization: keyTextOf('admin') }, ...payload },
      { url: at('US'), headers: { ...headers, ...authHeader('reader') }, ...payload },
      { url: at('US'), headers: { ...headers, authorization: `Basic ${basic}` }, ...payload },
      { url: `${at('US')}?authorization=Basic%20${encodeURIComponent(basic)}`, headers, ...payload },
      { url: `${at('US')}?key=${keyTextOf('admin')}&access_token=${token}`, headers, ...payload },
      { url: at(keyTextOf('admin')), headers, ...payload },
      { url: `/v1/${keyTextOf('admin')}`, headers },
    ]
    if (valid !== undefined) {
      tries.push({ url: at('US'), headers, payload: valid.slice(0, -1) })
      tries.push({ url: at('US'), headers, payload: valid.replace('{', `{"${keyTextOf('admin').slice(0, 16)}":1,`) })
    }
    for (const one of tries) {
      const from = logged.length
      const status = await ask(app, { method, ...one })
      lookAtLog(`${method} ${String(one.url)} ${status}`, from)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  return statuses
}

describe('no key, token, password, bound value or stack is in an answer, and none but stacks in the log', () => {
  test('when all goes well, and when requests are refused', async () => {
    const app = await build()
    const statuses = await askForAll(app)
    for (const status of [200, 201, 204, 400, 401, 403, 404, 409, 412, 422])
      expect(statuses.get(status)).toBeGreaterThan(0)
    expect(statuses.get(500)).toBeUndefined()
    await app.close()
    expect(hits).toEqual([])
  }, 60_000)

  test('each request is one line with its id and its actor, and another of its arrival for those who look for faults', async () => {
    const app = await build()
    const from = logged.length
    const id = (await app.inject({ url: '/v1/agreements', headers: authHeader('editor') })).statusCode
    expect(id).toBe(200)
    await app.inject({ url: '/v1/agreements' })
    const lines = logged
      .slice(from)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.filter(({ reqId }) => typeof reqId === 'string')).toHaveLength(4)
    expect(lines.map(({ level, msg, actor }) => [level, msg, actor])).toEqual([
      [20, 'incoming request', undefined],
      [30, 'request completed', actorOf('editor')],
      [20, 'incoming request', undefined],
      [30, 'request completed', undefined],
    ])
    expect(lines[1]).toMatchObject({ req: { method: 'GET', url: '/v1/agreements' }, res: { statusCode: 200 } })
    expect(logged.slice(from)).not.toContain('authorization')
    await app.close()
  })

  test('when the database is away', async () => {
    const db = connect({ url: `postgres://someone:${password}@127.0.0.1:1/nothing` })
    const app = await build(db)
    const statuses = await askForAll(app)
    expect(statuses.get(503)).toBeGreaterThan(100)
    await app.close()
    await db.close()
    expect(hits).toEqual([])
  }, 60_000)

  test('when the database is broken, so that every query fails with all its values', async () => {
    const broken = await freshRegister()
    const tables = await broken.db.query<{ name: string }>(
      sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_name <> 'keys'`,
    )
    for (const { name } of tables) await broken.db.query(sql.raw(`alter table ${name} rename to ${name}_gone`))
    const app = await build(broken.db)
    const from = logged.length
    const statuses = await askForAll(app)
    expect(statuses.get(500)).toBeGreaterThan(100)
    expect(logged.slice(from)).toContain('42P01')
    await app.close()
    expect(hits).toEqual([])
  }, 60_000)

  test('when anything is thrown, by whatever it is called', async () => {
    const app = await build()
    const failures = [
      new Error(`${bound} ${keyTextOf('admin')}`),
      Object.assign(new Error(`Failed query: insert\nparams: ${bound}`), { cause: new Error(bound), params: [bound] }),
      Object.assign(new Error('detail'), { code: '23505', detail: `Key (name)=(${bound}) already exists.` }),
      Object.assign(new Error(bound), { name: 'Odd', statusCode: 418 }),
    ]
    failures.forEach((failure, i) => {
      app.get(`/v1/fail/${i}`, { config: { role: 'public' }, schema: { hide: true } }, async () => {
        throw failure
      })
    })
    const from = logged.length
    for (const i of failures.keys()) expect(await ask(app, { url: `/v1/fail/${i}` })).toBe(500)
    for (const failure of failures) {
      log.error(failure)
      log.error({ err: failure })
      log.error({ error: failure }, 'told')
    }
    lookAtLog('failures', from)
    expect(logged.slice(from)).toContain('Odd')
    await app.close()
    expect(hits).toEqual([])
  })
})

test('the canary sings: what is put into an answer or a log is found', async () => {
  const before = hits.length
  look(`… ${keyTextOf('admin')} …`, 'nowhere')
  expect(hits.splice(before)).toEqual(['nowhere: the key: admin'])
  expect(stack.test(new Error('x').stack!)).toBe(true)
})
