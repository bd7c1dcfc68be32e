import { Writable } from 'node:stream'
import { sql } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import supertest from 'supertest'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { createKey, revokeKey } from '../src/auth/keys/queries.ts'
import { deleteExpiredSessions } from '../src/auth/sessions/queries.ts'
import { openLog } from '../src/observability/log.ts'
import type { Role } from '../src/shared/schemas.ts'
import { atEnd } from './support/at-end.ts'
import { Issuer } from './support/issuer.ts'
import { authHeader, keyTextOf } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
let issuer: Issuer
let app: FastifyInstance
/** Some of its pages are for editors: `/timeline`, and `/sign-out` as a form. */
let strict: FastifyInstance
/** Read only by those who have signed in, with a key or at the issuer. */
let closed: FastifyInstance
/** Reached at https, below a prefix; the issuer asks it for a secret. */
let secure: FastifyInstance
/** With two failures a minute, and an issuer that is broken. */
let limited: FastifyInstance
let logged = ''

const client = { id: 'register', secret: undefined, scope: 'openid profile' }
const publicUrl = { origin: 'https://example.org', prefix: '/register' }

beforeAll(async () => {
  register = await freshRegister()
  app = register.app
  issuer = await Issuer.start()
  const broken = await Issuer.start('ES256')
  broken.broken = true
  atEnd(async () => void (await Promise.all([issuer.stop(), broken.stop()])))
  const forEditors = (app: FastifyInstance) =>
    app.addHook('onRoute', (route) => {
      if (route.url === '/timeline' || route.url === '/sign-out') route.config = { ...route.config, role: 'editor' }
    })
  const loggerInstance = openLog('trace', new Writable({ write: (line, _, done) => ((logged += line), done()) }))
  strict = await build({ watch: forEditors, oidc: issuer.settings() })
  closed = await build({ publicRead: false, oidc: issuer.settings({ client }), loggerInstance })
  secure = await build({ publicUrl, oidc: issuer.settings({ client: { ...client, secret: 'a secret' } }) })
  const rates = { reads: 0, writes: 0, exports: 0, failures: 2 }
  limited = await build({ rates, oidc: broken.settings({ client }) })
})

async function build(options: Parameters<typeof buildApp>[1]): Promise<FastifyInstance> {
  const { db, today } = register
  const app = await buildApp({ db, today }, options)
  await app.ready()
  atEnd(() => app.close())
  return app
}

const own = 'http://register.test'

/** What a browser sends that has a page of this server open. */
const fromPage = { host: 'register.test', origin: own }
type Headers = Record<string, string>

const get = (url: string, headers: Headers = {}, of = app) =>
  supertest(of.server)
    .get(url)
    .set({ host: 'register.test', accept: 'text/html', ...headers })

const post = (url: string, fields: Headers = {}, headers: Headers = fromPage, of = app) =>
  supertest(of.server).post(url).type('form').set(headers).send(new URLSearchParams(fields).toString())

/** A cookie that an answer sets, as a browser sends it, and its attributes. */
function cookieIn({ headers }: { headers: Headers }, name = 'session') {
  const all = [headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split('; '))
  const [pair = '', ...attributes] = all.find(([pair]) => pair!.includes(`entente-${name}`)) ?? []
  return { cookie: pair, token: pair.split('=')[1]!, attributes }
}

/** Signs in with a key. */
async function signedIn(key: string, of = app, headers = fromPage) {
  return cookieIn(await post('/sign-in', { key }, headers, of).expect(303))
}

describe('a form', () => {
  test.each([
    ['a'.repeat(256 * 1024 + 1), 'A form must be at most 256 kB.'],
    ['a&'.repeat(3_000), 'A form must have at most 2000 fields.'],
  ])('that is too large is refused: %.5s…', async (body, message) => {
    const answer = await register.api
      .post('/sign-in')
      .set({ ...fromPage, 'content-type': 'application/x-www-form-urlencoded' })
      .send(body)
    expect([answer.status, answer.text]).toEqual([413, expect.stringContaining(message)])
  })
})

