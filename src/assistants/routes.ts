import type { FastifyRequest } from 'fastify'
import { sendText } from '../http/responses.ts'
import type { App } from '../http/routes.ts'
import { isFromOtherPage } from '../http/same-origin.ts'
import { Problem } from '../problems/problems.ts'
import type { Today } from '../shared/calendar.ts'
import { llmsText } from './llms-text.ts'

interface AssistantOptions {
  today: Today
  /** The other origins whose pages may call the API. */
  corsOrigins: readonly string[]
  publicRead: boolean
}

/**
 * Maximum size of a message, in bytes: a draft of 200 kB whose characters are all escaped in JSON has less than 1.3 MB.
 */
const maxMessage = 1_300_000

/** For assistants: the Model Context Protocol at `/mcp`, and `/llms.txt`. Why and how: docs/decisions/assistants.md. */
export async function assistantRoutes(app: App, { today, corsOrigins, publicRead }: AssistantOptions): Promise<void> {
  app.post(
    '/mcp',
    {
      config: { role: 'reader', budget: 'reads', storesAnswer: false },
      schema: { hide: true },
      bodyLimit: maxMessage,
      onRequest: async (request) => refuseOtherOrigins(request, corsOrigins),
    },
    async (request, reply) => {
      // What a tool asks the API waits for a place of its own.
      request.place?.()
      const { answerMessage } = await import('./serve.ts')
      const answer = await answerMessage(request, today)
      const text = await answer.text()
      void reply.code(answer.status).header('cache-control', 'no-store')
      return text === '' ? reply.send() : sendText(reply, text, String(answer.headers.get('content-type')))
    },
  )
  app.get('/llms.txt', { config: { role: 'public' }, schema: { hide: true } }, async (request, reply) =>
    sendText(
      reply.header('cache-control', 'public, max-age=300'),
      llmsText(request, publicRead),
      'text/plain; charset=utf-8',
    ),
  )
}

/** @throws Problem 403 for a page of another site, whatever name it has given this server (DNS rebinding) */
function refuseOtherOrigins(request: FastifyRequest, corsOrigins: readonly string[]): void {
  if (isFromOtherPage(request, corsOrigins)) {
    throw new Problem(
      'other_origin',
      'A page of another origin sent this request. Its origin must be that of `PUBLIC_URL`, or in `CORS_ORIGINS`.',
    )
  }
  if (request.server.hostOf(request) === 'other') {
    throw new Problem('other_origin', '`Host` must be that of `PUBLIC_URL`, the address of this server.')
  }
}
