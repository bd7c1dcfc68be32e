import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyRequest, FastifySchema, RouteOptions } from 'fastify'
import { z } from 'zod'
import { guide } from './guide.ts'
import { linkTo } from '../http/addresses.ts'
import { serviceDescription } from '../http/discovery.ts'
import { jsonType, sendTagged } from '../http/responses.ts'
import { describeAll, type Described, merged, mapped, type Schema } from './json-schema.ts'
import { locator, textOf } from './located.ts'
import { type HeaderName, headers, refusals, statusWords, tags } from './descriptions.ts'
import { modules, workplace } from './swagger-ui.ts'
import { withoutValidation } from './without-validation.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** Whether the resource that the route adds has no version, and so no entity tag. */
    unversioned?: boolean
    /** Whether a successful answer says where what it shows is, when the path names an agreement by a handle. */
    located?: boolean
    /** The bodies of a route that reads its body itself, by media type: for the document only. */
    uploads?: Record<string, unknown>
  }
}

/** The requests that the server sends itself. */
interface SentEvents {
  /** The description of each type of event, by its name. */
  types: Record<string, string>
  headers: z.ZodObject
  body: z.ZodType
}

export interface OpenapiOptions {
  /** Default: there are none. */
  webhooks?: SentEvents
  securitySchemes: Record<string, object>
  /** The errors that any operation can respond with, by status. */
  everywhere: Record<number, z.ZodType>
  /** The URL at which all clients find the API; undefined when it is where they got the document. */
  serverUrl?: string | undefined
}

/** A response body: its schema, or a schema for each media type, and headers. */
type Body =
  | z.ZodType
  | { description: string; headers?: readonly HeaderName[]; content: Record<string, { schema: z.ZodType }> }

/** The parts of the document that operations share. */
interface Components {
  input: Described
  output: Described
  responses: Map<string, object>
}

/**
 * Describes every route that is added to `app` afterwards: the document at `/openapi.json`, Swagger UI at `/docs`.
 * The document is generated at the first request for it. `openapi/openapi.json` is the one for `/`.
 */
export async function registerOpenapi(app: FastifyInstance, options: OpenapiOptions): Promise<void> {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    if (!route.schema?.hide && route.method !== 'HEAD') routes.push(route)
  })
  const locate = locator(() => app.swagger() as unknown as Record<string, unknown>)
  const locateShown = locator(() => withoutValidation(app.swagger() as unknown as Record<string, unknown>))
  await app.register(swagger, {
    openapi: { openapi: '3.1.0' },
    transform: ({ url }) => ({ schema: { hide: true }, url }),
    transformObject: () => documentOf(routes, options),
  })
  await app.register(async (pages) => {
    pages.addHook('onRoute', (route) => void (route.config = { ...route.config, role: 'public' }))
    pages.addHook('onRequest', (_request, reply, done) => {
      void reply.header('link', serviceDescription)
      done()
    })
    // Swagger UI sends requests to where it was loaded from: its policy allows nothing else.
    const transformSpecification = (_: unknown, request: FastifyRequest) => locateShown(linkTo(request, '')).document
    for (const [name, text] of modules) {
      pages.get(`/docs/static/theme/${name}`, { schema: { hide: true } }, async (_, reply) =>
        reply.type('text/javascript; charset=utf-8').send(text),
      )
    }
    await pages.register(swaggerUi, { ...workplace, transformSpecification, transformSpecificationClone: false })
  })
  app.get('/openapi.json', { config: { role: 'public' }, schema: { hide: true } }, async (request, reply) => {
    const { text, hash } = locate(linkTo(request, ''), options.serverUrl)
    return sendTagged(request, reply.header('cache-control', 'public, max-age=300'), text, jsonType, hash)
  })
}

/**
 * The OpenAPI document of an application that is ready, as text. The same routes give the same text.
 * @throws when a schema cannot be represented
 */
export const renderOpenapi = (app: FastifyInstance): string => textOf(app.swagger())

/** The version of this release. */
export const packageVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version

