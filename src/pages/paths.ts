/** A code in a path. Colons and commas stay readable. */
const inPath = (code: string): string => encodeURIComponent(code).replaceAll('%3A', ':').replaceAll('%2C', ',')

/** The pages of what agreements refer to, by code: a pair is two codes with a comma, a domain `scheme:code`. */
export const pageOf = {
  signatory: (code: string): string => `/signatories/${inPath(code)}`,
  pair: (codes: string): string => `/pairs/${inPath(codes)}`,
  domain: (key: string): string => `/research-domains/${inPath(key)}`,
  collection: (code: string): string => `/collections/${inPath(code)}`,
}

/** The path with another code at its end. */
export const withCode = (path: string, code: string): string =>
  `${path.slice(0, path.lastIndexOf('/') + 1)}${inPath(code)}`
