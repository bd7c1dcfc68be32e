import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../database/connect.ts'
import { sendIfHeld, sendVersion } from '../http/responses.ts'
import { readAgreement, readTag } from './queries.ts'

/** A read of the current version of an agreement. */
interface CurrentRequest {
  db: Database
  params: { id: string }
}

/**
 * Sends what `shown` makes of the current document of an agreement, or 304 when the client has this version; then the
 * document is not read. `shown` must not fail.
 * @throws Problem 404
 */
export async function sendCurrent(
  request: FastifyRequest & CurrentRequest,
  reply: FastifyReply,
  shown: (document: string) => unknown,
): Promise<FastifyReply> {
  const { db, headers } = request
  const { id } = request.params
  if (headers['if-none-match'] !== undefined) {
    const unchanged = sendIfHeld(request, reply, await readTag(db, id))
    if (unchanged) return unchanged
  }
  const { tag, document } = await readAgreement(db, id)
  return sendVersion(request, reply, tag, shown(document))
}
