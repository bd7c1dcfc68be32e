import { z } from 'zod'
import { sendJson } from '../http/responses.ts'
import { problems } from '../problems/problems.ts'
import type { App } from '../http/routes.ts'
import { Actor, Instant, Role } from '../shared/schemas.ts'

const Me = z
  .object({
    actor: Actor,
    role: Role.nullable().describe('The role of the caller. Null: none.'),
    via: z
      .enum(['none', 'key', 'oidc'])
      .describe('How the caller was authenticated: `none`, by an API key, or by an OpenID Connect token.'),
    expiresAt: Instant.nullable().describe('When the credential expires. Null: never, or there is no credential.'),
  })
  .meta({ id: 'Me', description: 'The caller, as the register identifies it.' })

export async function meRoutes(app: App): Promise<void> {
  app.get(
    '/me',
    {
      config: { role: 'anyone' },
      schema: {
        tags: ['Admin'],
        operationId: 'getMe',
        summary: 'Read who the caller is, and its role',
        description:
          'The caller as the credential of this request identifies it. Without a credential, `via` is `none`.',
        response: { 200: Me, ...problems(400) },
      },
    },
    async ({ caller }, reply) => sendJson(reply.header('cache-control', 'no-store'), caller),
  )
}
