import { sql } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { buildApp } from '../../src/app.ts'
import { newKeyText } from '../../src/auth/keys/key.ts'
import { createKey, revokeKey } from '../../src/auth/keys/queries.ts'
import { loadSample } from '../../src/programs/sample.ts'
import type { Role } from '../../src/shared/schemas.ts'
import { checksum, full, type Operation, operations, idsIn } from './hostile.ts'
import { Issuer } from './issuer.ts'
import { keyTextOf } from './keys.ts'
import { freshRegister, type Register } from './register.ts'

/** Who may call an operation, said here once more, and not as the routes say it. */
type Least = 'public' | 'anyone' | 'identified' | Role
function leastFor({ id, method, path }: Pick<Operation, 'id' | 'method' | 'path'>): Least {
  if (path === '/livez' || path === '/readyz') return 'public'
  if (path === '/v1/me') return 'anyone'
  if (
    path.startsWith('/v1/keys') ||
    path.startsWith('/v1/webhooks') ||
    ['/metrics', '/v1/deleted-agreements'].includes(path)
  )
    return 'admin'
  if (['restoreAgreement', 'deleteImport', 'createMerge', 'deleteMerge'].includes(id)) return 'admin'
  if (['suggestMapping', 'suggestDraft', 'checkClaim'].includes(id)) return 'identified'
  if (path.startsWith('/v1/imports')) return 'editor'
  return method === 'GET' || method === 'HEAD' ? 'reader' : 'editor'
}

/** What a caller may do who sends it; `invalid` is sent and does not hold, `none` is not sent. */
type Standing = 'none' | 'invalid' | 'roleless' | Role
interface Credential {
  what: string
  header: string | undefined
  standing: Standing
  /** Its standing where HTTP Basic is accepted, if that is another. */
  onCalendar?: Standing
}

const calendar = '/v1/deadlines.ics'

const standingOf = ({ path }: Pick<Operation, 'path'>, { standing, onCalendar = standing }: Credential): Standing =>
  path === calendar ? onCalendar : standing

const order = ['reader', 'editor', 'admin']

/** The status with which the operation is refused; undefined when it is not. */
function refusal(least: Least, standing: Standing, publicRead: boolean): 401 | 403 | undefined {
  if (least === 'public') return undefined
  if (standing === 'invalid') return 401
  if (least === 'anyone') return undefined
  if (least === 'identified') return standing === 'none' ? 401 : refusal('reader', standing, publicRead)
  const has = standing === 'none' || standing === 'roleless' ? (publicRead ? 'reader' : '') : standing
  if (order.indexOf(has) >= order.indexOf(least)) return undefined
  return standing === 'none' ? 401 : 403
}

/** What the tests of a file share. */
interface Known {
  register: Register
  issuer: Issuer
  /** Of an agreement, by the names of path parameters. */
  ids: Record<string, string>
  credentials: Credential[]
}

export const bearer = (key: string) => `Bearer ${key}`

