import { describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { bearer, testAuthorization } from './support/authorization.ts'
import { keyTextOf } from './support/keys.ts'

// With PUBLIC_READ=false it is in the long tests.
const known = testAuthorization(true)

describe('a route', () => {
  test('that declares nothing is closed to all', async () => {
    const app = await buildApp(
      { db: known.register.db, today: known.register.today },
      { oidc: known.issuer.settings() },
    )
    app.get('/v1/undeclared', { schema: { hide: true } }, async () => 'open')
    app.get('/v1/declared', { config: { role: 'anyone' }, schema: { hide: true } }, async () => 'open')
    for (const { header, what, standing } of known.credentials) {
      const headers = header === undefined ? {} : { authorization: header }
      const { statusCode, body } = await app.inject({ url: '/v1/undeclared', headers })
      expect([statusCode, body.includes('open')], what).toEqual([403, false])
      const declared = await app.inject({ url: '/v1/declared', headers })
      expect(declared.statusCode, what).toBe(standing === 'invalid' ? 401 : 200)
    }
    await app.close()
  })

  test('refuses strangers before it reads what they send', async () => {
    const { app } = known.register
    const payload = `{"title":"${'x'.repeat(2_200_000)}"`
    const headers = { 'content-type': 'application/json' }
    expect((await app.inject({ method: 'POST', url: '/v1/agreements', headers, payload })).statusCode).toBe(401)
    const withKey = { ...headers, authorization: bearer(keyTextOf('editor')) }
    expect((await app.inject({ method: 'POST', url: '/v1/agreements', headers: withKey, payload })).statusCode).toBe(
      413,
    )
  })

  test('asks the database nothing for strangers who read', async () => {
    const asked: string[] = []
    const db = known.register.db.watchedBy((name, run) => {
      asked.push(name)
      return run()
    })
    const app = await buildApp({ db, today: known.register.today })
    await app.inject({ url: `/v1/agreements/${known.ids['id']}` })
    const withoutKey = [...asked]
    await app.inject({
      url: `/v1/agreements/${known.ids['id']}`,
      headers: { authorization: bearer(keyTextOf('reader')) },
    })
    expect(withoutKey).toHaveLength(1)
    expect(asked).toHaveLength(3)
    await app.close()
  })
})

test('pages of listed origins may send keys', async () => {
  const origin = 'https://example.org'
  const app = await buildApp(
    { db: known.register.db, today: known.register.today },
    { corsOrigins: [origin], publicRead: false },
  )
  const asks = { origin, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization' }
  const preflight = await app.inject({ method: 'OPTIONS', url: `/v1/agreements/${known.ids['id']}`, headers: asks })
  expect(preflight.statusCode).toBe(204)
  expect(preflight.headers['access-control-allow-headers']).toBe('authorization')
  const refused = await app.inject({ url: '/v1/agreements', headers: { origin } })
  expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([401, origin])
  expect(refused.headers['access-control-expose-headers']).toContain('WWW-Authenticate')
  await app.close()
})
