import { z } from 'zod'
import { sendJson } from '../http/responses.ts'
import { problems } from '../problems/problems.ts'
import type { App } from '../http/routes.ts'
import { Actor, Instant, Role } from '../shared/schemas.ts'

const Me = z
  .object({
    actor: Actor,
    role: Role.nullable().describe('What you may do; null: nothing.'),
    via: z.enum(['none', 'key', 'oidc']).describe('How you were known: not at all, by an API key, or by a token.'),
    expiresAt: Instant.nullable().describe('When the credential ends; null when it does not, or there is none.'),
  })
  .meta({ id: 'Me', description: 'Whom the register takes the caller for.' })

export async function meRoutes(app: App): Promise<void> {
  app.get(
    '/me',
    {
      config: { role: 'anyone' },
      schema: {
        tags: ['Admin'],
        operationId: 'getMe',
        summary: 'Read who you are to the register, and what you may do',
        response: { 200: Me, ...problems(400) },
      },
    },
    async ({ caller }, reply) => sendJson(reply.header('cache-control', 'no-store'), caller),
  )
}