async function allCredentials({ db }: Register, issuer: Issuer): Promise<Credential[]> {
  const live = keyTextOf('admin')
  const other = newKeyText().text
  const revoked = await createKey(db, { name: 'Revoked', role: 'admin', expiresAt: null }, null)
  await revokeKey(db, revoked.id, null)
  const expired = await createKey(db, { name: 'Expired', role: 'admin', expiresAt: '2999-01-01T00:00:00Z' }, null)
  await db.query(sql`update keys set expires_at = now() - interval '1 second' where id = ${expired.id}`)
  const wrongSecret = newKeyText(live.slice(4, 16)).text
  const token = async (what: string, claims: object, standing: Standing): Promise<Credential> => ({
    what,
    header: bearer(await issuer.token(claims as Record<string, unknown>)),
    standing,
  })
  const invalid = (what: string, header: string): Credential => ({ what, header, standing: 'invalid' })
  const basic = (what: string, text: string, onCalendar: Standing = 'invalid'): Credential => ({
    ...invalid(what, `Basic ${Buffer.from(text).toString('base64')}`),
    onCalendar,
  })
  const roles = ['reader', 'editor', 'admin'] as const
  return [
    { what: 'no key', header: undefined, standing: 'none' },
    invalid('an empty header', ''),
    invalid('another scheme', `Digest ${live}`),
    ...roles.map((role) => basic(`a key as password: ${role}`, `${role}:${keyTextOf(role)}`, role)),
    basic('a key as password, without a user name', `:${keyTextOf('reader')}`, 'reader'),
    basic('a key as user name', `${live}:`),
    basic('a key without a colon', live),
    basic('a password that is no key', 'admin:admin'),
    basic('an unknown key as password', `admin:${other}`),
    basic('an expired key as password', `admin:${expired.key}`),
    basic('a revoked key as password', `admin:${revoked.key}`),
    basic('a key with more after it as password', `admin:${live}:`),
    basic('a token as password', `admin:${await issuer.token({ roles: 'register-admins' })}`),
    invalid('a password that is not encoded', `Basic admin:${live}`),
    invalid('the scheme Basic without a password', 'Basic '),
    invalid('the key without its scheme', live),
    invalid('the scheme without a key', 'Bearer '),
    invalid('two keys', `Bearer ${live} ${live}`),
    invalid('a key with a comma', `Bearer ${live}, Bearer ${live}`),
    invalid('no key of ours', bearer('sk_0123456789')),
    invalid('a key cut short', bearer(live.slice(0, -1))),
    invalid('a key with one letter altered', bearer(live.replace('admin0123', 'admim0123'))),
    invalid('a key in capitals', bearer(live.toUpperCase())),
    invalid('an unknown key', bearer(other)),
    invalid('a known public part with another secret', bearer(wrongSecret)),
    invalid('a revoked key', bearer(revoked.key)),
    invalid('an expired key', bearer(expired.key)),
    ...roles.map((role): Credential => ({ what: `a key: ${role}`, header: bearer(keyTextOf(role)), standing: role })),
    await token('a token without a role', {}, 'roleless'),
    await token('a token: editor', { roles: 'register-editors' }, 'editor'),
    await token('a token: admin', { roles: 'register-admins' }, 'admin'),
    await token('an expired token', { roles: 'register-admins', exp: 1 }, 'invalid'),
    await token('a token for others', { roles: 'register-admins', aud: 'others' }, 'invalid'),
  ]
}

/** One of each standing: enough for a HEAD, which is its GET without the body. */
const oneOfEachStanding = (credentials: Credential[]) => [
  ...new Map(credentials.map((credential) => [credential.standing, credential])).values(),
]

/** Every operation of the document; each GET is a HEAD too. */
const everything = operations.flatMap((operation) =>
  operation.method === 'GET'
    ? [operation, { ...operation, id: `${operation.id} (HEAD)`, method: 'HEAD' }]
    : [operation],
)

/** The value of a path parameter: of what exists, so that a leak would do harm, or of nothing. */
function pathOf({ path }: Operation, ids: Known['ids'], exists: boolean): string {
  const missing = '01890000-0000-7000-8000-00000000dead'
  const entry = path.startsWith('/v1/keys')
    ? keyTextOf('reader').slice(4, 16)
    : path.includes('domains')
      ? 'ford:2.1'
      : 'US'
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (!exists) return name === 'version' ? '999' : missing
    return name !== 'id' || path.includes('/agreements/') ? ids[name]! : entry
  })
}

const expectations: Record<
  number,
  [code: (standing: Standing) => string, challenge: (standing: Standing, path: string) => unknown]
> = {
  401: [
    (standing) => (standing === 'none' ? 'credential_required' : 'credential_invalid'),
    (standing, path) => {
      const challenge = `Bearer realm="entente"${standing === 'none' ? '' : ', error="invalid_token"'}`
      return path === calendar ? [challenge, 'Basic realm="entente", charset="UTF-8"'] : challenge
    },
  ],
  403: [() => 'forbidden', () => undefined],
}

/**
 * Tests with each operation of the document and each credential.
 * @returns what the tests of a file share, filled before they begin
 */
