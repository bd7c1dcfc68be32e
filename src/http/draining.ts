import type { FastifyInstance } from 'fastify'

/**
 * Once `app` is closing, every response closes its connection: an idle one would delay the shutdown for as long as its
 * client keeps it open.
 */
export function closeConnectionsOnShutdown(app: FastifyInstance): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) void reply.header('connection', 'close')
    done(null, payload)
  })
}
