import compress from '@fastify/compress'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import type { FastifyInstance, onSendAsyncHookHandler } from 'fastify'

/** Answers that are smaller are not worth compressing, in bytes. */
const threshold = 2048

/**
 * How the server behaves whatever is asked: security headers, compression, and the origins whose pages may call it.
 * @param origins `https://example.org`; none unless given
 */
export async function registerManners(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    strictTransportSecurity: false,
  })
  if (origins.length > 0) {
    await app.register(cors, {
      origin: [...origins],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      exposedHeaders: ['ETag', 'Link', 'Location', 'Retry-After'],
      maxAge: 600,
    })
  }
  await app.register(compress, { global: true, threshold, encodings: ['gzip'] })
  app.addHook('onRoute', (route) => {
    route.onSend = [...[route.onSend ?? []].flat(), tagTheEncoding]
  })
}

/** Runs after the compression, which each route has as a hook of its own. */
const tagTheEncoding: onSendAsyncHookHandler = async (_request, reply) => {
  const etag = reply.getHeader('etag')
  const encoding = reply.getHeader('content-encoding')
  if (typeof etag === 'string' && typeof encoding === 'string') void reply.header('etag', encoded(etag, encoding))
}

/**
 * The entity tag of a version in another encoding: a strong tag stands for the very bytes (RFC 9110, section 8.8.3.3).
 * `http.ts` takes it for the same version.
 */
const encoded = (etag: string, encoding: string): string => etag.replace(/"$/, `-${encoding}"`)
