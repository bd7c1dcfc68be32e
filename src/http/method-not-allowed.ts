import { METHODS } from 'node:http'
import type { FastifyInstance, HTTPMethods } from 'fastify'
import { Problem } from '../problems/problems.ts'

/** Those that routes have, in the order in which `Allow` tells them, and all that Node can read. */
const methods = [...new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', ...METHODS])].filter(
  (method) => method !== 'CONNECT',
) as HTTPMethods[]

/** The methods of each path, as its routes are added; Swagger UI's pages have their own manners. */
export function methodsOfPaths(app: FastifyInstance): Map<string, Set<string>> {
  const taken = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    if (url.startsWith('/docs')) return
    taken.set(url, new Set([...(taken.get(url) ?? []), ...[method].flat()]))
  })
  return taken
}

/** 405 with `Allow` for every method that a path does not have. */
export function answerOtherMethods(app: FastifyInstance, taken: Map<string, Set<string>>): void {
  for (const method of methods) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method)
  for (const [url, known] of taken) {
    const allow = methods.filter((method) => known.has(method)).join(', ')
    const others = methods.filter((method) => !known.has(method))
    if (url.includes('*') || others.length === 0) continue
    app.route({
      method: others,
      url,
      config: { role: 'public' },
      schema: { hide: true },
      onRequest: () => {
        throw new Problem('method_not_allowed', `This address takes ${allow}.`, [], { allow })
      },
      handler: () => {},
    })
  }
}
