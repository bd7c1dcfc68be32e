import { expect, test } from 'vitest'
import { z } from 'zod'
import { describeAll, merged } from '../src/openapi/json-schema.ts'

const named = (a: z.ZodType) => z.object({ a }).meta({ id: 'Named' })
const described = (schema: z.ZodType, io: 'input' | 'output') =>
  describeAll(new Map([[schema, 'POST /boats, body']]), io)

test.each([
  ['a transformation', z.object({ a: z.string().transform(Number) }), /Transforms/],
  ['a pattern with flags', z.object({ a: z.string().regex(/^a/i) }), /\^a\/i/],
  ['a pattern that is none in Unicode mode', z.string().regex(new RegExp('^\\-')), /\^\\-/],
])('a schema that JSON Schema cannot express is refused with its location: %s', (_, schema, reason) => {
  expect(() => described(schema, 'output')).toThrow(/^POST \/boats, body cannot be described: /)
  expect(() => described(schema, 'output')).toThrow(reason)
})

test('two schemas with the same id are refused', () => {
  const two = z.object({ one: named(z.string()), two: named(z.int()) })
  expect(() => described(two, 'output')).toThrow(/Named/)
})

test('a schema with an id that differs between requests and responses is refused', () => {
  const both = z.object({
    closed: z.strictObject({ a: z.string() }).meta({ id: 'Closed' }),
    defaulted: z.object({ b: z.string().default('') }).meta({ id: 'Defaulted' }),
    same: z.object({ c: z.string() }).meta({ id: 'Same' }),
  })
  const [input, output] = [described(both, 'input').named, described(both, 'output').named]
  expect(() => merged(input, output)).toThrow(/must have two names: Closed, Defaulted$/)
})

test('a schema that contains itself without an id is refused', () => {
  const itself: z.ZodType = z.object({
    get next() {
      return itself.nullable()
    },
  })
  expect(() => described(itself, 'output')).toThrow(/must have an id/)
})
