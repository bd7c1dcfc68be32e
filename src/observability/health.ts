import { z } from 'zod'
import type { Database, Statement } from '../database/connect.ts'
import { DatabaseBusy } from '../database/errors.ts'
import { sendJson } from '../http/responses.ts'
import { problems } from '../problems/problems.ts'
import type { App, Dependencies } from '../http/routes.ts'

const tags = ['Admin']

const Alive = z.object({ status: z.literal('alive') }).meta({ id: 'Alive' })
const Ready = z
  .object({
    status: z.literal('ready'),
    writable: z.boolean().describe('Whether the database takes writes; a standby does not.'),
    registryChanges: z.int().describe('Registry changes that agreements do not all show yet; counted up to 10,000.'),
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
        summary: 'Whether the process runs',
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
        summary: 'Whether it can answer',
        description:
          '503 `database_unavailable`: the database does not answer. 503 `busy`: it does, but requests have waited for a connection to it for more than a second. The result is at most one second old.',
        response: { 200: Ready, ...problems(400, 503) },
      },
    },
    async (_request, reply) => sendJson(reply.header('cache-control', 'no-store'), await readiness()),
  )
}

const readyStatement: Statement = {
  name: 'ready',
  text: `select current_setting('transaction_read_only') = 'off' as writable,
    (select count(*)::int from (select from registry_changes limit 10000) c) as "registryChanges"`,
}

/** How long a result serves all who ask, in milliseconds. */
const maxAge = 1_000

/** How long requests may wait for a connection, in milliseconds, before that is no mere moment. */
const maxWait = 1_000

/**
 * Asks over a connection of its own, at most once a second however many want to know.
 * @throws DatabaseAway when the database does not answer; DatabaseBusy when it does, and requests wait all the same
 */
function readinessOf(db: Database): () => Promise<z.infer<typeof Ready>> {
  let known: ReturnType<typeof ask> | undefined
  let until = 0
  const ask = async () => {
    const [row] = await db.aside.query<{ writable: boolean; registryChanges: number }>(readyStatement)
    until = performance.now() + maxAge
    return { status: 'ready' as const, ...row! }
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
