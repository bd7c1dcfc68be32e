import { hash } from 'node:crypto'

const tag = String.raw`(?:W/)?"[!#-~\u0080-\u00ff]*"`
const list = new RegExp(String.raw`^[ \t]*(?:${tag}[ \t]*)?(?:,[ \t]*(?:${tag}[ \t]*)?)*$`)
const each = new RegExp(tag, 'g')

/**
 * The entity tags of an `If-Match` or `If-None-Match` header, unchanged, or `*`. List elements may be empty (RFC 9110,
 * sections 5.6.1, 8.8.3 and 13.1).
 * @returns undefined for any other value
 */
export function tagsIn(header: string): '*' | string[] | undefined {
  if (header.trim() === '*') return '*'
  return list.test(header) ? (header.match(each) ?? []) : undefined
}

/** The entity tag of the compressed response: `"3-gzip"` for `"3"`. */
export const gzipped = (etag: string): string => etag.replace(/"$/, '-gzip"')

/** A tag without `W/`. */
export const strong = (tag: string): string => tag.replace(/^W\//, '')

/** Whether `tag` is `etag`, or the tag of the same response compressed: strong comparison (RFC 9110, section 8.8.3.2). */
export const isTagOf = (tag: string, etag: string): boolean => tag === etag || tag === gzipped(etag)

/**
 * The content of the strong tag of a registry entry: a digest of its representation. A version would not be enough, since
 * the representation includes the entries above it, which change separately.
 */
export const tagOf = (representation: object): string => digest(JSON.stringify(representation))

/** The content of the tag of a response without a version: its hash. */
export const digest = (text: string | Buffer): string => hash('sha256', text, 'base64url').slice(0, 22)
