import type { FastifyInstance } from 'fastify'
import { Problem } from '../problems/problems.ts'

/**
 * Once `app` is closing, requests that still arrive get 503, and every response closes its connection: an idle one would
 * delay the shutdown for as long as its client keeps it open.
 */
export function closeConnectionsOnShutdown(app: FastifyInstance): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onRequest', (_request, _reply, done) => done(closing ? shuttingDown() : undefined))
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) void reply.header('connection', 'close')
    done(null, payload)
  })
}

const shuttingDown = (): Problem =>
  new Problem('busy', 'This server is shutting down. Try again in 5 s.', [], { 'retry-after': '5' })
