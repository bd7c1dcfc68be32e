import type { FastifyRequest } from 'fastify'

/**
 * Whether a browser says that a request comes from a page of this server: by `Origin`, or, when that is absent, by
 * `Sec-Fetch-Site` or `Referer`. No when none of them is sent: programs use the API.
 */
export function isFromOwnPage(request: FastifyRequest): boolean {
  const { origin, referer, 'sec-fetch-site': site } = request.headers
  const own = request.server.publicAddressOf(request).origin
  if (own === null) return false
  if (origin !== undefined) return origin === own
  if (site !== undefined) return site === 'same-origin'
  return referer !== undefined && URL.canParse(referer) && new URL(referer).origin === own
}

/**
 * Whether a browser sends a request for a page of another origin. Browsers send `Origin` with each POST, programs do not. The
 * name of this server counts as its own only if no other site can have taken it (DNS rebinding).
 * @param allowed other origins whose pages may send it
 */
export function isFromOtherPage(request: FastifyRequest, allowed: readonly string[]): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin === undefined) return site !== undefined && site !== 'same-origin' && site !== 'none'
  if (allowed.includes(origin)) return false
  return origin !== request.server.publicAddressOf(request).origin || request.server.hostOf(request) !== 'own'
}
