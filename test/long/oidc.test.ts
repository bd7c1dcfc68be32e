import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { CompactSign, exportSPKI } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import type { OidcSettings } from '../../src/config/openid-connect.ts'
import { type Claims, Issuer } from '../support/issuer.ts'
import { anAgreement, freshDatabase } from '../support/register.ts'

let issuer: Issuer
let db: Awaited<ReturnType<typeof freshDatabase>>['db']
const apps: Awaited<ReturnType<typeof buildApp>>[] = []

beforeAll(async () => {
  issuer = await Issuer.start()
  ;({ db } = await freshDatabase())
})
afterAll(async () => {
  for (const app of apps) await app.close()
  await issuer.stop()
})

async function build(oidc: OidcSettings) {
  const app = await buildApp({ db, today: () => '2026-01-01' }, { oidc })
  apps.push(app)
  return app
}
let usual: ReturnType<typeof build> | undefined

/** A register that takes tokens of the issuer: the same for all tests that want no other settings. */
async function register(over: Partial<OidcSettings> = {}, of: Issuer = issuer) {
  const isUsual = of === issuer && Object.keys(over).length === 0
  const app = isUsual ? await (usual ??= build(of.settings())) : await build(of.settings(over))
  const ask = async (token: string, method: 'GET' | 'POST' = 'GET', url = '/v1/me') => {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await app.inject({ method, url, headers, ...(method === 'POST' && { payload: anAgreement() }) })
    return { status: answer.statusCode, body: answer.json(), headers: answer.headers }
  }
  return { ask, write: (token: string) => ask(token, 'POST', '/v1/agreements') }
}

