import cors from '@fastify/cors'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { noSuchPath } from './discovery.ts'
import { describeServer, isForServer } from './method-not-allowed.ts'

/** The headers of every response. Only those that matter for an API: Swagger UI has its own policy. */
const securityHeaders = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * Adds security headers and CORS.
 * @param origins the origins whose pages may call the API: `https://example.org`; empty: no CORS
 */
export async function addSecurityHeaders(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(securityHeaders)
    done()
  })
  if (origins.length === 0) return
  app.addHook('onRoute', answerPreflightsOfNothing)
  await app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    strictPreflight: false,
    preflightContinue: true,
    exposedHeaders: [
      'Accept',
      'Accept-Encoding',
      'Accept-Patch',
      'Allow',
      'Content-Disposition',
      'Content-Location',
      'ETag',
      'Idempotent-Replayed',
      'Link',
      'Location',
      'RateLimit',
      'RateLimit-Policy',
      'Register-Position',
      'Retry-After',
      'WWW-Authenticate',
      'X-Did-You-Mean',
      'X-Overlapping',
      'X-Request-Id',
      'X-Similar',
      'X-Total-Count',
      'X-Truncated',
    ],
    maxAge: 600,
  })
}

/** Of the route that the CORS plugin adds for OPTIONS of all other paths: a page must be able to read the 404 that follows. */
function answerPreflightsOfNothing(route: RouteOptions): void {
  if (route.url !== '*') return
  route.config = { ...route.config, role: 'public', budget: 'free' }
  route.onRequest = (request, reply, done) => {
    if (isForServer(request)) return void describeServer(reply)
    if (request.headers['access-control-request-method'] === undefined) return done(noSuchPath(request))
    void reply.code(204).send()
  }
}
