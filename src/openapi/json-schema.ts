import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'

export type Schema = z.core.JSONSchema.BaseSchema
export type Direction = 'input' | 'output'

/** What operations name instead of repeating it. */
export interface Components {
  input: Map<string, Schema>
  output: Map<string, Schema>
  responses: Map<string, object>
  headers: Map<string, object>
  /** What `jsonSchema` has made: one schema stands in many operations, and is costly to read. */
  made: Record<Direction, Map<z.ZodType, Schema>>
}

/** `schema` as JSON Schema; schemas with an id become components of its direction, and references. */
export function jsonSchema(schema: z.ZodType, io: Direction, components: Components): Schema {
  const made = components.made[io].get(schema) ?? convert(schema, io, components)
  components.made[io].set(schema, made)
  return made
}

function convert(schema: z.ZodType, io: Direction, components: Components): Schema {
  const {
    $schema: _,
    $defs = {},
    ...root
  } = z.toJSONSchema(schema, {
    io,
    override: (written) => complete(written.zodSchema, written.jsonSchema, io),
  })
  for (const [name, definition] of Object.entries($defs)) claim(components[io], name, portable(definition, io))
  return portable(root, io)
}

/** @throws when the name already stands for something else */
export function claim(components: Map<string, object>, name: string, component: object): void {
  const claimed = components.get(name)
  if (claimed && !isDeepStrictEqual(claimed, component)) throw new Error(`two things are named ${name}`)
  components.set(name, component)
}

/** @throws when a name stands for one thing in requests and for another in responses */
export function inOneForm({ input, output }: Components): Map<string, Schema> {
  const torn = [...input].filter(([name, schema]) => output.has(name) && !isDeepStrictEqual(schema, output.get(name)))
  if (torn.length > 0) {
    const names = torn.map(([name]) => name).toSorted()
    throw new Error(`Schemas that differ between requests and responses need a name for each: ${names.join(', ')}`)
  }
  return new Map([...[...output].map(([name, schema]) => [name, relaxed(schema)] as const), ...input])
}

/** Adds what Zod leaves out: discriminators, and the examples and defaults of what it calls a transformation. */
function complete(schema: z.core.$ZodTypes, written: Schema, io: Direction): void {
  const { def } = schema._zod
  const examples = z.globalRegistry.get(schema)?.['examples']
  if (io === 'input' && examples && !written.$ref) written.examples = examples as unknown[]
  if (io === 'input' && def.type === 'default') written.default = def.defaultValue
  if (def.type === 'union' && 'discriminator' in def) discriminate(def as z.core.$ZodDiscriminatedUnionDef, written)
  for (const check of [schema, ...(def.checks ?? [])]) {
    const { pattern } = check._zod.def as { pattern?: RegExp }
    if (pattern && /[ims]/.test(pattern.flags)) throw new Error(`${pattern} has flags that JSON Schema cannot express`)
    if (pattern) readable(pattern)
  }
}

/** @throws when `pattern` is not one of ECMA-262 in Unicode mode, as JSON Schema asks */
const readable = (pattern: RegExp): RegExp => new RegExp(pattern.source, 'u')

function discriminate({ discriminator, options }: z.core.$ZodDiscriminatedUnionDef, written: Schema): void {
  if (!written.oneOf) return
  const mapping = options.flatMap((option, index) => {
    const { $ref } = written.oneOf![index] as Schema
    if (!$ref) throw new Error(`each kind of a union told apart by ${discriminator} needs an id`)
    return [...(option._zod.propValues?.[discriminator] ?? [])].map((value) => [String(value), $ref])
  })
  written['discriminator'] = { propertyName: discriminator, mapping: Object.fromEntries(mapping) as object }
}

/**
 * The form that generators understand best. Answers stay open, for they may gain fields. A default becomes words:
 * Swagger UI would send that of a parameter, and client generators ask for a field that has one.
 */
function portable(schema: Schema, io: Direction): Schema {
  const { const: constant, default: byDefault, additionalProperties: more, ...rest } = schema
  const said = byDefault !== undefined && io === 'input' && `Default: \`${JSON.stringify(byDefault)}\`.`
  const described = [schema.description, said].filter(Boolean).join(' ')
  const isWhole = schema.type === 'number' && (schema.enum ?? [constant]).every(Number.isInteger)
  const isClosed = more === false && io === 'input'
  const children = withChildren({ ...rest, ...(more && { additionalProperties: more }) }, (child) =>
    portable(child, io),
  )
  return withNull(
    referring({
      ...children,
      ...(described && { description: described }),
      ...(isWhole && { type: 'integer' }),
      ...(constant !== undefined && { enum: [constant] }),
      ...(isClosed && { additionalProperties: false }),
    }),
  )
}

/**
 * Without what Zod adds to every integer and UUID. A request is held to it, to the letter; in an answer it only makes
 * odd samples.
 */
function relaxed(schema: Schema): Schema {
  const { minimum, maximum, pattern, ...rest } = withChildren(schema, relaxed)
  return {
    ...rest,
    ...(minimum !== undefined && minimum !== Number.MIN_SAFE_INTEGER && { minimum }),
    ...(maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER && { maximum }),
    ...(pattern !== undefined && rest.format !== 'uuid' && { pattern }),
  }
}

const schemaMaps = new Set(['properties', 'patternProperties'])
const schemaLists = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const schemaKeywords = new Set(['items', 'additionalProperties', 'propertyNames', 'not'])

/** `schema` with each schema in it replaced; what only looks like one, such as an example, is left alone. */
function withChildren(schema: Schema, replace: (child: Schema) => Schema): Schema {
  const each = (child: unknown): unknown => (typeof child === 'object' ? replace(child as Schema) : child)
  return mapped(schema as Record<string, unknown>, (value, keyword) => {
    if (schemaMaps.has(keyword)) return mapped(value as Record<string, unknown>, each)
    if (schemaLists.has(keyword)) return (value as unknown[]).map(each)
    return schemaKeywords.has(keyword) ? each(value) : value
  })
}

/** References into the document instead of into the schema. */
function referring(schema: Schema): Schema {
  const { $ref, discriminator } = schema as { $ref?: string; discriminator?: { mapping: Record<string, string> } }
  return {
    ...schema,
    ...($ref && { $ref: component($ref) }),
    ...(discriminator && { discriminator: { ...discriminator, mapping: mapped(discriminator.mapping, component) } }),
  }
}

function component(reference: string): string {
  const [, name] = /^#\/\$defs\/([A-Za-z]\w*)$/.exec(reference) ?? []
  if (!name) throw new Error('a schema that contains itself needs an id')
  return `#/components/schemas/${name}`
}

/** What may be null says so in its `type`; only a reference needs a second branch. */
function withNull(schema: Schema): Schema {
  const { anyOf, ...rest } = schema
  const [inner, other] = anyOf ?? []
  if (!inner || anyOf?.length !== 2 || !isDeepStrictEqual(other, { type: 'null' })) return schema
  if (inner.anyOf) return { ...inner, ...rest, anyOf: [...inner.anyOf, other] } as Schema
  if (!inner.type || inner.$ref) return schema
  return {
    ...inner,
    ...rest,
    type: [...new Set([inner.type, 'null'].flat())],
    ...(inner.enum && { enum: [...inner.enum, null] }),
  } as Schema
}

export const mapped = <Value, Result>(
  entries: Record<string, Value>,
  map: (value: Value, key: string) => Result,
): Record<string, Result> => Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, map(value, key)]))