function documentOf(routes: readonly RouteOptions[], { everywhere, securitySchemes, webhooks }: OpenapiOptions): object {
  const operations = routes.map(({ method, url, schema }) => ({
    method: String(method),
    url,
    schema: { ...schema, response: { ...(schema?.response as Record<string, Body>), ...everywhere } },
  }))
  const components: Components = { ...described(operations, webhooks), responses: new Map() }
  const paths: Record<string, Record<string, object>> = {}
  for (const { method, url, schema } of operations) {
    const path = (paths[url.replace(/:(\w+)/g, '{$1}')] ??= {})
    path[method.toLowerCase()] = operation(method, schema, components)
  }
  const sent = webhooks && mapped(webhooks.types, (description, type) => sentEvent(type, description, webhooks, components))
  return {
    openapi: '3.1.0',
    info: {
      title: 'Entente',
      version: packageVersion(),
      description: guide,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This server.' }],
    security: [],
    tags,
    paths,
    ...(sent && { webhooks: sent }),
    components: {
      schemas: sorted(used(merged(components.input.named, components.output.named), components, { paths, sent })),
      responses: sorted(components.responses),
      securitySchemes,
    },
  }
}

/** Without the enums that are written in place wherever they are used. */
function used(named: Record<string, Schema>, { responses }: Components, paths: object): [string, Schema][] {
  const text = JSON.stringify([named, [...responses.values()], paths])
  return Object.entries(named).filter(([name]) => text.includes(`"#/components/schemas/${name}"`))
}

const sorted = (entries: Iterable<[string, object]>): Record<string, object> =>
  Object.fromEntries([...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)))

interface Operation {
  method: string
  url: string
  schema: FastifySchema & { response: Record<string, Body> }
}

/** The schemas of all requests and responses, as JSON Schema. */
function described(operations: readonly Operation[], webhooks?: SentEvents): Pick<Components, 'input' | 'output'> {
  const places = { input: new Map<z.ZodType, string>(), output: new Map<z.ZodType, string>() }
  const note = (io: 'input' | 'output', schema: unknown, place: string): void => {
    if (schema instanceof z.ZodType && !isEmpty(schema) && !places[io].has(schema)) places[io].set(schema, place)
  }
  for (const { method, url, schema } of operations) {
    for (const part of ['params', 'querystring', 'headers', 'body'] as const) {
      note('input', schema[part], `${method} ${url}, ${part}`)
    }
    for (const [type, one] of Object.entries(schema.uploads ?? {})) note('input', one, `${method} ${url}, ${type}`)
    for (const [status, body] of Object.entries(schema.response)) {
      for (const [type, one] of Object.entries(contentOf(body, ''))) {
        note('output', one, `${method} ${url}, ${status} ${type}`)
      }
    }
  }
  note('input', webhooks?.headers, 'the headers of webhooks')
  note('output', webhooks?.body, 'the body of webhooks')
  return { input: describeAll(places.input, 'input'), output: describeAll(places.output, 'output') }
}

const takesShown =
  'Takes the answer of GET as it is: fields that the register sets may be sent unchanged, and where an id or a code is expected, also the object that GET shows.'

function operation(method: string, schema: Operation['schema'], components: Components): object {
  const { operationId, summary, tags, security, body, uploads } = schema
  const description = [schema.description, method === 'PUT' && schema.shown !== undefined && takesShown]
    .filter(Boolean)
    .join(' ')
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
    ...(security && { security }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: requestBody(body as z.ZodType, schema.consumes, components) }),
    ...(uploads && { requestBody: uploaded(uploads as Record<string, z.ZodType>, components) }),
    responses: responses(method, schema, components),
  }
}

/**
 * The request of an event, as its receiver sees it. OpenAPI Generator makes no code of what is internal: a client does not
 * send these requests, and what it would make for Python does not compile.
 */
function sentEvent(type: string, description: string, { headers, body }: SentEvents, components: Components): object {
  const example = (z.globalRegistry.get(body)?.['examples'] as object[] | undefined)?.[0]
  const content = { schema: components.output.schemas.get(body), example: { ...example, type } }
  return {
    post: {
      operationId: `receive${type.replace(/(^|[._])[a-z]/g, (letter) => letter.slice(-1).toUpperCase())}`,
      summary: description.split(/[.:]/, 1)[0],
      description,
      tags: ['Webhooks'],
      'x-internal': true,
      security: [],
      parameters: parametersIn('header', headers, components),
      requestBody: { required: true, content: { 'application/json': content } },
      responses: {
        200: { description: 'Any status from 200 to 299: the event has arrived.' },
        410: { description: 'The webhook is disabled: no further event is sent.' },
        '4XX': { description: 'Any other status: the event is sent again later.' },
        '5XX': { description: 'The same.' },
      },
    },
  }
}

// Requests

function parametersIn(place: 'path' | 'query' | 'header', schema: unknown, { input }: Components): object[] {
  if (schema === undefined) return []
  const { properties, required = [] } = input.schemas.get(schema as z.ZodType)!
  if (!properties) throw new Error(`The ${place} parameters must be an object schema without an id.`)
  return Object.entries(properties).map(([name, property]) =>
    parameter(place, name, property as Schema, required.includes(name)),
  )
}

