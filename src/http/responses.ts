import { constants, createGzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { digest, gzipped, isTagOf, tagsIn } from './entity-tags.ts'
import { Problem } from '../problems/problems.ts'
import { headerText } from '../shared/text.ts'

/** What an entity tag says: the version of an agreement, or a digest of what is shown. */
type Tag = number | string

const etagOf = (tag: Tag): string => `"${tag}"`

/**
 * Holds a write to the representation that its client read: strong comparison (RFC 9110, section 8.8.3.2). What is no
 * list of entity tags names none (section 13.1.1), so that nothing is written.
 * @param current what the tag of the representation says now
 * @param former what another tag says, that of a representation which showed the same
 * @throws Problem `stale` when none of the tags is the current one
 */
export function requireMatch(ifMatch: string | undefined, current: Tag, former = current): void {
  const [etag, tags] = [etagOf(current), ifMatch === undefined ? '*' : tagsIn(ifMatch)]
  if (tags === '*' || tags?.some((tag) => isTagOf(tag, etag) || isTagOf(tag, etagOf(former)))) return
  if (tags === undefined) {
    const message = 'If-Match must be `*`, or entity tags in their quotes, such as "3".'
    throw new Problem('stale', message, [{ parameter: 'if-match', code: 'invalid_value', message }], { etag })
  }
  const message = tags.includes(`W/${etag}`)
    ? `A weak tag never matches here (RFC 9110, section 13.1.1): send ${etag}, without W/.`
    : `It has changed since you read it: its ETag is now ${etag}. Read it again and repeat the change.`
  throw new Problem('stale', message, [], { etag })
}

/**
 * The tag under which the client already has this, if it does: weak comparison (RFC 9110, section 13.1.2). What is no
 * list of entity tags names nothing that it has.
 */
function heldAs(request: FastifyRequest, etag: string): string | undefined {
  const header = request.headers['if-none-match']
  if (header === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return undefined
  const tags = tagsIn(header)
  if (tags === '*') return etag
  return tags?.map((tag) => tag.replace(/^W\//, '')).find((tag) => isTagOf(tag, etag))
}

/** Sends a document under its tag, or 304 when the client has it. `document` is JSON text or what becomes JSON. */
export function sendVersion(request: FastifyRequest, reply: FastifyReply, tag: Tag, document: unknown): FastifyReply {
  const held = heldAs(request, etagOf(tag))
  void reply.header('etag', held ?? etagOf(tag)).header('cache-control', 'no-cache')
  return held === undefined ? sendJson(reply, document) : varying(reply).code(304).send()
}

/** Sends text that has no version, tagged by what it says; or 304 when the client has it. */
export function sendTagged(
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
  mediaType: string,
): FastifyReply {
  const etag = `"${digest(text)}"`
  const held = heldAs(request, etag)
  void reply.header('etag', held ?? etag)
  return held === undefined ? sendText(reply, text, mediaType) : varying(reply).code(304).send()
}

/** Reports the corrected search in a header, for answers whose body has no place for it; nothing for null. */
export const tellMeant = (reply: FastifyReply, didYouMean: string | null): FastifyReply =>
  didYouMean === null ? reply : reply.header('x-did-you-mean', encodeURIComponent(didYouMean))

/** Sends what was added: 201, with its address and its tag. */
export function sendCreated(reply: FastifyReply, address: string, tag: Tag, document: unknown): FastifyReply {
  void reply.code(201).header('location', address).header('etag', etagOf(tag)).header('cache-control', 'no-cache')
  return sendJson(reply, document)
}

/** Says that the answer depends on a header of the request, beside what it depends on already. */
export function varying(reply: FastifyReply, by = 'accept-encoding'): FastifyReply {
  const vary = reply.getHeader('vary')
  return reply.header('vary', vary === undefined ? by : `${String(vary)}, ${by}`)
}

/** Answers that are smaller are not worth compressing, in UTF-16 units. */
const threshold = 2048

/** Whether the client takes gzip (RFC 9110, section 12.5.3). */
const takesGzip = (accepted: string | string[] | undefined): boolean =>
  accepted !== undefined && /(^|[,\s])(gzip|\*)(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(accepted))

export const jsonType = 'application/json; charset=utf-8'

/** Sends JSON; text is taken to be JSON already. */
export const sendJson = (reply: FastifyReply, document: unknown): FastifyReply =>
  sendText(reply, typeof document === 'string' ? document : JSON.stringify(document), jsonType)

/**
 * Sends text, compressed for those who take it: it then has an entity tag of its own, since a strong tag stands for the
 * very bytes (RFC 9110, section 8.8.3.3).
 */
function sendText(reply: FastifyReply, text: string, mediaType: string): FastifyReply {
  const bytes = Buffer.from(text)
  reply.server.downloads?.count(reply, bytes.length)
  void varying(reply).type(mediaType)
  if (text.length < threshold || !takesGzip(reply.request.headers['accept-encoding'])) return reply.send(bytes)
  const etag = reply.getHeader('etag')
  if (typeof etag === 'string') void reply.header('etag', gzipped(etag))
  const compressed = createGzip({ level: constants.Z_BEST_SPEED })
  compressed.end(bytes)
  return reply.header('content-encoding', 'gzip').send(compressed)
}

/** How much the client wants a media type, from 0 to 1 (RFC 9110, section 12.5.1): by the range that names it best. */
function qualityOf(accepted: string, type: string): number {
  const ranges = accepted.split(',').map((range) =>
    range
      .toLowerCase()
      .split(';')
      .map((part) => part.trim()),
  )
  for (const wanted of [type, type.replace(/\/.*/, '/*'), '*/*']) {
    const range = ranges.find(([name]) => name === wanted)
    if (range) return Number(range.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
  }
  return 0
}

/** Whether the client asks for `type` rather than for JSON. */
export function asksFor(request: FastifyRequest, type: string): boolean {
  const { accept } = request.headers
  return accept !== undefined && qualityOf(accept, type) > qualityOf(accept, 'application/json')
}

/** The query of an address, without its first question mark; empty without one. Others may stand within it. */
export const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?') + 1) : '')

/** Sends CSV as a file to be kept. */
export const sendCsv = (reply: FastifyReply, file: string, csv: string): FastifyReply =>
  reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="${file}"`).send(csv)

/** What the caller says of its change; null for nothing. */
export const changeNote = (header: string | undefined): string | null =>
  header === undefined || header.trim() === '' ? null : headerText(header)
