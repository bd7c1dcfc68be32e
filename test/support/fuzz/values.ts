import fc, { type Arbitrary } from 'fast-check'
import { resolved, type Schema, violationOf } from './document.ts'

const length = (text: string): number => Array.from(text).length

/** Existing values of the register for a field or a parameter of this name, because random ones would not exist. */
const known: Record<string, readonly string[]> = {
  signatory: ['US', 'KR', 'JP', 'us-dhs', 'US-DHS-ST', 'EU-EC'],
  party: ['US', 'kr', 'EU', 'NL'],
  pair: ['US,KR', 'kr,us', 'US,NL'],
  parent: ['US', 'KR', 'US-DHS'],
  into: ['THROW-AWAY-1', 'THROW-AWAY-2', 'THROW-AWAY-3', 'throw-away-5', 'THROW-AWAY-7'],
  'researchDomains/': ['ford:2.1', 'theme:flooding', 'FORD:3.3'],
  researchDomain: ['theme:disaster-resilience', 'ford:2'],
  collection: ['sample', 'SAMPLE'],
  broader: ['ford:2', 'theme:disaster-resilience'],
  identifier: ['tias:04-601'],
  source: ['first'],
}

const days = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))

const texts = new Map<string, Arbitrary<string>>()

function text({ pattern, minLength = 0, maxLength = 200, format }: Schema): Arbitrary<string> {
  if (format === 'date') return days
  if (format === 'uuid') return fc.uuid()
  if (format === 'date-time') return days.map((day) => `${day}T12:00:00Z`)
  const key = `${pattern} ${minLength} ${maxLength}`
  const made =
    texts.get(key) ??
    (pattern === undefined ? fc.string({ unit: 'grapheme' }) : fc.stringMatching(new RegExp(pattern, 'u'))).filter(
      (value) => value.isWellFormed() && length(value) >= minLength && length(value) <= maxLength,
    )
  texts.set(key, made)
  return made
}

const typeOf = ({ type, enum: values }: Schema): string[] =>
  [type ?? (values ? 'enum' : 'object')].flat().filter((one) => one !== 'null')

const mayBeNull = ({ type, enum: values }: Schema): boolean =>
  [type].flat().includes('null') || (values ?? []).includes(null)

/** Values that are valid by construction; `name` is the name of the field, with a final slash for an item. */
export function valid(given: Schema, name = ''): Arbitrary<unknown> {
  const schema = resolved(given)
  if (schema.type === 'null') return fc.constant(null)
  const orNull = (value: Arbitrary<unknown>) =>
    mayBeNull(schema) ? fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) }) : value
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => valid(one, name)))
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const [type] = typeOf(schema)
  switch (type) {
    case 'boolean':
      return orNull(fc.boolean())
    case 'integer':
      return orNull(fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1000 }))
    case 'array':
      return orNull(
        (schema.uniqueItems ? fc.uniqueArray : fc.array)(valid(schema.items!, `${name}/`), {
          minLength: schema.minItems ?? 0,
          maxLength: Math.min(schema.maxItems ?? 3, 3),
        }),
      )
    case 'string': {
      const names = (known[name] ?? known[name.replace(/\/$/, '')])?.filter(
        (one) => violationOf(schema, one) === undefined,
      )
      const any = text(schema)
      return orNull(
        names ? fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: any }) : any,
      )
    }
    default:
      return orNull(record(schema))
  }
}

function record({ properties = {}, required = [] }: Schema): Arbitrary<object> {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, valid(field, name)]))
  return fc.record(fields, { requiredKeys: required })
}

type Path = (string | number)[]

/** Every location in `value` with its schema. */
function places(given: Schema, value: unknown, at: Path = []): { at: Path; schema: Schema; value: unknown }[] {
  const schema = resolved(given)
  const here = { at, schema, value }
  const chosen = schema.anyOf?.find((one) => violationOf(one, value) === undefined)
  if (chosen) return places(chosen, value, at)
  if (Array.isArray(value)) return [here, ...value.flatMap((item, i) => places(schema.items ?? {}, item, [...at, i]))]
  if (value === null || typeof value !== 'object') return [here]
  const fields = Object.entries(value).flatMap(([name, field]) =>
    schema.properties?.[name] ? places(schema.properties[name], field, [...at, name]) : [],
  )
  return [here, ...fields]
}

