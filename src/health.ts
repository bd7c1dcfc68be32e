import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { sendJson } from './http.ts'
import { problems } from './problems.ts'
import type { App, Dependencies } from './routing.ts'

const tags = ['Admin']

const Alive = z.object({ status: z.literal('alive') }).meta({ id: 'Alive' })
const Ready = z
  .object({
    status: z.literal('ready'),
    registryChanges: z.int().describe('Registry changes that agreements do not all show yet; counted up to 10,000.'),
  })
  .meta({ id: 'Ready' })

export async function healthRoutes(app: App, { db }: Dependencies): Promise<void> {
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
        summary: 'Whether it can answer: the database does',
        response: { 200: Ready, ...problems(400, 503) },
      },
    },
    async (_request, reply) => {
      const [row] = await db.query<{ waiting: number }>(
        sql`select count(*)::int as waiting from (select from registry_changes limit 10000) c`,
      )
      return sendJson(reply.header('cache-control', 'no-store'), { status: 'ready', registryChanges: row!.waiting })
    },
  )
}
