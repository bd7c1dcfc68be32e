import { readFileSync } from 'node:fs'
import { STATUS_CODES } from 'node:http'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { z } from 'zod'
import { ProblemDocument } from './problems.ts'
import { NoContent } from './schemas.ts'

type Json = Record<string, unknown>
type Io = 'input' | 'output'

/** The tags, in the order of an analyst's work. */
const tags = [
  { name: 'Search', description: 'Find agreements.' },
  { name: 'Agreements', description: 'One agreement, whole or by its parts.' },
  { name: 'Dates', description: 'What happened when, and who says so: of one agreement, or of all as a timeline.' },
  { name: 'Signatories', description: 'The registry of bodies that can sign.' },
  { name: 'Research domains', description: 'The taxonomies of what agreements cover.' },
  { name: 'Admin', description: 'For those who run the register.' },
]

const description = `A register of bilateral agreements: who agreed what with whom, when, and who says so.

Start with [the agreements between the United States and Korea](/v1/agreements?pair=US,KR): three sources give three
days for one signature, and all are kept. Times are UTC; days are \`YYYY-MM-DD\`; \`null\` means unknown or not
applicable. Every write of what exists takes the \`ETag\` that you read as \`If-Match\`.`

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

/** Serves `/openapi.json` and Swagger UI at `/docs`; to be registered before the routes that it tells of. */
export async function registerOpenapi(app: FastifyInstance): Promise<void> {
  const routes: RouteOptions[] = []
  let document: Json | undefined
  app.addHook('onRoute', (route) => {
    if (route.schema?.operationId && route.method !== 'HEAD') routes.push(route)
  })
  await app.register(swagger, {
    openapi: { openapi: '3.1.0' },
    transform: ({ url }) => ({ schema: { hide: true }, url }),
    transformObject: () => (document ??= openapiDocument(routes)),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: {
      tryItOutEnabled: true,
      persistAuthorization: true,
      deepLinking: true,
      displayRequestDuration: true,
      filter: true,
      validatorUrl: null,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
    },
    theme: { title: 'Entente' },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

/** The document as it is kept in `openapi/openapi.json`. */
export const renderOpenapi = (app: FastifyInstance): string => `${JSON.stringify(app.swagger(), null, 2)}\n`

function openapiDocument(routes: RouteOptions[]): Json {
  const components = new Components()
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [String(route.method).toLowerCase()]: operation(route, components) }
  }
  const responses = problemResponses(components, routes)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Entente',
      version: manifest.version,
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [],
    tags,
    paths,
    components: { schemas: components.sorted(), responses, headers: responseHeaders },
  }
}

/** The schemas with a name, each told once. */
class Components {
  readonly #schemas = new Map<string, { io: Io; schema: Json }>()

  /** The JSON Schema of `schema`, with references to named ones. */
  add(schema: z.ZodType, io: Io): Json {
    const { properties, $defs = {} } = z.toJSONSchema(z.object({ it: schema }), { io }) as unknown as {
      properties: { it: Json }
      $defs?: Record<string, Json>
    }
    for (const [name, { id: _, ...named }] of Object.entries($defs)) this.#name(name, tidy(named, io), io)
    return tidy(properties.it, io)
  }

  #name(name: string, schema: Json, io: Io): void {
    const before = this.#schemas.get(name)
    if (before && JSON.stringify(before.schema) !== JSON.stringify(schema)) {
      throw new Error(`The schema ${name} differs as ${before.io} and as ${io}: give each a name of its own.`)
    }
    this.#schemas.set(name, { io, schema })
  }

  sorted = (): Json =>
    Object.fromEntries(
      [...this.#schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, { schema }]) => [name, schema]),
    )
}

/** What Zod writes, as generators like it: see the steps. */
function tidy(node: unknown, io: Io): Json {
  if (Array.isArray(node)) return node.map((item) => tidy(item, io)) as unknown as Json
  if (typeof node !== 'object' || node === null) return node as Json
  const walked = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, key === 'examples' || key === 'enum' ? value : tidy(value, io)]),
  )
  return nullableAsType(openWhenSent(referenced(walked), io))
}

const referenced = (node: Json): Json =>
  typeof node['$ref'] === 'string' ? { ...node, $ref: node['$ref'].replace('#/$defs/', '#/components/schemas/') } : node

/** What the server sends may grow: only what it takes is closed. */
function openWhenSent(node: Json, io: Io): Json {
  if (io === 'input' || node['additionalProperties'] !== false) return node
  const { additionalProperties: _, ...open } = node
  return open
}

/** `type: [x, "null"]` in place of `anyOf`, which code generators make a poor type of. */
function nullableAsType(node: Json): Json {
  const { anyOf, ...rest } = node
  const [first, second] = Array.isArray(anyOf) && anyOf.length === 2 ? (anyOf as Json[]) : []
  if (second?.['type'] !== 'null' || typeof first?.['type'] !== 'string') return node
  const values = Array.isArray(first['enum']) ? { enum: [...(first['enum'] as unknown[]), null] } : {}
  return { ...first, type: [first['type'], 'null'], ...values, ...rest }
}

