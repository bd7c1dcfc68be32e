import { readFileSync } from 'node:fs'
import { Agent, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { sql } from 'drizzle-orm'
import type { Agreement } from '../../src/agreements/schemas.ts'
import { authHeader } from './keys.ts'
import type { Register } from './register.ts'

export interface Schema {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  enum?: unknown[]
  const?: unknown
  format?: string
  pattern?: string
  maxLength?: number
  maxItems?: number
  minimum?: number
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
}

interface Parameter {
  $ref?: string
  name: string
  in: 'query' | 'path' | 'header'
  schema: Schema
}

interface OperationObject {
  operationId: string
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}

interface Document {
  paths: Record<string, Record<string, OperationObject | Parameter[]>>
  components: { schemas: Record<string, Schema>; parameters?: Record<string, Parameter> }
}

const document = JSON.parse(readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8')) as Document

export interface Operation {
  id: string
  method: string
  path: string
  parameters: Parameter[]
  body: Schema | undefined
  mediaType: string
}

const isOperation = (value: unknown): value is OperationObject =>
  typeof value === 'object' && value !== null && 'operationId' in value

const theParameter = (parameter: Parameter): Parameter =>
  parameter.$ref ? document.components.parameters![parameter.$ref.split('/').at(-1)!]! : parameter

/** Every operation of the document. */
export const operations: Operation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).flatMap(([method, operation]) => {
    if (!isOperation(operation)) return []
    // Forms are not JSON; the tests of imports break them.
    const bodies = Object.entries(operation.requestBody?.content ?? {})
    const [mediaType, content] = bodies.find(([type]) => type.endsWith('json')) ?? ['', undefined]
    const shared = Array.isArray(item['parameters']) ? item['parameters'] : []
    return [
      {
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        parameters: [...shared, ...(operation.parameters ?? [])].map(theParameter),
        body: content?.schema,
        mediaType,
      },
    ]
  }),
)

/** A schema without references, and without `null` as an alternative. */
export function plain(schema: Schema): Schema {
  if (schema.$ref) {
    const { $ref, ...rest } = schema
    return plain({ ...document.components.schemas[$ref.split('/').at(-1)!]!, ...rest })
  }
  const alternatives = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (alternatives) {
    const chosen = alternatives.find((one) => one.type !== 'null')!
    return plain({ ...chosen, ...(schema.maxItems !== undefined && { maxItems: schema.maxItems }) })
  }
  return schema
}

/** The names of the fields that GET shows at a place of the body of a PUT; none for the other methods. */
export function shownAt({ id, path, method }: Operation, at: readonly (string | number)[]): string[] {
  // Its body is what is in one field of the answer.
  if (method !== 'PUT' || id === 'replaceMapping') return []
  const get = document.paths[path]?.['get']
  if (!isOperation(get)) return []
  let schema: Schema | undefined = get.responses['200']!.content!['application/json']!.schema
  for (const step of at) {
    const { items, properties } = plain(schema)
    schema = typeof step === 'number' ? items : properties?.[step]
    if (!schema) return []
  }
  return Object.keys(plain(schema).properties ?? {})
}

const typeOf = (schema: Schema): string => {
  const { type, enum: values } = plain(schema)
  if (values && type === undefined) return typeof values[0] === 'number' ? 'integer' : 'string'
  return [type].flat().find((one) => one !== 'null') ?? 'object'
}

/** Whether it accepts `null`. */
export const nullable = (schema: Schema): boolean => {
  const resolved = schema.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)!]! : schema
  return (
    [resolved.type].flat().includes('null') ||
    (resolved.anyOf ?? resolved.oneOf ?? []).some((one) => one.type === 'null')
  )
}

const uuid = '01890000-0000-7000-8000-000000000001'

/** Valid values for fields whose schema is not specific enough. */
const valuesOf: Record<string, string> = {
  title: 'A title',
  reference: 'X/1',
  language: 'en',
  languages: 'en',
  url: 'https://example.org/a',
  selection: '/v1/agreements?party=XX-NONE',
  mediaType: 'application/pdf',
  formats: 'd/M/yyyy',
  scheme: 'tias',
  value: '04-601',
  key: 'article',
  source: 'article',
  signatory: 'US',
  party: 'US',
  pair: 'US,KR',
  parent: 'US',
  into: 'XX-NONE',
  collection: 'sample',
  column: 'Title',
  table: 'types',
  name: 'A name',
  researchDomains: 'ford:2.1',
  domainId: 'ford:2.1',
  broader: 'ford:2',
  code: 'XX-1',
  agreement: uuid,
  endsWith: uuid,
  date: '2020-01-02',
  effectiveDate: '2020-01-02',
  publishedOn: '2020-01-02',
  validFrom: '2020-01-02',
  validTo: '2020-01-02',
  expiresAt: '2020-01-02T00:00:00Z',
  runsFrom: 'signature',
  length: 'P5Y',
  delay: 'P30D',
  notice: 'P3M',
  sunset: 'P10Y',
}

/** Fields of a mapping that exclude each other: without the others, the first one is valid. */
const alternatives = [
  ['column', 'template', 'constant'],
  ['event', 'eventFrom'],
]

/** The fields of an object that can be given together. */
function fieldsOf({ properties = {} }: Schema): [string, Schema][] {
  const excluded = alternatives.flatMap((names) => (names.every((name) => name in properties) ? names.slice(1) : []))
  return Object.entries(properties).filter(([name]) => !excluded.includes(name))
}

