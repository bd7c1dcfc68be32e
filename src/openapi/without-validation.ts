import { mapped } from './json-schema.ts'

type Json = Record<string, unknown>

/** By these, Swagger UI marks a value as wrong that the server accepts, such as ` US, NL `. */
const bounds = [
  'format',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minItems',
  'maxItems',
  'uniqueItems',
]

/** What holds values of clients, not schemas. */
const values = ['example', 'examples', 'enum', 'default']

/**
 * The OpenAPI document as Swagger UI loads it: the server alone says what is wrong with a value, and no regular expression
 * is shown. Removes all patterns, and the bounds of parameters. Bodies and responses keep their bounds, which the page only
 * shows.
 */
export const withoutValidation = (document: Json): Json =>
  changed(document, (object) =>
    typeof object['in'] === 'string' && isObject(object['schema'])
      ? { ...object, schema: changed(object['schema'], freely) }
      : without(object, ['pattern']),
  )

/** A schema of a parameter that takes any text, since it is sent as text. */
const freely = (schema: Json): Json => ({
  ...without(schema, [...bounds, 'pattern']),
  ...(schema['type'] === 'integer' && { type: 'string' }),
})

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Without the keywords `names`; an object of that name is a field, not a keyword. */
const without = (object: Json, names: readonly string[]): Json =>
  Object.fromEntries(Object.entries(object).filter(([name, value]) => !names.includes(name) || isObject(value)))

/** A copy in which `change` was applied to every object but the maps of fields, the innermost first. */
function changed(object: Json, change: (object: Json) => Json): Json {
  const copy = (value: unknown, name = ''): unknown => {
    if (Array.isArray(value)) return value.map((item) => copy(item))
    if (!isObject(value)) return value
    return name === 'properties' ? mapped(value, (field) => copy(field)) : changed(value, change)
  }
  return change(mapped(object, (value, name) => (values.includes(name) ? value : copy(value, name))))
}