describe('signing in by a key', () => {
  test('goes on to where one came from, and pages say who is signed in', async () => {
    const { text } = await get('/agreements?party=KR').expect(200)
    expect(text).toContain('href="/sign-in?to=%2Fagreements%3Fparty%3DKR"')
    const form = await get('/sign-in?to=%2Fagreements%3Fparty%3DKR').expect(200)
    expect(form.text).toContain('name="to" value="/agreements?party=KR"')
    const to = '/agreements?party=KR'
    const answer = await post('/sign-in', { key: ` ${keyTextOf('editor')} `, to }).expect(303)
    expect(answer.headers).toMatchObject({ location: to, 'cache-control': 'no-store' })
    const { cookie, attributes } = cookieIn(answer)
    expect(cookie).toMatch(/^entente-session=[\w-]{43}$/)
    expect(attributes).toEqual([
      expect.stringMatching(/^Max-Age=(28800|28799)$/),
      'Path=/',
      'HttpOnly',
      'SameSite=Strict',
    ])
    for (const url of [to, '/']) {
      const page = await get(url, { cookie }).expect(200)
      expect(page.text).toContain('<bdi>Test editor</bdi> (editor)')
      expect(page.text).toContain('href="/agreements/new"')
      expect(page.text).not.toContain('/sign-in')
      expect(page.headers).toMatchObject({ 'cache-control': 'private, no-cache' })
      expect(page.headers['vary']).toContain('cookie')
    }
  })

  test('as a reader shows nothing that only editors may do', async () => {
    const { cookie } = await signedIn(keyTextOf('reader'))
    const { text } = await get('/agreements', { cookie }).expect(200)
    expect(text).toContain('Test reader')
    expect(text).not.toContain('/agreements/new')
  })

  test('stores only a digest, and ends by signing out', async () => {
    const { cookie, token } = await signedIn(keyTextOf('editor'))
    const [{ all } = { all: '' }] = await register.db.query<{ all: string }>(
      sql`select sessions::text as all from sessions`,
    )
    expect(all).not.toContain(token)
    const out = await post('/sign-out', {}, { ...fromPage, cookie }).expect(303)
    expect(cookieIn(out)).toMatchObject({ token: '', attributes: expect.arrayContaining(['Max-Age=0']) })
    expect((await get('/agreements', { cookie })).text).toContain('Sign in')
  })

  test('starts a new session in place of the former', async () => {
    const former = await signedIn(keyTextOf('editor'))
    await signedIn(keyTextOf('admin'), app, { ...fromPage, cookie: former.cookie } as typeof fromPage)
    expect((await get('/agreements', { cookie: former.cookie })).text).toContain('Sign in')
  })

  test.each(['', 'secret', keyTextOf('editor').slice(0, -1), keyTextOf('editor').replace('editor0', 'editor1')])(
    'with %j gives the form again, and says what is wrong',
    async (key) => {
      const { text, headers } = await post('/sign-in', { key, to: '/map' }).expect(401)
      expect(text).toContain('id="key-error"')
      expect(text).toContain('value="/map"')
      expect(headers['set-cookie']).toBeUndefined()
    },
  )

  test.each([
    '//example.org',
    '/\\example.org',
    '\\\\example.org',
    'https://example.org/',
    '/.//example.org',
    '/\t/example.org',
    'agreements',
  ])('never goes on to another server: %j', async (to) => {
    await get(`/sign-in?to=${encodeURIComponent(to)}`).expect(400)
    const { headers } = await post('/sign-in', { key: keyTextOf('reader'), to }).expect(303)
    expect(headers['location']).toBe('/')
  })

  test('over https has a cookie for this host only', async () => {
    const headers = { host: 'inside:3000', origin: publicUrl.origin }
    const answer = await post('/sign-in', { key: keyTextOf('editor'), to: '/map' }, headers, secure).expect(303)
    expect(answer.headers['location']).toBe('/register/map')
    const { cookie, attributes } = cookieIn(answer)
    expect(cookie).toMatch(/^__Host-entente-session-register=/)
    expect(attributes.slice(1)).toEqual(['Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict'])
    expect((await get('/map', { cookie }, secure)).text).toContain('action="/register/sign-out"')
  })

  test('is not asked again of someone whom a link of another site leads here', async () => {
    const { cookie } = await signedIn(keyTextOf('reader'))
    const { text } = await get('/sign-in?to=%2Fmap', { 'sec-fetch-site': 'cross-site' }).expect(200)
    expect(text).toContain('http-equiv="refresh" content="0;url=/sign-in?to=%2Fmap"')
    const { headers } = await get('/sign-in?to=%2Fmap', { cookie }).expect(303)
    expect(headers['location']).toBe('/map')
  })
})