const now = () => Math.floor(Date.now() / 1000)
/** A token whose `exp` is `1e999`, which JSON.stringify cannot write. */
async function infinite(): Promise<string> {
  const { kid, privateKey } = issuer.key
  const claims = `{"iss":"${issuer.url}","aud":"${issuer.settings().audience}","sub":"someone","exp":1e999}`
  return new CompactSign(Buffer.from(claims)).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

describe('a token of the issuer', () => {
  test('tells who it is, and its claim what they may do; versions carry its subject', async () => {
    const { ask, write } = await register()
    const editor = await issuer.token({ sub: 'auth0|42', roles: ['register-editors', 'unknown'] })
    expect((await ask(editor)).body).toEqual({
      actor: `oidc:auth0|42@${issuer.url}`,
      role: 'editor',
      via: 'oidc',
      expiresAt: expect.stringMatching(/Z$/),
    })
    const { status, headers } = await write(editor)
    expect(status).toBe(201)
    const { body } = await ask(editor, 'GET', `${String(headers['location'])}/versions`)
    expect(body.items).toMatchObject([{ version: 1, cause: 'edit', actor: `oidc:auth0|42@${issuer.url}` }])
  })

  test.each<[string, Claims, string | undefined]>([
    ['the highest of several', { roles: ['register-readers', 'register-admins', 'register-editors'] }, 'admin'],
    ['a single value', { roles: 'register-editors' }, 'editor'],
    ['a value without a meaning', { roles: ['admin'] }, undefined],
    ['a name that every object has', { roles: ['constructor', '__proto__'] }, undefined],
    ['other types', { roles: [1, null, { a: 1 }, ['register-admins']] }, undefined],
    ['none', {}, undefined],
  ])('%s', async (_, claims, role) => {
    const { ask, write } = await register()
    const token = await issuer.token(claims)
    expect((await ask(token)).body.role).toBe(role ?? 'reader')
    const { status, body } = await write(token)
    expect([status, body.code]).toEqual(role ? [201, undefined] : [403, 'forbidden'])
  })

  test('its claim may lie deep, or have a name with dots', async () => {
    const deep = await register({ roleClaim: 'realm_access.roles' })
    expect((await deep.write(await issuer.token({ realm_access: { roles: ['register-editors'] } }))).status).toBe(201)
    expect((await deep.write(await issuer.token({ realm_access: null }))).status).toBe(403)
    const dotted = await register({ roleClaim: 'https://example.org/roles' })
    expect((await dotted.write(await issuer.token({ 'https://example.org/roles': 'register-editors' }))).status).toBe(
      201,
    )
  })

  test.each([undefined, 'JWT', 'jwt', 'at+jwt', 'application/at+jwt', 'AT+JWT'])(
    'may have the type %s',
    async (typ) => {
      const { ask } = await register()
      expect((await ask(await issuer.token({}, { typ }))).status).toBe(200)
    },
  )

  test('may expire on the last day that can be written', async () => {
    const { ask } = await register()
    const { status, body } = await ask(await issuer.token({ exp: 253_402_300_799 }))
    expect([status, body.expiresAt]).toEqual([200, '9999-12-31T23:59:59.000Z'])
  })

  test('may be for several audiences, be a little early or late, and be signed with ES256', async () => {
    const { ask } = await register()
    expect((await ask(await issuer.token({ aud: ['another', issuer.settings().audience] }))).status).toBe(200)
    expect((await ask(await issuer.token({ exp: now() - 5, nbf: now() + 5 }))).status).toBe(200)
    const other = await Issuer.start()
    await other.rotate({ alg: 'ES256' })
    expect((await (await register({}, other)).ask(await other.token())).status).toBe(200)
    await other.stop()
  })
})

describe('what is not a token of the issuer for this register is 401', () => {
  const cases: [string, () => Promise<string>][] = [
    ['another audience', () => issuer.token({ aud: 'https://other.example.org' })],
    ['no audience', () => issuer.token({ aud: undefined })],
    ['another issuer', () => issuer.token({ iss: 'https://other.example.org' })],
    ['no issuer', () => issuer.token({ iss: undefined })],
    ['expired', () => issuer.token({ exp: now() - 60 })],
    ['for ever', () => issuer.token({ exp: undefined })],
    ['until the year 10000', () => issuer.token({ exp: 253_402_300_800 })],
    ['until later than any date', () => issuer.token({ exp: 8_640_000_000_001 })],
    ['until later than any number', () => infinite()],
    ['a token of logout', () => issuer.token({ roles: 'register-admins' }, { typ: 'logout+jwt' })],
    ['a proof of possession', () => issuer.token({ roles: 'register-admins' }, { typ: 'dpop+jwt' })],
    ['a type of another media type', () => issuer.token({}, { typ: 'text/at+jwt' })],
    ['an empty type', () => issuer.token({}, { typ: '' })],
    ['a number for a type', () => issuer.token({}, { typ: 7 })],
    ['not yet', () => issuer.token({ nbf: now() + 60 })],
    ['no subject', () => issuer.token({ sub: undefined })],
    ['an empty subject', () => issuer.token({ sub: '' })],
    ['NUL in its subject', () => issuer.token({ sub: 'a\u0000b' })],
    ['a subject of 256 letters', () => issuer.token({ sub: 'a'.repeat(256) })],
    ['a number for a subject', () => issuer.token({ sub: 7 as unknown as string })],
    ['an unknown key', () => issuer.token({}, { kid: 'unknown' })],
    [
      'a header that must be understood, and is not',
      async () => {
        const [, claims, signature] = (await issuer.token()).split('.')
        const header = { alg: 'RS256', kid: issuer.key.kid, crit: ['unknown'], unknown: true }
        return `${encode(header)}.${claims}.${signature}`
      },
    ],
    [
      'signed by somebody else under the name of the issuer’s key',
      async () => {
        const other = await Issuer.start()
        await other.stop()
        return issuer.token({}, {}, { ...other.key, kid: issuer.key.kid })
      },
    ],
    [
      'altered',
      async () => {
        const [header, , signature] = (await issuer.token()).split('.')
        const claims = { iss: issuer.url, aud: issuer.settings().audience, sub: 'x', exp: now() + 60, roles: 'admin' }
        return `${header}.${encode(claims)}.${signature}`
      },
    ],
    [
      'alg: none',
      async () => `${encode({ alg: 'none' })}.${(await issuer.token({ roles: 'register-admins' })).split('.')[1]}.`,
    ],
    [
      'alg: none, with a signature',
      async () => {
        const [, claims, signature] = (await issuer.token()).split('.')
        return `${encode({ alg: 'none', kid: issuer.key.kid })}.${claims}.${signature}`
      },
    ],
    [
      'HS256, with the public key for a secret',
      async () => {
        const signed = `${encode({ alg: 'HS256', kid: issuer.key.kid })}.${(await issuer.token()).split('.')[1]}`
        const secret = await exportSPKI(issuer.key.publicKey)
        return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
      },
    ],
    [
      'an algorithm that is not taken',
      async () => {
        const [, claims, signature] = (await issuer.token()).split('.')
        return `${encode({ alg: 'RS512', kid: issuer.key.kid })}.${claims}.${signature}`
      },
    ],
    ['junk in three parts', async () => 'a.b.c'],
    ['three empty parts', async () => '..'],
    ['a JWT in five parts', async () => 'a.b.c.d.e'],
  ]

  test.each(cases)('%s', async (_, make) => {
    const { ask } = await register()
    for (const url of ['/v1/me', '/v1/agreements']) {
      const { status, body, headers } = await ask(await make(), 'GET', url)
      expect([status, body.code]).toEqual([401, 'credential_invalid'])
      expect(headers['www-authenticate']).toBe('Bearer realm="entente", error="invalid_token"')
    }
  })

  test('and so is every token where no issuer is trusted', async () => {
    const app = await buildApp({ db, today: () => '2026-01-01' })
    apps.push(app)
    const headers = { authorization: `Bearer ${await issuer.token()}` }
    expect((await app.inject({ url: '/v1/me', headers })).statusCode).toBe(401)
  })
})

describe('the keys of the issuer', () => {
  test('are fetched once, and again when a token names a new one; the old one holds no longer', async () => {
    const own = await Issuer.start()
    const { ask } = await register({}, own)
    const [old, again] = [await own.token(), await own.token()]
    await Promise.all(Array.from({ length: 10 }, () => ask(old)))
    expect((await ask(again)).status).toBe(200)
    expect(own.fetched).toBe(1)
    await own.rotate()
    const fresh = await own.token()
    await expect.poll(async () => (await ask(fresh)).status).toBe(200)
    expect(own.fetched).toBe(2)
    expect((await ask(old)).status).toBe(401)
    await own.stop()
  })

  test('may have no names: each is tried', async () => {
    const own = await Issuer.start()
    await own.rotate({ named: false })
    const first = await own.token()
    await own.rotate({ named: false, keep: true })
    const { ask } = await register({}, own)
    expect((await ask(first)).status).toBe(200)
    expect((await ask(await own.token())).status).toBe(200)
    const other = await Issuer.start()
    const forged = await own.token({}, {}, { ...other.key, kid: '' })
    expect((await ask(forged)).status).toBe(401)
    await Promise.all([own.stop(), other.stop()])
  })

  describe('may be among others that are of no use', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const weakKey = { ...weak.publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }
    const strong = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const shown = { ...strong.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }
    const { n, e } = strong.publicKey.export({ format: 'jwk' })
    let own: Issuer
    beforeAll(async () => {
      own = await Issuer.start()
    })
    afterAll(() => own.stop())

    test.each<[string, unknown]>([
      ['a weak one', weakKey],
      ['a private one', shown],
      ['one without its modulus', { kty: 'RSA', alg: 'RS256', e }],
      ['one with a number for its modulus', { kty: 'RSA', alg: 'RS256', n: 7, e }],
      ['one that may do too much', { kty: 'RSA', alg: 'RS256', n, e, key_ops: ['verify', 'sign'] }],
      ['none', null],
      ['a text', 'key'],
    ])('%s', async (_, other) => {
      own.others = [other]
      for (const kid of [own.key.kid, undefined]) {
        const { ask } = await register({}, own)
        expect((await ask(await own.token({}, { kid }))).status).toBe(200)
      }
    })

    test('and such a one signs no token, also under its own name', async () => {
      const now = Math.floor(Date.now() / 1000)
      const claims = encode({ iss: own.url, aud: own.settings().audience, sub: 'x', exp: now + 60 })
      own.others = [
        { ...weakKey, kid: 'weak' },
        { ...shown, kid: 'shown' },
      ]
      const { ask } = await register({}, own)
      for (const [kid, { privateKey }] of [
        ['weak', weak],
        ['shown', strong],
      ] as const) {
        const signed = `${encode({ alg: 'RS256', kid })}.${claims}`
        const token = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
        expect((await ask(token)).status).toBe(401)
      }
    })
  })

  test('are where the settings say, if they do', async () => {
    const own = await Issuer.start()
    own.name = 'https://elsewhere.example.org'
    const token = await own.token({ iss: own.name })
    const { ask } = await register({ issuer: own.name, jwksUrl: `${own.url}/keys` }, own)
    expect((await ask(token)).status).toBe(200)
    await own.stop()
  })
})