function put(body: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value
  if (Array.isArray(body)) return body.map((item, i) => (i === step ? put(item, rest, value) : item))
  const object = body as Record<string, unknown>
  return { ...object, [step]: put(object[step], rest, value) }
}

const without = (object: object, name: string): object =>
  Object.fromEntries(Object.entries(object).filter(([one]) => one !== name))

/** Replacements for a value, most of them invalid by its schema: wrong types, bounds, patterns, fields. */
function instead(schema: Schema, value: unknown): unknown[] {
  const types = [null, true, 0, -1, 1.5, 1e21, '', 'text', '2020-02-30', [], {}, [value], { value }]
  const bounds = [
    ...(schema.maximum === undefined ? [] : [schema.maximum + 1]),
    ...(schema.minimum === undefined ? [] : [schema.minimum - 1]),
    ...(schema.maxLength === undefined ? [] : ['a'.repeat(schema.maxLength + 1)]),
    ...(schema.maxItems === undefined || !Array.isArray(value)
      ? []
      : [Array.from({ length: schema.maxItems + 1 }, () => value[0] ?? 'a')]),
  ]
  const spoilt = typeof value === 'string' ? [`${value}\u0000`, ` ${value} `, `${value}\n`, value.toUpperCase()] : []
  const fields =
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? [
          { ...value, unknownField: 1 },
          { ...value, [Object.keys(schema.properties ?? { a: 1 })[0]!.slice(0, -1)]: 'a' },
          ...(schema.required ?? []).map((name) => without(value, name)),
        ]
      : []
  return [...types, ...bounds, ...spoilt, ...fields]
}

/** A valid body with one value replaced by one that the schema refuses. */
export const invalid = (schema: Schema): Arbitrary<unknown> =>
  valid(schema)
    .chain((body) => {
      const all = places(schema, body)
      return fc.record({ place: fc.constantFrom(...all), which: fc.nat(), body: fc.constant(body) })
    })
    .map(({ place, which, body }) => {
      const values = instead(place.schema, place.value)
      return put(body, place.at, values[which % values.length])
    })
    .filter((body) => violationOf(schema, body) !== undefined)

/** The value of a parameter's text, as the document's schema reads it. */
function read(given: Schema, values: string[]): unknown {
  const schema = resolved(given)
  const [type] = typeOf(schema)
  if (type === 'array') return values.map((value) => read(schema.items!, [value]))
  if (values.length !== 1) return values
  return type === 'integer' && /^-?\d+$/.test(values[0]!) ? Number(values[0]) : values[0]
}

/** Values that are valid by construction. Only existing codes, because unknown codes in a query are refused. */
export function validParameter(schema: Schema, name: string): Arbitrary<string[]> {
  const names = known[name]
  const all = resolved(schema)
  if (names === undefined) return valid(schema, name).map((value) => [value].flat().map(String))
  return fc.subarray([...names], { minLength: 1, maxLength: all.type === 'array' ? names.length : 1 })
}

const junk = [
  '',
  ' ',
  '-1',
  '0x10',
  '1e1',
  '1.5',
  '201',
  'null',
  'true',
  '[]',
  '{}',
  'text',
  '2020-02-30',
  '2020-13-01',
]
const odd = ['a\u0000b', '\u202e', "'; drop table agreements; --", '*', '"', '3', 'W/"3', 'é', 'x'.repeat(600)]

/** Values of a parameter that the document refuses; parameters that are not `repeatable` may also occur twice. */
export const invalidParameter = (schema: Schema, place: string): Arbitrary<string[]> => {
  const one = fc.oneof(fc.constantFrom(...junk, ...odd), fc.string({ unit: 'grapheme' }), fc.uuid())
  const values = place === 'query' ? fc.array(one, { minLength: 1, maxLength: 2 }) : one.map((value) => [value])
  return values.filter((texts_) => violationOf(resolved(schema), read(schema, texts_)) !== undefined)
}
