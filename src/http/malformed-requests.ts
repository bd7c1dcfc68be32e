import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyInstance } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { countProblem, Problem, type ProblemCode, problemCodes } from '../problems/problems.ts'

/** Refuses an address with percent signs that encode no text: its values would silently be others. */
export function refuseJunkAddresses(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (!request.url.includes('%') || isDecodable(request.url)) return done()
    done(new Problem('invalid_request', 'The address has a percent sign that encodes no UTF-8 text.'))
  })
}

function isDecodable(url: string): boolean {
  try {
    return decodeURIComponent(url) !== ''
  } catch {
    return false
  }
}

/** In bytes: a batch read by 100 ids needs 4,000, words in any script three for each byte of theirs. */
const longestAddress = 32_768
/** In bytes, names included. */
const largestHeaders = 16_384
/** What Node counts together, in bytes. */
export const largestHead = longestAddress + largestHeaders

/**
 * Refuses what is too long before anything looks at it. Node counts the address and the headers together, so that it
 * could not tell one from the other; how many headers there are does not matter, and it would drop some.
 */
export function refuseLargeHeads(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const size = request.raw.rawHeaders.reduce((sum, text) => sum + text.length, 0)
    if (request.url.length > longestAddress) return done(new Problem('uri_too_long', 'The address is too long.'))
    if (size > largestHeaders) return done(new Problem('headers_too_large', 'The headers are too large.'))
    done()
  })
}

const unreadable: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** Whether it was the first line, with the address, that did not end in time. */
const isLongAddress = ({ code, rawPacket }: ConnectionError): boolean =>
  code === 'HPE_HEADER_OVERFLOW' &&
  Buffer.isBuffer(rawPacket) &&
  !rawPacket.subarray(0, longestAddress).includes('\r\n')

/** Answers what is not HTTP, or not in time: no request object exists for it. */
export function answerUnreadable(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy(error)
  const code = isLongAddress(error) ? 'uri_too_long' : (unreadable[error.code ?? ''] ?? 'invalid_request')
  answerWithProblem(socket, new Problem(code, problemCodes[code][1]))
}

/** Writes a problem as a whole answer to a socket that has no request, and ends it. */
export function answerWithProblem(socket: Socket, { code, message, headers }: Problem): void {
  const [status, title] = problemCodes[code]
  countProblem(code)
  const body = JSON.stringify({ type: `/problems#${code}`, title, status, detail: message, code, requestId: uuidv7() })
  const lines = Object.entries({
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
}
