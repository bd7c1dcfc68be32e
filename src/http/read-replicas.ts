import type { FastifyContextConfig, FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { z } from 'zod'
import type { Database } from '../database/connect.ts'
import {
  fromHeader,
  positionOf,
  positionPattern,
  positionQuery,
  type PositionRow,
  toHeader,
} from '../database/position.ts'
import type { Replicas } from '../database/replicas/replicas.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route reads the newest state, and so at the primary. Default: if more than the role `reader` is needed. */
    readsPrimary?: boolean
  }
}

export const positionHeader = 'register-position'

const RegisterPosition = z
  .string()
  .regex(positionPattern, 'Must be the `Register-Position` of a response, or `latest`.')
  .optional()
  .describe(
    'The `Register-Position` of the response to a write: what was written until then is in this response. `latest`: everything that was written. Matters only where reads are made at replicas of the database.',
  )

/** Questions of an instant that is less long past, in milliseconds, are asked at the primary: a standby may lack changes of before it. */
const settledAfter = 24 * 3_600_000

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD'

/** Whether a route is read at standbys. Of the public ones only the page for people uses the database. */
const isReplicated = ({ role, readsPrimary = false, takesSession = false }: FastifyContextConfig): boolean =>
  !readsPrimary && (role === 'reader' || (role === 'public' && takesSession))

/** Describes `Register-Position` in the schema of each read at `/v1` that is added to `app` afterwards. */
export function describePositions(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url, schema, config = {} }: RouteOptions) => {
    if (!schema || schema.hide || !url.startsWith('/v1/') || !isRead(String(method)) || !isReplicated(config)) return
    const others = (schema.headers as z.ZodObject | undefined) ?? z.object({})
    schema.headers = others.extend({ [positionHeader]: RegisterPosition })
  })
}

/**
 * Has the reads of `app` made at standbys, and tells the position of each write, which a read can ask for. Must be called
 * after callers are authenticated, which is done at the primary.
 */
export function readAtStandbys(app: FastifyInstance, replicas: Replicas, primary: Database): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (!isForStandby(request)) return done()
    const wanted = fromHeader(String(request.headers[positionHeader]))
    replicas.forRead(request.db, wanted, request.disconnect).then((db) => {
      request.db = db
      done()
    }, done)
  })
  app.addHook('onSend', async (request, reply, payload) => {
    if (tellsPosition(request, reply.statusCode)) {
      void reply.header(positionHeader, await positionAfter(request, reply.statusCode, primary))
    }
    return payload
  })
}

/** People who are signed in read at the primary, so that they see what they have just saved. */
function isForStandby({ method, routeOptions, session, query }: FastifyRequest): boolean {
  if (!isRead(method) || !isReplicated(routeOptions.config) || session !== undefined) return false
  const { asOf } = query as { asOf?: unknown }
  return typeof asOf !== 'string' || !(Date.parse(asOf) > Date.now() - settledAfter)
}

/** A refusal tells what others have written if it is because of that; an error, because something may have been stored. */
function tellsPosition({ method, routeOptions }: FastifyRequest, status: number): boolean {
  if (!/^(?:POST|PUT|PATCH|DELETE)$/.test(method) || !routeOptions.url?.startsWith('/v1/')) return false
  return status < 400 || status === 409 || status === 412 || status >= 500
}

/** Without a known position, the read that follows must be made at the primary. */
async function positionAfter({ position }: FastifyRequest, status: number, primary: Database): Promise<string> {
  if (status >= 500) return 'latest'
  if (position !== undefined) return toHeader(position)
  return primary.query<PositionRow>(positionQuery).then(
    ([row]) => toHeader(positionOf(row!)),
    () => 'latest',
  )
}