describe('an issuer that is away', () => {
  const away = async (of: Issuer, over: Partial<OidcSettings> = {}) => {
    const { ask } = await register(over, of)
    const { status, body, headers } = await ask(await of.token())
    expect([status, body.code, headers['retry-after']]).toEqual([503, 'issuer_unavailable', '5'])
    return ask
  }

  test('is 503, to be tried again; and is found when it is back', async () => {
    const own = await Issuer.start('ES256')
    own.broken = true
    const ask = await away(own)
    own.broken = false
    await expect.poll(async () => (await ask(await own.token())).status).toBe(200)
    own.broken = true
    expect((await ask(await own.token())).status).toBe(200)
    await own.stop()
    expect((await ask(await own.token())).status).toBe(200)
    await away(own)
    await away(own, { jwksUrl: `${own.url}/keys` })
  })

  test.each([
    ['description', {}],
    ['keys', { jwksUrl: '/keys' }],
  ])('is asked for its %s once a second at most', async (_, { jwksUrl }: { jwksUrl?: string }) => {
    const own = await Issuer.start('ES256')
    own.broken = true
    const ask = await away(own, jwksUrl ? { jwksUrl: `${own.url}${jwksUrl}` } : {})
    const token = await own.token()
    const begin = performance.now()
    for (let i = 0; i < 50; i += 1) expect((await ask(token)).status).toBe(503)
    expect(own.requests).toBeLessThanOrEqual(2 + (performance.now() - begin) / 1000)
    await own.stop()
  })

  test('is not asked about what can be refused without it', async () => {
    const own = await Issuer.start('ES256')
    await own.stop()
    const { ask } = await register({}, own)
    expect((await ask(`${encode({ alg: 'none' })}.e30.`)).status).toBe(401)
    expect((await ask('no-token')).status).toBe(401)
  })

  test('so is one that sends us elsewhere: nothing else is asked', async () => {
    const [own, other] = [await Issuer.start('ES256'), await Issuer.start('ES256')]
    own.elsewhere = other.url
    other.name = own.name
    await away(own)
    await away(own, { jwksUrl: `${own.url}/keys` })
    expect(other.fetched).toBe(0)
    await Promise.all([own.stop(), other.stop()])
  })

  test.each<[string, (own: string, other: string) => string]>([
    ['another port', (_, other) => `${other}/keys`],
    ['another name of the host', (own) => `${own.replace('127.0.0.1', 'localhost')}/keys`],
    ['no address of the web', () => 'data:application/json,{"keys":[]}'],
  ])('so is one whose keys are at %s, unless the settings say so', async (_, place) => {
    const [own, other] = [await Issuer.start('ES256'), await Issuer.start('ES256')]
    own.keysAt = place(own.url, other.url)
    await away(own)
    expect([own.fetched, other.fetched]).toEqual([0, 0])
    const { ask } = await register({ jwksUrl: `${own.url}/keys` }, own)
    expect((await ask(await own.token())).status).toBe(200)
    await Promise.all([own.stop(), other.stop()])
  })

  test('so is one that sends more than 512 KiB: the rest is not read', async () => {
    const own = await Issuer.start('ES256')
    own.blanks = 400_000
    expect((await (await register({}, own)).ask(await own.token())).status).toBe(200)
    own.sent = 0
    own.blanks = 200_000_000
    await away(own)
    await away(own, { jwksUrl: `${own.url}/keys` })
    await own.stop()
    expect(own.sent).toBeLessThan(50_000_000)
  })

  test('so is one that calls itself by another name', async () => {
    const own = await Issuer.start('ES256')
    own.name = 'https://elsewhere.example.org'
    await away(own)
    await own.stop()
  })
})

