import { createHash } from 'node:crypto'

const tag = String.raw`(?:W/)?"[!#-~\u0080-\u00ff]*"`
const list = new RegExp(String.raw`^[ \t]*(?:${tag}[ \t]*)?(?:,[ \t]*(?:${tag}[ \t]*)?)*$`)
const each = new RegExp(tag, 'g')

/**
 * The entity tags of an If-Match or If-None-Match as they stand there, or `*`. Elements of a list may be empty (RFC 9110,
 * sections 5.6.1, 8.8.3 and 13.1).
 * @returns undefined for what is neither
 */
export function tagsIn(header: string): '*' | string[] | undefined {
  if (header.trim() === '*') return '*'
  return list.test(header) ? (header.match(each) ?? []) : undefined
}

/** The entity tag of a compressed answer, where `etag` is that of the answer itself: `"3-gzip"` for `"3"`. */
export const gzipped = (etag: string): string => etag.replace(/"$/, '-gzip"')

/** Whether two tags are the same by strong comparison (RFC 9110, section 8.8.3.2), `tag` also of the answer compressed. */
export const isTagOf = (tag: string, etag: string): boolean => tag === etag || tag === gzipped(etag)

/**
 * What the strong tag of a registry entry says: a digest of its representation. Its version would not do, since it also
 * shows what stands above it, which changes without it.
 */
export const tagOf = (representation: object): string => digest(JSON.stringify(representation))

/** What the tag of a text says that has no version: a hash of it. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22)
