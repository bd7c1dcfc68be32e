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

/** What every feature needs. */
export interface Dependencies {
  db: Database
  /** The day on which statuses are judged: `YYYY-MM-DD`, UTC. */
  today: () => string
}

/** Who changes something, and why. */
export const authorOf = (request: FastifyRequest, today: () => string) => ({
  actor: request.caller.actor,
  note: changeNote(request.headers['x-change-note'] as string | undefined),
  today: today(),
})

/** The media types of a merge patch (RFC 7396). */
export const mergePatchTypes = ['application/merge-patch+json', 'application/json']
