import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'

export type Schema = z.core.JSONSchema.BaseSchema
type Direction = 'input' | 'output'

export interface Described {
  schemas: Map<z.ZodType, Schema>
  /** The schemas that have an id, by id; other schemas refer to them as components. */
  named: Record<string, Schema>
}

/**
 * Converts Zod schemas to JSON Schema, all in one call, so that shared parts are converted once.
 * @param places the place of each schema, for error messages
 * @throws when a schema cannot be represented, or two have the same id
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

/** @throws when a name has different schemas in requests and in responses */
export function merged(input: Described['named'], output: Described['named']): Described['named'] {
  const different = Object.keys(input).filter((name) => output[name] && !isDeepStrictEqual(input[name], output[name]))
  if (different.length > 0) {
    throw new Error(`These schemas differ between requests and responses, and must have two names: ${different.join(', ')}`)
  }
  return { ...mapped(output, withoutZodBounds), ...input }
}

/** Adds the examples and defaults of transformations, which Zod leaves out. */
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

/** Whether a pattern means the same without flags, and is valid ECMA-262 in Unicode mode, as JSON Schema requires. */
function isPortable({ flags, source }: RegExp): boolean {
  try {
    return !/[ims]/.test(flags) && Boolean(new RegExp(source, 'u'))
  } catch {
    return false
  }
}

/**
 * The form that client generators handle best. Responses stay open, since fields may be added to them. A default goes
 * into the description: Swagger UI would send the default of a parameter, and generators make such a field required.
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
 * Without the bounds and patterns that Zod adds to every integer and UUID. Requests are validated against them; in
 * responses they only lead to odd samples.
 */
function withoutZodBounds(schema: Schema): Schema {
  const { minimum, maximum, pattern, ...rest } = withChildren(schema, withoutZodBounds)
  return {
    ...rest,
    ...(minimum !== undefined && minimum !== Number.MIN_SAFE_INTEGER && { minimum }),
    ...(maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER && { maximum }),
    ...(pattern !== undefined && rest.format !== 'uuid' && { pattern }),
  }
}

/** Replaces each schema within `schema`; a value that only looks like a schema, such as an example, is left as it is. */
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

/** Rewrites a reference from Zod's `$defs` to the components of the document. */
function component(reference: string): string {
  const [, name] = /^#\/\$defs\/([A-Za-z]\w*)$/.exec(reference) ?? []
  if (!name) throw new Error(`A recursive schema must have an id: ${reference}`)
  return `#/components/schemas/${name}`
}

/** A nullable schema lists `null` in its `type`; only a reference needs `anyOf`. */
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
