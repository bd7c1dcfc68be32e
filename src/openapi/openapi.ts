import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import { z } from 'zod'
import { guide } from './guide.ts'
import { sendJson } from '../http/responses.ts'
import { claim, type Components, type Direction, inOneForm, jsonSchema, mapped, type Schema } from './json-schema.ts'
import { type HeaderName, headers, refusals, statusWords } from './descriptions.ts'
import { workplace } from './swagger-ui.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** What it adds has no version, and so no entity tag. */
    unversioned?: boolean
  }
}

export interface OpenapiOptions {
  version?: string
  description?: string
  externalDocs?: { url: string; description: string }
  /** In the order of the work: Swagger UI shows them so. Those that no operation has stay out of the document. */
  tags?: readonly Tag[]
  securitySchemes?: Record<string, object>
  /** The refusals that any operation can answer with. */
  everywhere?: Record<number, z.ZodType>
  /** What an operation needs that says nothing of it in its own `security`; nothing unless given. */
  security?: readonly Record<string, string[]>[]
}

interface Tag {
  name: string
  description: string
}

/** One body: its schema, or a schema for each media type, with the headers that come with it. */
type Body =
  | z.ZodType
  | { description?: string; headers?: readonly HeaderName[]; content: Record<string, { schema: z.ZodType }> }

const packageVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version

const ownTags: readonly Tag[] = [
  { name: 'Search', description: 'Find agreements, and tell which one of many an agreement is.' },
  { name: 'Agreements', description: 'Read and write an agreement: who signed it, what it covers, who says so.' },
  { name: 'Dates', description: 'When it was signed, entered into force, ended …: of one agreement, and of all.' },
  { name: 'Signatories', description: 'The bodies that sign: states, organizations, and their agencies.' },
  { name: 'Research domains', description: 'The topics that agreements cover, from broad to narrow.' },
  { name: 'Statistics', description: 'Count agreements by year, party, topic …' },
  { name: 'Export', description: 'Take agreements with you, for a spreadsheet or a program.' },
  { name: 'Import', description: 'Bring many agreements in.' },
  { name: 'Changes', description: 'Follow what changes: who changed what, when and why.' },
  { name: 'Admin', description: 'Run the service.' },
]

/**
 * Describes every route that is added to `app` from now on: the document at `/openapi.json`, Swagger UI at `/docs`.
 * The document is written when the application becomes ready, which fails if a route cannot be described.
 */
export async function registerOpenapi(app: FastifyInstance, options: OpenapiOptions = {}): Promise<void> {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    if (!route.schema?.hide && route.method !== 'HEAD') routes.push(route)
  })
  await app.register(swagger, {
    openapi: { openapi: '3.1.0' },
    transform: ({ url }) => ({ schema: { hide: true }, url }),
    transformObject: () => documentOf(routes, options),
  })
  await app.register(async (pages) => {
    pages.addHook('onRoute', (route) => void (route.config = { ...route.config, role: 'public' }))
    await pages.register(swaggerUi, workplace)
  })
  let text = ''
  app.addHook('onReady', async () => {
    text = renderOpenapi(app)
  })
  app.get('/openapi.json', { config: { role: 'public' }, schema: { hide: true } }, async (_request, reply) =>
    sendJson(reply.header('cache-control', 'public, max-age=300'), text),
  )
}

/** The document of an application that is ready, as text. The same routes give the same text. */
export const renderOpenapi = (app: FastifyInstance): string => `${JSON.stringify(app.swagger(), null, 2)}\n`

