import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  description?: string
  properties?: Record<string, Schema>
  'x-enum-varnames'?: string[]
}

interface Operation {
  operationId: string
  summary?: string
  description?: string
  parameters?: { name: string; in: string; description?: string; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, Response>
}

interface Response {
  headers?: Record<string, Schema>
  content?: Record<string, { schema: Schema }>
}

const document = JSON.parse(readFileSync(new URL('../openapi/openapi.json', import.meta.url), 'utf8')) as {
  info: { description: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>; responses: Record<string, Response> }
}
const { schemas, responses } = document.components
const operations = Object.values(document.paths).flatMap((path) => Object.values(path))

/**
 * Types that a program has without an import, or that generated code imports: of Java (java.lang, java.util, java.time),
 * Kotlin, C# (System and what its projects import by default), Swift (also Foundation and SwiftUI), Go, Python (also
 * typing), Rust (the prelude) and TypeScript (also in a browser).
 */
const taken = new Set(
  `Action Actor Any Array Attribute Binding Boolean Box Buffer Bundle Byte Calendar Char Character Class Client Clock
  Clone Collection Comment Comparable Console Copy Currency Data Date DateTime Decimal Default Delegate Dictionary Dict
  Dimension Document Double Drop Duration Element Entry Enum Environment Error Event Exception Export Extension File
  Float Formatter Function Group Guid Hashable Header Headers History Host Identifiable Import Index Instant Int Integer
  Iterable Iterator Key Lazy List Locale Location Lock Long Map Mapping Match Measurement Method Mirror Module Month
  Namespace Node None Notification Nothing Nullable Number Object Operation Option Optional Package Pair Partial Path
  Period Permission Pick Plugin Process Progress Promise Property Protocol Proxy Random Range Record Regex Renewal Report
  Request Response Result Runtime Scanner Selection Self Sequence Set Short Signature Single Some State Stream String Symbol
  System Task Text Thread Throwable Time Timer Timestamp Tuple Type Union Unit Unknown Uri Url Uuid Value Vec Version
  View Void Warning Year Zone`.split(/\s+/),
)

/** Names that generated code gives to its own functions and types: `NewAgreement` is the constructor of `Agreement` in Go. */
const generated =
  /^(New|Nullable|Default|Api[A-Z]\w*Request$|Model[A-Z])|(Request|Response|Params|Api|Builder|Exception|Error)$/

describe('a schema', () => {
  test('is not named like a type of a language', () => {
    expect(Object.keys(schemas).filter((name) => taken.has(name))).toEqual([])
  })

  test('is not named like what generators add, such as a constructor', () => {
    // Errors of a request and of a row, which are data; no generator adds a name with this beginning.
    const own = ['ProblemError', 'ImportRowError']
    expect(Object.keys(schemas).filter((name) => generated.test(name) && !own.includes(name))).toEqual([])
  })

  test('has a name of its own, whatever the letter case', () => {
    const names = Object.keys(schemas).map((name) => name.toLowerCase())
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('an enum', () => {
  const named = Object.entries(schemas).filter(([, schema]) => schema.enum)

  test('names its constants, all different in the whole document: in Go they are names of the package', () => {
    const constants = named.flatMap(([, schema]) => schema['x-enum-varnames'] ?? [])
    expect(constants.length).toBe(named.flatMap(([, schema]) => schema.enum!).length)
    expect(new Set(constants).size).toBe(constants.length)
    expect(schemas['AgreementType']!['x-enum-varnames']![0]).toBe('AGREEMENT_TYPE_TREATY')
    expect(constants.filter((name) => !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(name))).toEqual([])
  })

  /** Every enum of texts within the schemas, by its place. */
  function enumsIn(schema: Schema, place: string): [string, Schema][] {
    const children = Object.entries(schema).filter(([, child]) => typeof child === 'object' && child !== null)
    return [
      ...(schema.enum && [schema.type].flat().includes('string') ? [[place, schema] as [string, Schema]] : []),
      ...children.flatMap(([key, child]) => enumsIn(child as Schema, `${place}/${key}`)),
    ]
  }

  test('says whether values may be added; the guide says what a client does with one that it does not know', () => {
    const all = Object.entries(schemas).flatMap(([name, schema]) => enumsIn(schema, name))
    expect(all.length).toBeGreaterThan(50)
    const says = (end: string) => all.filter(([, { description = '' }]) => description.endsWith(end))
    const closed = says('No value will be added.').map(([place]) => place)
    expect(closed).toContain('BindingForce')
    expect(closed).not.toContain('AgreementType')
    expect(says('Values may be added.').length + closed.length).toBe(all.length)
    expect(document.info.description).toMatch(
      /added to an enum, unless its description says that no value will be added/,
    )
  })

  test('has no value with a control character', () => {
    const odd = Object.entries(schemas)
      .flatMap(([name, schema]) => enumsIn(schema, name))
      .filter(([, schema]) => schema.enum!.some((value) => /\p{Cc}/u.test(String(value))))
    expect(odd.map(([place]) => place)).toEqual([])
  })

  test('that may be null stands in its place: some generators fail on a reference to one beside null', () => {
    const places = JSON.stringify(document).matchAll(
      /"anyOf":\[\{"\$ref":"#\/components\/schemas\/(\w+)"\},\{"type":"null"\}\]/g,
    )
    const beside = [...places].map(([, name]) => name!)
    expect(beside.length).toBeGreaterThan(10)
    expect(beside.filter((name) => schemas[name]!.enum)).toEqual([])
  })
})

describe('an operation', () => {
  test('has a summary and a description', () => {
    const without = operations.filter(({ summary, description }) => !summary || !description)
    expect(without.map(({ operationId }) => operationId)).toEqual([])
  })

  test('has no two parameters of one name, wherever they are', () => {
    const twice = operations.filter(({ parameters = [] }) => {
      const names = parameters.map(({ name }) => name.toLowerCase())
      return new Set(names).size < names.length
    })
    expect(twice.map(({ operationId }) => operationId)).toEqual([])
  })

  test('names the enums of options that are both parameters and parts of a form, so that no name is made twice', () => {
    const form = (body: Schema | undefined) =>
      (body?.$ref ? schemas[body.$ref.split('/').at(-1)!]! : {}).properties ?? {}
    const shared = operations.flatMap(({ operationId, parameters = [], requestBody }) => {
      const parts = form(requestBody?.content['multipart/form-data']?.schema)
      return parameters.filter(({ name }) => name in parts).map((parameter) => ({ operationId, ...parameter }))
    })
    expect(shared.length).toBeGreaterThan(5)
    const inPlace = shared.filter(({ schema }) => schema.enum !== undefined)
    expect(inPlace.map(({ operationId, name }) => `${operationId} ${name}`)).toEqual([])
  })

  test('takes If-Match and If-None-Match as plain text, with their rule in words', () => {
    const tags = operations.flatMap(({ parameters = [] }) =>
      parameters.filter(({ name }) => ['If-Match', 'If-None-Match'].includes(name)),
    )
    expect(tags.length).toBeGreaterThan(40)
    for (const { schema, description } of tags) {
      expect({ ...schema, examples: undefined }).toEqual({ type: 'string' })
      expect(description).toMatch(/with its quotes, such as `"3"`; several are separated by commas\./)
    }
  })

  test('has the headers of its responses in full', () => {
    const all = [...operations.flatMap((operation) => Object.values(operation.responses)), ...Object.values(responses)]
    const headers = all.flatMap((response) => Object.values(response.headers ?? {}))
    expect(headers.length).toBeGreaterThan(100)
    expect(headers.filter((header) => header.$ref !== undefined)).toEqual([])
  })
})
