import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { connect } from '../src/database/connect.ts'
import { renderOpenapi } from '../src/openapi/openapi.ts'

interface Schema {
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean
}

interface Operation {
  operationId: string
  tags: string[]
  parameters?: { name: string; in: string; required: boolean; schema: object; example?: unknown }[]
  requestBody?: { content: Record<string, { schema: Schema; example?: unknown }> }
  responses: Record<string, { $ref?: string; headers?: object; content?: object }>
}

interface Document {
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>; responses: Record<string, object> }
}

const db = connect({ url: 'postgres://nobody@127.0.0.1:1/nothing' })
let app: FastifyInstance
let text: string
let document: Document
let operations: [path: string, method: string, operation: Operation][]

beforeAll(async () => {
  app = await buildApp({ db, today: () => '2026-01-01' })
  await app.ready()
  text = renderOpenapi(app)
  document = JSON.parse(text) as Document
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [path, method, operation]),
  )
})
afterAll(async () => {
  await app.close()
  await db.close()
})

test('PUT, PATCH, DELETE and a merge require `If-Match`, except for keys and imports, as the guide says', () => {
  const isGuarded = ([path, method]: (typeof operations)[number]) =>
    path.endsWith('/merge')
      ? method !== 'get'
      : /put|patch|delete/.test(method) && !/^\/v1\/(?:keys|imports)\//.test(path)
  const requires = ([, , { parameters = [] }]: (typeof operations)[number]) =>
    parameters.some(({ name, required }) => name === 'If-Match' && required)
  const idOf = ([, , { operationId }]: (typeof operations)[number]) => operationId
  expect(operations.filter(requires).map(idOf)).toEqual(operations.filter(isGuarded).map(idOf))
  expect(text).toContain(
    'PUT, PATCH, DELETE and a merge require `If-Match` with the `ETag` that you read; keys and imports need none.',
  )
})

const withoutExamples = (key: string, value: unknown): unknown => (key === 'examples' ? undefined : value)
const withoutPatterns = (key: string, value: unknown): unknown =>
  key === 'pattern' && typeof value === 'string' ? undefined : value

/** The names of the operations of which `holds` is true. */
const those = (holds: (operation: Operation, method: string, path: string) => boolean): string[] =>
  operations
    .filter(([path, method, operation]) => holds(operation, method, path))
    .map(([, , { operationId }]) => operationId)
    .toSorted()

const takes = ({ parameters = [] }: Operation, name: string) => parameters.some((parameter) => parameter.name === name)
const headersOf = ({ responses }: Operation, status: number) => Object.keys(responses[status]?.headers ?? {})

