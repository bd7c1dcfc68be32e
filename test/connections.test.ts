import { once } from 'node:events'
import { get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { listen, raw } from './support/hostile.ts'
import { authHeader } from './support/keys.ts'
import { freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
})

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A server with these limits. The connections of a test are closed when it ends. */
async function serve(connections: number, connectionsPerAddress: number, trustedProxies: string[] = []) {
  const limits = { connections, connectionsPerAddress }
  const app = await buildApp({ db: register.db, today: register.today }, { limits, trustedProxies })
  ends.push(() => app.close())
  const port = await listen({ app })
  const open = (localAddress = '127.0.0.1', allowHalfOpen = false): Promise<Socket> =>
    new Promise((settle, reject) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen }, () => settle(socket))
      socket.on('error', reject)
      ends.push(() => socket.destroy())
    })
  const openSome = (count: number, from?: string) => Promise.all(Array.from({ length: count }, () => open(from)))
  const status = (localAddress = '127.0.0.1'): Promise<number | undefined> =>
    new Promise((settle, reject) => {
      get({ port, host: '127.0.0.1', localAddress, path: '/livez', agent: false }, (answer) => {
        answer.resume().on('end', () => settle(answer.statusCode))
      }).on('error', reject)
    })
  const count = () => new Promise<number>((settle) => app.server.getConnections((_, many) => settle(many)))
  return { port, open, openSome, status, count }
}

describe('connections above the limit', () => {
  test('get 503, a problem document and Retry-After, and are closed; a free place can be used again', async () => {
    const { port, openSome, status, count } = await serve(5, 100)
    const [first] = await openSome(5)
    const answer = await raw(port, 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(answer.closed).toBe(true)
    const [head, body] = answer.text.split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
    expect(head).toMatch(/^content-type: application\/problem\+json; charset=utf-8\r$/im)
    expect(head).toMatch(/^retry-after: 5\r$/im)
    expect(head).toMatch(/^connection: close$/im)
    expect(JSON.parse(body!)).toMatchObject({ status: 503, code: 'busy', type: '/problems#busy' })
    expect(await status()).toBe(503)
    first!.destroy()
    await expect.poll(count).toBe(4)
    expect(await status()).toBe(200)
  })

  test('get the whole response, whatever the client is still sending', async () => {
    const { open, openSome } = await serve(1, 100)
    await openSome(1)
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const socket = await open()
        let answer = ''
        socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
        socket.write(`POST /v1/agreements HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`)
        await once(socket, 'close')
        return answer
      }),
    )
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 503 .*"code":"busy".*\}$/s)
  })

  test('are closed: at most a hundred at a time get a response, without waiting for the client', async () => {
    const { open, count } = await serve(1, 100)
    await open()
    const stubborn = await Promise.all(Array.from({ length: 150 }, () => open('127.0.0.1', true)))
    for (const socket of stubborn) socket.on('error', () => {}).resume()
    expect(await count()).toBeLessThanOrEqual(1 + 100)
    await expect.poll(count).toBe(1)
  })
})

describe('a request that is refused before its body has arrived', () => {
  const size = 20_000_000
  const json = 'Content-Type: application/json\r\n'
  const form = '--X\r\nContent-Disposition: form-data; name="title"; filename="a"\r\n\r\n'

  test.for([
    ['whose length is declared', '/v1/agreements', `${json}Content-Length: ${size}\r\n\r\n`],
    [
      'in chunks, with an Idempotency-Key',
      '/v1/agreements',
      `${json}Idempotency-Key: a\r\nTransfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n`,
    ],
    [
      'in a form',
      '/v1/imports',
      `Content-Type: multipart/form-data; boundary=X\r\nContent-Length: ${size + form.length}\r\n\r\n${form}`,
    ],
  ])('%s tells so, also if the client reads nothing until it has sent everything', async ([, path, head]) => {
    const { open, count } = await serve(10, 10)
    const socket = await open()
    const { authorization } = authHeader('editor')
    socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n${head}`)
    for (let sent = 0; sent < size; sent += 100_000) {
      if (!socket.write('x'.repeat(100_000))) await once(socket, 'drain')
    }
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
    await once(socket, 'close')
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*"code":"content_too_large".*\}$/s)
    await expect.poll(count).toBe(0)
  })
})

describe('connections from one address', () => {
  test('are limited, and leave connections for others', async () => {
    const { port, openSome, status } = await serve(50, 3)
    const [first] = await openSome(3, '127.0.0.2')
    expect(await status('127.0.0.2')).toBe(503)
    expect(await status('127.0.0.3')).toBe(200)
    await openSome(3)
    const { text } = await raw(port, '')
    expect(text).toMatch(/"detail":"Connection limit reached: 3 for your address\. Try again in 5 s\."/)
    first!.destroy()
    await expect.poll(() => status('127.0.0.2')).toBe(200)
  })

  test('are not counted if it is a trusted proxy; the total still is', async () => {
    const { openSome, status } = await serve(20, 3, ['127.0.0.2', '127.0.1.0/24'])
    await openSome(8, '127.0.0.2')
    await openSome(8, '127.0.1.7')
    expect([await status('127.0.0.2'), await status('127.0.1.8')]).toEqual([200, 200])
    await openSome(3, '127.0.0.3')
    expect(await status('127.0.0.3')).toBe(503)
    await openSome(1, '127.0.0.4')
    expect([await status('127.0.0.2'), await status('127.0.0.5')]).toEqual([503, 503])
  })
})

test('the limits of connections and downloads are wide by default, and configurable', () => {
  const { limits, downloads } = readConfig({})
  expect(limits).toEqual({ connections: 1000, connectionsPerAddress: 256 })
  expect(downloads).toEqual({ minRate: 32_768, maxExportTime: 900_000 })
  const given = {
    MAX_CONNECTIONS: '50',
    MAX_CONNECTIONS_PER_ADDRESS: '5',
    MIN_DOWNLOAD_RATE: '0',
    MAX_EXPORT_SECONDS: '60',
  }
  expect(readConfig(given)).toMatchObject({
    limits: { connections: 50, connectionsPerAddress: 5 },
    downloads: { minRate: 0, maxExportTime: 60_000 },
  })
})