/** A value with every field at every depth that is valid by its schema, though not always by the rules of the register. */
export function full(schema: Schema, name = ''): unknown {
  const it = plain(schema)
  if (it.const !== undefined) return it.const
  if (it.enum) return it.enum.find((value) => value !== null)
  if (name === 'lastDay' && nullable(schema)) return null
  switch (typeOf(it)) {
    case 'object':
      return Object.fromEntries(fieldsOf(it).map(([key, field]) => [key, full(field, key)]))
    case 'array':
      return [full(it.items!, name)]
    case 'integer':
    case 'number':
      return it.minimum ?? 1
    case 'boolean':
      return true
    default:
      if (it.format === 'uuid') return uuid
      if (it.format === 'date') return '2020-01-02'
      if (['code', 'name'].includes(name) && it.pattern?.includes('a-z')) return 'xx-1'
      return valuesOf[name] ?? 'Some text'
  }
}

export type Path = (string | number)[]

/** A location in a body, with its schema. */
export interface Place {
  at: Path
  schema: Schema
  type: string
}

/** Every location in a body, at any depth; of a list only the first item. */
export function places(schema: Schema, at: Path = []): Place[] {
  const it = plain(schema)
  const type = typeOf(it)
  const inner =
    type === 'array'
      ? places(it.items!, [...at, 0])
      : fieldsOf(it).flatMap(([key, field]) => places(field, [...at, key]))
  return [{ at, schema, type }, ...inner]
}

export const pointer = (at: Path): string => at.map((step) => `/${step}`).join('')

/** `body` with another value at `at`. */
export function replaced(body: unknown, at: Path, value: unknown): unknown {
  const [step, ...rest] = at
  if (step === undefined) return value
  const copy = (Array.isArray(body) ? [...body] : { ...(body as object) }) as Record<string | number, unknown>
  copy[step] = replaced(copy[step], rest, value)
  return copy
}

export const valueAt = (body: unknown, at: Path): unknown =>
  at.reduce((value, step) => (value as Record<string | number, unknown>)[step], body)

/** Path parameters for an agreement and its parts. */
export const idsIn = (agreement: Agreement): Record<string, string> => ({
  id: agreement.id,
  dateId: agreement.dates[0]!.id,
  signatureId: agreement.signatories[0]!.id,
  key: agreement.sources[0]!.key,
  domainId: 'ford:2.1',
  version: '1',
})

export interface Answer {
  status: number
  type: string
  text: string
  headers: Record<string, string | string[] | undefined>
  json: { code?: string; errors?: { pointer?: string; parameter?: string; code: string; message: string }[] } & Record<
    string,
    unknown
  >
}

export interface Call {
  method?: string
  headers?: Record<string, string | string[]>
  body?: string | Buffer | object | undefined
}

/** Sends paths and bodies exactly as given, without normalization by a client. `own` headers are sent with each request. */
export function caller(
  port: number,
  own: Record<string, string> = authHeader('admin'),
): { call: (path: string, options?: Call) => Promise<Answer>; close: () => void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const call = (path: string, { method = 'GET', headers = {}, body }: Call = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const bytes =
        body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
      const request = send(
        {
          agent,
          port,
          host: '127.0.0.1',
          path,
          method,
          headers: {
            ...own,
            ...(bytes !== undefined && { 'content-length': String(Buffer.byteLength(bytes)) }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            const type = response.headers['content-type'] ?? ''
            resolve({
              status: response.statusCode!,
              type,
              text,
              headers: response.headers,
              json: (/[/+]json/.test(type) && text ? JSON.parse(text) : {}) as Answer['json'],
            })
          })
        },
      )
      request.on('error', reject)
      request.end(bytes)
    })
  return { call, close: () => agent.destroy() }
}

/** Listens on a free port of the loopback interface, and returns it. */
export async function listen({ app }: Pick<Register, 'app'>): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

/** Writes `bytes` to a new connection, and returns what comes back until the other side closes or the timeout passes. */
export function raw(
  port: number,
  bytes: string | Buffer,
  { timeoutMs = 5000, end = false } = {},
): Promise<{ text: string; closed: boolean; ms: number }> {
  return new Promise((resolve) => {
    const began = performance.now()
    const chunks: Buffer[] = []
    let done = false
    const socket = connect(port, '127.0.0.1', () => (end ? socket.end(bytes) : socket.write(bytes)))
    const finish = (closed: boolean) => {
      if (done) return
      done = true
      clearTimeout(timer)
      socket.destroy()
      resolve({ text: Buffer.concat(chunks).toString('latin1'), closed, ms: performance.now() - began })
    }
    const timer = setTimeout(() => finish(false), timeoutMs)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => finish(true))
    socket.on('close', () => finish(true))
  })
}

/**
 * How many rows each table has, and which transactions wrote them: any write changes it. Without the order of changes,
 * which is written after a write.
 */
export async function checksum({ db }: Pick<Register, 'db'>): Promise<string> {
  const [row] = await db.query<{ text: string }>(
    sql`select string_agg(format('select %L, count(*), sum(xmin::text::bigint) from %I', tablename, tablename),
      ' union all ' order by tablename) as text from pg_tables where schemaname = 'public' and tablename <> 'changes'`,
  )
  return JSON.stringify(await db.query({ name: 'checksum', text: row!.text }))
}
