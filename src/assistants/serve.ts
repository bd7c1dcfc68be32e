import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import type { FastifyRequest } from 'fastify'
import { baseOf } from '../http/addresses.ts'
import { packageVersion } from '../openapi/openapi.ts'
import type { Today } from '../shared/calendar.ts'
import { askFor } from './ask.ts'
import { assistantServer } from './server.ts'

/** The code of JSON-RPC 2.0 for a message that is no request. */
const invalidRequest = -32600

const version = packageVersion()

/**
 * Answers a message of the Model Context Protocol by streamable HTTP, of its revision 2026-07-28 and of those before, always
 * with one JSON document. Each message is answered on its own: no session is kept, and nothing can be subscribed to.
 */
export async function answerMessage(request: FastifyRequest, today: Today): Promise<Response> {
  const message = request.body
  if (Array.isArray(message)) return batchRefused()
  const sent = new Request('http://localhost/mcp', { method: 'POST', headers: protocolHeaders(request) })
  const base = baseOf(request)
  const { origin } = request.server.publicAddressOf(request)
  const serve = () =>
    assistantServer({
      version,
      context: {
        ask: askFor(request),
        link: (path) => base + path,
        absolute: (address) => (origin ?? '') + address,
        now: new Date().toISOString(),
        today: today(),
      },
      failed: (error) => {
        request.log.error({ err: error }, 'A tool failed.')
        return `The server failed to answer. Name the request when you report this: ${request.id}.`
      },
    })
  if (await isLegacyRequest(sent, message)) return answerEarlier(serve(), sent, message)
  return createMcpHandler(serve, { legacy: 'reject', maxSubscriptions: 0 }).fetch(sent, { parsedBody: message })
}

/** Of a revision before 2026-07-28. */
async function answerEarlier(
  server: ReturnType<typeof assistantServer>,
  sent: Request,
  message: unknown,
): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
  await server.connect(transport)
  try {
    return await transport.handleRequest(sent, { parsedBody: message })
  } finally {
    await server.close()
  }
}

/** What the protocol says in headers. The answer is JSON whatever the client accepts: it must accept both formats. */
function protocolHeaders({ headers }: FastifyRequest): Headers {
  const own = new Headers({ 'content-type': 'application/json', accept: 'application/json, text/event-stream' })
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('mcp-') && name !== 'mcp-session-id') own.set(name, String(value))
  }
  return own
}

/** A batch would be many calls that count as one. Revisions since 2025-06-18 have none. */
const batchRefused = (): Response =>
  Response.json(
    { jsonrpc: '2.0', error: { code: invalidRequest, message: 'Send one message per request, not a list.' }, id: null },
    { status: 400 },
  )
