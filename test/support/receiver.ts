import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEnd } from './at-end.ts'

/** A request that a receiver of webhooks got. */
export interface Received {
  headers: IncomingHttpHeaders
  body: string
  event: { type: string; timestamp: string; data: Record<string, unknown> }
}

export interface Receiver {
  url: string
  port: number
  received: Received[]
  /** How it answers the next requests; default: 204. */
  answer: (response: ServerResponse, got: Received) => void
}

/** A receiver of webhooks, closed after the test file. It listens on all addresses of IPv4. */
export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = {
    url: '',
    port: 0,
    received: [],
    answer: (response) => void response.writeHead(204).end(),
  }
  const read = async (request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const got = { headers: request.headers, body, event: JSON.parse(body) as Received['event'] }
    receiver.received.push(got)
    receiver.answer(response, got)
  }
  const server = createServer((request, response) => void read(request, response).catch(() => response.destroy()))
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  atEnd(() => server.close().closeAllConnections())
  receiver.port = (server.address() as AddressInfo).port
  receiver.url = `http://127.0.0.1:${receiver.port}/hook`
  return receiver
}