describe('a session', () => {
  test('is not valid at the API', async () => {
    const { cookie } = await signedIn(keyTextOf('admin'))
    await supertest(app.server)
      .post('/v1/agreements')
      .set({ ...fromPage, cookie })
      .send(anAgreement())
      .expect(401)
    await supertest(app.server).get('/v1/keys').set({ cookie }).expect(401)
    const { body } = await supertest(app.server).get('/v1/me').set({ cookie }).expect(200)
    expect(body.via).toBe('none')
  })

  test('yields to an Authorization header', async () => {
    const { cookie } = await signedIn(keyTextOf('admin'))
    await get('/timeline', { cookie, ...authHeader('reader') }, strict).expect(403)
    await get('/timeline', authHeader('editor'), strict).expect(200)
    await get('/timeline', { cookie, authorization: 'Bearer wrong' }, strict).expect(401)
  })

  const name = { name: 'For a while', role: 'editor' as Role }
  test('ends with its key', async () => {
    const { db } = register
    const inAMinute = new Date(Date.now() + 60_000).toISOString()
    const revoked = await createKey(db, { ...name, expiresAt: null }, null)
    const expired = await createKey(db, { ...name, expiresAt: inAMinute }, null)
    const cookies = [await signedIn(revoked.key), await signedIn(expired.key)]
    expect(Number(/^Max-Age=(\d+)$/.exec(cookies[1]!.attributes[0]!)![1])).toBeLessThanOrEqual(60)
    for (const { cookie } of cookies) expect((await get('/map', { cookie })).text).toContain('For a while')
    await revokeKey(db, revoked.id, null)
    await db.query(sql`update keys set expires_at = now() where id = ${expired.id}`)
    for (const { cookie } of cookies) expect((await get('/map', { cookie })).text).not.toContain('For a while')
  })

  test('ends by itself, and is removed then', async () => {
    const { db } = register
    const kept = await signedIn(keyTextOf('reader'))
    const { cookie } = await signedIn(keyTextOf('editor'))
    await db.query(sql`update sessions set expires_at = now() where actor like '%editor)'`)
    expect((await get('/map', { cookie })).text).toContain('Sign in')
    expect(await deleteExpiredSessions(db)).toBeGreaterThan(0)
    expect(await deleteExpiredSessions(db)).toBe(0)
    expect((await get('/map', { cookie: kept.cookie })).text).toContain('Test reader')
  })
})

describe('a page for editors', () => {
  test('asks to sign in, and comes back', async () => {
    const { headers } = await get('/timeline?party=KR', {}, strict).expect(303)
    expect(headers['location']).toBe('/sign-in?to=%2Ftimeline%3Fparty%3DKR')
    const { cookie } = await signedIn(keyTextOf('editor'), strict)
    await get('/timeline?party=KR', { cookie }, strict).expect(200)
  })

  test('loses no form of someone whose session has ended', async () => {
    const { text, headers } = await post('/sign-out', {}, fromPage, strict).expect(401)
    expect(text).toContain('What you entered is not lost')
    expect(text).toContain('href="/sign-in" target="_blank"')
    expect(headers['cache-control']).toBe('no-store')
  })

  test('tells a reader which role it takes', async () => {
    const { cookie } = await signedIn(keyTextOf('reader'), strict)
    const { text } = await get('/timeline', { cookie }, strict).expect(403)
    expect(text).toContain('This requires the role editor or a higher one. Your role is reader.')
  })
})

describe('a form', () => {
  const browser = { host: 'register.test' }
  test.each<[string, Headers, number]>([
    ['of this server', { origin: own }, 303],
    ['of this server, by Sec-Fetch-Site', { 'sec-fetch-site': 'same-origin' }, 303],
    ['of this server, by Referer', { referer: `${own}/agreements` }, 303],
    ['of another site', { origin: 'http://example.org', 'sec-fetch-site': 'same-origin' }, 403],
    ['of another port', { origin: `${own}:8080` }, 403],
    ['of https instead of http', { origin: 'https://register.test' }, 403],
    ['of nowhere', { origin: 'null' }, 403],
    ['of another site, by Sec-Fetch-Site', { 'sec-fetch-site': 'same-site', referer: `${own}/` }, 403],
    ['of another site, by Referer', { referer: `http://example.org/?${own}` }, 403],
    ['that does not say where it comes from', {}, 403],
  ])('%s', async (_, headers, status) => {
    const { text } = await post('/sign-out', {}, { ...browser, ...headers }).expect(status)
    if (status === 403) expect(text).toContain('The form was not sent from this server')
  })

  test('says where it comes from, since the policy of pages lets browsers do so', async () => {
    for (const url of ['/', '/sign-in', '/agreements?nothing=1']) {
      expect((await get(url)).headers['referrer-policy'], url).toBe('same-origin')
    }
  })
})

