import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { Problem } from '../problems/problems.ts'
import { acceptPatch } from './media-types.ts'
import { serviceDescription } from './discovery.ts'

const used = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Whether a request is about the server as a whole: `OPTIONS *` (RFC 9110, section 9.3.7). */
export const isForServer = ({ method, originalUrl }: FastifyRequest): boolean =>
  method === 'OPTIONS' && originalUrl === '*'

/** Responds to `OPTIONS *` with the methods that any path supports. */
export const describeServer = (reply: FastifyReply): FastifyReply =>
  reply
    .code(204)
    .header('allow', [...used, 'OPTIONS'].join(', '))
    .header('link', serviceDescription)
    .send()

const routed = new Set([...used, 'OPTIONS'])

/** Stands for every method that no route uses: routes for some thirty of them would double the time and memory of all others. */
const otherMethod = 'TRACE'

/** The methods of requests that are being routed as `otherMethod`. */
const sentMethods = new WeakMap<IncomingMessage, string>()

/** Lets a request with a method that no route uses be routed like any other such request, until `restoreMethod`. */
export function unifyMethod(request: IncomingMessage): void {
  const { method = otherMethod } = request
  if (routed.has(method) || method === otherMethod) return
  sentMethods.set(request, method)
  request.method = otherMethod
}

/** Gives a routed request its own method again. */
export function restoreMethod(request: IncomingMessage): void {
  if (request.method === otherMethod) request.method = sentMethods.get(request) ?? otherMethod
}

/** The methods with routes, in the order of `Allow`, and the one that stands for all others. */
const methods = [...used, otherMethod] as HTTPMethods[]

/** Collects the path of each route as routes are added. */
export function collectPaths(app: FastifyInstance): Set<string> {
  const paths = new Set<string>()
  app.addHook('onRoute', ({ url }) => void (url === '*' || paths.add(url)))
  return paths
}

/** Responds to OPTIONS with 204, and to every method that a path does not support with 405; both with `Allow`. */
export function answerOtherMethods(app: FastifyInstance, paths: Set<string>): void {
  for (const method of methods) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method)
  for (const url of paths) {
    const known = new Set<string>(methods.filter((method) => app.hasRoute({ method, url })))
    const allow = [...known, 'OPTIONS'].join(', ')
    const route = { url, config: { role: 'public' }, schema: { hide: true }, handler: () => {} } as const
    app.route({
      ...route,
      method: 'OPTIONS',
      config: { role: 'public', budget: 'free' },
      onRequest: (_request, reply) => {
        if (known.has('PATCH')) void reply.header('accept-patch', acceptPatch)
        void reply.code(204).header('allow', allow).header('link', serviceDescription).send()
      },
    })
    app.route({
      ...route,
      method: methods.filter((method) => !known.has(method)),
      onRequest: () => {
        throw new Problem('method_not_allowed', `This path supports ${allow}.`, [], { allow })
      },
    })
  }
}
