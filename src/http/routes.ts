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
import type { Signal } from '../database/statement.ts'
import { changeNote } from './responses.ts'

/** The application as the features see it: requests are typed by their Zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** What every feature needs. Requests have a database of their own, `request.db`. */
export interface Dependencies {
  db: Database
  /** The day on which statuses are judged: `YYYY-MM-DD`, UTC. */
  today: () => string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The database for this request: what it asks is given up when the caller goes away. */
    db: Database
  }
}

/** Gives every request that `app` takes from now on its `db`. */
export function giveEachRequestTheDatabase(app: FastifyInstance, db: Database): void {
  app.decorateRequest('db')
  app.addHook('onRequest', (request, reply, done) => {
    const departure = new Departure()
    request.db = db.during(departure)
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) departure.happen()
    })
    done()
  })
}

/** Whether the caller of a request has gone away. Lighter than an `AbortController`, since each request has one. */
class Departure implements Signal {
  aborted = false
  readonly #listeners = new Set<() => void>()

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  happen(): void {
    this.aborted = true
    for (const listener of this.#listeners) listener()
  }
}

/** Who changes something and why, and the day on which statuses are judged. */
export interface Author {
  /** Null: nobody was told apart. */
  actor: string | null
  note: string | null
  /** The day, UTC. */
  today: string
}

export const authorOf = (request: FastifyRequest, today: () => string): Author => ({
  actor: request.caller.actor,
  note: changeNote(request.headers['x-change-note'] as string | undefined),
  today: today(),
})

/** The media types of a merge patch (RFC 7396). */
export const mergePatchTypes = ['application/merge-patch+json', 'application/json']