export function testAuthorization(publicRead: boolean): Known {
  const known = {} as Known
  let cells = 0
  let leaks = 0

  beforeAll(async () => {
    known.register = await freshRegister()
    known.issuer = await Issuer.start()
    await loadSample(known.register.db, '2026-01-01')
    known.credentials = await allCredentials(known.register, known.issuer)
    const { body } = await known.register.api.get('/v1/agreements?pair=US,KR').expect(200)
    known.ids = idsIn(body.items[0] as Agreement)
  })
  afterAll(async () => {
    await known.issuer.stop()
    console.log(`authorization: ${cells} cells, ${leaks} leaks`)
  })

  describe(`with PUBLIC_READ=${publicRead}`, () => {
    let app: FastifyInstance
    beforeAll(async () => {
      const { db, today } = known.register
      app = await buildApp({ db, today }, { publicRead, oidc: known.issuer.settings() })
      await app.ready()
    })
    afterAll(() => app.close())

    async function send(operation: Operation, header: string | undefined, exists: boolean) {
      const answer = await app.inject({
        method: operation.method as 'GET',
        url: pathOf(operation, known.ids, exists),
        headers: {
          ...(header !== undefined && { authorization: header }),
          ...(operation.parameters.some(({ name }) => name.toLowerCase() === 'if-match') && { 'if-match': '*' }),
          ...(operation.body && { 'content-type': operation.mediaType }),
        },
        ...(operation.body && { payload: JSON.stringify(full(operation.body)) }),
      })
      cells += 1
      return answer
    }

    const all = () =>
      everything.flatMap((operation) =>
        (operation.method === 'HEAD' ? oneOfEachStanding(known.credentials) : known.credentials).map((credential) => ({
          operation,
          ...credential,
          standing: standingOf(operation, credential),
        })),
      )

    test('every operation refuses whom it must, exactly so, and nothing that is stored changes', async () => {
      const before = await checksum(known.register)
      const wrong: string[] = []
      for (const { operation, what, header, standing } of all()) {
        const status = refusal(leastFor(operation), standing, publicRead)
        if (status === undefined) continue
        const answer = await send(operation, header, true)
        const [code, challenge] = expectations[status]!
        const told = operation.method === 'HEAD' ? code(standing) : answer.json<{ code: string }>().code
        const got = [answer.statusCode, told, answer.headers['www-authenticate'], answer.headers['content-type']]
        const due = [
          status,
          code(standing),
          challenge(standing, operation.path),
          'application/problem+json; charset=utf-8',
        ]
        if (JSON.stringify(got) !== JSON.stringify(due)) wrong.push(`${operation.id}, ${what}: ${got.join(' ')}`)
        if (answer.statusCode !== status) leaks += 1
      }
      expect(wrong).toEqual([])
      expect(await checksum(known.register)).toBe(before)
    }, 120_000)

    test('and none refuses whom it may not', async () => {
      const wrong: string[] = []
      for (const { operation, what, header, standing } of all()) {
        if (refusal(leastFor(operation), standing, publicRead) !== undefined) continue
        const reads = operation.method === 'GET' || operation.method === 'HEAD'
        const { statusCode } = await send(operation, header, reads)
        if ([401, 403, 500].includes(statusCode)) wrong.push(`${operation.id}, ${what}: ${statusCode}`)
      }
      expect(wrong).toEqual([])
    }, 120_000)

    test('the document says so of every operation', async () => {
      const { paths } = (await app.inject('/openapi.json')).json<{
        paths: Record<string, Record<string, { operationId: string; security?: object[]; responses: object }>>
      }>()
      for (const [path, methods] of Object.entries(paths)) {
        for (const [method, { operationId, security = [], responses }] of Object.entries(methods)) {
          const least = leastFor({ id: operationId, method: method.toUpperCase(), path })
          const open = least === 'anyone' || (least === 'reader' && publicRead)
          const needed = path === calendar ? [{ bearer: [] }, { basic: [] }] : [{ bearer: [] }]
          expect(security, operationId).toEqual(least === 'public' ? [] : open ? [{}, ...needed] : needed)
          expect(['401' in responses, '403' in responses], operationId).toEqual([
            least !== 'public',
            least !== 'public' && least !== 'anyone',
          ])
        }
      }
    })

    test('methods that an address does not have are 405, and addresses without anything 404, for everybody', async () => {
      for (const { header } of known.credentials) {
        const headers = header === undefined ? {} : { authorization: header }
        expect((await app.inject({ method: 'DELETE', url: '/v1/agreements', headers })).statusCode).toBe(405)
        expect((await app.inject({ url: '/v1/nothing', headers })).statusCode).toBe(404)
      }
    })

    test('pages and probes are open to everybody, whatever is sent', async () => {
      for (const url of ['/docs/', '/docs/static/swagger-ui.css', '/openapi.json', '/problems', '/livez', '/readyz']) {
        for (const { header, what } of known.credentials) {
          const headers = header === undefined ? {} : { authorization: header }
          expect((await app.inject({ url, headers })).statusCode, `${url}, ${what}`).toBe(200)
        }
      }
    })
  })
  return known
}