/** @throws when a route has no operationId, or a schema has no faithful form */
function documentOf(routes: readonly RouteOptions[], options: OpenapiOptions): object {
  const components: Components = {
    input: new Map(),
    output: new Map(),
    responses: new Map(),
    headers: new Map(),
    made: { input: new Map(), output: new Map() },
  }
  const paths: Record<string, Record<string, object>> = {}
  const used = new Set<string>()
  const withEverywhere = (schema: FastifySchema = {}): FastifySchema => ({
    ...schema,
    response: { ...(schema.response as object), ...options.everywhere },
  })
  for (const route of routes) {
    for (const method of [route.method].flat()) {
      const path = (paths[route.url.replace(/:(\w+)/g, '{$1}')] ??= {})
      path[method.toLowerCase()] = attempt(`${method} ${route.url}`, () =>
        operation(method, withEverywhere(route.schema), components),
      )
    }
    for (const tag of route.schema?.tags ?? []) used.add(tag)
  }
  const { version = packageVersion(), description = guide, externalDocs, securitySchemes } = options
  return {
    openapi: '3.1.0',
    info: { title: 'Entente', version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    ...(externalDocs && { externalDocs }),
    servers: [{ url: '/', description: 'This server.' }],
    security: options.security ?? [],
    tags: tagsInOrder(used, options.tags ?? ownTags),
    paths,
    components: {
      schemas: sorted(inOneForm(components)),
      responses: sorted(components.responses),
      headers: sorted(components.headers),
      ...(securitySchemes && { securitySchemes }),
    },
  }
}

/** Says where it was when `work` failed. */
function attempt<Result>(where: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw new Error(`${where} cannot be described: ${(error as Error).message}`, { cause: error })
  }
}

const sorted = (entries: Map<string, object>): Record<string, object> =>
  Object.fromEntries([...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)))

function tagsInOrder(used: ReadonlySet<string>, tags: readonly Tag[]): Tag[] {
  const unknown = [...used].filter((name) => !tags.some((tag) => tag.name === name))
  if (unknown.length > 0) throw new Error(`Tags without a description: ${unknown.join(', ')}`)
  return tags.filter((tag) => used.has(tag.name))
}

function operation(method: string, schema: FastifySchema, components: Components): object {
  const { operationId, summary, description, tags, deprecated, security, body } = schema
  if (!operationId) throw new Error('it has no operationId')
  const parameters = [
    ...parametersIn('path', schema.params, components),
    ...parametersIn('query', schema.querystring, components),
    ...parametersIn('header', schema.headers, components),
  ]
  return {
    operationId,
    ...(summary && { summary }),
    ...(description && { description }),
    ...(tags && { tags }),
    ...(deprecated && { deprecated }),
    ...(security && { security }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: requestBody(body as Body, schema.consumes, components) }),
    responses: responses(method, schema, components),
  }
}

// Parameters

/** Headers that OpenAPI describes in other ways. */
const notParameters = new Set(['accept', 'content-type', 'authorization'])

function parametersIn(place: 'path' | 'query' | 'header', schema: unknown, components: Components): object[] {
  if (schema === undefined) return []
  const { properties, required = [] } = jsonSchema(schema as z.ZodType, 'input', components)
  if (!properties) throw new Error(`its ${place} parameters are not one object without an id`)
  return Object.entries(properties)
    .filter(([name]) => place !== 'header' || !notParameters.has(name))
    .map(([name, property]) => parameter(place, name, property as Schema, required.includes(name)))
}

/**
 * Swagger UI fills a parameter in from its `example`, and would send it, so an optional one has none: its examples stay
 * in the schema, where the UI does not look.
 */
function parameter(place: string, name: string, property: Schema, required: boolean): object {
  const { description, examples, ...schema } = property
  return {
    name: place === 'header' ? headerName(name) : name,
    in: place,
    ...(description && { description }),
    ...(required && { required }),
    ...(place === 'query' && schema.type === 'array' && { style: 'form', explode: true }),
    schema: { ...schema, ...(examples && !required && { examples }) },
    ...(examples && required && { example: examples[0] }),
  }
}

/** `x-change-note` as it is usually written: `X-Change-Note`. */
const headerName = (name: string): string => name.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase())

const parameterNames = (schema: unknown): Set<string> =>
  new Set(Object.keys((schema as z.ZodObject | undefined)?.shape ?? {}))