describe('the OpenAPI document', () => {
  test('openapi/openapi.json matches the routes; `npm run openapi` writes it', async () => {
    await expect(text).toMatchFileSnapshot('../openapi/openapi.json')
  })

  test('is what the server sends', async () => {
    const { body, headers } = await app.inject('/openapi.json')
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(body).toBe(text)
  })

  test('is sent to Swagger UI without what would make it judge values: no pattern, no bound of a parameter', async () => {
    const shown = (await app.inject('/docs/json')).json<Document>()
    expect(JSON.stringify(shown, withoutExamples)).not.toContain('"pattern":"')
    expect(Object.keys(shown.paths)).toEqual(Object.keys(document.paths))
    const parameters = Object.values(shown.paths).flatMap((methods) =>
      Object.values(methods).flatMap(({ parameters = [] }) => parameters),
    )
    const keywords = parameters
      .flatMap(({ schema }) => [schema, (schema as { items?: object }).items ?? {}])
      .flatMap(Object.keys)
    expect(new Set(keywords)).toEqual(new Set(['type', 'items', 'enum', 'examples', 'description', '$ref']))
    expect(parameters.map(({ name }) => name)).toEqual(
      operations.flatMap(([, , { parameters = [] }]) => parameters.map(({ name }) => name)),
    )
    // Nothing else differs.
    const { responses } = shown.components
    expect(responses).toEqual(JSON.parse(JSON.stringify(document.components.responses, withoutPatterns)))
  })

  test('every operation has a unique name that begins with a verb', () => {
    const names = those(() => true)
    expect(new Set(names).size).toBe(names.length)
    expect(
      names.filter(
        (name) =>
          !/^(list|get|create|replace|patch|delete|add|remove|restore|export|rotate|revoke|cancel|suggest|check)[A-Z]/.test(
            name,
          ),
      ),
    ).toEqual([])
  })

  test('every tag has a description and an operation', () => {
    const used = new Set(operations.flatMap(([, , { tags }]) => tags))
    expect(new Set(document.tags.map(({ name }) => name))).toEqual(used)
  })

  test('no optional parameter has a value that Swagger UI would fill in and send', () => {
    const filled = operations.flatMap(([, , { operationId, parameters = [] }]) =>
      parameters
        .filter((parameter) => !parameter.required && ('example' in parameter || 'default' in parameter.schema))
        .map(({ name }) => `${operationId} ${name}`),
    )
    expect(filled).toEqual([])
  })

  test('every body has an example', () => {
    const without = those(
      ({ requestBody }) =>
        requestBody !== undefined && Object.values(requestBody.content).some((media) => media.example === undefined),
    )
    expect(without).toEqual([])
  })

  test('docs/problems.md lists exactly the codes that the code can send', async () => {
    const { problemCodes } = await import('../src/problems/problems.ts')
    const listed = readFileSync(new URL('../docs/problems.md', import.meta.url), 'utf8').matchAll(/^## ([a-z_]+)$/gm)
    expect([...listed].map(([, code]) => code)).toEqual(Object.keys(problemCodes))
  })
})

/** The places of the keyword `default`; a field can have this name. */
function defaultsIn(value: unknown, place = '', isKeyword = true): string[] {
  if (typeof value !== 'object' || value === null) return []
  const parts = Object.entries(value).filter(([key]) => !isKeyword || !['example', 'examples'].includes(key))
  return parts.flatMap(([key, part]) => [
    ...(isKeyword && key === 'default' ? [place] : []),
    ...defaultsIn(part, `${place}/${key}`, key !== 'properties' || !isKeyword),
  ])
}

describe('its schemas', () => {
  /** The names of the schemas that `part` refers to, directly or indirectly. */
  function reachedFrom(part: object, reached = new Set<string>()): Set<string> {
    for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (reached.has(name!)) continue
      reached.add(name!)
      reachedFrom(document.components.schemas[name!]!, reached)
    }
    return reached
  }
  const objects = (names: Iterable<string>) =>
    [...names].filter((name) => document.components.schemas[name]!.properties !== undefined)

  test('are closed in requests, so that a misspelt field is refused, and open in responses', () => {
    const sent = objects(reachedFrom(operations.map(([, , { requestBody }]) => requestBody ?? {})))
    const answered = objects(reachedFrom(operations.map(([, , { responses }]) => responses)))
    const isClosed = (name: string) => document.components.schemas[name]!.additionalProperties === false
    expect(sent.length).toBeGreaterThan(10)
    expect(sent.filter((name) => !isClosed(name))).toEqual([])
    expect(answered.length).toBeGreaterThan(20)
    expect(answered.filter(isClosed)).toEqual([])
  })

  test('require every field of a response, except the few that have meaning only when present', () => {
    const answered = objects(reachedFrom(operations.map(([, , { responses }]) => responses)))
    const optional = answered.flatMap((name) => {
      const { properties = {}, required = [] } = document.components.schemas[name]!
      return Object.keys(properties)
        .filter((field) => !required.includes(field))
        .map((field) => `${name.replace(/.*Page$/, 'Page')}.${field}`)
    })
    const few = ['Page.total', 'PatchOperation.from', 'PatchOperation.value', 'Problem.errors']
    expect(optional.filter((field) => !few.includes(field) && !field.startsWith('ProblemError.'))).toEqual([])
  })

  test('express null in their type; only a reference needs a second branch', () => {
    const { AgreementDate: date } = document.components.schemas
    expect(date!.properties!['effectiveDate']).toMatchObject({ type: ['string', 'null'] })
    expect(date!.properties!['signatory']).toMatchObject({
      anyOf: [{ $ref: '#/components/schemas/SignatoryReference' }, { type: 'null' }],
    })
    expect(text).not.toMatch(/"anyOf": \[\s*\{\s*"type"/)
  })

  test('state their defaults in words, because generators require a field that has one', () => {
    expect(defaultsIn(document)).toEqual([])
    expect(text).toContain('Default: `')
    expect(text).not.toContain('$defs')
  })
})

describe('its responses', () => {
  test('have the headers that follow from what an operation takes', () => {
    const reads = those((operation, method) => method === 'get' && takes(operation, 'If-None-Match'))
    expect(reads.length).toBeGreaterThan(5)
    expect(those((operation, method) => method === 'get' && headersOf(operation, 200).includes('ETag'))).toEqual(reads)
    expect(those(({ responses }) => '304' in responses)).toEqual(reads)
    const creates = those(({ responses }) => '201' in responses)
    expect(those((operation) => headersOf(operation, 201).includes('Location'))).toEqual(creates)
    expect(those((operation) => headersOf(operation, 201).includes('ETag'))).toEqual(
      creates.filter((name) => !/(Key|Ping)$/.test(name)),
    )
    expect(those((operation) => headersOf(operation, 200).includes('Link'))).toEqual(
      those((operation) => ['cursor', 'after', 'before'].some((name) => takes(operation, name))),
    )
  })

  test('without a body have no content', () => {
    for (const [, , { responses, operationId }] of operations) {
      for (const status of ['204', '304']) expect(responses[status]?.content, operationId).toBeUndefined()
    }
  })

  test('for refusals are components, as problem documents', () => {
    const refusals = operations.flatMap(([, , { responses }]) =>
      Object.entries(responses).filter(([status]) => Number(status) >= 400),
    )
    expect(refusals.filter(([, { $ref }]) => !/^#\/components\/responses\/\w+$/.test($ref ?? ''))).toEqual([])
    for (const response of Object.values(document.components.responses)) {
      expect(response).toMatchObject({
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      })
    }
  })

  test('that any operation can return are listed for all', () => {
    for (const [, , { responses, operationId }] of operations) {
      expect(Object.keys(responses), operationId).toEqual(
        expect.arrayContaining(['408', '414', '429', '431', '500', '503']),
      )
    }
  })
})

describe('Swagger UI', () => {
  test('opens over plain HTTP, without resources from other origins', async () => {
    const page = await app.inject('/docs')
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('<title>Entente: a register of bilateral agreements</title>')
    expect(page.body).not.toMatch(/https?:/)
    const policy = String(page.headers['content-security-policy'])
    expect(policy).not.toMatch(/upgrade-insecure-requests|https?:/)
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!)
    expect(files.length).toBeGreaterThan(4)
    for (const file of files) expect((await app.inject(file)).statusCode).toBe(200)
  })

  test('is configured for use', async () => {
    const { body } = await app.inject('/docs/static/swagger-initializer.js')
    for (const setting of [
      'tryItOutEnabled',
      'persistAuthorization',
      'deepLinking',
      'displayRequestDuration',
      'filter',
    ]) {
      expect(body).toContain(`"${setting}":true`)
    }
    expect(body).toContain('"validatorUrl":null')
    expect(body).toContain('"docExpansion":"list"')
  })
})
