import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

/** How long the rest of a body may take to arrive after its request was answered, in milliseconds. */
const maxRest = 30_000

/**
 * Reads, and discards, the rest of a body whose request was answered before all of it had arrived, and closes the connection
 * then: closed with unread data, the operating system would discard the response, and the client would not learn why
 * (RFC 9112, section 9.6).
 */
export function discardRefusedBodies(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!request.raw.complete && reply.getHeader('connection') === 'close') closeAfterBody(reply.raw)
    done(null, payload)
  })
}

function closeAfterBody({ socket }: ServerResponse): void {
  if (!socket) return
  // Node calls it as soon as the response is sent.
  socket.destroySoon = () => {
    socket.end()
    if (socket.destroyed || socket.readableEnded) return
    const late = setTimeout(() => socket.destroy(), maxRest).unref()
    socket.once('close', () => clearTimeout(late))
    // Instead of the parser, which stops reading when nobody takes the body. While it has the socket, only `resume` starts again.
    socket.once('resume', () => socket.removeAllListeners('data').on('data', () => {}))
    socket.pause().resume()
  }
}
