import { once } from 'node:events'
import { METHODS } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { openLog } from '../src/observability/log.ts'
import { listen, raw } from './support/hostile.ts'
import { authHeader } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
let port: number
let address: string
beforeAll(async () => {
  register = await freshRegister()
  port = await listen(register)
  address = (await register.api.post('/v1/agreements').send(anAgreement()).expect(201)).headers['location']!
})

const uuid = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** Sends bytes on a connection of their own, and returns the only response. */
async function sent(bytes: string): Promise<RawAnswer> {
  return parsed((await raw(port, bytes, { timeoutMs: 1500 })).text)
}

function parsed(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return { status: Number(first.split(' ')[1]), headers, body: rest.join('\r\n\r\n') }
}

const request = (first: string, ...lines: string[]): string =>
  `${[first, 'Connection: close', ...lines].join('\r\n')}\r\n\r\n`

describe('every response has a request id', () => {
  const host = 'Host: register.example'
  test.each<[string, number, string]>([
    ['a read', 200, request('GET /v1/agreements HTTP/1.1', host)],
    ['a HEAD', 200, request('HEAD /livez HTTP/1.1', host)],
    ['the OpenAPI document', 200, request('GET /openapi.json HTTP/1.1', host)],
    ['Swagger UI', 200, request('GET /docs HTTP/1.1', host)],
    ['a path that does not exist', 404, request('GET /nothing HTTP/1.1', host)],
    ['a path that is not UTF-8', 400, request('GET /v1/agreements/%ff HTTP/1.1', host)],
    ['a part of the path that is too long', 414, request(`GET /v1/agreements/${'x'.repeat(500)} HTTP/1.1`, host)],
    ['a method that the path does not support', 405, request('DELETE /v1/agreements HTTP/1.1', host)],
    ['OPTIONS', 204, request('OPTIONS /v1/agreements HTTP/1.1', host)],
    ['a write without a credential', 401, request('POST /v1/agreements HTTP/1.1', host)],
    ['large headers', 431, request('GET /livez HTTP/1.1', host, `X-A: ${'a'.repeat(20_000)}`)],
    ['headers that the parser does not read', 431, request('GET /livez HTTP/1.1', host, `X-A: ${'a'.repeat(60_000)}`)],
    ['a URL that the parser does not read', 414, request(`GET /${'a'.repeat(60_000)} HTTP/1.1`, host)],
    ['what is not HTTP', 400, 'nothing\r\n\r\n'],
    ['two lengths', 400, request('POST /livez HTTP/1.1', host, 'Content-Length: 1', 'Content-Length: 2')],
    ['an unknown expectation', 200, request('GET /livez HTTP/1.1', host, 'Expect: miracles')],
  ])('%s: %i', async (_, status, bytes) => {
    const answer = await sent(bytes)
    expect(answer.status).toBe(status)
    expect(answer.headers['x-request-id']).toMatch(uuid)
    if (status < 400 || bytes.startsWith('HEAD')) return
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect((JSON.parse(answer.body) as { requestId: string }).requestId).toBe(answer.headers['x-request-id'])
  })

  test('two requests have different ones, and none is taken from the caller', async () => {
    const own = { 'x-request-id': 'mine' }
    const ids = [0, 1].map(
      async () => (await register.app.inject({ url: '/livez', headers: own })).headers['x-request-id'],
    )
    expect(new Set(await Promise.all(ids)).size).toBe(2)
    expect(await ids[0]).toMatch(uuid)
  })

  test('of a server that is shutting down, too: a problem document with Retry-After', async () => {
    const app = await buildApp({ db: register.db, today: register.today })
    const own = await listen({ app })
    const socket = connect(own, '127.0.0.1')
    const answer = text(socket)
    await once(socket, 'connect')
    socket.write(`GET /v1/agreements HTTP/1.1\r\n${host}\r\n`)
    await expect.poll(() => connectionsOf(app)).toBe(1)
    const closed = app.close()
    await expect.poll(() => app.server.listening).toBe(false)
    socket.write('\r\n')
    await closed
    const { status, headers, body } = parsed(await answer)
    expect([status, headers['retry-after'], headers['connection']]).toEqual([503, '5', 'close'])
    expect(JSON.parse(body)).toMatchObject({ code: 'busy', requestId: headers['x-request-id'] })
  })
})

const connectionsOf = ({ server }: Register['app']): Promise<number> =>
  new Promise((settle) => server.getConnections((_, count) => settle(count)))

