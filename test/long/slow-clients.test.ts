import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { loadSample } from '../../src/programs/sample.ts'
import { atEnd } from '../support/at-end.ts'
import { checksum, listen, raw } from '../support/hostile.ts'
import { authHeader } from '../support/keys.ts'
import { freshDatabase } from '../support/register.ts'

/** Long enough to write half a request, also on a busy machine; connections that rest are tested by themselves. */
const limits = { requestTimeout: 1500, headersTimeout: 1000, connectionTimeout: 60_000 }
const soon = 60_000

let db: Awaited<ReturnType<typeof freshDatabase>>['db']
let port: number
let before: string
let cases = 0
const sockets: Socket[] = []

/** A server with these limits, and how many connections it has. */
async function serve(
  limits: Parameters<typeof buildApp>[1] & object,
): Promise<{ port: number; count: () => Promise<number> }> {
  const app = await buildApp({ db, today: () => '2026-01-01' }, limits)
  atEnd(() => app.close())
  const count = () => new Promise<number>((resolve) => app.server.getConnections((_, many) => resolve(many)))
  return { port: await listen({ app }), count }
}

beforeAll(async () => {
  ;({ db } = await freshDatabase())
  await loadSample(db, '2026-01-01')
  ;({ port } = await serve({ limits }))
  before = await checksum({ db })
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  expect(await checksum({ db })).toBe(before)
})

afterAll(() => console.log(`slow clients: ${cases} cases`))

const open = (to = port): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(to, '127.0.0.1', () => resolve(socket))
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

/** Reads over a connection of its own. */
async function statusOfRead(by: number): Promise<string> {
  const read = 'GET /v1/agreements?pair=US,KR HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
  return (await raw(by, read, { timeoutMs: soon })).text.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)
}

/** The others are answered. */
async function othersAreServed(by = port): Promise<void> {
  expect(await statusOfRead(by)).toBe('200')
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
    socket.on('data', () => clearInterval(drip))
    await closed(socket)
    clearInterval(drip)
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

describe('a file that is uploaded', () => {
  const limits = { requestTimeout: 600, headersTimeout: 500, connectionTimeout: 60_000 }
  const length = 400_000
  const head = `POST /v1/imports/suggest HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nConnection: close\r\nContent-Type: text/csv\r\nContent-Length: ${length}\r\n\r\n`
  const lines = 'a,b\n'.repeat(length / 4)

  /** Sends the head and some of the file. @returns all that the server answers, when it has closed the connection */
  async function upload(port: number, bytes: string): Promise<{ socket: Socket; answer: Promise<string> }> {
    const socket = await open(port)
    const pieces: Buffer[] = []
    socket.on('data', (piece: Buffer) => pieces.push(piece))
    const answer = closed(socket).then(() => Buffer.concat(pieces).toString())
    socket.write(head + bytes)
    return { socket, answer }
  }

  test('may take longer than other requests, as long as it arrives steadily', async () => {
    cases++
    const { port } = await serve({ limits, uploads: { minRate: 1, window: soon } })
    const { socket, answer } = await upload(port, lines.slice(0, 1000))
    const began = performance.now()
    for (let sent = 1000; sent < length;) {
      const isLast = performance.now() - began > 3 * limits.requestTimeout
      const next = isLast ? length : sent + 1000
      socket.write(lines.slice(sent, next))
      sent = next
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })

  test.each([
    ['of which nothing more arrives', 100_000, { minRate: 1, window: 200 }],
    ['that arrives too slowly', 1000, { minRate: 1_000_000, window: soon }],
  ])('%s is 408, and closed', async (_, size, uploads) => {
    cases++
    const { port } = await serve({ limits, uploads })
    const { answer } = await upload(port, lines.slice(0, size))
    const text = await answer
    expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nContent-Type: application\/problem\+json/)
    expect(text).toContain('"code":"request_timeout"')
    await othersAreServed(port)
  })

  test('has no name on the disk, so that no crash leaves it there', async () => {
    cases++
    const former = process.env['TMPDIR']
    const folder = await mkdtemp(join(tmpdir(), 'upload-'))
    process.env['TMPDIR'] = folder
    try {
      const { port } = await serve({})
      const socket = await open(port)
      const size = 40_000_000
      socket.write(head.replace(String(length), String(size)))
      // More than all buffers on the way hold: when it was sent, the server has begun to save it.
      await new Promise<void>((resolve) => socket.write(Buffer.alloc(size - 1, 'a,b\n'), () => resolve()))
      expect(await readdir(folder)).toEqual([])
    } finally {
      if (former === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = former
      await rm(folder, { recursive: true })
    }
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
    expect(answer.text).toMatch(/content-type: application\/problem\+json/i)
    await othersAreServed()
  })
})

describe('connections', () => {
  /** Asks for more than the system's buffers hold, and reads none of it. */
  async function neverRead(by: number): Promise<void> {
    const socket = await open(by)
    socket.pause()
    socket.write('GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(60))
  }

  test('of a client that never reads leave the others theirs', async () => {
    cases++
    const { port, count } = await serve({})
    await neverRead(port)
    for (let turn = 0; turn < 5; turn++) await othersAreServed(port)
    expect(await count()).toBeGreaterThan(0)
  })

  test('of a client that never reads are closed', async () => {
    cases++
    const { port, count } = await serve({ limits: { connectionTimeout: 1000 }, downloads: { minRate: 0 } })
    await neverRead(port)
    await expect.poll(count).toBe(0)
  })

  test('up to the limit are taken, though they rest; one more is 503 and closed', async () => {
    cases++
    const connections = 40
    const { port } = await serve({ limits: { requestTimeout: soon, headersTimeout: soon, connections } })
    await Promise.all(Array.from({ length: connections - 1 }, () => open(port)))
    await othersAreServed(port)
    await open(port)
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => raw(port, 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n', { timeoutMs: soon })),
    )
    for (const { text, closed } of answers) {
      expect(text).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\nContent-Type: application\/problem\+json/)
      expect(closed).toBe(true)
    }
  })

  test('that rest too long are closed, and their places are taken by others', async () => {
    cases++
    const connections = 40
    const { port } = await serve({ limits: { headersTimeout: 1000, connections } })
    const idle = await Promise.all(Array.from({ length: connections }, () => open(port)))
    await Promise.all(idle.map(closed))
    await expect.poll(() => statusOfRead(port)).toBe('200')
  })
})
