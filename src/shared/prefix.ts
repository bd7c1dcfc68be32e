/** Maximum length of a prefix. */
export const maxPrefix = 200

/**
 * Whether a text can stand in front of each path of the API: empty, or a path of unreserved characters (RFC 3986) without
 * `.`, `..` and a slash at the end, which means the same to every proxy and client.
 */
export const isPrefix = (path: string): boolean =>
  path.length <= maxPrefix && /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)*$/.test(path)
