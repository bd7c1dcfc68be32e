import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { atEnd } from './support/at-end.ts'
import { builtProject } from './support/built.ts'
import { freshDatabase } from './support/register.ts'
import { tcpProxy } from './support/tcp-proxy.ts'

interface Server {
  origin: string
  process: ChildProcess
  /** The exit code, or the signal that ended the process. */
  ended: Promise<number | NodeJS.Signals | null>
}

/** A server in a separate process, on a database at `url`. */
async function startServer(url: string): Promise<Server> {
  const limits = { DATABASE_STATEMENT_TIMEOUT: '500', DATABASE_CONNECT_TIMEOUT: '500' }
  const server = spawn(process.execPath, [join(builtProject(), 'dist', 'server.js')], {
    env: { ...process.env, ...limits, DATABASE_URL: url, PORT: '0', LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  atEnd(() => void server.kill('SIGKILL'))
  const ended = new Promise<number | NodeJS.Signals | null>((settle) => {
    server.once('exit', (code, signal) => settle(code ?? signal))
  })
  const origin = await new Promise<string>((settle, reject) => {
    let log = ''
    server.stdout.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      const found = /Swagger UI: (\S+)\/docs/.exec(log)
      if (found) settle(found[1]!)
    })
    void ended.then((code) => reject(new Error(`It ended with ${code}: ${log}`)))
  })
  return { origin, process: server, ended }
}

describe('SIGTERM', () => {
  test('ends the server with 0 while the database does not respond, and completes requests in progress', async () => {
    const { url } = await freshDatabase()
    const proxy = await tcpProxy(url)
    const server = await startServer(proxy.url)
    expect((await fetch(`${server.origin}/v1/agreements`)).status).toBe(200)
    proxy.pauseNew()
    proxy.pause()
    const requests = Array.from({ length: 5 }, () => fetch(`${server.origin}/v1/agreements`))
    await setTimeout(100)
    server.process.kill('SIGTERM')
    expect((await Promise.all(requests)).map(({ status }) => status)).toEqual(Array(5).fill(503))
    expect(await server.ended).toBe(0)
  }, 60_000)

  test('ends the server with 0 when its log is no longer read', async () => {
    const { url } = await freshDatabase()
    const server = await startServer(url)
    server.process.stdout!.destroy()
    for (let i = 0; i < 5; i += 1) expect((await fetch(`${server.origin}/v1/agreements`)).status).toBe(200)
    server.process.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  }, 60_000)
})
