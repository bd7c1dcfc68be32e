import { sql } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import supertest from 'supertest'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { createKey, revokeKey } from '../src/auth/keys/queries.ts'
import { deleteExpiredSessions } from '../src/auth/sessions/queries.ts'
import type { Role } from '../src/shared/schemas.ts'
import { atEnd } from './support/at-end.ts'
import { authHeader, keyTextOf } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
let app: FastifyInstance
beforeAll(async () => {
  register = await freshRegister()
  app = register.app
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

/** The cookie that an answer sets, as a browser sends it, and its attributes. */
function cookieIn({ headers }: { headers: Headers }) {
  const [pair = '', ...attributes] = String(headers['set-cookie']).split('; ')
  return { cookie: pair, token: pair.split('=')[1]!, attributes }
}

/** Signs in with a key. */
async function signedIn(key: string, of = app, headers = fromPage) {
  return cookieIn(await post('/sign-in', { key }, headers, of).expect(303))
}

/** Pages that need the role `editor`, in place of some that need none. */
const forEditors = () =>
  build({
    watch: (app) =>
      app.addHook('onRoute', (route) => {
        if (route.url === '/timeline' || route.url === '/sign-out') route.config = { ...route.config, role: 'editor' }
      }),
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

  test('counts failures as those of the API', async () => {
    const limited = await build({ rates: { reads: 0, writes: 0, exports: 0, failures: 2 } })
    const fail = () => post('/sign-in', { key: 'wrong' }, fromPage, limited)
    await fail().expect(401)
    await limited.inject({ url: '/v1/me', headers: { authorization: 'Bearer wrong' } })
    const { headers } = await fail().expect(429)
    expect(headers['retry-after']).toMatch(/^\d+$/)
  })

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
    const publicUrl = { origin: 'https://example.org', prefix: '/register' }
    const secure = await build({ publicUrl })
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
    const strict = await forEditors()
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
  let strict: FastifyInstance
  beforeAll(async () => {
    strict = await forEditors()
  })

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
  const closed = await build({ publicRead: false })
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
