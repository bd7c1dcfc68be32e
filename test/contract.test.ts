import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { breakingChanges } from './support/breaking.ts'

type Json = Record<string, unknown>

/** A small document: one path, a list and a new entry, each described by what is given. */
const aDocument = ({ post = {}, get = {}, schemas = {}, paths = {} }: Record<string, Json> = {}) => ({
  openapi: '3.1.1',
  paths: {
    '/boats': {
      get: { operationId: 'listBoats', responses: { 200: answer({}) }, ...get },
      post: { operationId: 'createBoat', responses: { 201: answer({}) }, ...post },
    },
    ...paths,
  },
  components: { schemas },
})
const json = (schema: Json) => ({ 'application/json': { schema } })
const answer = (schema: Json, more: Json = {}) => ({ description: 'A boat.', content: json(schema), ...more })
const asks = (schema: Json) => aDocument({ post: { requestBody: { required: true, content: json(schema) } } })
const answers = (schema: Json) => aDocument({ get: { responses: { 200: answer(schema) } } })
const takes = (...parameters: Json[]) => aDocument({ get: { parameters } })
const query = (name: string, schema: Json = { type: 'string' }, more: Json = {}) => ({
  name,
  in: 'query',
  schema,
  ...more,
})
const boat = (properties: Json, required: string[] = [], more: Json = {}) => ({
  type: 'object',
  properties,
  required,
  ...more,
})
const string = { type: 'string' }
const closed = { additionalProperties: false }
const orNull = (schema: Json) => ({ anyOf: [schema, { type: 'null' }] })

