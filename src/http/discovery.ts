import type { FastifyRequest } from 'fastify'
import { Problem } from '../problems/problems.ts'
import { linkTo } from './addresses.ts'

/** The `Link` to the OpenAPI document (RFC 8631). */
export const serviceDescription = '</openapi.json>; rel="service-desc"; type="application/json"'

/** The path of the API catalog (RFC 9727). */
export const catalogPath = '/.well-known/api-catalog'

/** A 404 for a path that no route has. */
export function noSuchPath(request: FastifyRequest): Problem {
  const detail = `There is no such path. See ${linkTo(request, '/docs')} for all paths.`
  return new Problem('not_found', detail, [], { link: serviceDescription })
}
