import { getRandomValues } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { v7 as uuidv7 } from 'uuid'

/** The random bytes of one id. */
const idSize = 16

/** Drawn for many ids at once, since drawing costs more than the rest of an id. */
const random = new Uint8Array(256 * idSize)
let used = random.length

/** A new id for a request: a UUID, version 7. */
export function newRequestId(): string {
  if (used === random.length) {
    getRandomValues(random)
    used = 0
  }
  used += idSize
  return uuidv7({ random: random.subarray(used - idSize, used) })
}

/** Sends the id of each request as `X-Request-Id`. Must be called before any hook that can refuse a request. */
export function addRequestIds(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id)
    done()
  })
}