/**
 * Swagger UI fills a parameter in from its `example`, and would send it, so an optional parameter has none: its examples
 * stay in the schema, which the UI ignores.
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

/** The usual spelling of a header: `X-Change-Note` for `x-change-note`. */
const headerName = (name: string): string => name.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase())

const parameterNames = (schema: unknown): Set<string> =>
  new Set(Object.keys((schema as z.ZodObject | undefined)?.shape ?? {}))

/** The example is next to the schema instead of in it: every tool finds it there, and Swagger UI fills it in. */
function requestBody(body: z.ZodType, types: readonly string[] = ['application/json'], { input }: Components): object {
  const { description, examples } = z.globalRegistry.get(body) ?? {}
  const { examples: _, ...schema } = input.schemas.get(body)!
  const media = { schema, example: (examples as unknown[] | undefined)?.[0] }
  return {
    ...(description && { description }),
    required: true,
    content: Object.fromEntries(types.map((type) => [type, media])),
  }
}

/** The bodies that a route reads itself. */
const uploaded = (uploads: Record<string, z.ZodType>, { input }: Components): object => ({
  required: true,
  content: mapped(uploads, (body) => {
    const { examples: _, ...schema } = input.schemas.get(body)!
    const example = (z.globalRegistry.get(body)?.['examples'] as unknown[] | undefined)?.[0]
    return { schema, ...(example !== undefined && { example }) }
  }),
})

// Responses

function responses(method: string, schema: Operation['schema'], components: Components): object {
  const sent = parameterNames(schema.headers)
  const asked = parameterNames(schema.querystring)
  const paged = ['cursor', 'after', 'before'].some((name) => asked.has(name))
  const conditional = method === 'GET' && sent.has('if-none-match')
  const headersOf = (status: number): HeaderName[] => {
    const versioned = method === 'GET' ? conditional : sent.has('if-match') && status !== 204
    return [
      ...(status === 201 ? (['Location'] as const) : []),
      ...(status === 201 && !schema.unversioned ? (['ETag'] as const) : []),
      ...(versioned && status !== 201 ? (['ETag'] as const) : []),
      ...(paged && status === 200 ? (['Link'] as const) : []),
      ...(schema.located && status === 200 ? (['Content-Location'] as const) : []),
      ...(sent.has('idempotency-key') ? (['Idempotent-Replayed'] as const) : []),
      ...(method !== 'GET' && status < 400 ? (['Register-Position'] as const) : []),
    ]
  }
  const all: Record<string, Body> = { ...schema.response, ...(conditional && { 304: z.undefined() }) }
  return mapped(all, (body, key) => {
    const status = Number(key)
    if (status >= 400) return refusal(status, body, components)
    const own = body instanceof z.ZodType ? [] : (body.headers ?? [])
    return {
      description: describeAnswer(status, body),
      ...withHeaders([...headersOf(status), ...own]),
      ...(isEmpty(body) ? {} : { content: content(body, 'application/json', components) }),
    }
  })
}

const isEmpty = (body: Body): boolean => body instanceof z.ZodUndefined

/** A read is described by its schema; a write, by its status. */
function describeAnswer(status: number, body: Body): string {
  if (!(body instanceof z.ZodType)) return body.description
  const own = status === 200 || isEmpty(body) ? z.globalRegistry.get(body)?.description : undefined
  return own ?? statusWords[status] ?? 'OK.'
}

/** The schemas of a body by media type; `type` is the media type of a body that names none. */
const contentOf = (body: Body, type: string): Record<string, z.ZodType> =>
  body instanceof z.ZodType ? { [type]: body } : mapped(body.content, ({ schema }) => schema)

const content = (body: Body, type: string, { output }: Components): object =>
  mapped(contentOf(body, type), (schema) => ({ schema: output.schemas.get(schema) }))

/** An error has the same form in every operation: one component for each status. */
function refusal(status: number, body: Body, components: Components): object {
  const words = refusals[status]
  if (!words) throw new Error(`Status ${status} has no description.`)
  const [name, description, ...names] = words
  components.responses.set(name, {
    description,
    ...withHeaders(names),
    content: content(body, 'application/problem+json', components),
  })
  return { $ref: `#/components/responses/${name}` }
}

/** The headers of a response, each in full: few generators follow a reference to a header. */
const withHeaders = (names: readonly HeaderName[]): { headers?: object } =>
  names.length === 0 ? {} : { headers: Object.fromEntries(names.map((name) => [name, headers[name]])) }
