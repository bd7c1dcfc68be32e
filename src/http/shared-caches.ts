import type { FastifyInstance, FastifyRequest } from 'fastify'
import { positionHeader } from './read-replicas.ts'
import { varying } from './responses.ts'

interface SharedCacheOptions {
  /** How long a shared cache may use a response without asking, in seconds. */
  seconds: number
  /** Whether reading is possible without a credential. */
  publicRead: boolean
  /** Whether a request can ask for a position, which a response to others may lack. */
  byPosition: boolean
}

/** What clients may keep and must ask about before each use. */
const revalidated = 'no-cache'

/**
 * Lets caches between this server and its clients, such as nginx or a content delivery network, answer reads for a while.
 * Clients themselves still ask before each use, as without shared caches. What only callers with a credential get, what came
 * with one, and what was asked for as the newest state is for that caller alone. Responses that say `no-store`, `private` or
 * `public` themselves keep their `Cache-Control`.
 *
 * Must be called after the rate limits: their headers are about one caller, and are removed from what others may get.
 */
export function allowSharedCaches(app: FastifyInstance, { seconds, publicRead, byPosition }: SharedCacheOptions): void {
  const shared = `public, max-age=0, s-maxage=${seconds}`
  /** Besides callers with a credential, whoever asks for the newest state: what was the newest is not a moment later. */
  const isForOne = ({ headers, session }: FastifyRequest): boolean =>
    headers.authorization !== undefined || session !== undefined || (byPosition && headers[positionHeader] === 'latest')
  app.addHook('onSend', (request, reply, payload, done) => {
    const own = reply.getHeader('cache-control')
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (!isRead || typeof own !== 'string' || /no-store|private/.test(own)) return done(null, payload)
    const isPublic = own.includes('public')
    if (!isPublic && (!publicRead || isForOne(request))) void reply.header('cache-control', `private, ${own}`)
    else {
      if (own === revalidated) void reply.header('cache-control', shared)
      if (byPosition && !isPublic) void varying(reply, positionHeader)
      void reply.removeHeader('ratelimit').removeHeader('ratelimit-policy')
    }
    done(null, payload)
  })
}
