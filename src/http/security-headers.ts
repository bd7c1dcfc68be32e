import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { noSuchPath } from './discovery.ts'
import { describeServer, isForServer } from './method-not-allowed.ts'

/**
 * Adds security headers and CORS. Only those of Helmet's headers that matter for an API, since each makes every response
 * larger. Swagger UI has its own policy.
 * @param origins the origins whose pages may call the API: `https://example.org`; empty: no CORS
 */
export async function addSecurityHeaders(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    strictTransportSecurity: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xFrameOptions: false,
    xPermittedCrossDomainPolicies: false,
    xPoweredBy: false,
    xXssProtection: false,
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
