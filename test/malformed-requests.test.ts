import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { connect } from '../src/database/connect.ts'
import { numberedId } from './support/bulk.ts'
import { authHeader } from './support/keys.ts'
import { freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

describe('problem documents', () => {
  test.each<[string, string, object | string, Record<string, string>, number, string]>([
    ['POST', '/v1/agreements', '{', { 'content-type': 'application/json' }, 400, 'invalid_json'],
    ['POST', '/v1/agreements', '', { 'content-type': 'application/json' }, 400, 'invalid_json'],
    [
      'POST',
      '/v1/agreements',
      'a=b',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
    ],
    [
      'POST',
      '/v1/agreements',
      `{"title":"${'x'.repeat(2_200_000)}"}`,
      { 'content-type': 'application/json' },
      413,
      'content_too_large',
    ],
    ['GET', '/v1/nothing', '', {}, 404, 'not_found'],
    ['GET', `/v1/agreements/${'x'.repeat(500)}`, '', {}, 414, 'uri_too_long'],
    ['DELETE', '/v1/agreements', '', {}, 405, 'method_not_allowed'],
    ['PATCH', '/v1/dates', '', {}, 405, 'method_not_allowed'],
  ])('%s %s gets one', async (method, url, payload, headers, status, code) => {
    const answer = await register.app.inject({
      method: method as 'GET',
      url,
      payload,
      headers: { ...authHeader('admin'), ...headers },
    })
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(Object.keys(answer.json())).toEqual(
      expect.arrayContaining(['type', 'title', 'status', 'detail', 'code', 'requestId']),
    )
    if (status === 405) expect(answer.headers['allow']).toContain('GET')
  })

  test('an unavailable database is 503 with Retry-After, and its address is not shown', async () => {
    const db = connect({ url: 'postgres://someone:canary-secret@127.0.0.1:1/nothing' })
    const app = await buildApp({ db, today: register.today })
    for (const url of ['/readyz', '/v1/agreements', `/v1/agreements/${numberedId(1)}`, '/v1/signatories']) {
      const answer = await app.inject({ url })
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '2'])
      expect(answer.payload).not.toContain('canary')
    }
    expect((await app.inject({ url: '/livez' })).statusCode).toBe(200)
    await app.close()
    await db.close()
  })

  test('the `type` of a problem is an anchor on the page of problems', async () => {
    const { type } = (await register.api.get('/v1/nothing').expect(404)).body
    const [page, place] = type.split('#')
    expect((await register.api.get(page).expect(200)).text).toContain(`id="${place}"`)
  })
})
