import { Agent, createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { atEnd } from './at-end.ts'

interface Target {
  origin: string
  isReady: boolean
}

export interface Balancer {
  origin: string
  /** What it could not deliver: the request and the reason, which also was the body of the 502. */
  lost: string[]
  /** Sends requests to `origin` as well, as soon as it is ready. */
  add(origin: string): void
  /** Sends no more requests to `origin`, and does not ask for its health. */
  remove(origin: string): void
  /** Resolves when `origin` is ready. */
  ready(origin: string): Promise<void>
  close(): void
}

/**
 * An HTTP proxy that sends requests in turn to the servers that are ready, over connections that it keeps, and never sends one
 * twice. A server is not ready when two requests for its health in a row say so. It is closed after the tests of the file.
 * @param origins such as http://127.0.0.1:3000
 * @param interval between two requests for `/readyz` of a server, in milliseconds
 */
export async function startBalancer(origins: readonly string[], interval = 100): Promise<Balancer> {
  const targets = new Map<string, Target>()
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
  const lost: string[] = []
  let isOpen = true
  let turn = 0

  async function watch(target: Target): Promise<void> {
    let wasReady = false
    while (isOpen && targets.get(target.origin) === target) {
      const isReadyNow = await isReady(target.origin, agent)
      target.isReady = isReadyNow || (target.isReady && wasReady)
      wasReady = isReadyNow
      await setTimeout(interval, undefined, { ref: false })
    }
  }
  function add(origin: string): void {
    const target = { origin, isReady: false }
    targets.set(origin, target)
    void watch(target)
  }
  const server = createServer((request, response) => {
    const ready = [...targets.values()].filter((target) => target.isReady)
    turn += 1
    const fail = (reason: string) => {
      lost.push(`${request.method} ${request.url}: ${reason}`)
      if (response.headersSent) response.destroy()
      else response.writeHead(502).end(reason)
    }
    if (ready.length === 0) return fail('no server is ready')
    pass(ready[turn % ready.length]!.origin, { request, response, agent, fail })
  })
  origins.forEach(add)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const close = () => {
    isOpen = false
    agent.destroy()
    server.close().closeAllConnections()
  }
  atEnd(close)
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost,
    close,
    add,
    remove: (origin) => void targets.delete(origin),
    ready: async (origin) => {
      while (!targets.get(origin)?.isReady) await setTimeout(10)
    },
  }
}

interface Passing {
  request: IncomingMessage
  response: ServerResponse
  agent: Agent
  fail: (reason: string) => void
}

function pass(origin: string, { request, response, agent, fail }: Passing): void {
  const { method, url, headers } = request
  const onward = send(new URL(url!, origin), { method: method!, headers, agent }, (answer) => {
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...own } = answer.headers
    response.writeHead(answer.statusCode!, own)
    answer.on('error', (error) => fail(error.message)).pipe(response)
  })
  onward.on('error', (error) => fail(error.message))
  request.pipe(onward)
}

const isReady = (origin: string, agent: Agent): Promise<boolean> =>
  new Promise((settle) => {
    const asking = send(new URL('/readyz', origin), { agent, timeout: 2_000 }, (answer) => {
      answer.resume().on('end', () => settle(answer.statusCode === 200))
    })
    asking
      .on('error', () => settle(false))
      .on('timeout', () => asking.destroy())
      .end()
  })
