import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'

export type Schema = z.core.JSONSchema.BaseSchema
type Direction = 'input' | 'output'

export interface Described {
  schemas: Map<z.ZodType, Schema>
  /** What has an id, by it: others refer to it as a component of the document. */
  named: Record<string, Schema>
}

/**
 * Zod schemas as JSON Schema, all in one go: what many of them hold is read once.
 * @param places where each of them stands, as errors say it
 * @throws when one has no faithful form, or two have the same id
 */
export function describeAll(places: ReadonlyMap<z.ZodType, string>, io: Direction): Described {
  const shape = Object.fromEntries([...places].map(([schema, place]) => [place, schema]))
  const { properties = {}, $defs = {} } = z.toJSONSchema(z.object(shape), {
    io,
    unrepresentable: ({ path, message }) => {
      throw new Error(`${path[1]} cannot be described: ${message}`)
    },
    override: ({ zodSchema, jsonSchema, path }) => complete(zodSchema, jsonSchema, io, String(path[1])),
  })
  const all = (schemas: object) => mapped(schemas as Record<string, Schema>, (schema) => portable(schema, io))
  const described = all(properties)
  return { schemas: new Map([...places].map(([schema, place]) => [schema, described[place]!])), named: all($defs) }
}

/** @throws when a name stands for one thing in requests and for another in responses */
export function inOneForm(input: Described['named'], output: Described['named']): Described['named'] {
  const torn = Object.keys(input).filter((name) => output[name] && !isDeepStrictEqual(input[name], output[name]))
  if (torn.length > 0) {
    throw new Error(`Schemas that differ between requests and responses need a name for each: ${torn.join(', ')}`)
  }
  return { ...mapped(output, relaxed), ...input }
}

/** Adds what Zod leaves out: the examples and defaults of what it calls a transformation. */
function complete(schema: z.core.$ZodTypes, written: Schema, io: Direction, place: string): void {
  const { def } = schema._zod
  const examples = z.globalRegistry.get(schema)?.['examples']
  if (io === 'input' && examples && !written.$ref) written.examples = examples as unknown[]
  if (io === 'input' && def.type === 'default') written.default = def.defaultValue
  for (const check of [schema, ...(def.checks ?? [])]) {
    const { pattern } = check._zod.def as { pattern?: RegExp }
    if (pattern && !isPortable(pattern)) throw new Error(`${place} cannot be described: ${pattern} is not portable`)
  }
}

/** Whether a pattern means the same without flags, and is one of ECMA-262 in Unicode mode, as JSON Schema asks. */
function isPortable({ flags, source }: RegExp): boolean {
  try {
    return !/[ims]/.test(flags) && Boolean(new RegExp(source, 'u'))
  } catch {
    return false
  }
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
  return withNull({
    ...children,
    ...(schema.$ref && { $ref: component(schema.$ref) }),
    ...(described && { description: described }),
    ...(isWhole && { type: 'integer' }),
    ...(constant !== undefined && { enum: [constant] }),
    ...(isClosed && { additionalProperties: false }),
  })
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

/** `schema` with each schema in it replaced; what only looks like one, such as an example, is left alone. */
function withChildren(schema: Schema, replace: (child: Schema) => Schema): Schema {
  const { properties, items, anyOf, additionalProperties: more } = schema as Record<string, Schema> & Schema
  return {
    ...schema,
    ...(properties && { properties: mapped(properties as Record<string, Schema>, replace) }),
    ...(items && { items: replace(items as Schema) }),
    ...(anyOf && { anyOf: anyOf.map(replace) }),
    ...(typeof more === 'object' && { additionalProperties: replace(more) }),
  }
}

/** A reference into the document instead of into what Zod wrote. */
function component(reference: string): string {
  const [, name] = /^#\/\$defs\/([A-Za-z]\w*)$/.exec(reference) ?? []
  if (!name) throw new Error(`a schema that contains itself needs an id: ${reference}`)
  return `#/components/schemas/${name}`
}

/** What may be null says so in its `type`; only a reference needs a second branch. */
function withNull(schema: Schema): Schema {
  const { anyOf, ...rest } = schema
  const [inner, other] = anyOf ?? []
  if (!inner || anyOf?.length !== 2 || !isDeepStrictEqual(other, { type: 'null' })) return schema
  if (!inner.type) return schema
  return {
    ...inner,
    ...rest,
    type: [inner.type, 'null'].flat(),
    ...(inner.enum && { enum: [...inner.enum, null] }),
  } as Schema
}

export const mapped = <Value, Result>(
  entries: Record<string, Value>,
  map: (value: Value, key: string) => Result,
): Record<string, Result> => Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, map(value, key)]))
