import type { FastifyContextConfig, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { z } from 'zod'
import { Problem, problems } from '../problems/problems.ts'
import { qualityOf, varying } from './responses.ts'
import type { App } from './routes.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The path of the list below /v1/ that the route shows in one of its formats. Default: the path of the route. */
    list?: string
  }
}

type FormatRequest<Query, Params> = FastifyRequest<{ Querystring: Query; Params: Params }>

/** One format in which an operation responds. */
interface Format<Query, Params = unknown> {
  /** Its media type, without parameters. */
  mediaType: string
  schema: z.ZodType
  /** The parameters that only formats take that list them; every format takes all others. */
  takes?: readonly (keyof Query & string)[]
  send: (request: FormatRequest<Query, Params>, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>
  /** What its own address has instead of what the operation has. */
  own?: { operationId?: string; summary?: string; description?: string; config?: FastifyContextConfig }
}

interface Operation<Query, Params> {
  /** What the address of a format begins with; default: that of the operation. If set, the default format has no other address. */
  formatsAt?: string
  config: FastifyContextConfig
  schema: FastifySchema & { operationId: string; summary: string; description: string; querystring: z.ZodObject }
  /** The response, in whichever format. */
  answer: { description: string; headers: readonly string[] }
  /** By the ending of their addresses. The first one is the default. */
  formats: Record<string, Format<Query, Params>>
}

/**
 * Adds an operation that responds in several formats: `url`, where `format` or else `Accept` chooses, and an address for
 * each format: `url.csv`. `Accept` is obeyed at all of them: 406 when it allows no format of the address.
 */
export function addFormats<Query, Params = unknown>(app: App, url: string, operation: Operation<Query, Params>): void {
  const { config, schema, formats, formatsAt: at = url } = operation
  const names = Object.keys(formats) as [string, ...string[]]
  const addressOf = (name: string) => `\`${app.prefix}${at.replace(/:(\w+)/g, '{$1}')}.${name}\``
  const format = z
    .enum(names)
    .optional()
    .describe(`Has precedence over \`Accept\`. Default: what \`Accept\` prefers, otherwise \`${names[0]}\`.`)
  const addressed = Object.entries(formats).slice(at === url ? 0 : 1)
  const addresses = addressed.map(([name]) => addressOf(name)).join(', ')
  const choice = `\`format\` or \`Accept\` chooses the format. Formats with an address of their own: ${addresses}.`
  add(
    app,
    url,
    config,
    {
      ...schema,
      description: `${schema.description} ${choice}`,
      querystring: schema.querystring.extend({ format }),
      response: responseOf(operation, formats),
    },
    (request, reply) => {
      const { format, ...query } = request.query as Query & { format?: string }
      request.query = query
      return formats[format ?? preferred(request, formats)]!.send(request as FormatRequest<Query, Params>, reply)
    },
  )
  for (const [name, format] of addressed) {
    const { config: ownConfig, ...own } = format.own ?? {}
    add(
      app,
      `${at}.${name}`,
      { ...config, list: url.slice(1), ...ownConfig },
      {
        ...schema,
        operationId: `${schema.operationId}As${name[0]!.toUpperCase()}${name.slice(1)}`,
        summary: `${schema.summary}, as ${name.toUpperCase()}`,
        ...own,
        querystring: queryOf(operation, format),
        response: responseOf(operation, { [name]: format }),
      },
      (request, reply) => {
        preferred(request, { [name]: format })
        return format.send(request as FormatRequest<Query, Params>, reply)
      },
    )
  }
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>

const add = (app: App, url: string, config: FastifyContextConfig, schema: FastifySchema, handler: Handler): void =>
  void app.get(url, { config, schema }, (request, reply) =>
    handler(request as FastifyRequest, varying(reply, 'accept')),
  )

/** The parameters of one format: without those that only others take. */
function queryOf<Query, Params>({ schema, formats }: Operation<Query, Params>, format: Format<Query, Params>) {
  const own = new Set<string>(format.takes)
  const ofOthers = new Set(Object.values(formats).flatMap(({ takes = [] }): string[] => [...takes]))
  const parameters = Object.entries(schema.querystring.shape)
  return z.strictObject(Object.fromEntries(parameters.filter(([name]) => own.has(name) || !ofOthers.has(name))))
}

function responseOf<Query, Params>(
  { schema, answer }: Operation<Query, Params>,
  formats: Record<string, Format<Query, Params>>,
): Record<number, unknown> {
  const content = Object.values(formats).map(({ mediaType, schema }) => [mediaType, { schema }])
  return { ...(schema.response as object), 200: { ...answer, content: Object.fromEntries(content) }, ...problems(406) }
}

/**
 * The name of the format that the client prefers; of equals, the first one.
 * @throws Problem `not_acceptable` when `Accept` allows none of them
 */
function preferred(request: FastifyRequest, formats: Record<string, Pick<Format<never>, 'mediaType'>>): string {
  const accept = request.headers.accept || '*/*'
  const [first] = Object.entries(formats)
  if (accept === '*/*' || accept === first?.[1].mediaType) return first![0]
  let best = { name: '', quality: 0 }
  for (const [name, { mediaType }] of Object.entries(formats)) {
    const quality = qualityOf(accept, mediaType)
    if (quality > best.quality) best = { name, quality }
  }
  if (best.quality > 0) return best.name
  const types = Object.values(formats).map(({ mediaType }) => `\`${mediaType}\``)
  const message = `\`Accept\` must allow ${types.join(' or ')}: this address has no other format.`
  throw new Problem('not_acceptable', message, [{ parameter: 'accept', code: 'not_acceptable', message }])
}
