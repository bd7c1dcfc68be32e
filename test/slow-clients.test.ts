import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { loadSample } from '../src/programs/sample.ts'
import { caller, checksum, listen, raw } from './support/hostile.ts'
import { authHeader } from './support/keys.ts'
import { freshDatabase } from './support/register.ts'

const limits = { requestTimeout: 3000, headersTimeout: 2000, connectionTimeout: 4000, connections: 40 }
/** Longer than any time-out, also on a busy machine. */
const soon = 15_000

let app: Awaited<ReturnType<typeof buildApp>>
let db: Awaited<ReturnType<typeof freshDatabase>>['db']
let port: number
let client: ReturnType<typeof caller>
let before: string
let cases = 0
const sockets: Socket[] = []

beforeAll(async () => {
  ;({ db } = await freshDatabase())
  await loadSample(db, '2026-01-01')
  app = await buildApp({ db, today: () => '2026-01-01' }, { limits })
  port = await listen({ app })
  client = caller(port, {})
  before = await checksum({ db })
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  expect(await checksum({ db })).toBe(before)
})

afterAll(async () => {
  client.close()
  await app.close()
  console.log(`slow clients: ${cases} cases`)
})

const open = (): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', reject)
    sockets.push(socket)
  })

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) return resolve()
    socket.on('error', () => {})
    socket.on('close', () => resolve())
    socket.resume()
  })

/** The others are answered. */
async function othersAreServed(): Promise<void> {
  expect((await client.call('/v1/agreements?pair=US,KR')).status).toBe(200)
}

const { authorization } = authHeader('editor')
const post = `POST /v1/agreements HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\n`

describe('requests that do not arrive', () => {
  test.concurrent.each([
    ['nothing', ''],
    ['half a request line', 'GET /v1/agre'],
    ['a request line', 'GET /v1/agreements HTTP/1.1\r\n'],
    ['half the headers', 'GET /v1/agreements HTTP/1.1\r\nHost: a\r\nX-A: '],
    ['half a body', `${post}Content-Length: 100\r\n\r\n{"title":`],
    ['headers and no body', `${post}Content-Length: 100\r\n\r\n`],
    ['half a chunk', `${post}Transfer-Encoding: chunked\r\n\r\n10\r\n{"title":`],
    ['chunks without an end', `${post}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`],
  ])('%s: 408, and closed within the time', async (_, bytes) => {
    cases++
    const [answer] = await Promise.all([raw(port, bytes, { timeoutMs: soon }), othersAreServed()])
    expect(answer.closed).toBe(true)
    expect(answer.ms).toBeGreaterThan(limits.headersTimeout - 100)
    expect(answer.ms).toBeLessThan(soon)
    if (answer.text !== '' || bytes !== '') {
      expect(answer.text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nContent-Type: application\/problem\+json/)
      expect(answer.text).toContain('"code":"request_timeout"')
    }
  })

  test('a byte every now and then does not keep a request alive', async () => {
    cases++
    const socket = await open()
    const drip = setInterval(() => socket.write('a'), 100)
    socket.write('GET /v1/agreements HTTP/1.1\r\nHost: a\r\nX-A: ')
    const began = performance.now()
    socket.on('data', () => clearInterval(drip))
    await closed(socket)
    clearInterval(drip)
    expect(performance.now() - began).toBeLessThan(soon)
    await othersAreServed()
  })

  test.each([
    ['half a body, then gone', `${post}Content-Length: 100\r\n\r\n{"title":`],
    ['half a chunk, then gone', `${post}Transfer-Encoding: chunked\r\n\r\n10\r\n{"ti`],
    ['half the headers, then gone', 'GET / HTTP/1.1\r\nHost'],
  ])('%s', async (_, bytes) => {
    cases++
    const { closed } = await raw(port, bytes, { timeoutMs: soon, end: true })
    expect(closed).toBe(true)
    await othersAreServed()
  })
})

describe('what is not HTTP', () => {
  const get = 'GET /livez HTTP/1.1\r\nHost: a\r\n'
  test.each([
    ['junk', 'hello\r\n\r\n'],
    ['bytes', '\u0000\u0001\u0002\u00ff\r\n\r\n'],
    ['a TLS hello', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
    ['an unknown method', 'BREW /livez HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['an unknown version', 'GET /livez HTTP/9.9\r\nHost: a\r\n\r\n'],
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n'],
    ['a header without a colon', `${get}nonsense\r\n\r\n`],
    ['a space before the colon', `${get}X-A : b\r\n\r\n`],
    ['NUL in a header', `${get}X-Change-Note: a\u0000b\r\n\r\n`],
    ['a bare carriage return in a header', `${get}X-A: a\rb\r\n\r\n`],
    ['a negative length', `${post}Content-Length: -1\r\n\r\n{}`],
    ['a length in hex', `${post}Content-Length: 0x2\r\n\r\n{}`],
    ['two lengths', `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a length and chunks', `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunks under an obscured name', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['a chunk whose size is none', `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
  ])('%s: 400, a problem document, and closed', async (_, text) => {
    cases++
    const answer = await raw(port, Buffer.from(text, 'latin1'), { timeoutMs: soon })
    expect(answer.closed).toBe(true)
    expect(answer.text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    if (!text.includes('HTTP/1.1\r\n\r\n')) expect(answer.text).toMatch(/content-type: application\/problem\+json/i)
    await othersAreServed()
  })
})

describe('connections', () => {
  // Those of the tests before, some of which ran at once.
  beforeAll(() => client.close())

  test('a client that never reads is closed, and the others are served meanwhile', async () => {
    cases++
    const socket = await open()
    socket.pause()
    const request = 'GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'
    const list = 'GET /v1/agreements?limit=200 HTTP/1.1\r\nHost: a\r\n\r\n'
    socket.write((request + list).repeat(100))
    for (let turn = 0; turn < 5; turn++) await othersAreServed()
    const count = () => new Promise<number>((resolve) => app.server.getConnections((_, many) => resolve(many)))
    await expect.poll(count, { timeout: soon, interval: 200 }).toBeLessThanOrEqual(1)
  })

  test('idle connections up to the limit; one more is 503 and closed; then they time out', async () => {
    cases++
    await othersAreServed()
    const idle = await Promise.all(Array.from({ length: limits.connections - 1 }, open))
    await othersAreServed()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => raw(port, 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n', { timeoutMs: 400 })),
    )
    for (const { text, closed } of answers) {
      expect(text).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\nContent-Type: application\/problem\+json/)
      expect(closed).toBe(true)
    }
    const began = performance.now()
    await Promise.all(idle.map(closed))
    expect(performance.now() - began).toBeLessThan(soon)
    const again = () => raw(port, 'GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', { timeoutMs: soon })
    await expect.poll(async () => (await again()).text).toMatch(/^HTTP\/1\.1 200 /)
  })
})
