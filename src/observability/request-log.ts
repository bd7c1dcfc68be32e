import { type FastifyReply, type FastifyRequest, LogController } from 'fastify'

/**
 * The log of requests: one line each, when it has been answered. Its arrival is logged at the level `debug`, for requests
 * that are never answered.
 */
export class RequestLog extends LogController {
  override incomingRequest(request: FastifyRequest): void {
    request.log.debug({ req: request }, 'incoming request')
  }

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const line = { req: request, res: reply, responseTime: Math.round(reply.elapsedTime * 1000) / 1000 }
    if (error) reply.log.error({ ...line, err: error }, 'request errored')
    else reply.log.info(line, 'request completed')
  }

  override streamError(error: NodeJS.ErrnoException, request: FastifyRequest, reply: FastifyReply): void {
    const line = { req: request, res: reply }
    if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') reply.log.info(line, 'stream closed prematurely')
    else reply.log.warn({ ...line, err: error }, 'response terminated with an error with headers already sent')
  }
}