describe('the host of a request', () => {
  test.each([
    ['two', ['Host: a.example', 'Host: b.example']],
    ['two that are the same', ['Host: a.example', 'host: a.example']],
    ['none', []],
  ])('must be named once: %s is 400', async (_, lines) => {
    const answer = await sent(request('GET /v1/agreements HTTP/1.1', ...lines))
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalid_request' })
  })

  test('need not be named under HTTP/1.0', async () => {
    expect((await sent('GET /livez HTTP/1.0\r\n\r\n')).status).toBe(200)
    expect((await sent('GET /livez HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n')).status).toBe(400)
  })

  test('in an absolute request target or a forged header is in no header and no document of links', async () => {
    await register.api.post('/v1/agreements').send(anAgreement()).expect(201)
    const paths = [
      '/v1/agreements?limit=1',
      `${address}/position`,
      '/',
      '/.well-known/api-catalog',
      '/nothing',
      '/docs',
    ]
    for (const path of paths) {
      for (const target of [path, `http://evil.example${path}`, `HTTPS://user@evil.example:81${path}`]) {
        const { status, headers, body } = await sent(request(`GET ${target} HTTP/1.1`, 'Host: evil.example'))
        expect([target, status]).toEqual([target, path === '/nothing' ? 404 : 200])
        expect(JSON.stringify(headers)).not.toContain('evil')
        expect(body).not.toContain('evil')
      }
    }
    const { headers } = await sent(
      request('GET http://evil.example/v1/agreements?limit=1 HTTP/1.1', 'Host: evil.example'),
    )
    expect(headers['link']).toMatch(/^<\/v1\/agreements\?limit=1&cursor=/)
  })

  test('is not in the Location of a new resource', async () => {
    const body = JSON.stringify(anAgreement())
    const { status, headers } = await sent(
      request(
        'POST http://evil.example/v1/agreements HTTP/1.1',
        'Host: evil.example',
        `Authorization: ${authHeader('editor').authorization}`,
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(body)}`,
      ) + body,
    )
    expect(status).toBe(201)
    expect(headers['location']).toMatch(/^\/v1\/agreements\/[\da-f-]{36}$/)
    expect(JSON.stringify(headers)).not.toContain('evil')
  })

  test.each([
    'http://evil.example',
    'http://evil.example?',
    'http://evil.example/livez?a=1',
    'http://a//evil.example/v1',
  ])('in the target %s leaves its path and query', async (target) => {
    const { headers, body } = await sent(request(`GET ${target} HTTP/1.1`, 'Host: a'))
    expect(headers['x-request-id']).toMatch(uuid)
    expect(JSON.stringify(headers) + body).not.toContain('evil.example')
  })
})

describe('OPTIONS', () => {
  const options = (url: string, headers = {}) => register.app.inject({ method: 'OPTIONS', url, headers })

  test.each([
    ['/v1/agreements', 'GET, HEAD, POST, OPTIONS', undefined],
    ['/v1/agreements/x', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS', 'application/merge-patch+json, application/json'],
    ['/v1/agreements/export', 'GET, HEAD, OPTIONS', undefined],
    ['/livez', 'GET, HEAD, OPTIONS', undefined],
    ['/openapi.json', 'GET, HEAD, OPTIONS', undefined],
    ['/docs', 'GET, HEAD, OPTIONS', undefined],
    ['/', 'GET, HEAD, OPTIONS', undefined],
    ['/.well-known/api-catalog', 'GET, HEAD, OPTIONS', undefined],
    ['/docs/static/swagger-ui.css', 'GET, HEAD, OPTIONS', undefined],
  ])('%s is 204 with Allow, without a body and without a credential', async (url, allow, acceptPatch) => {
    const { statusCode, headers, payload } = await options(url)
    expect([statusCode, headers['allow'], payload]).toEqual([204, allow, ''])
    expect(headers['accept-patch']).toBe(acceptPatch)
    expect(headers['link']).toContain('rel="service-desc"')
  })

  test('of a path that does not exist is 404', async () => {
    expect((await options('/v1/nothing')).statusCode).toBe(404)
  })

  test('of the server as a whole is 204', async () => {
    const answer = await sent(request('OPTIONS * HTTP/1.1', 'Host: a'))
    expect([answer.status, answer.headers['allow']]).toEqual([204, 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'])
    expect((await sent(request('GET * HTTP/1.1', 'Host: a'))).status).toBe(404)
  })

  describe('with CORS', () => {
    const origin = 'https://example.org'
    let app: Register['app']
    beforeAll(async () => {
      app = await buildApp({ db: register.db, today: register.today }, { corsOrigins: [origin], publicRead: false })
    })
    afterAll(() => app.close())
    const ask = (url: string, headers: Record<string, string>) => app.inject({ method: 'OPTIONS', url, headers })
    const preflight = { origin, 'access-control-request-method': 'PUT' }

    test('has Allow too, for a preflight and for any other', async () => {
      for (const headers of [preflight, {}]) {
        const answer = await ask('/v1/agreements', headers)
        expect([answer.statusCode, answer.headers['allow']]).toEqual([204, 'GET, HEAD, POST, OPTIONS'])
      }
      expect((await ask('/v1/agreements', preflight)).headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-max-age': '600',
      })
    })

    test('lets a page read the 404 of a path that does not exist', async () => {
      expect((await ask('/v1/nothing', preflight)).statusCode).toBe(204)
      expect((await ask('/v1/nothing', {})).statusCode).toBe(404)
    })

    test('exposes every header that the API describes', async () => {
      const { headers } = await app.inject({ url: '/v1/agreements', headers: { origin } })
      const exposed = String(headers['access-control-expose-headers']).split(', ')
      interface Operation {
        responses: Record<string, { headers?: object }>
      }
      const { paths } = (await app.inject({ url: '/openapi.json' })).json<{
        paths: Record<string, Record<string, Operation>>
      }>()
      const described = Object.values(paths)
        .flatMap((path) => Object.values(path))
        .flatMap(({ responses }) => Object.values(responses))
        .flatMap(({ headers = {} }) => Object.keys(headers))
      expect(new Set(described).size).toBeGreaterThan(8)
      const others = ['Accept-Patch', 'Allow', 'Content-Disposition', 'X-Request-Id']
      expect(exposed).toEqual(expect.arrayContaining([...new Set(described), ...others]))
    })
  })
})

describe('a body', () => {
  const write = (method: 'POST' | 'PATCH', headers: Record<string, string>, payload: string | Buffer) =>
    register.app.inject({
      method,
      url: method === 'POST' ? '/v1/agreements' : address,
      headers: { ...authHeader('editor'), 'if-match': '*', ...headers },
      payload,
    })
  const json = { 'content-type': 'application/json' }

  test.each(['gzip', 'br', 'gzip, identity', 'x', 'deflate'])(
    'that is compressed, with Content-Encoding `%s`, is 415, and told which coding is accepted',
    async (coding) => {
      const bytes = gzipSync(JSON.stringify(anAgreement()))
      for (const method of ['POST', 'PATCH'] as const) {
        const { statusCode, headers, ...answer } = await write(method, { ...json, 'content-encoding': coding }, bytes)
        expect([statusCode, headers['accept-encoding']]).toEqual([415, 'identity'])
        expect(answer.json()).toMatchObject({
          code: 'unsupported_media_type',
          errors: [{ parameter: 'content-encoding', code: 'unsupported_coding' }],
        })
      }
    },
  )

  test('with Content-Encoding `identity` is read', async () => {
    const text = JSON.stringify(anAgreement())
    expect((await write('POST', { ...json, 'content-encoding': 'Identity' }, text)).statusCode).toBe(201)
  })

  test.each(['text/plain', 'application/json-patch+json', 'x'])(
    'of the type %s is 415, and told which are accepted',
    async (type) => {
      const patch = await write('PATCH', { 'content-type': type }, '[]')
      expect([patch.statusCode, patch.headers['accept-patch']]).toEqual([
        415,
        'application/merge-patch+json, application/json',
      ])
      const post = await write('POST', { 'content-type': type }, '[]')
      expect([post.statusCode, post.headers['accept']]).toEqual([415, 'application/json'])
    },
  )
})

describe('methods that no path has', () => {
  const others = METHODS.filter((method) => !/^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|QUERY)$/.test(method))

  test('are 405 with Allow where there is something, and 404 elsewhere', async () => {
    for (const method of others as 'TRACE'[]) {
      const refused = await register.app.inject({ method, url: '/v1/agreements/export' })
      expect([method, refused.statusCode, refused.headers['allow']]).toEqual([method, 405, 'GET, HEAD, OPTIONS'])
      expect([method, (await register.app.inject({ method, url: '/nothing' })).statusCode]).toEqual([method, 404])
    }
    const malformed = await register.app.inject({ method: 'PROPFIND' as 'GET', url: '/%' })
    expect(malformed.statusCode).toBe(400)
  })

  test('are logged and counted as they were sent', async () => {
    const lines: string[] = []
    const app = await buildApp(
      { db: register.db, today: register.today },
      { loggerInstance: openLog('info', { write: (line) => void lines.push(line) }) },
    )
    for (const url of ['/livez', '/nothing', '/%']) await app.inject({ method: 'PROPFIND' as 'GET', url })
    const logged = lines.map((line) => JSON.parse(line) as { req?: { method: string } })
    expect(logged.flatMap(({ req }) => req?.method ?? [])).toEqual(Array(3).fill('PROPFIND'))
    const { payload } = await app.inject({ url: '/metrics', headers: authHeader('admin') })
    expect(payload).toContain('seconds_count{method="other",route="/livez",status="4xx"} 1')
    await app.close()
  })
})
