import { readFileSync } from 'node:fs'
import addFormats from 'ajv-formats'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

export interface Schema {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean
  items?: Schema
  enum?: unknown[]
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  minimum?: number
  maximum?: number
  anyOf?: Schema[]
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  schema: Schema
}

interface Described {
  $ref?: string
  headers?: Record<string, { $ref?: string; required?: boolean; schema?: Schema }>
  content?: Record<string, { schema: Schema }>
}

interface OperationObject {
  operationId: string
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, Described>
}

/** The document as clients get it, independent of the code that generates it. */
const document = JSON.parse(readFileSync(new URL('../../../openapi/openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, OperationObject>>
  components: Record<string, Record<string, unknown>>
}

/** The target of a reference into the document. */
export function resolved<Thing extends { $ref?: string }>(thing: Thing): Thing {
  if (thing.$ref === undefined) return thing
  const { $ref, ...beside } = thing
  const steps = $ref.slice('#/'.length).split('/')
  const target = steps.reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], document) as Thing
  return resolved({ ...target, ...beside })
}

const ajv = new Ajv2020({ strict: false, allErrors: false, validateSchema: false })
;(addFormats as unknown as (instance: Ajv2020) => void)(ajv)
ajv.addSchema(document, 'document')

const compiled = new WeakMap<object, ValidateFunction>()

/** References start at the schema itself; within the document they start at the document. */
const absolute = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/')) as unknown

/** The violation of `schema` by `value`, including formats; undefined if there is none. */
export function violationOf(schema: Schema, value: unknown): string | undefined {
  let validate = compiled.get(schema)
  if (!validate) {
    validate = ajv.compile(absolute(schema) as object)
    compiled.set(schema, validate)
  }
  return validate(value) ? undefined : ajv.errorsText(validate.errors)
}

export interface Operation {
  id: string
  method: string
  path: string
  parameters: Parameter[]
  /** The schema of the body for each media type; empty if there is no body. */
  bodies: [mediaType: string, schema: Schema][]
  responses: Record<string, Described>
}

export const operations: Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId, parameters = [], requestBody, responses }]) => ({
    id: operationId,
    method: method.toUpperCase(),
    path,
    parameters,
    bodies: Object.entries(requestBody?.content ?? {}).map(([type, { schema }]): [string, Schema] => [type, schema]),
    responses,
  })),
)

export const methodsOf = (path: string): string[] =>
  Object.keys(document.paths[path] ?? {}).map((method) => method.toUpperCase())