describe('the settings of the issuer', () => {
  const pair = { OIDC_ISSUER: 'https://issuer.example.org/realm', OIDC_AUDIENCE: 'register' }

  test('are none unless given, and both or neither', () => {
    expect(readConfig({}).oidc).toBeUndefined()
    for (const name of ['OIDC_ISSUER', 'OIDC_AUDIENCE'] as const) {
      expect(() => readConfig({ [name]: pair[name] })).toThrow('Only one of OIDC_ISSUER and OIDC_AUDIENCE is set.')
    }
  })

  test('may name the register as its client, with a secret or without', () => {
    const client = { OIDC_CLIENT_ID: 'register' }
    expect(readConfig({ ...pair, ...client }).oidc!.client).toEqual({ id: 'register', scope: 'openid profile' })
    const more = { OIDC_CLIENT_SECRET: 'x', OIDC_SCOPE: 'openid api' }
    expect(readConfig({ ...pair, ...client, ...more }).oidc!.client).toEqual({
      id: 'register',
      secret: 'x',
      scope: 'openid api',
    })
    expect(readConfig(pair).oidc!.client).toBeUndefined()
    expect(() => readConfig(client)).toThrow('OIDC_CLIENT_ID is set, but OIDC_ISSUER is not. Set both.')
    expect(() => readConfig({ ...pair, OIDC_CLIENT_SECRET: 'x' })).toThrow(
      'OIDC_CLIENT_SECRET is set, but OIDC_CLIENT_ID is not. Set both.',
    )
  })

  test('say where its keys are, how it signs, and what its claim means', () => {
    expect(readConfig(pair).oidc).toEqual({
      issuer: pair.OIDC_ISSUER,
      audience: 'register',
      jwksUrl: undefined,
      algorithms: ['RS256', 'ES256'],
      roleClaim: 'roles',
      roles: new Map([
        ['reader', 'reader'],
        ['editor', 'editor'],
        ['admin', 'admin'],
      ]),
    })
    const more = {
      OIDC_JWKS_URL: 'http://127.0.0.1:9/keys',
      OIDC_ALGORITHMS: 'PS256, EdDSA',
      OIDC_ROLES: 'Editors of it = editor, a/b=admin',
    }
    expect(readConfig({ ...pair, ...more }).oidc).toMatchObject({
      jwksUrl: 'http://127.0.0.1:9/keys',
      algorithms: ['PS256', 'EdDSA'],
      roles: new Map([
        ['Editors of it', 'editor'],
        ['a/b', 'admin'],
      ]),
    })
  })

  test.each([
    ['OIDC_ISSUER', 'http://issuer.example.org'],
    ['OIDC_ISSUER', 'http://127.0.0.1.example.org'],
    ['OIDC_ISSUER', 'http://localhost@example.org'],
    ['OIDC_ISSUER', 'ftp://issuer.example.org'],
    ['OIDC_JWKS_URL', 'issuer.example.org/keys'],
    ['OIDC_ALGORITHMS', 'HS256'],
    ['OIDC_ALGORITHMS', 'RS256,none'],
    ['OIDC_ROLES', 'editors'],
    ['OIDC_ROLES', 'editors=owner'],
    ['OIDC_ROLES', '=editor'],
    ['OIDC_SCOPE', 'profile'],
    ['PUBLIC_READ', 'no'],
  ])('%s cannot be %s', (name, value) => {
    expect(() => readConfig({ ...pair, [name]: value })).toThrow(new RegExp(`^${name} is .*\\. Must be `))
  })
})
