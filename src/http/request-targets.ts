import type { IncomingMessage, Server } from 'node:http'

/**
 * The path of the API and the query of a request target, without `prefix`, which a proxy may or may not have removed. One in absolute form (RFC 9112, section 3.2.2) loses its scheme and authority, so
 * that no response contains them. `*` becomes a path that no route has; the router would take it for `/`.
 */
export const pathOfTarget = ({ url = '/' }: Pick<IncomingMessage, 'url'>, prefix = ''): string => {
  const path = withoutOrigin(url)
  if (prefix === '' || !path.startsWith(prefix)) return path
  const rest = path.slice(prefix.length)
  return rest.startsWith('/') ? rest : rest === '' || rest.startsWith('?') ? `/${rest}` : path
}

function withoutOrigin(url: string): string {
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
