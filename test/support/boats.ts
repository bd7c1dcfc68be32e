import Fastify, { type FastifyInstance, type FastifySchema } from 'fastify'
import { z } from 'zod'
import { type OpenapiOptions, registerOpenapi } from '../../src/openapi/openapi.ts'

// A register of boats, to describe.

const listOf = <Item extends z.ZodType>(item: Item) => z.preprocess((value) => value, z.array(item).max(5))
const repeatable = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((value) => (Array.isArray(value) || value === undefined ? value : [value]), z.array(item).optional())

const Rig = z.enum(['sloop', 'ketch']).meta({ id: 'Rig', description: 'How its sails are set.' })
const Sail = z.object({ kind: z.literal('sail'), rig: Rig }).meta({ id: 'Sail' })
const Motor = z.object({ kind: z.enum(['motor', 'steam']), power: z.int() }).meta({ id: 'Motor' })
const Drive = z.discriminatedUnion('kind', [Sail, Motor]).meta({ id: 'Drive' })
const Owner = z.object({ name: z.string() }).meta({ id: 'Owner' })

export const aBoat = { name: 'Aurora', rig: 'sloop' }
const NewBoat = z
  .strictObject({
    name: z.string().min(1).regex(/^\S/),
    rig: Rig.default('sloop').describe('Its rig.'),
    masts: z.literal([1, 2]).nullable().default(null),
    aliases: listOf(z.string()).default([]),
    drive: Drive.optional(),
  })
  .meta({ id: 'NewBoat', description: 'A boat to be.', examples: [aBoat] })

const Boat = z
  .object({
    id: z.uuid(),
    name: z.string().nullable().describe('Null when unknown.'),
    length: z.int().nullable(),
    rig: Rig.nullable().describe('Null without sails.'),
    flag: z.enum(['KR', 'US']).nullable(),
    tags: z.array(z.string()).nullable(),
    berth: z.object({ pier: z.int() }).nullable(),
    weight: z.union([z.string().min(2), z.int().min(1)]).nullable(),
    state: z.literal('afloat'),
    drive: Drive,
    owner: Owner.describe('Who has it.'),
    next: z.array(z.object({ id: z.uuid() })).optional(),
  })
  .meta({ id: 'Boat', description: 'A boat.' })

const BoatPage = z.object({ items: z.array(Boat), nextCursor: z.string().nullable() }).meta({ id: 'BoatPage' })
export const Problem = z
  .object({ title: z.string(), status: z.int() })
  .meta({ id: 'Problem', description: 'RFC 9457.' })
export const problems = (...statuses: number[]) => Object.fromEntries(statuses.map((status) => [status, Problem]))

const Params = z.strictObject({
  id: z
    .uuid()
    .describe('The boat.')
    .meta({ examples: ['0190c1de-0000-7000-8000-000000000000'] }),
})
const IfMatch = z.object({ 'if-match': z.string().describe('The ETag.'), 'x-change-note': z.string().optional() })
const IfNoneMatch = z.object({ 'if-none-match': z.string().optional() })
const ListQuery = z.strictObject({
  rig: repeatable(Rig).describe('Repeat it.'),
  q: z
    .string()
    .optional()
    .meta({ examples: ['aurora'] }),
  sort: z.enum(['name', '-name']).default('name').describe('The order.'),
  limit: z.preprocess((value) => Number(value), z.int().min(1).max(200)).default(25),
  cursor: z.string().optional(),
})

export const tags = [
  { name: 'Search', description: 'Find.' },
  { name: 'Boats', description: 'Sail.' },
  { name: 'Later', description: 'Not yet.' },
]
const handler = async () => ({})
const about = (operationId: string) => ({ operationId, summary: operationId, tags: ['Boats'] })

export function boatRoutes(app: FastifyInstance): void {
  const boat = { params: Params, response: { 200: Boat, ...problems(400, 404) } }
  const edit = { headers: IfMatch, response: { 200: Boat, ...problems(400, 404, 409, 412, 428) } }
  const conditional = { ...boat, ...about('getBoat'), headers: IfNoneMatch }
  app.get('/boats', {
    schema: {
      ...about('listBoats'),
      tags: ['Search'],
      querystring: ListQuery,
      response: { 200: BoatPage, ...problems(400, 429, 503) },
    },
    handler,
  })
  app.post('/boats', {
    schema: {
      ...about('createBoat'),
      headers: z.object({ 'idempotency-key': z.string().optional(), 'content-type': z.string().optional() }),
      body: NewBoat,
      response: { 201: Boat, ...problems(400, 409) },
    },
    handler,
  })
  app.get('/boats/:id', { schema: conditional, handler })
  app.patch('/boats/:id', {
    schema: {
      ...boat,
      ...about('patchBoat'),
      ...edit,
      consumes: ['application/merge-patch+json', 'application/json'],
      body: z.strictObject({ name: z.string() }).meta({ examples: [{ name: 'A' }, { name: 'B' }] }),
    },
    handler,
  })
  app.delete('/boats/:id', {
    schema: { ...boat, ...about('deleteBoat'), ...edit, response: { 204: z.undefined(), ...problems(400, 412) } },
    handler,
  })
  app.get('/boats/export', {
    schema: {
      ...about('exportBoats'),
      produces: ['text/csv'],
      response: { 200: z.string().describe('A row a boat.'), ...problems(400) },
    },
    handler,
  })
  app.get('/arrivals', {
    schema: {
      ...about('listArrivals'),
      response: {
        200: { content: { 'application/json': { schema: BoatPage }, 'text/calendar': { schema: z.string() } } },
        ...problems(400),
      },
    },
    handler,
  })
  app.get('/hidden', { schema: { hide: true }, handler })
}

export async function anApp(
  routes: (app: FastifyInstance) => void,
  options: OpenapiOptions = {},
): Promise<FastifyInstance> {
  const app = Fastify()
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (data) => {
    const read = schema.safeParse(data)
    return read.success ? { value: read.data } : { error: read.error }
  })
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  await registerOpenapi(app, { tags, ...options })
  routes(app)
  await app.ready()
  return app
}

/** An application with one route of this schema. */
export const withRoute = (schema: FastifySchema, method: 'GET' | 'POST' = 'POST') =>
  anApp((app) => app.route({ method, url: '/it', schema: { ...about('doIt'), ...schema }, handler }))
