import type { IncomingMessage, Server } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../problems/problems.ts'

/**
 * The path and query of a request target. One in absolute form (RFC 9112, section 3.2.2) loses its scheme and authority, so
 * that no response contains them. `*` becomes a path that no route has; the router would take it for `/`.
 */
export const pathOfTarget = ({ url = '/' }: Pick<IncomingMessage, 'url'>): string => {
  if (url === '*') return '/*'
  if (url.startsWith('/') || !isAbsolute.test(url)) return url
  const rest = url.replace(isAbsolute, '')
  return rest.startsWith('/') ? rest : `/${rest}`
}

const isAbsolute = /^https?:\/\/[^/?#]*/i

/** Refuses, and closes the connection of, a request with several `Host` headers, or with HTTP/1.1 and none (RFC 9112, section 3.2). */
export function refuseAmbiguousHosts(app: FastifyInstance): void {
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    const { rawHeaders, httpVersion } = raw
    let hosts = 0
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i]!
      if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1
    }
    if (hosts === 1 || (hosts === 0 && httpVersion === '1.0')) return done()
    const detail = `There must be exactly one \`Host\` header; there are ${hosts}.`
    done(new Problem('invalid_request', detail, [], { connection: 'close' }))
  })
}

/**
 * Handles a request with an `Expect` header other than `100-continue` like any other (RFC 9110, section 10.1.1). Node would
 * send a 417 without a body and a request id.
 */
export const ignoreExpectations = (server: Server): void =>
  void server.on('checkExpectation', (request, response) => server.emit('request', request, response))
