import type { FastifyInstance } from 'fastify'

/** Sends the id of each request as `X-Request-Id`. Must be called before any hook that can refuse a request. */
export function addRequestIds(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id)
    done()
  })
}
