import type {
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { FastifyBaseLogger } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Database } from '../database/connect.ts'
import type { Position } from '../database/position.ts'
import type { Signal } from '../database/statement.ts'
import type { Today } from '../shared/calendar.ts'
import { changeNote } from './responses.ts'

/** The application as features use it: requests are typed by their Zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** What every feature needs. Each request has its own database handle, `request.db`. */
export interface Dependencies {
  db: Database
  /** The day for which statuses are computed. */
  today: Today
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The database for this request; its queries are cancelled when the client disconnects. */
    db: Database
    /** Whether a transaction of this request was committed: if it fails afterwards, something may be stored. */
    hasCommitted: boolean
    /** The position after what the request has written by `db`, if it is known; only with read replicas. */
    position: Position | undefined
    /** Whether the client has disconnected, and until when the request may wait for others. */
    disconnect: Signal & { waitsUntil: number | undefined }
  }
}

/**
 * Adds `db`, `hasCommitted`, `position` and `disconnect` to every request of `app`.
 * @param waitsUntil until when a request may wait for others, in milliseconds of `performance.now`; may refuse it
 */
export function addRequestDatabase(
  app: FastifyInstance,
  db: Database,
  waitsUntil: (request: FastifyRequest) => number | undefined = () => undefined,
): void {
  app.decorateRequest('db')
  app.decorateRequest('hasCommitted', false)
  app.decorateRequest('position', undefined)
  app.decorateRequest('disconnect')
  app.addHook('onRequest', (request, reply, done) => {
    const disconnect = new Disconnect(waitsUntil(request))
    request.disconnect = disconnect
    request.db = db.during(disconnect, {
      commit(position) {
        request.hasCommitted = true
        const { position: before = 0n } = request
        request.position = position === undefined || position > before ? position : before
      },
      statement() {
        request.position = undefined
      },
    })
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) disconnect.abort()
    })
    done()
  })
}

/** Whether the client of a request has disconnected. Cheaper than an `AbortController`, since each request has one. */
class Disconnect implements Signal {
  aborted = false
  waitsUntil: number | undefined
  readonly #listeners = new Set<() => void>()

  constructor(waitsUntil: number | undefined) {
    this.waitsUntil = waitsUntil
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  abort(): void {
    this.aborted = true
    for (const listener of this.#listeners) listener()
  }
}

/** Who changes something and why, and how to know the day for which statuses are computed. */
export interface Author {
  /** Null: unknown. */
  actor: string | null
  note: string | null
  today: Today
}

export const authorOf = (request: FastifyRequest, today: Today): Author => ({
  actor: request.caller.actor,
  note: changeNote(request.headers['x-change-note'] as string | undefined),
  today,
})

/** The media types of a merge patch (RFC 7396). */
export const mergePatchTypes = ['application/merge-patch+json', 'application/json']
