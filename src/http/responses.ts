import { constants, createGzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { digest, gzipped, isTagOf, strong, tagsIn } from './entity-tags.ts'
import { Problem } from '../problems/problems.ts'
import { headerText } from '../shared/text.ts'

/** The content of an entity tag: the version of an agreement, or a digest of the representation. */
type Tag = number | string

const etagOf = (tag: Tag): string => `"${tag}"`

/**
 * Checks `If-Match` of a write. A header that is not a list of entity tags matches nothing (RFC 9110, section 13.1.1). A tag
 * may be weak: this server sends none, so that it is one of its own which a proxy has made weak by compressing the response;
 * it still names the state that the client saw (docs/decisions/entity-tags.md).
 * @param current the content of the current tag
 * @param former the content of another tag that is accepted: of an earlier representation that was the same
 * @throws Problem `stale` when no tag matches
 */
export function requireMatch(ifMatch: string | undefined, current: Tag, former = current): void {
  const [etag, tags] = [etagOf(current), ifMatch === undefined ? '*' : tagsIn(ifMatch)]
  if (tags === '*' || tags?.map(strong).some((tag) => isTagOf(tag, etag) || isTagOf(tag, etagOf(former)))) return
  if (tags === undefined) {
    const message = '`If-Match` must be `*`, or entity tags including their quotes, such as `"3"`.'
    throw new Problem('stale', message, [{ parameter: 'if-match', code: 'invalid_value', message }], { etag })
  }
  const message = `The resource has changed since you read it; its ETag is now \`${etag}\`. Read it again and repeat the change.`
  throw new Problem('stale', message + aboutWeak(tags), [], { etag })
}

/** What is said of the first weak tag in a list that did not match. */
function aboutWeak(tags: string[]): string {
  const weak = tags.find((tag) => tag !== strong(tag))
  if (weak === undefined) return ''
  const named = weak.length > maxNamed ? 'A tag' : `\`${weak}\``
  return ` ${named} in \`If-Match\` is weak: a proxy has changed it. It was compared without \`W/\`.`
}

/** Maximum length of a tag that a message repeats. */
const maxNamed = 100

/**
 * The tag in `If-None-Match` that matches, if any: weak comparison (RFC 9110, section 13.1.2). A header that is not a list
 * of entity tags matches nothing.
 */
function matchingTag(request: FastifyRequest, etag: string): string | undefined {
  const header = request.headers['if-none-match']
  if (header === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return undefined
  const tags = tagsIn(header)
  if (tags === '*') return etag
  return tags?.map(strong).find((tag) => isTagOf(tag, etag))
}

/**
 * The `Cache-Control` of what never changes, such as a past version: no revalidation (RFC 8246). For a day only, since an
 * upgrade of the server may add fields.
 */
export const immutable = 'max-age=86400, immutable'

/** Sends a document with its tag, or 304 when the client has it. `document` is JSON text, or a value to serialize. */
export function sendVersion(
  request: FastifyRequest,
  reply: FastifyReply,
  tag: Tag,
  document: unknown,
  cacheControl = 'no-cache',
): FastifyReply {
  const unchanged = sendIfHeld(request, reply, tag, cacheControl)
  if (unchanged) return unchanged
  void reply.header('etag', etagOf(tag)).header('cache-control', cacheControl)
  return sendJson(reply, document)
}

/** Sends 304 when the client has the document with this tag; otherwise sends nothing, and returns undefined. */
export function sendIfHeld(
  request: FastifyRequest,
  reply: FastifyReply,
  tag: Tag,
  cacheControl = 'no-cache',
): FastifyReply | undefined {
  const held = matchingTag(request, etagOf(tag))
  if (held === undefined) return undefined
  return varying(reply).header('etag', held).header('cache-control', cacheControl).code(304).send()
}

/**
 * Sends text without a version, tagged by its digest; or 304 when the client has it.
 * @param hash the digest, if it is known already
 */
export function sendTagged(
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
  mediaType: string,
  hash?: string,
): FastifyReply {
  const bytes = Buffer.from(text)
  const etag = etagOf(hash ?? digest(bytes))
  const held = matchingTag(request, etag)
  void reply.header('etag', held ?? etag)
  return held === undefined ? sendBody(reply, bytes, mediaType) : varying(reply).code(304).send()
}

/** Reports the corrected search in a header, for responses whose body has no field for it; nothing for null. */
export const addDidYouMean = (reply: FastifyReply, didYouMean: string | null): FastifyReply =>
  didYouMean === null ? reply : reply.header('x-did-you-mean', encodeURIComponent(didYouMean))

/** Sends a new resource: 201, with its address and its tag. */
export function sendCreated(reply: FastifyReply, address: string, tag: Tag, document: unknown): FastifyReply {
  void reply.code(201).header('location', address).header('etag', etagOf(tag)).header('cache-control', 'no-cache')
  return sendJson(reply, document)
}

/** Adds a request header to `Vary`. */
export function varying(reply: FastifyReply, by = 'accept-encoding'): FastifyReply {
  const vary = reply.getHeader('vary')
  return reply.header('vary', vary === undefined ? by : `${String(vary)}, ${by}`)
}

/** Minimum size of a response that is compressed, in bytes. */
const minCompressed = 2048

/** Whether the client accepts gzip: `*` stands for it only where it is not named itself (RFC 9110, section 12.5.3). */
export function acceptsGzip(accepted: string | string[] | undefined): boolean {
  if (accepted === undefined) return false
  const codings = rangesIn(String(accepted))
  const coding = codings.find(([name]) => name === 'gzip') ?? codings.find(([name]) => name === '*')
  return coding !== undefined && qualityIn(coding) > 0
}

export const jsonType = 'application/json; charset=utf-8'

/** Sends JSON; a string is JSON text already. */
export const sendJson = (reply: FastifyReply, document: unknown): FastifyReply =>
  sendText(reply, typeof document === 'string' ? document : JSON.stringify(document), jsonType)

/** Sends JSON with the digest as its tag, or 304 when the client has it; a string is JSON text already. */
export const sendTaggedJson = (request: FastifyRequest, reply: FastifyReply, document: unknown): FastifyReply =>
  sendTagged(request, reply, typeof document === 'string' ? document : JSON.stringify(document), jsonType)

/**
 * Sends text, compressed if the client accepts it. The compressed response has another entity tag, since a strong tag
 * identifies the exact bytes (RFC 9110, section 8.8.3.3).
 */
export const sendText = (reply: FastifyReply, text: string, mediaType: string): FastifyReply =>
  sendBody(reply, text, mediaType)

/** A string is sent in one piece with the head, which is cheaper than making its bytes first. */
function sendBody(reply: FastifyReply, body: string | Buffer, mediaType: string): FastifyReply {
  const size = Buffer.byteLength(body)
  reply.server.downloads?.count(reply, size)
  void varying(reply).type(mediaType)
  if (size < minCompressed || !acceptsGzip(reply.request.headers['accept-encoding'])) return reply.send(body)
  const etag = reply.getHeader('etag')
  if (typeof etag === 'string') void reply.header('etag', gzipped(etag))
  const compressed = createGzip({ level: constants.Z_BEST_SPEED })
  compressed.end(body)
  return reply.header('content-encoding', 'gzip').send(compressed)
}

/** The quality value of a media type, from 0 to 1, by the most specific range (RFC 9110, section 12.5.1). */
export function qualityOf(accepted: string, type: string): number {
  const ranges = rangesIn(accepted)
  for (const wanted of [type, type.replace(/\/.*/, '/*'), '*/*']) {
    const range = ranges.find(([name]) => name === wanted)
    if (range) return qualityIn(range)
  }
  return 0
}

/** The elements of an `Accept` or `Accept-Encoding` header in lower case, each as its name and its parameters. */
const rangesIn = (accepted: string): string[][] =>
  accepted.split(',').map((range) =>
    range
      .toLowerCase()
      .split(';')
      .map((part) => part.trim()),
  )

/** The weight of a range; 1 when it has none, or one that is not valid. */
function qualityIn(range: string[]): number {
  const weight = range.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? ''
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 1
}

/** Whether the client prefers `type` to JSON. */
export function asksFor(request: FastifyRequest, type: string): boolean {
  const { accept } = request.headers
  return accept !== undefined && qualityOf(accept, type) > qualityOf(accept, 'application/json')
}

/** The query of a URL, after its first question mark; empty when there is none. */
export const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?') + 1) : '')

/** The note of the caller about its change; null when it is empty or missing. */
export const changeNote = (header = ''): string | null => {
  const text = headerText(header)
  return text === undefined || text.trim() === '' ? null : text
}
