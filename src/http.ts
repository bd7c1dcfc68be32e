import { constants, createGzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from './problems.ts'

/** The tags of a header; that of a compressed answer (`"3-gzip"`) stands for the same version. */
const tags = (header: string): string[] => header.split(',').map((tag) => tag.trim().replace(/-gzip"$/, '"'))

const etagOf = (version: number): string => `"${version}"`

/**
 * Holds a write to the version that its client read: strong comparison (RFC 9110, section 8.8.3.2).
 * @throws Problem `stale` when none of the tags is the current one
 */
export function requireMatch(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined || ifMatch.trim() === '*' || tags(ifMatch).includes(etagOf(version))) return
  throw new Problem('stale', `It has changed since: it is now at version ${version}. Read it again and repeat.`, [], {
    etag: etagOf(version),
  })
}

/** The tag under which the client already has this version, if it does: weak comparison (RFC 9110, section 13.1.2). */
function heldAs(request: FastifyRequest, version: number): string | undefined {
  const header = request.headers['if-none-match']
  if (header === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return undefined
  if (header.trim() === '*') return etagOf(version)
  const held = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return held.find((tag) => tags(tag)[0] === etagOf(version))
}

/** Sends what a version looks like, or 304 when the client has it. `document` is JSON text or what becomes JSON. */
export function sendVersion(
  request: FastifyRequest,
  reply: FastifyReply,
  version: number,
  document: unknown,
): FastifyReply {
  const held = heldAs(request, version)
  void reply.header('etag', held ?? etagOf(version)).header('cache-control', 'no-cache')
  return held === undefined ? sendJson(reply, document) : varying(reply).code(304).send()
}

/** Sends what was added: 201, with its address and its version. */
export function sendCreated(reply: FastifyReply, address: string, version: number, document: unknown): FastifyReply {
  return sendJson(reply.code(201).header('location', address).header('etag', etagOf(version)), document)
}

/** Says that the answer depends on `Accept-Encoding`, beside what it depends on already. */
function varying(reply: FastifyReply): FastifyReply {
  const vary = reply.getHeader('vary')
  return reply.header('vary', vary === undefined ? 'accept-encoding' : `${String(vary)}, accept-encoding`)
}

/** Answers that are smaller are not worth compressing, in UTF-16 units. */
const threshold = 2048

/** Whether the client takes gzip (RFC 9110, section 12.5.3). */
const takesGzip = (accepted: string | string[] | undefined): boolean =>
  accepted !== undefined && /(^|[,\s])(gzip|\*)(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(accepted))

/**
 * Sends JSON; text is taken to be JSON already. Compressed, it has an entity tag of its own, since a strong tag stands
 * for the very bytes (RFC 9110, section 8.8.3.3).
 */
export function sendJson(reply: FastifyReply, document: unknown): FastifyReply {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  void varying(reply).type('application/json; charset=utf-8')
  if (text.length < threshold || !takesGzip(reply.request.headers['accept-encoding'])) return reply.send(text)
  const etag = reply.getHeader('etag')
  if (typeof etag === 'string') void reply.header('etag', etag.replace(/"$/, '-gzip"'))
  const compressed = createGzip({ level: constants.Z_BEST_SPEED })
  compressed.end(text)
  return reply.header('content-encoding', 'gzip').send(compressed)
}

/** Sends CSV as a file to be kept. */
export const sendCsv = (reply: FastifyReply, file: string, csv: string): FastifyReply =>
  reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="${file}"`).send(csv)

/** What the caller says of its change: headers arrive as Latin-1, and are read as the UTF-8 that clients send. */
export function changeNote(header: string | undefined): string | null {
  if (header === undefined || header.trim() === '') return null
  const utf8 = Buffer.from(header, 'latin1').toString('utf8')
  return utf8.includes('\uFFFD') ? header : utf8
}
