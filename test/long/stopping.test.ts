import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { freshDatabase } from '../support/register.ts'
import { startServer } from '../support/server-process.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'

const limits = { DATABASE_STATEMENT_TIMEOUT: '500', DATABASE_CONNECT_TIMEOUT: '500' }

describe('SIGTERM', () => {
  test('ends the server with 0 while the database does not respond, and completes requests in progress', async () => {
    const { url } = await freshDatabase()
    const proxy = await tcpProxy(url)
    const server = await startServer(proxy.url, limits)
    expect((await fetch(`${server.origin}/v1/agreements`)).status).toBe(200)
    proxy.pauseNew()
    proxy.pause()
    const requests = Array.from({ length: 5 }, () => fetch(`${server.origin}/v1/agreements`))
    await setTimeout(100)
    server.process.kill('SIGTERM')
    expect((await Promise.all(requests)).map(({ status }) => status)).toEqual(Array(5).fill(503))
    expect(await server.ended).toBe(0)
  }, 60_000)

  test('ends the server with 0 while a server for reads does not respond', async () => {
    const { url } = await freshDatabase()
    const proxy = await tcpProxy(url)
    const server = await startServer(url, { ...limits, DATABASE_READ_URLS: proxy.url })
    proxy.pauseNew()
    proxy.pause()
    await setTimeout(1_000)
    server.process.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  }, 60_000)

  test('ends the server with 0 when its log is no longer read', async () => {
    const { url } = await freshDatabase()
    const server = await startServer(url, limits)
    server.process.stdout!.destroy()
    for (let i = 0; i < 5; i += 1) expect((await fetch(`${server.origin}/v1/agreements`)).status).toBe(200)
    server.process.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  }, 60_000)
})
