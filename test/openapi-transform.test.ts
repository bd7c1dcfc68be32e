import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { renderOpenapi } from '../src/openapi/openapi.ts'
import { aBoat, anApp, boatRoutes, Problem, problems, tags, withRoute } from './support/boats.ts'
import { lint } from './support/redocly.ts'

interface Node {
  [key: string]: Node
}

const documentOf = (app: FastifyInstance): Node => JSON.parse(renderOpenapi(app)) as Node
const schemaNamed = (document: Node, name: string): Node => document['components']!['schemas']![name]!
const parametersOf = (operation: Node): Record<string, Node> =>
  Object.fromEntries((operation['parameters'] as unknown as Node[]).map((one) => [String(one['name']), one]))

const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` })

let app: FastifyInstance
let document: Node
let paths: Node

beforeAll(async () => {
  app = await anApp(boatRoutes)
  document = documentOf(app)
  paths = document['paths']!
})

describe('the document', () => {
  test('says what it is, and works on any host', () => {
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Entente', license: { identifier: 'Apache-2.0' } },
      servers: [{ url: '/' }],
      security: [],
    })
    expect(String(document['info']!['version'])).toMatch(/^\d+\.\d+\.\d+/)
  })

  test('holds the tags that are used, in the order of the work', () => {
    expect(document['tags']).toEqual(tags.slice(0, 2))
  })

  test('holds each route once: no HEAD, nothing hidden, nothing of its own', () => {
    const operations = Object.entries(paths).map(([path, item]) => `${path} ${Object.keys(item).join()}`)
    expect(operations).toEqual([
      '/boats get,post',
      '/boats/{id} get,patch,delete',
      '/boats/export get',
      '/arrivals get',
    ])
  })

  test('is the same text every time, and is what the server sends', async () => {
    const again = await anApp(boatRoutes)
    expect(renderOpenapi(again)).toBe(renderOpenapi(app))
    const { body, headers } = await app.inject('/openapi.json')
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(body).toBe(renderOpenapi(app))
    expect(body.endsWith('}\n')).toBe(true)
    const names = Object.keys(document['components']!['schemas']!)
    expect(names).toEqual(names.toSorted())
  })

  test('leaves room for authentication', async () => {
    const securitySchemes = { key: { type: 'http', scheme: 'bearer' } }
    const secured = documentOf(await anApp(boatRoutes, { securitySchemes, security: [{ key: [] }] }))
    expect(secured).toMatchObject({ security: [{ key: [] }], components: { securitySchemes } })
  })

  test('has no finding under the strictest rules', async () => {
    expect(await lint(renderOpenapi(app))).toContain('Your API description is valid')
  }, 60_000)

  test('has findings when something is wrong with it', async () => {
    const broken = renderOpenapi(app).replace('"operationId": "getBoat"', '"operationId": "listBoats"')
    await expect(lint(broken)).rejects.toThrow(/operation-operationId-unique/)
  }, 60_000)
})

describe('schemas', () => {
  test('nullables are type arrays; a nullable reference has a second branch', () => {
    expect(schemaNamed(document, 'Boat')['properties']).toMatchObject({
      name: { type: ['string', 'null'], description: 'Null when unknown.' },
      length: { type: ['integer', 'null'] },
      flag: { type: ['string', 'null'], enum: ['KR', 'US', null] },
      tags: { type: ['array', 'null'], items: { type: 'string' } },
      berth: { type: ['object', 'null'], properties: { pier: { type: 'integer' } } },
      weight: { anyOf: [{ type: 'string' }, { type: 'integer' }, { type: 'null' }] },
      rig: { anyOf: [ref('schemas', 'Rig'), { type: 'null' }], description: 'Null without sails.' },
    })
    expect(schemaNamed(document, 'NewBoat')['properties']).toMatchObject({
      masts: { type: ['integer', 'null'], enum: [1, 2, null] },
    })
  })

  test('named schemas are told once, and referred to with what is said of them in place', () => {
    expect(schemaNamed(document, 'Boat')['properties']!['owner']).toEqual({
      ...ref('schemas', 'Owner'),
      description: 'Who has it.',
    })
    expect(schemaNamed(document, 'Rig')).toEqual({
      type: 'string',
      enum: ['sloop', 'ketch'],
      description: 'How its sails are set.',
    })
    expect(renderOpenapi(app)).not.toContain('$defs')
  })

  test('requests are closed, and what has a default may be left out; answers are open and complete', () => {
    const { additionalProperties, required, properties } = schemaNamed(document, 'NewBoat')
    expect(additionalProperties).toBe(false)
    expect(required).toEqual(['name'])
    expect(properties!['rig']!['description']).toBe('Its rig. Default: `"sloop"`.')
    expect(properties!['aliases']).toEqual({
      type: 'array',
      items: { type: 'string' },
      maxItems: 5,
      description: 'Default: `[]`.',
    })
    expect(schemaNamed(document, 'Boat')['required']).toContain('rig')
    expect(schemaNamed(document, 'Boat')['required']).not.toContain('next')
    const closed = Object.entries(document['components']!['schemas']!).filter(
      ([, schema]) => 'additionalProperties' in schema,
    )
    expect(closed.map(([name]) => name)).toEqual(['NewBoat'])
    expect(renderOpenapi(app)).not.toContain('"default"')
  })

  test('answers are without the bounds of every integer and the pattern of every UUID', () => {
    const { id, length } = schemaNamed(document, 'Boat')['properties']!
    expect(id).toEqual({ type: 'string', format: 'uuid' })
    expect(length).toEqual({ type: ['integer', 'null'] })
    const path = parametersOf(paths['/boats/{id}']!['get']!)['id']!
    expect(path['schema']).toMatchObject({ format: 'uuid', pattern: expect.any(String) })
  })

  test('a union told apart by a field says which value is which kind', () => {
    expect(schemaNamed(document, 'Drive')).toEqual({
      oneOf: [ref('schemas', 'Sail'), ref('schemas', 'Motor')],
      discriminator: {
        propertyName: 'kind',
        mapping: {
          sail: '#/components/schemas/Sail',
          motor: '#/components/schemas/Motor',
          steam: '#/components/schemas/Motor',
        },
      },
    })
    expect(schemaNamed(document, 'Sail')['properties']!['kind']).toEqual({ type: 'string', enum: ['sail'] })
  })

  test('a schema that differs between requests and responses is refused, by its name', async () => {
    const Closed = z.strictObject({ a: z.string() }).meta({ id: 'Closed' })
    const Defaulted = z.object({ b: z.string().default('') }).meta({ id: 'Defaulted' })
    const both = z.object({ Closed, Defaulted })
    await expect(withRoute({ body: both, response: { 200: both } })).rejects.toThrow(
      /name for each: Closed, Defaulted$/,
    )
  })

  test('what has no faithful form is refused, with the place', async () => {
    const named = (a: z.ZodType) => z.object({ a }).meta({ id: 'Twin' })
    const refused: [z.ZodType, RegExp][] = [
      [z.string().transform(Number), /^POST \/it cannot be described: Transforms/],
      [z.string().regex(/^a/i), /flags/],
      [z.string().regex(new RegExp('^\\-')), /regular expression/],
      [z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]), /needs an id/],
      [z.object({ one: named(z.string()), two: named(z.int()) }), /Twin/],
    ]
    for (const [schema, reason] of refused)
      await expect(withRoute({ response: { 200: schema } })).rejects.toThrow(reason)
    await expect(withRoute({ body: named(z.string()), headers: z.object({ b: named(z.int()) }) })).rejects.toThrow(
      /Twin/,
    )
    await expect(withRoute({ operationId: '' })).rejects.toThrow('no operationId')
    await expect(withRoute({ tags: ['Nowhere'] })).rejects.toThrow('Nowhere')
    await expect(withRoute({ response: { 418: Problem } })).rejects.toThrow('418')
  })
})

describe('parameters', () => {
  test('repeatable ones are arrays, exploded', () => {
    expect(parametersOf(paths['/boats']!['get']!)['rig']).toEqual({
      name: 'rig',
      in: 'query',
      description: 'Repeat it.',
      style: 'form',
      explode: true,
      schema: { type: 'array', items: ref('schemas', 'Rig') },
    })
  })

  test('Swagger UI finds nothing to fill in where a parameter is optional', () => {
    const query = parametersOf(paths['/boats']!['get']!)
    expect(query['sort']).toMatchObject({ description: 'The order. Default: `"name"`.', schema: { type: 'string' } })
    expect(query['limit']).toMatchObject({ description: 'Default: `25`.', schema: { type: 'integer', maximum: 200 } })
    expect(query['q']).toEqual({ name: 'q', in: 'query', schema: { type: 'string', examples: ['aurora'] } })
    const prefilled = ['example', 'examples', 'default']
    for (const { schema, ...parameter } of Object.values(query)) {
      expect(prefilled.filter((key) => key in parameter || (key !== 'examples' && key in schema!))).toEqual([])
    }
  })

  test('required ones say so, with an example that is filled in', () => {
    const { id, 'If-Match': ifMatch, 'X-Change-Note': note } = parametersOf(paths['/boats/{id}']!['patch']!)
    expect(id).toMatchObject({ in: 'path', required: true, description: 'The boat.', example: expect.any(String) })
    expect(ifMatch).toMatchObject({ in: 'header', required: true, description: 'The ETag.' })
    expect(note).not.toHaveProperty('required')
  })

  test('headers that OpenAPI describes in other ways are not parameters', () => {
    expect(Object.keys(parametersOf(paths['/boats']!['post']!))).toEqual(['Idempotency-Key'])
  })
})

describe('bodies', () => {
  test('carry the example of their schema, which runs as it stands', () => {
    expect(paths['/boats']!['post']!['requestBody']).toEqual({
      description: 'A boat to be.',
      required: true,
      content: { 'application/json': { schema: ref('schemas', 'NewBoat'), example: aBoat } },
    })
    expect(schemaNamed(document, 'NewBoat')['examples']).toEqual([aBoat])
  })

  test('may have several media types and examples', () => {
    const content = paths['/boats/{id}']!['patch']!['requestBody']!['content']!
    expect(Object.keys(content)).toEqual(['application/merge-patch+json', 'application/json'])
    expect(content['application/merge-patch+json']!['examples']).toEqual({
      example1: { value: { name: 'A' } },
      example2: { value: { name: 'B' } },
    })
  })

  test('of answers have the media type that the route says', () => {
    const csv = paths['/boats/export']!['get']!['responses']!['200']!
    expect(csv).toMatchObject({ description: 'A row a boat.', content: { 'text/csv': { schema: { type: 'string' } } } })
    const { content } = paths['/arrivals']!['get']!['responses']!['200']!
    expect(Object.keys(content!)).toEqual(['application/json', 'text/calendar'])
    expect(content!['application/json']!['schema']).toEqual(ref('schemas', 'BoatPage'))
  })
})

describe('responses', () => {
  const headersOf = (path: string, method: string, status: number): string[] =>
    Object.keys(paths[path]![method]!['responses']![status]!['headers'] ?? {})

  test('have the headers that follow from what the route takes', () => {
    expect(headersOf('/boats', 'post', 201)).toEqual(['Location', 'ETag'])
    expect(headersOf('/boats', 'get', 200)).toEqual(['Link'])
    expect(headersOf('/boats/{id}', 'get', 200)).toEqual(['ETag'])
    expect(headersOf('/boats/{id}', 'get', 304)).toEqual(['ETag'])
    expect(headersOf('/boats/{id}', 'patch', 200)).toEqual(['ETag'])
    expect(headersOf('/boats/{id}', 'delete', 204)).toEqual([])
    expect(headersOf('/arrivals', 'get', 200)).toEqual([])
    expect(paths['/boats']!['post']!['responses']!['201']!['headers']!['ETag']).toEqual(ref('headers', 'ETag'))
  })

  test('without a body have none', () => {
    expect(paths['/boats/{id}']!['delete']!['responses']!['204']).toEqual({ description: expect.any(String) })
    expect(paths['/boats/{id}']!['get']!['responses']!['304']).not.toHaveProperty('content')
  })

  test('that refuse are components, as problem documents', () => {
    expect(paths['/boats/{id}']!['get']!['responses']!['404']).toEqual(ref('responses', 'NotFound'))
    const components = document['components']!['responses']!
    expect(components['NotFound']).toEqual({
      description: expect.any(String),
      content: { 'application/problem+json': { schema: ref('schemas', 'Problem') } },
    })
    for (const name of ['TooManyRequests', 'ServiceUnavailable', 'ConflictOrInFlight']) {
      expect(components[name]!['headers']).toMatchObject({ 'Retry-After': ref('headers', 'Retry-After') })
    }
    expect(components['Conflict']).not.toHaveProperty('headers')
    expect(components['PreconditionFailed']!['headers']).toEqual({ ETag: ref('headers', 'ETag') })
  })

  test('that any operation can give are told of all', async () => {
    const all = documentOf(await anApp(boatRoutes, { everywhere: problems(500) }))
    for (const item of Object.values(all['paths']!)) {
      for (const operation of Object.values(item)) {
        expect(operation['responses']!['500']).toEqual(ref('responses', 'InternalServerError'))
      }
    }
  })
})

describe('Swagger UI', () => {
  test('opens over plain http, without anything from elsewhere', async () => {
    const page = await app.inject('/docs')
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('<title>Entente: a register of bilateral agreements</title>')
    expect(page.body).not.toMatch(/https?:/)
    const policy = String(page.headers['content-security-policy'])
    expect(policy).not.toMatch(/upgrade-insecure-requests|https?:/)
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!)
    expect(files.length).toBeGreaterThan(4)
    for (const file of files) expect((await app.inject(file)).statusCode).toBe(200)
    expect((await app.inject('/docs/json')).json()).toEqual(document)
  })

  test('is set up for work', async () => {
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
