import type { IncomingMessage, Server } from 'node:http'

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

/**
 * Handles a request with an `Expect` header other than `100-continue` like any other (RFC 9110, section 10.1.1). Node would
 * send a 417 without a body and a request id.
 */
export const ignoreExpectations = (server: Server): void =>
  void server.on('checkExpectation', (request, response) => server.emit('request', request, response))
