import { Problem } from '../problems/problems.ts'

/** The `Link` to the OpenAPI document (RFC 8631). */
export const serviceDescription = '</openapi.json>; rel="service-desc"; type="application/json"'

/** The path of the API catalog (RFC 9727). */
export const catalogPath = '/.well-known/api-catalog'

/** A 404 for a path that no route has. */
export const noSuchPath = (): Problem =>
  new Problem('not_found', 'There is no such path. See /docs for all paths.', [], { link: serviceDescription })
