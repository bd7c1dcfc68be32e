import { METHODS } from 'node:http'
import type { FastifyInstance, HTTPMethods } from 'fastify'
import { Problem } from '../problems/problems.ts'

/** All methods that Node supports; those that routes use come first, in the order of `Allow`. */
const methods = [...new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', ...METHODS])].filter(
  (method) => method !== 'CONNECT',
) as HTTPMethods[]

/** Collects the methods of each path as routes are added, except for the pages of Swagger UI. */
export function methodsOfPaths(app: FastifyInstance): Map<string, Set<string>> {
  const paths = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    if (url.startsWith('/docs')) return
    paths.set(url, new Set([...(paths.get(url) ?? []), ...[method].flat()]))
  })
  return paths
}

/** Responds with 405 and `Allow` to every method that a path does not support. */
export function answerOtherMethods(app: FastifyInstance, paths: Map<string, Set<string>>): void {
  for (const method of methods) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method)
  for (const [url, known] of paths) {
    const allow = methods.filter((method) => known.has(method)).join(', ')
    const others = methods.filter((method) => !known.has(method))
    if (url.includes('*') || others.length === 0) continue
    app.route({
      method: others,
      url,
      config: { role: 'public' },
      schema: { hide: true },
      onRequest: () => {
        throw new Problem('method_not_allowed', `This path supports ${allow}.`, [], { allow })
      },
      handler: () => {},
    })
  }
}