// Bodies

function requestBody(body: Body, consumes: readonly string[] | undefined, components: Components): object {
  const { description } = aboutBody(body)
  return { ...(description && { description }), required: true, content: content(body, consumes, 'input', components) }
}

const aboutBody = (body: Body): { description?: string | undefined } =>
  body instanceof z.ZodType ? (z.globalRegistry.get(body) ?? {}) : body

function content(
  body: Body,
  types: readonly string[] = ['application/json'],
  io: Direction,
  components: Components,
): object {
  if (!(body instanceof z.ZodType)) {
    return mapped(body.content, ({ schema }) => mediaType(schema, io, components))
  }
  return Object.fromEntries(types.map((type) => [type, mediaType(body, io, components)]))
}

/** The examples of a request's schema stand beside it too: there every tool finds them, and Swagger UI fills them in. */
function mediaType(body: z.ZodType, io: Direction, components: Components): object {
  const { ['examples']: _, ...schema } = jsonSchema(body, io, components)
  const examples = (io === 'input' && (z.globalRegistry.get(body)?.['examples'] as unknown[] | undefined)) || []
  const named = examples.map((value, index) => [`example${index + 1}`, { value }] as const)
  return {
    schema,
    ...(examples.length === 1 && { example: examples[0] }),
    ...(examples.length > 1 && { examples: Object.fromEntries(named) }),
  }
}

// Responses

function responses(method: string, schema: FastifySchema, components: Components): object {
  const sent = parameterNames(schema.headers)
  const paged = parameterNames(schema.querystring).has('cursor')
  const conditional = method === 'GET' && sent.has('if-none-match')
  const all: Record<string, Body> = { ...(schema.response as object), ...(conditional && { 304: z.undefined() }) }
  const headersOf = (status: number): HeaderName[] => {
    const versioned = method === 'GET' ? conditional : sent.has('if-match') && status !== 204
    return [
      ...(status === 201 ? (['Location'] as const) : []),
      ...(status === 201 && !schema.unversioned ? (['ETag'] as const) : []),
      ...(versioned && status !== 201 ? (['ETag'] as const) : []),
      ...(paged && status === 200 ? (['Link'] as const) : []),
    ]
  }
  return mapped(all, (body, key) => {
    const status = Number(key)
    if (status >= 400) return refusal(status, body, sent.has('idempotency-key'), components)
    const description = describeAnswer(status, body)
    const own = body instanceof z.ZodType ? [] : (body.headers ?? [])
    const named = headerReferences([...headersOf(status), ...own], components)
    if (isNothing(body)) return { description, ...named }
    return { description, ...named, content: content(body, schema.produces, 'output', components) }
  })
}

/** What is read is described by its schema; what is done, by its status. */
const describeAnswer = (status: number, body: Body): string =>
  (status === 200 || isNothing(body) || !(body instanceof z.ZodType) ? aboutBody(body).description : undefined) ??
  statusWords[status] ??
  'The answer.'

const isNothing = (body: Body): boolean => body instanceof z.ZodUndefined || body instanceof z.ZodVoid

/** A refusal has the same form wherever it happens: one component for each status. */
function refusal(status: number, body: Body, idempotent: boolean, components: Components): object {
  const words = refusals[status]
  if (!words) throw new Error(`status ${status} has no description`)
  const inFlight = status === 409 && idempotent
  const [name, description, ...names] = inFlight
    ? ['ConflictOrInFlight', `${words[1]} Or the same Idempotency-Key is still in flight.`, 'Retry-After' as const]
    : words
  const response = {
    description,
    ...headerReferences(names, components),
    content: content(body, ['application/problem+json'], 'output', components),
  }
  claim(components.responses, name, response)
  return { $ref: `#/components/responses/${name}` }
}

function headerReferences(names: readonly HeaderName[], components: Components): { headers?: object } {
  for (const name of names) components.headers.set(name, headers[name])
  if (names.length === 0) return {}
  return { headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])) }
}
