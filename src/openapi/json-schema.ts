import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { closedEnum } from '../shared/schemas.ts'

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
  const definitions = $defs as Record<string, Schema>
  const written = mapped(properties as Record<string, Schema>, (schema) =>
    withGrowth(portable(schema, io, definitions), io === 'output'),
  )
  const named = mapped(definitions, (schema, name) =>
    withConstants(name, withGrowth(portable(schema, io, definitions), true)),
  )
  return { schemas: new Map([...places].map(([schema, place]) => [schema, written[place]!])), named }
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
 * @param definitions what `$ref` refers to, by name
 */
function portable(schema: Schema, io: Direction, definitions: Record<string, Schema>): Schema {
  const { const: constant, default: byDefault, additionalProperties: more, ...rest } = schema
  const said = byDefault !== undefined && io === 'input' && `Default: \`${JSON.stringify(byDefault)}\`.`
  const described = [schema.description, said].filter(Boolean).join(' ')
  const isWhole = schema.type === 'number' && (schema.enum ?? [constant]).every(Number.isInteger)
  const isClosed = more === false && io === 'input'
  const children = withChildren({ ...rest, ...(more && { additionalProperties: more }) }, (child) =>
    portable(nullableEnum(child, definitions), io, definitions),
  )
  return withNull({
    ...children,
    ...(schema.$ref && { $ref: component(schema.$ref) }),
    ...(described && { description: described }),
    ...(isWhole && { type: 'integer' }),
    ...(constant !== undefined && { enum: [constant], [closedEnum]: true }),
    ...(isClosed && { additionalProperties: false }),
  })
}

/**
 * Says in words whether values may be added to an enum of texts: no keyword does, and generators show descriptions.
 * @param isSaid whether it is said; not of a parameter, whose values are the caller's choice
 */
function withGrowth(schema: Schema, isSaid: boolean): Schema {
  const { [closedEnum]: isClosed, ...rest } = withChildren(schema, (child) => withGrowth(child, isSaid))
  if (!isSaid || !rest.enum || ![rest.type].flat().includes('string')) return rest
  const growth = isClosed === true ? 'No value will be added.' : 'Values may be added.'
  return { ...rest, description: [rest.description, growth].filter(Boolean).join(' ') }
}

/** An enum that can be null is written in place: generators for Java and Python fail on a reference to one beside null. */
function nullableEnum(schema: Schema, definitions: Record<string, Schema>): Schema {
  const [inner, other] = schema.anyOf ?? []
  const { id: _, ...named } = definitions[inner?.$ref?.replace('#/$defs/', '') ?? ''] ?? {}
  return named.enum && isDeepStrictEqual(other, { type: 'null' }) ? { ...schema, anyOf: [named, other!] } : schema
}

/**
 * Gives the constants of a named enum names that begin with its own: in Go, all constants of a package share their names.
 * Other values are named by the generator.
 */
function withConstants(name: string, schema: Schema): Schema {
  if (schema.type !== 'string' || !schema.enum) return schema
  const constants = schema.enum.map((value) => `${constantOf(name)}_${constantOf(String(value))}`)
  return { ...schema, 'x-enum-varnames': constants }
}

const symbols: Record<string, string> = { ',': 'COMMA', ';': 'SEMICOLON', '|': 'PIPE' }

/** `AGREEMENT_TYPE` for `AgreementType` and for `agreement_type`. */
const constantOf = (name: string): string =>
  (symbols[name] ?? name)
    .replace(/(?<=[a-z0-9])[A-Z]/g, '_$&')
    .replace(/\W/g, '_')
    .toUpperCase()

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