/** Each rule: the change one way breaks, in these words; the other way it is allowed, unless it is told too. */
const rules: [rule: string, before: object, after: object, breaking: string[], back?: string[]][] = [
  [
    'a path is removed',
    aDocument({ paths: { '/sails': { get: { operationId: 'listSails' } } } }),
    aDocument(),
    ['/sails: the path is removed'],
  ],
  [
    'an operation is removed',
    aDocument({ paths: { '/sails': { get: {}, put: {} } } }),
    aDocument({ paths: { '/sails': { get: {} } } }),
    ['PUT /sails: the operation is removed'],
  ],
  [
    'an operation is renamed',
    aDocument(),
    aDocument({ get: { operationId: 'getBoats' } }),
    ['GET /boats: operationId listBoats is now getBoats'],
    ['GET /boats: operationId getBoats is now listBoats'],
  ],
  [
    'a status is removed',
    aDocument({ get: { responses: { 200: answer({}), 304: {} } } }),
    aDocument(),
    ['GET /boats: the status 304 is removed'],
  ],
  [
    'a media type of an answer is removed',
    aDocument({ get: { responses: { 200: { content: { ...json({}), 'text/csv': {} } } } } }),
    aDocument(),
    ['GET /boats: 200: the media type text/csv is removed'],
  ],
  [
    'a media type of a request is removed',
    aDocument({ post: { requestBody: { content: { ...json({}), 'application/merge-patch+json': {} } } } }),
    aDocument({ post: { requestBody: { content: json({}) } } }),
    ['POST /boats: body: the media type application/merge-patch+json is removed'],
  ],
  [
    'a header of an answer is removed',
    aDocument({ get: { responses: { 200: answer({}, { headers: { ETag: { required: true } } }) } } }),
    aDocument(),
    ['GET /boats: 200: the header ETag is removed'],
  ],
  [
    'a header of an answer may be missing',
    aDocument({ get: { responses: { 200: answer({}, { headers: { ETag: { required: true } } }) } } }),
    aDocument({ get: { responses: { 200: answer({}, { headers: { ETag: {} } }) } } }),
    ['GET /boats: 200: the header ETag may be missing'],
  ],
  [
    'a property of an answer is removed',
    answers(boat({ id: string, name: string }, ['id', 'name'])),
    answers(boat({ id: string }, ['id'])),
    ['GET /boats: 200 application/json: the property name is removed'],
  ],
  [
    'a property of an answer may be missing',
    answers(boat({ id: string }, ['id'])),
    answers(boat({ id: string })),
    ['GET /boats: 200 application/json: the property id may be missing'],
  ],
  [
    'a property of an answer, deep in a list, may be null',
    answers(boat({ items: { type: 'array', items: boat({ id: string }) } })),
    answers(boat({ items: { type: 'array', items: boat({ id: { type: ['string', 'null'] } }) } })),
    ['GET /boats: 200 application/json.items[].id: it may now be null'],
  ],
  [
    'a component of an answer may be null',
    answers(boat({ sail: boat({ area: string }) })),
    answers(boat({ sail: orNull(boat({ area: string })) })),
    ['GET /boats: 200 application/json.sail: it may now be null'],
  ],
  [
    'a value of an answer is removed; a new one is an addition',
    answers({ type: 'string', enum: ['sloop', 'ketch'] }),
    answers({ type: 'string', enum: ['sloop'] }),
    ['GET /boats: 200 application/json: the value "ketch" is removed'],
  ],
  [
    'the constant of a value has another name; more values with names are an addition',
    answers({ type: 'string', enum: ['sloop'], 'x-enum-varnames': ['RIG_SLOOP'] }),
    answers({ type: 'string', enum: ['ketch', 'sloop'], 'x-enum-varnames': ['KETCH', 'SLOOP'] }),
    ['GET /boats: 200 application/json: the name RIG_SLOOP of the value "sloop" is changed'],
    [
      'GET /boats: 200 application/json: the value "ketch" is removed',
      'GET /boats: 200 application/json: the name SLOOP of the value "sloop" is changed',
    ],
  ],
  [
    'the constants of an answer are no longer named',
    answers({ type: 'string', enum: ['sloop'], 'x-enum-varnames': ['RIG_SLOOP'] }),
    answers({ type: 'string', enum: ['ketch', 'sloop'] }),
    ['GET /boats: 200 application/json: the name RIG_SLOOP of the value "sloop" is changed'],
    ['GET /boats: 200 application/json: the value "ketch" is removed'],
  ],
  [
    'the values of an answer are no longer listed',
    answers({ type: 'string', enum: ['sloop'] }),
    answers(string),
    ['GET /boats: 200 application/json: its values are no longer listed'],
  ],
  [
    'the format of an answer is lost',
    answers({ type: 'string', format: 'date' }),
    answers(string),
    ['GET /boats: 200 application/json: format is widened, from "date" to none'],
  ],
  [
    'bounds of an answer are of no account: no client counts on them',
    answers({ type: 'integer', maximum: 9 }),
    answers({ type: 'integer' }),
    [],
  ],
  [
    'an answer may be of another shape',
    answers({ oneOf: [boat({ sails: string })] }),
    answers({ oneOf: [boat({ sails: string }), boat({ power: string })] }),
    ['GET /boats: 200 application/json: the property sails is removed'],
  ],
  [
    'an alternative of a request is refused',
    asks({ oneOf: [boat({ kind: { const: 'sail' } }), boat({ kind: { const: 'motor' } })] }),
    asks({ oneOf: [boat({ kind: { const: 'sail' } })] }),
    ['POST /boats: body application/json.kind: the value "motor" is removed'],
  ],
  [
    'an alternative is narrowed, beside one of another kind',
    asks({ anyOf: [{ type: 'integer' }, { type: 'string', maxLength: 9 }] }),
    asks({ anyOf: [{ type: 'integer' }, { type: 'string', maxLength: 8 }] }),
    ['POST /boats: body application/json: maxLength is narrowed, from 9 to 8'],
  ],
  [
    'a part of a whole is removed',
    answers({ allOf: [boat({ id: string }), boat({ name: string })] }),
    answers({ allOf: [boat({ id: string })] }),
    ['GET /boats: 200 application/json: the property name is removed'],
  ],
  [
    'a parameter is removed',
    takes(query('q'), query('rig')),
    takes(query('q')),
    ['GET /boats: the parameter query rig is removed'],
  ],
  [
    'a new parameter is required',
    takes(),
    takes(query('rig', string, { required: true })),
    ['GET /boats: the new parameter query rig is required'],
    ['GET /boats: the parameter query rig is removed'],
  ],
  [
    'a new header is required',
    takes(),
    takes({ name: 'If-Match', in: 'header', required: true, schema: string }),
    ['GET /boats: the new parameter header If-Match is required'],
    ['GET /boats: the parameter header If-Match is removed'],
  ],
  [
    'a parameter is required',
    takes(query('rig')),
    takes(query('rig', string, { required: true })),
    ['GET /boats: the parameter query rig is required'],
  ],
  [
    'a parameter is written otherwise',
    takes(query('rig', { type: 'array' }, { explode: true })),
    takes(query('rig', { type: 'array' }, { explode: false })),
    ['GET /boats: explode of the parameter query rig is changed'],
    ['GET /boats: explode of the parameter query rig is changed'],
  ],
  [
    'a value of a parameter is removed',
    takes(query('sort', { enum: ['name', 'built'] })),
    takes(query('sort', { enum: ['name'] })),
    ['GET /boats: parameter query sort: the value "built" is removed'],
  ],
  [
    'a parameter has fewer values: a list of them',
    takes(query('sort')),
    takes(query('sort', { type: 'string', enum: ['name'] })),
    ['GET /boats: parameter query sort: only listed values are accepted'],
  ],
  [
    'bounds are narrowed',
    takes(query('limit', { type: 'integer', minimum: 1, maximum: 200 })),
    takes(query('limit', { type: 'integer', minimum: 2, maximum: 100 })),
    [
      'GET /boats: parameter query limit: minimum is narrowed, from 1 to 2',
      'GET /boats: parameter query limit: maximum is narrowed, from 200 to 100',
    ],
  ],
  [
    'a bound is new',
    asks(boat({ name: string })),
    asks(boat({ name: { type: 'string', maxLength: 9 } })),
    ['POST /boats: body application/json.name: maxLength is narrowed, from none to 9'],
  ],
  [
    'a pattern is new',
    asks(boat({ name: string })),
    asks(boat({ name: { type: 'string', pattern: '^a' } })),
    ['POST /boats: body application/json.name: pattern is narrowed, from none to "^a"'],
  ],
  [
    'a pattern is another',
    asks({ type: 'string', pattern: '^a' }),
    asks({ type: 'string', pattern: '^b' }),
    ['POST /boats: body application/json: pattern is narrowed, from "^a" to "^b"'],
    ['POST /boats: body application/json: pattern is narrowed, from "^b" to "^a"'],
  ],
  [
    'a type is narrowed',
    asks(boat({ length: { type: 'number' } })),
    asks(boat({ length: { type: 'integer' } })),
    ['POST /boats: body application/json.length: the type number is no longer accepted'],
  ],
  [
    'null is refused',
    asks(boat({ rig: { type: ['string', 'null'] } })),
    asks(boat({ rig: string })),
    ['POST /boats: body application/json.rig: the type null is no longer accepted'],
  ],
  [
    'a body is required',
    aDocument({ post: { requestBody: { content: json({}) } } }),
    aDocument({ post: { requestBody: { content: json({}), required: true } } }),
    ['POST /boats: a body is required'],
  ],
  [
    'a property of a request is required',
    asks(boat({ name: string, rig: string }, ['name'])),
    asks(boat({ name: string, rig: string }, ['name', 'rig'])),
    ['POST /boats: body application/json: the property rig is required'],
  ],
  [
    'a property of a request is refused',
    asks(boat({ name: string, rig: string }, [], closed)),
    asks(boat({ name: string }, [], closed)),
    ['POST /boats: body application/json: the property rig is removed'],
  ],
  [
    'unknown properties of a request are refused',
    asks(boat({ name: string })),
    asks(boat({ name: string }, [], closed)),
    ['POST /boats: body application/json: unknown properties are refused'],
  ],
  [
    'credentials are required',
    aDocument(),
    aDocument({ get: { security: [{ key: [] }] } }),
    ['GET /boats: other credentials are required'],
  ],
  [
    'a keyword that no rule knows is changed',
    asks({ type: 'object', not: { required: ['a'] } }),
    asks({ type: 'object' }),
    ['POST /boats: body application/json: not is changed'],
    ['POST /boats: body application/json: not is changed'],
  ],
]

