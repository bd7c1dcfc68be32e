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
