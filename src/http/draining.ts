import type { FastifyInstance } from 'fastify'

/**
 * Once `app` is told to close, every answer says that its connection is closed behind it: an idle one would hold the end
 * up for as long as its client keeps it open.
 */
export function closeConnectionsAtTheEnd(app: FastifyInstance): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) void reply.header('connection', 'close')
    done(null, payload)
  })
}