function operation(route: RouteOptions, components: Components): Json {
  const { operationId, summary, description, tags, params, querystring, headers, body, consumes, response } =
    route.schema!
  return {
    operationId,
    summary,
    ...(description && { description }),
    tags,
    parameters: [
      ...parameters(params as z.ZodObject | undefined, 'path', components),
      ...parameters(querystring as z.ZodObject | undefined, 'query', components),
      ...parameters(headers as z.ZodObject | undefined, 'header', components),
    ],
    ...(body ? { requestBody: requestBody(body as z.ZodType, consumes, components) } : {}),
    responses: responses(route, response as Record<string, z.ZodType>, components),
  }
}

function parameters(
  object: z.ZodObject | undefined,
  place: 'path' | 'query' | 'header',
  components: Components,
): Json[] {
  if (!object) return []
  const required = new Set((z.toJSONSchema(object, { io: 'input' }) as { required?: string[] }).required)
  return Object.entries(object.shape).map(([name, schema]) => {
    const { description, default: _, ...rest } = components.add(schema as z.ZodType, 'input')
    const isRequired = place === 'path' || required.has(name)
    return {
      name: place === 'header' ? name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase()) : name,
      in: place,
      required: isRequired,
      ...(description ? { description } : {}),
      schema: rest,
    }
  })
}

function requestBody(
  body: z.ZodType,
  consumes: readonly string[] = ['application/json'],
  components: Components,
): Json {
  const schema = components.add(body, 'input')
  const example = (z.globalRegistry.get(body) as { examples?: unknown[] } | undefined)?.examples?.[0]
  const media = { schema, ...(example !== undefined && { example }) }
  return { required: true, content: Object.fromEntries(consumes.map((type) => [type, media])) }
}

/** Failures that any route can have. */
const always = ['500', '503']

function responses(route: RouteOptions, declared: Record<string, z.ZodType>, components: Components): Json {
  const entries = Object.entries(declared).flatMap(([status, schema]): [string, Json][] => {
    if (Number(status) >= 400) return [[status, problemReference(status)]]
    const headers = headersOf(route, status)
    const told = { description: STATUS_CODES[status]!, ...(Object.keys(headers).length > 0 && { headers }) }
    if (schema === NoContent) return [[status, told]]
    const answer: [string, Json] = [
      status,
      { ...told, content: { 'application/json': { schema: components.add(schema, 'output') } } },
    ]
    return takes(route, 'if-none-match') ? [answer, ['304', { description: 'Not Modified', headers }]] : [answer]
  })
  return Object.fromEntries([...entries, ...always.map((status) => [status, problemReference(status)])])
}

const takes = (route: RouteOptions, header: string): boolean =>
  header in ((route.schema!.headers as z.ZodObject | undefined)?.shape ?? {})

const problemName = (status: string): string => STATUS_CODES[status]!.replace(/\W/g, '')
const problemReference = (status: string): Json => ({ $ref: `#/components/responses/${problemName(status)}` })

/** The headers of a good answer follow from what the route is, so that no route can forget one. */
function headersOf(route: RouteOptions, status: string): Json {
  const isList = 'cursor' in ((route.schema!.querystring as z.ZodObject | undefined)?.shape ?? {})
  const names = [
    ...(status === '201' ? ['Location'] : []),
    ...(status !== '204' && (status === '201' || takes(route, 'if-none-match') || takes(route, 'if-match'))
      ? ['ETag']
      : []),
    ...(isList ? ['Link'] : []),
  ]
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

const header = (description: string, schema: Json = { type: 'string' }): Json => ({ description, schema })

const responseHeaders = {
  ETag: header('The version, in quotes: send it as `If-Match` with a write, as `If-None-Match` with a read.'),
  Link: header('`<…>; rel="next"`: the address of the next page; absent on the last.'),
  Location: header('The address of what was added.'),
  'Retry-After': header('When to try again, in seconds.', { type: 'integer' }),
}

/** When to try again is told with these. */
const retried = ['429', '503']

function problemResponses(components: Components, routes: RouteOptions[]): Json {
  const schema = components.add(ProblemDocument, 'output')
  const statuses = routes
    .flatMap((route) => Object.keys(route.schema!.response ?? {}))
    .filter((status) => Number(status) >= 400)
  const response = (status: string) => ({
    description: STATUS_CODES[status]!,
    ...(retried.includes(status) && { headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } }),
    content: { 'application/problem+json': { schema } },
  })
  return Object.fromEntries(
    [...new Set([...statuses, ...always])].toSorted().map((status) => [problemName(status), response(status)]),
  )
}
