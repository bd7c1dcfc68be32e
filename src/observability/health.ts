import { z } from 'zod'
import { clockDifference, currentInstant } from '../database/clock.ts'
import type { Database, Statement } from '../database/connect.ts'
import { DatabaseBusy } from '../database/errors.ts'
import { shuttingDown } from '../http/draining.ts'
import { sendJson } from '../http/responses.ts'
import { problems } from '../problems/problems.ts'
import type { App, Dependencies } from '../http/routes.ts'

const tags = ['Admin']

const Alive = z.object({ status: z.literal('alive') }).meta({ id: 'Alive' })
const Ready = z
  .object({
    status: z.literal('ready'),
    writable: z.boolean().describe('Whether the database accepts writes; a standby does not.'),
    registryChanges: z
      .int()
      .describe('Registry changes that are not yet visible in all agreements, counted up to 10,000.'),
    clockDifference: z
      .int()
      .nullable()
      .describe(
        'Seconds by which the clock of this process is ahead of that of PostgreSQL, negative if it is behind; null when the difference is a minute or less. Days are those of PostgreSQL.',
      ),
  })
  .meta({ id: 'Ready' })

export async function healthRoutes(app: App, { db }: Dependencies): Promise<void> {
  const readiness = readinessOf(db)
  app.get(
    '/livez',
    {
      config: { role: 'public', budget: 'free' },
      schema: {
        tags,
        operationId: 'getLiveness',
        summary: 'Check whether the process is running',
        description: 'Does not use the database: 200 as long as the process responds.',
        response: { 200: Alive, ...problems(400) },
      },
    },
    async (_request, reply) => sendJson(reply.header('cache-control', 'no-store'), { status: 'alive' }),
  )

  app.get(
    '/readyz',
    {
      config: { role: 'public', budget: 'free' },
      schema: {
        tags,
        operationId: 'getReadiness',
        summary: 'Check whether the service is ready',
        description:
          '503 `database_unavailable`: the database does not respond. 503 `busy`: the database responds, but requests have waited more than a second for a connection, or the server is shutting down. The result is at most one second old.',
        response: { 200: Ready, ...problems(400, 503) },
      },
    },
    async (_request, reply) => {
      if (app.draining.hasBegun) throw shuttingDown()
      return sendJson(reply.header('cache-control', 'no-store'), await readiness())
    },
  )
}

const readyStatement: Statement = {
  name: 'ready',
  text: `select current_setting('transaction_read_only') = 'off' as writable, ${currentInstant} as now,
    (select count(*)::int from (
      select distinct coalesce(divided_from, id) from registry_changes
      where registry in ('signatory', 'research_domain', 'collection') limit 10000
    ) c) as "registryChanges"`,
}

/** How long a result is cached, in milliseconds. */
const maxAge = 1_000

/** Maximum time that a request may wait for a connection while the service is ready, in milliseconds. */
const maxWait = 1_000

/**
 * Queries the database over a separate connection, at most once a second.
 * @throws DatabaseAway when the database does not respond; DatabaseBusy when it does, but requests wait for a connection
 */
function readinessOf(db: Database): () => Promise<z.infer<typeof Ready>> {
  let known: ReturnType<typeof ask> | undefined
  let until = 0
  const ask = async () => {
    const sent = Date.now()
    const [row] = await db.aside.query<{ writable: boolean; now: string; registryChanges: number }>(readyStatement)
    until = performance.now() + maxAge
    const { now, ...ready } = row!
    return { status: 'ready' as const, ...ready, clockDifference: clockDifference(now, sent) }
  }
  return async () => {
    if (known === undefined || performance.now() >= until) {
      until = Infinity
      known = ask().catch((error: unknown) => {
        until = performance.now() + maxAge
        throw error
      })
    }
    const ready = await known
    if (db.connections().longestWait > maxWait) throw new DatabaseBusy('Requests wait for a connection.')
    return ready
  }
}
