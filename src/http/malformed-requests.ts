import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyInstance } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { problemType } from './addresses.ts'
import type { SlowUploads } from './slow-uploads.ts'
import { countProblem, Problem, type ProblemCode, problemCodes } from '../problems/problems.ts'

/** Refuses a URL with invalid percent-encoding, whose values would silently change. */
export function refuseMalformedAddresses(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (!request.url.includes('%') || isDecodable(request.url)) return done()
    done(new Problem('invalid_request', 'The URL must be percent-encoded UTF-8.'))
  })
}

/** Refuses a path with a slash at the end, which no address has but those of Swagger UI. */
export function refuseTrailingSlash(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const [path = ''] = request.url.split('?', 1)
    if (path === '/' || !path.endsWith('/') || path.startsWith('/docs/')) return done()
    done(new Problem('not_found', 'Nothing is at this address: addresses must not end with a slash.'))
  })
}

function isDecodable(url: string): boolean {
  try {
    return decodeURIComponent(url) !== ''
  } catch {
    return false
  }
}

/** Maximum size of a URL, in bytes. A read of 100 ids needs 4,000; percent-encoding triples the bytes of any script. */
const maxAddressSize = 32_768
/** Maximum size of all headers, in bytes, including their names. */
const maxHeadersSize = 16_384
/** Maximum size of URL and headers, which Node counts together, in bytes. */
export const maxHeadSize = maxAddressSize + maxHeadersSize

/**
 * Refuses a URL or headers that are too large. Node counts both together, so that it cannot tell one from the other. The
 * number of headers is not limited: Node would drop some. Also refuses, and closes the connection of, a request with several
 * `Host` headers, or with HTTP/1.1 and none (RFC 9112, section 3.2).
 */
export function refuseMalformedHeads(app: FastifyInstance): void {
  app.addHook('onRequest', ({ url, raw }, _reply, done) => {
    const { size, hosts } = measured(raw.rawHeaders)
    if (url.length > maxAddressSize) {
      return done(new Problem('uri_too_long', `The URL must be at most ${maxAddressSize} bytes.`))
    }
    if (size > maxHeadersSize) {
      return done(new Problem('headers_too_large', `The headers together must be at most ${maxHeadersSize} bytes.`))
    }
    if (hosts === 1 || (hosts === 0 && raw.httpVersion === '1.0')) return done()
    const detail = `There must be exactly one \`Host\` header; there are ${hosts}.`
    done(new Problem('invalid_request', detail, [], { connection: 'close' }))
  })
}

/** The size of headers in UTF-16 units, and how many of them are `Host`; one pass, since it is made for each request. */
function measured(headers: readonly string[]): { size: number; hosts: number } {
  let size = 0
  let hosts = 0
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    size += name.length + headers[i + 1]!.length
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  return { size, hosts }
}

const unreadable: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** Whether it was the first line, with the URL, that was too long. */
const isLongAddress = ({ code, rawPacket }: ConnectionError): boolean =>
  code === 'HPE_HEADER_OVERFLOW' &&
  Buffer.isBuffer(rawPacket) &&
  !rawPacket.subarray(0, maxAddressSize).includes('\r\n')

/**
 * Responds to data that is not HTTP, or came too late, for which there is no request object.
 * @param prefix the path in front of each address of the API, or empty
 * @param uploads the bodies that may take longer than others
 */
export function answerUnreadable(
  error: ConnectionError,
  socket: Socket,
  { prefix, uploads }: { prefix: string; uploads: SlowUploads },
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy(error)
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  if (isLate && uploads.goesOn(socket, () => refuse(error, socket, prefix))) return
  refuse(error, socket, prefix)
}

function refuse(error: ConnectionError, socket: Socket, prefix: string): void {
  const code = isLongAddress(error) ? 'uri_too_long' : (unreadable[error.code ?? ''] ?? 'invalid_request')
  answerWithProblem(socket, new Problem(code, problemCodes[code][1]), prefix)
}

/** Writes a problem as a complete response to a socket without a request, and ends it. */
export function answerWithProblem(socket: Socket, { code, message, headers }: Problem, prefix: string): void {
  const [status, title] = problemCodes[code]
  countProblem(code)
  const requestId = uuidv7()
  const type = problemType(prefix, code)
  const body = JSON.stringify({ type, title, status, detail: message, code, requestId })
  const lines = Object.entries({
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Request-Id': requestId,
    'Content-Length': Buffer.byteLength(body),
    ...headers,
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
}
