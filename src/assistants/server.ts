import { McpServer } from '@modelcontextprotocol/server'
import type { CallToolResult, StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import { invalid } from '../problems/from-zod.ts'
import type { Problem } from '../problems/problems.ts'
import { bounded } from './bounded.ts'
import { Refusal } from './ask.ts'
import { registerAlone } from './from-agreement.ts'
import { type Context, type Found, type Output, outputOf, storedText, type Tool } from './tool.ts'
import { checkClaim } from './tools/check-claim.ts'
import { countAgreements } from './tools/count-agreements.ts'
import { getPosition } from './tools/get-position.ts'
import { getStatus } from './tools/get-status.ts'
import { getTimeline } from './tools/get-timeline.ts'
import { listDeadlines } from './tools/list-deadlines.ts'
import { proposeDraft } from './tools/propose-draft.ts'
import { readAgreement } from './tools/read-agreement.ts'
import { searchAgreements } from './tools/search-agreements.ts'

const tools: Tool[] = [
  searchAgreements,
  readAgreement,
  getStatus,
  getPosition,
  getTimeline,
  listDeadlines,
  countAgreements,
  proposeDraft,
  checkClaim,
]

const instructions = `A register of bilateral agreements: who agreed what with whom, when, and according to which source. Sources can disagree: the register keeps each date with its source, and marks one as preferred. When you report an answer, name its sources, its address and its instant (\`asOf\`). \`unverified\` and \`unknown\` mean that the register cannot say; they do not mean that something is wrong or does not exist. States have ISO 3166 codes, such as KR; other bodies have readable codes, such as US-DHS. A name instead of a code is refused with the code that was probably meant. ${storedText}`

const annotations = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }

/** Maximum size of `answer` and `sources` together, as JSON in UTF-8, in bytes. */
const maxBytes = 40_000

/**
 * The same schema, which is converted to JSON Schema once: a server is made for each request, and converting takes longer than
 * what most tools ask.
 */
function convertedOnce(schema: StandardSchemaWithJSON): StandardSchemaWithJSON {
  const { jsonSchema, ...standard } = schema['~standard']
  const known = new Map<string, Record<string, unknown>>()
  const once = (io: 'input' | 'output') => (options: Parameters<typeof jsonSchema.input>[0]) => {
    const converted = known.get(io) ?? jsonSchema[io](options)
    known.set(io, converted)
    return converted
  }
  return { '~standard': { ...standard, jsonSchema: { input: once('input'), output: once('output') } } }
}

const withoutValidation = ({ '~standard': standard }: StandardSchemaWithJSON): StandardSchemaWithJSON => ({
  '~standard': { ...standard, validate: (value) => ({ value }) },
})

const registered = tools.map((tool) => ({
  tool,
  config: {
    title: tool.title,
    description: `${tool.description} Only reads. The answer names its sources, its address and its instant. ${storedText}`,
    // Whatever is sent reaches the tool, so that its errors are worded as those of the API.
    inputSchema: withoutValidation(convertedOnce(tool.input)),
    outputSchema: convertedOnce(outputOf(tool.answer)),
    annotations: { title: tool.title, ...annotations },
  },
}))

interface ServerOptions {
  version: string
  context: Context
  /** Called for an error of the server itself; returns what the client is told. */
  failed: (error: unknown) => string
}

/** An MCP server with all tools, for one request. */
export function assistantServer({ version, context, failed }: ServerOptions): McpServer {
  const server = new McpServer(
    { name: 'entente', title: 'Entente: a register of bilateral agreements', version },
    { instructions, capabilities: { tools: { listChanged: false } } },
  )
  for (const { tool, config } of registered) {
    server.registerTool(tool.name, config, async (given): Promise<CallToolResult> => {
      const read = tool.input.safeParse(given, { reportInput: true })
      if (!read.success) return misread(invalid(read.error, tool.input, 'querystring'))
      try {
        return resultOf(await tool.run(read.data, context), context)
      } catch (error) {
        return error instanceof Refusal ? refused(error) : told(failed(error))
      }
    })
  }
  return server
}

function resultOf({ answer, sources, path, page, cite, asOf, next = null, summary }: Found, { link }: Context) {
  const named = sources.length > 0 ? sources : [registerAlone(link(path))]
  const { value, leftOut } = bounded({ answer, sources: named }, maxBytes)
  const output: Output = {
    ...(value as Pick<Output, 'answer' | 'sources'>),
    address: link(path),
    page: page === null ? null : link(page),
    cite,
    asOf,
    next,
    leftOut,
    note: storedText,
  }
  const rest = leftOut.length > 0 ? ' The answer is shortened; the address has all of it.' : ''
  const text = `${summary}${rest} Address: ${output.address}. As of ${asOf}.`
  return {
    content: [
      { type: 'text' as const, text },
      { type: 'text' as const, text: JSON.stringify(output) },
    ],
    structuredContent: output,
  }
}

/** Maximum number of errors that a client is told. */
const maxErrors = 10

function refused({ problem }: Refusal): CallToolResult {
  const { status, code, detail, errors = [], requestId } = problem
  return told(detail, JSON.stringify({ status, code, errors: errors.slice(0, maxErrors), requestId }))
}

/** The input of a tool is not as its schema says. */
function misread({ errors }: Problem): CallToolResult {
  const lines = errors.slice(0, maxErrors).map(({ parameter, message }) => `\`${parameter}\`: ${message}`)
  return told(`The input is not valid. ${lines.join(' ')}`)
}

const told = (...texts: string[]): CallToolResult => ({
  content: texts.map((text) => ({ type: 'text', text })),
  isError: true,
})
