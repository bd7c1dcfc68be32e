import { createServer, request, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEnd } from './at-end.ts'

export interface PrefixProxy {
  /** `http://127.0.0.1:…`, without the prefix. */
  origin: string
  /** Sets the port to which requests go. */
  to(port: number): void
}

interface ProxyOptions {
  /** The path below which the API is found: `/register`. */
  prefix: string
  /** Whether requests are passed on without the prefix. */
  strips: boolean
  /** Headers that are added. */
  headers?: Record<string, string>
}

/** A reverse proxy that knows one path only. Anything else is 404, with the text `outside`. */
export async function prefixProxy({ prefix, strips, headers = {} }: ProxyOptions): Promise<PrefixProxy> {
  let port = 0
  const server = createServer((incoming, outgoing) => {
    const { url = '/', method } = incoming
    if (!url.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end('outside')
      return
    }
    const forwarded: IncomingHttpHeaders = {
      ...incoming.headers,
      ...headers,
      'x-forwarded-host': incoming.headers.host,
    }
    const path = strips ? url.slice(prefix.length) : url
    const passed = request({ host: '127.0.0.1', port, method, path, headers: forwarded }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.rawHeaders)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  atEnd(() => {
    server.close()
    server.closeAllConnections()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, to: (given) => void (port = given) }
}
