/** Longer addresses are not come back to. */
const maxPlace = 4000

const nowhere = 'http://nowhere.invalid'

/**
 * A path of this server, percent-encoded, with its query; undefined for anything that a browser could take for an address of
 * another server, such as `//example.org` or `/\example.org`.
 */
export function pathOnThisServer(text: string): string | undefined {
  if (!/^\/(?!\/)[^\\\p{Cc}]*$/u.test(text) || text.length > maxPlace || !URL.canParse(text, nowhere)) return undefined
  const { origin, pathname, search, hash } = new URL(text, nowhere)
  return origin === nowhere && !pathname.startsWith('//') ? pathname + search + hash : undefined
}

/** The address at which one signs in, to come back to a path. */
export function signInAt(path: string): string {
  const place = pathOnThisServer(path)
  return place === undefined || place === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(place)}`
}
