import { z } from 'zod'

/** Longer addresses are not come back to: cookies have at most 4,096 bytes. */
const maxPlace = 2000

const nowhere = 'http://nowhere.invalid'

/**
 * A path of this server, percent-encoded, with its query; undefined for anything that a browser could take for an address of
 * another server, such as `//example.org` or `/\example.org`.
 */
export function pathOnThisServer(text: string): string | undefined {
  if (!/^\/(?!\/)[^\\\p{Cc}]*$/u.test(text) || !URL.canParse(text, nowhere)) return undefined
  const { origin, pathname, search, hash } = new URL(text, nowhere)
  const path = pathname + search + hash
  return origin === nowhere && !pathname.startsWith('//') && path.length <= maxPlace ? path : undefined
}

/** The address at which one signs in, to come back to a path. */
export function signInAt(path: string, address = '/sign-in'): string {
  const place = pathOnThisServer(path)
  return place === undefined || place === '/' ? address : `${address}?to=${encodeURIComponent(place)}`
}

/** Where signing in at the issuer begins. */
export const issuerAt = (to: string): string => signInAt(to, '/sign-in/issuer')

/** The query of a page that leads to another. */
export const To = z.strictObject({
  to: z
    .string()
    .prefault('/')
    .transform((text, context) => {
      const path = pathOnThisServer(text)
      if (path === undefined) context.addIssue('Must be a path of this server, such as `/agreements`.')
      return path ?? z.NEVER
    }),
})