describe('a breaking change is found, and its reverse is an addition', () => {
  test.each(rules)('%s', (_rule, before, after, breaking, back = []) => {
    expect(breakingChanges(before, after)).toEqual(breaking)
    expect(breakingChanges(after, before)).toEqual(back)
    expect(breakingChanges(before, before)).toEqual([])
  })

  test('what a document says beside the contract may change', () => {
    const told = (words: string) =>
      asks(boat({ name: { type: 'string', description: words, examples: [words] } }, [], { title: words }))
    expect(breakingChanges(told('A name.'), told('Its name.'))).toEqual([])
  })

  test('a reference is what it points to, also one that comes back to itself', () => {
    const refers = { $ref: '#/components/schemas/Boat' }
    const Boat = boat({ name: string, tender: refers }, ['name'])
    const tree = (schema: Json) => aDocument({ get: { responses: { 200: answer(refers) } }, schemas: { Boat: schema } })
    expect(breakingChanges(tree(Boat), tree(Boat))).toEqual([])
    expect(breakingChanges(tree(Boat), tree(boat({ tender: refers })))).toEqual([
      'GET /boats: 200 application/json: the property name is removed',
    ])
    expect(breakingChanges(answers(boat({ name: string })), tree(boat({ name: string })))).toEqual([])
  })
})

// openapi/released.json is the document of the last release, copied there as one is made:
// `cp openapi/openapi.json openapi/released.json`. Until there is a release it is the document that the first would
// have, so that nothing breaks by accident; what breaks it on purpose is copied in the same commit, which says why.
describe('the contract of the register', () => {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(new URL(`../openapi/${name}`, import.meta.url), 'utf8'))

  test('breaks nobody who holds to the released one', async () => {
    expect(breakingChanges(await read('released.json'), await read('openapi.json'))).toEqual([])
  })

  test('would be found broken, whichever operation were taken away', async () => {
    const released = (await read('released.json')) as { paths: Record<string, Json> }
    const unfound = Object.entries(released.paths).flatMap(([path, methods]) =>
      Object.keys(methods).filter((method) => {
        const { [method]: _gone, ...others } = methods
        const without = { ...released, paths: { ...released.paths, [path]: others } }
        return breakingChanges(released, without).length !== 1
      }),
    )
    expect(unfound).toEqual([])
  })
})
