import type {
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { FastifyBaseLogger } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Database } from './database/connect.ts'
import { changeNote } from './http.ts'

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
    const gone = new AbortController()
    request.db = db.during(gone.signal)
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) gone.abort()
    })
    done()
  })
}

/** Who changes something, and why. */
export const authorOf = (request: FastifyRequest, today: () => string) => ({
  actor: request.caller.actor,
  note: changeNote(request.headers['x-change-note'] as string | undefined),
  today: today(),
})

/** The media types of a merge patch (RFC 7396). */
export const mergePatchTypes = ['application/merge-patch+json', 'application/json']