test('a register that is read with a key asks to sign in on each page', async () => {
  const pages = [
    '/',
    '/agreements',
    '/agreements/AB-1',
    '/map',
    '/map.svg',
    '/statistics?groupBy=status',
    '/signatories/KR',
  ]
  for (const url of pages) {
    const { headers, text } = await get(url, {}, closed).expect(303)
    expect(headers['location']).toBe(url === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(url)}`)
    expect(text).toBe('')
  }
  for (const url of ['/sign-in', '/pages.css']) await get(url, {}, closed).expect(200)
  await get('/', { accept: 'application/json' }, closed).expect(200)
  const { cookie } = await signedIn(keyTextOf('reader'), closed)
  for (const url of ['/', '/agreements', '/map.svg']) {
    const { headers } = await get(url, { cookie }, closed).expect(200)
    expect(headers['cache-control'], url).toBe('private, no-cache')
    expect(headers['vary'], url).toContain('cookie')
  }
})

test('failures to sign in count as those of the API', async () => {
  await post('/sign-in', { key: 'wrong' }, fromPage, limited).expect(401)
  await get('/sign-in/callback?code=x', {}, limited).expect(401)
  const { headers } = await post('/sign-in', { key: 'wrong' }, fromPage, limited).expect(429)
  expect(headers['retry-after']).toMatch(/^\d+$/)
  await get('/sign-in/callback?code=x', {}, limited).expect(429)
  await get('/v1/me', { authorization: 'Bearer wrong' }, limited).expect(429)
})

describe('signing in at an issuer', () => {
  /** Begins to sign in. @returns what the issuer is asked, and the cookie until it has answered */
  async function begin(to = '/map', of = closed) {
    const answer = await get(`/sign-in/issuer?to=${encodeURIComponent(to)}`, {}, of).expect(303)
    return { address: answer.headers['location']!, ...cookieIn(answer, 'login') }
  }

  /** Comes back from the issuer. */
  const comeBack = (url: string, cookie: string, of = closed) =>
    get(url.replace(own, ''), { cookie, 'sec-fetch-site': 'cross-site' }, of)

  test('asks it for a code with PKCE, state and nonce, which one cookie keeps for ten minutes', async () => {
    expect((await get('/sign-in?to=%2Fmap', {}, closed)).text).toContain('href="/sign-in/issuer?to=%2Fmap"')
    const { address, cookie, attributes } = await begin()
    expect(cookie).toMatch(/^entente-login=[\w-]+$/)
    expect(attributes).toEqual(['Max-Age=600', 'Path=/', 'HttpOnly', 'SameSite=Lax'])
    expect(address).toMatch(`${issuer.url}/authorize?`)
    const asked = Object.fromEntries(new URL(address).searchParams)
    expect(asked).toEqual({
      client_id: 'register',
      response_type: 'code',
      redirect_uri: `${own}/sign-in/callback`,
      scope: 'openid profile',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect((await begin()).address).not.toContain(asked['state'])
  })

  test('gives the role and the actor that the API gives for the token, until it expires', async () => {
    const { address, cookie } = await begin('/map?party=KR')
    const back = issuer.agree(address, { idToken: { name: 'Kim Minji' }, accessToken: { roles: 'register-editors' } })
    const answer = await comeBack(back, cookie).expect(200)
    expect(answer.text).toContain('http-equiv="refresh" content="0;url=/map?party=KR"')
    expect(answer.headers['referrer-policy']).toBe('no-referrer')
    expect(cookieIn(answer, 'login').attributes).toContain('Max-Age=0')
    const session = cookieIn(answer)
    expect(session.attributes).toEqual([
      expect.stringMatching(/^Max-Age=(59\d|600)$/),
      'Path=/',
      'HttpOnly',
      'SameSite=Strict',
    ])
    const { text } = await get('/map?party=KR', { cookie: session.cookie }, closed).expect(200)
    expect(text).toContain('<bdi>Kim Minji</bdi> (editor)')
    const rows = await register.db.query(sql`select actor, role, via, key_id from sessions where name = 'Kim Minji'`)
    expect(rows).toEqual([{ actor: `oidc:someone@${issuer.url}`, role: 'editor', via: 'oidc', key_id: null }])
    await supertest(closed.server).get('/v1/agreements').set({ cookie: session.cookie }).expect(401)
  })

  test.each<[string, Parameters<Issuer['agree']>[1], string | undefined]>([
    [
      'of the token for the API',
      { idToken: { roles: 'register-admins' }, accessToken: { roles: 'register-readers' } },
      'reader',
    ],
    [
      'of the ID token, if the other is for no API',
      { idToken: { roles: 'register-editors' }, accessToken: { aud: 'x' } },
      'editor',
    ],
    [
      'of the ID token, if the other is for somebody else',
      { idToken: { sub: 'other' }, accessToken: { roles: 'register-admins' } },
      undefined,
    ],
  ])('the role is that %s', async (_, tokens, role) => {
    const { address, cookie } = await begin()
    const session = cookieIn(await comeBack(issuer.agree(address, tokens), cookie).expect(200))
    const { text } = await get('/map', { cookie: session.cookie }, closed).expect(role === undefined ? 403 : 200)
    expect(text).toContain(role === undefined ? 'You have no role.' : `(${role})`)
  })

  test.each<[string, (back: URL, begun: { cookie: string }) => void | Promise<void>, Parameters<Issuer['agree']>[1]]>([
    ['another state', (back) => back.searchParams.set('state', 'x'), {}],
    ['no cookie', (_, begun) => void (begun.cookie = ''), {}],
    ['the cookie of another sign-in', async (_, begun) => void (begun.cookie = (await begin()).cookie), {}],
    ['a cookie that is no JSON', (_, begun) => void (begun.cookie = 'entente-login=e30x'), {}],
    ['another code', (back) => back.searchParams.set('code', 'code-x'), {}],
    ['a refusal', (back) => (back.searchParams.delete('code'), back.searchParams.set('error', 'access_denied')), {}],
    ['the answer of another issuer', (back) => back.searchParams.set('iss', 'https://example.org'), {}],
    ['another nonce', () => {}, { idToken: { nonce: 'x' } }],
    ['a token for another client', () => {}, { idToken: { aud: 'x' } }],
    ['a token that has expired', () => {}, { idToken: { exp: 1 } }],
    ['a token without a subject', () => {}, { idToken: { sub: undefined } }],
  ])('with %s does not succeed, and a page says so', async (_, alter, tokens) => {
    const begun = await begin()
    const back = new URL(issuer.agree(begun.address, tokens))
    await alter(back, begun)
    const answer = await comeBack(back.href, begun.cookie).expect(401)
    expect(answer.text).toContain('<h1>You are not signed in</h1>')
    expect(answer.text).toContain('>Sign in again</a>')
    expect(answer.text).not.toContain('OAUTH')
    expect(cookieIn(answer).cookie).toBe('')
  })

  test('does not succeed twice with one answer', async () => {
    const { address, cookie } = await begin()
    const back = issuer.agree(address)
    await comeBack(back, cookie).expect(200)
    await comeBack(back, cookie).expect(401)
  })

  test('sends the secret of the register, if it has one', async () => {
    const back = async () => {
      const { address, cookie } = await begin('/map', secure)
      return { path: issuer.agree(address).replace(publicUrl.origin, ''), cookie }
    }
    const wrong = await back()
    expect(wrong.path).toMatch(/^\/register\/sign-in\/callback/)
    issuer.clientSecret = 'another'
    const { text } = await comeBack(wrong.path, wrong.cookie, secure).expect(503)
    expect(text).toContain('does not accept this register')
    issuer.clientSecret = 'a secret'
    const right = await back()
    expect((await comeBack(right.path, right.cookie, secure).expect(200)).text).toContain('url=/register/map"')
    issuer.clientSecret = undefined
  })

  test('that cannot be reached gives a page that says so', async () => {
    const { text, headers } = await get('/sign-in/issuer', {}, limited).expect(503)
    expect(text).toContain('cannot be reached')
    expect(headers['set-cookie']).toBeUndefined()
  })

  test('is not offered without a client', async () => {
    expect((await get('/sign-in', {}, strict)).text).not.toContain('/sign-in/issuer')
    await get('/sign-in/issuer', {}, strict).expect(404)
  })

  test('leaves no key, code, token or cookie in the log', async () => {
    const { address, cookie } = await begin()
    const back = issuer.agree(address)
    const { token } = cookieIn(await comeBack(back, cookie).expect(200))
    await comeBack(back, cookie).expect(401)
    await post('/sign-in', { key: keyTextOf('editor') }, fromPage, closed).expect(303)
    await get(`/sign-in?to=%2F&key=${keyTextOf('editor')}`, {}, closed).expect(400)
    const { code } = Object.fromEntries(new URL(back).searchParams)
    expect(logged).toContain('/sign-in/callback?code=…')
    for (const secret of [code!, token, cookie.split('=')[1]!, keyTextOf('editor').slice(17)]) {
      expect(logged).not.toContain(secret)
    }
    expect(logged).not.toContain('eyJ')
  })
})
