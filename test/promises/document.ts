import fc, { type Arbitrary } from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../../src/programs/sample.ts'
import { checks, type Sent } from '../support/fuzz/checks.ts'
import { methodsOf, type Operation, operations, type Parameter } from '../support/fuzz/document.ts'
import { invalid, invalidParameter, valid, validParameter } from '../support/fuzz/values.ts'
import { type Answer, caller, listen } from '../support/hostile.ts'
import { withPeriods } from '../support/naive.ts'
import { anAgreement, freshRegister } from '../support/register.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)

type Target = Record<string, string>

/** A request before it is sent: the path is filled in when the target is known. */
interface Case extends Sent {
  method: string
  path: Record<string, string>
  query: [name: string, value: string][]
  headers: Record<string, string>
  body: string | undefined
}

let call: ReturnType<typeof caller>['call']
let origin = ''
let sent = 0
const answers = new Map<string, number>()

// Existing targets for addresses

const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
  const headers = { 'content-type': 'application/json', 'if-match': '*' }
  const { status, json, text } = await call(path, { method: 'POST', headers, body })
  expect(status, text).toBe(201)
  return json
}

const anything = anAgreement({
  signatories: [
    { side: 1, signatory: 'US', source: 'first' },
    { side: 2, signatory: 'JP' },
    { side: 2, signatory: 'JP', role: 'responsible' },
  ],
  dates: [
    { event: 'signed', date: '2019-03-05' },
    { event: 'adopted', date: '2019-01' },
  ],
  researchDomains: ['ford:2.1'],
  sources: [
    { key: 'first', title: 'First' },
    { key: 'second', title: 'Second' },
  ],
})

let added = 0

/** New entries for the parameters of an operation, so that cases do not disturb each other. */
async function newTarget({ id: operation, path }: Operation): Promise<Target> {
  added += 1
  if (path.startsWith('/v1/signatories/')) {
    const body = (name: string) => post('/v1/signatories', { name: `${name} ${added}`, kind: 'other' })
    const id = String((await body('Body'))['id'])
    const isMerged = operation === 'getMerge' || operation === 'deleteMerge'
    if (isMerged) await post(`/v1/signatories/${id}/merge`, { into: (await body('Other'))['id'] })
    return { id }
  }
  if (path.startsWith('/v1/collections/')) {
    return { id: String((await post('/v1/collections', { name: `Collection ${added}` }))['id']) }
  }
  if (path.startsWith('/v1/mappings/')) {
    const parties = [{ column: 'Parties', split: ['and'] }]
    const mapping = { title: { column: 'Title' }, type: { constant: 'agreement' }, parties }
    return { name: String((await post('/v1/mappings', { name: `mapping-${added}`, mapping }))['name']) }
  }
  if (path.startsWith('/v1/research-domains/')) {
    return { id: String((await post('/v1/research-domains', { scheme: 'fuzz', label: `Domain ${added}` }))['id']) }
  }
  if (path.startsWith('/v1/keys/')) {
    return { id: String((await post('/v1/keys', { name: 'A key', role: 'reader' }))['id']) }
  }
  if (path.startsWith('/v1/webhooks/')) {
    const id = String((await post('/v1/webhooks', { url: 'https://example.org/', enabled: false }))['id'])
    return { id, deliveryId: String((await post(`/v1/webhooks/${id}/ping`, {}))['id']) }
  }
  if (path.startsWith('/v1/imports/')) {
    // One that can be cancelled has more rows than are imported at once.
    const [head, row] = importForm.file.split('\n')
    const rows = path.endsWith('/cancel') ? 201 : 1
    const { type, body } = formOf({ ...importForm, file: [head, ...Array<string>(rows).fill(row!)].join('\n') })
    const made = await call('/v1/imports', { method: 'POST', headers: { 'content-type': type }, body })
    expect(made.status, made.text).toBe(rows > 1 ? 202 : 201)
    return { id: String(made.json['id']) }
  }
  const { id, dates, signatories } = (await post('/v1/agreements', anything)) as {
    id: string
    dates: { id: string }[]
    signatories: { id: string }[]
  }
  return {
    id,
    dateId: dates[0]!.id,
    signatureId: signatories[2]!.id,
    domainId: 'ford:2.1',
    key: 'second',
    version: '1',
  }
}

// Cases

const fixed = <Value>(value: Value): Arbitrary<Value> => fc.constant(value)

/** A body of one of the documented media types, as text. */
const bodyOf = (operation: Operation, of: typeof valid): Arbitrary<{ type?: string; body?: string }> =>
  operation.bodies.length === 0
    ? fixed({})
    : fc
        .constantFrom(...operation.bodies)
        .chain(([type, schema]) =>
          type === 'multipart/form-data'
            ? fc.constantFrom(...formsOf(operation, of === valid)).map((parts) => formOf(parts))
            : of(schema).map((value) => ({ type, body: JSON.stringify(value) })),
        )

const formOf = (parts: object): { type: string; body: string } => ({
  type: 'multipart/form-data; boundary=b',
  body: `${Object.entries(parts)
    .map(([name, value]) => {
      const file = name === 'file' ? '; filename="f.csv"' : ''
      return `--b\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`
    })
    .join('')}--b--\r\n`,
})

/** What the document cannot say of a form: its mapping fits its file. */
const importForm = {
  file: 'Title,Kind,One,Two\nAgreement on Ice,treaty,US,JP\n',
  mapping: JSON.stringify({
    title: { column: 'Title' },
    type: { column: 'Kind' },
    parties: [
      { column: 'One', side: 1 },
      { column: 'Two', side: 2 },
    ],
  }),
}
const { file, mapping } = importForm
const invalidForms: object[] = [
  { mapping },
  { file },
  { ...importForm, mode: 'replace' },
  { ...importForm, atomic: '1' },
  { ...importForm, unknown: '1' },
  { file, mapping: '{}' },
  { file, mapping: '' },
]

/** The forms that an operation takes, or refuses. */
const formsOf = ({ id }: Operation, isValid: boolean): object[] =>
  id === 'suggestMapping'
    ? isValid
      ? [{ file }]
      : [{ fileName: 'f.csv' }, { file, mapping }, { file, unknown: '1' }]
    : isValid
      ? [importForm]
      : invalidForms

const inPlace = (operation: Operation, place: Parameter['in']): Parameter[] =>
  operation.parameters.filter((one) => one.in === place)

/**
 * What the document cannot say of queries: a cursor is of a list that was read, `on` goes with a status, relevance with
 * words, a level with domains, an instant of the past with neither words nor warnings nor codes that are younger; a calendar has neither pages nor a total; a collection exists, a file is encoded as told, and a change that is named exists.
 */
const together = ({ id }: Operation, query: Record<string, string[]>): Record<string, string[]> => {
  const { cursor: _, after, wait, on, sort, domainLevel, to, limit, count, withPredecessors, ...all } = query
  const { q, warning, ...others } = all
  const named = ['party', 'pair', 'signatory', 'researchDomain'].some((name) => others[name])
  const { collection: __, mapping: ___, encoding: ____, separator, sheet: _____, headerRow: ______, ...kept } = others
  const rest = ['createImport', 'suggestMapping'].includes(id) ? kept : { ...kept, ...(separator && { separator }) }
  return {
    ...rest,
    ...(others['asOf']
      ? named && { asOf: ['9000-01-01T00:00:00Z'] }
      : { ...(q && { q }), ...(warning && { warning }) }),
    ...(after?.[0] === 'latest' ? { after } : wait && { wait }),
    ...(on && (rest['status']?.length || rest['groupBy']?.includes('status')) && { on }),
    ...(withPredecessors && (rest['party'] ?? rest['pair'] ?? rest['signatory']) && { withPredecessors }),
    ...(sort && (sort[0] !== 'relevance' || (q && !others['asOf'])) && { sort }),
    ...(domainLevel && rest['groupBy']?.includes('researchDomain') && { domainLevel }),
    ...(to && !/Deadline(s|Calendar)/.test(id) && { to }),
    ...(limit && rest['format']?.[0] !== 'ics' && { limit }),
    ...(count && rest['format']?.[0] !== 'ics' && { count }),
  }
}

function queryOf(operation: Operation): Arbitrary<[string, string][]> {
  const parameters = inPlace(operation, 'query')
  const values = Object.fromEntries(
    parameters.map((one) => {
      const named = operation.id === 'listResearchDomains' && one.name === 'parent' ? 'broader' : one.name
      const value = validParameter(one.schema, named)
      return [one.name, one.required ? value : sparing(value)]
    }),
  )
  return fc.record(values).map((record) => {
    const given = Object.entries(record).filter((entry): entry is [string, string[]] => entry[1] !== undefined)
    return pairs(withPeriods(together(operation, Object.fromEntries(given))))
  })
}

/** Most parameters are omitted most of the time; otherwise nothing would match. */
const sparing = <Value>(value: Arbitrary<Value>): Arbitrary<Value | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fixed(undefined) }, { weight: 1, arbitrary: value })

const pairs = (query: Record<string, string[]>): [string, string][] =>
  Object.entries(query).flatMap(([name, values]) => values.map((value): [string, string] => [name, value]))

/** The values of the target (`{}`), or valid values that do not exist. */
const pathOf = (operation: Operation, found: boolean): Arbitrary<Record<string, string>> =>
  found ? fixed({}) : fc.record(Object.fromEntries(inPlace(operation, 'path').map((one) => [one.name, single(one)])))

const single = (one: Parameter): Arbitrary<string> => validParameter(one.schema, '').map(([value]) => value!)

function headersOf(operation: Operation, found: boolean): Arbitrary<Record<string, string>> {
  const named = inPlace(operation, 'header').map(({ name, required, schema }) => {
    const described = validParameter(schema, '').map(([value]) => asHeader(value!))
    const any = name === 'Register-Position' ? described : fc.oneof(fixed('"1"'), fixed('*'), described)
    const value = name === 'If-Match' && found ? fixed('*') : any
    return [name, required ? value : fc.option(value, { nil: undefined })] as const
  })
  return fc
    .record(Object.fromEntries(named))
    .map((record) =>
      Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)),
    ) as Arbitrary<Record<string, string>>
}

/** Values that can be sent in a header. */
const asHeader = (text: string): string => text.replace(/[^\u0020-\u007e]/g, '').trim()

function positive(operation: Operation): Arbitrary<Case> {
  const some = inPlace(operation, 'path').length > 0
  const found = some
    ? fc.oneof({ weight: 4, arbitrary: fixed(true) }, { weight: 1, arbitrary: fixed(false) })
    : fixed(true)
  return found.chain((there) =>
    fc
      .record({
        path: pathOf(operation, there),
        query: queryOf(operation),
        headers: headersOf(operation, there),
        content: bodyOf(operation, valid),
      })
      .map(({ path, query, headers, content: { type, body } }) => ({
        operation,
        kind: 'positive' as const,
        inBody: false,
        method: operation.method,
        path,
        query,
        body,
        found: there && !query.some(([name]) => name === 'asOf' || operation.id === 'getPosition'),
        headers: { ...headers, ...(type && { 'content-type': type }) },
      })),
  )
}

/** A valid request with one part that the document refuses. */
function negative(operation: Operation): Arbitrary<Case> {
  const base = positive(operation).map((one): Case => ({ ...one, kind: 'negative' }))
  const spoil = (one: Parameter): Arbitrary<Case> =>
    fc.record({ base, values: invalidParameter(one.schema, one.in) }).map(({ base: it, values }) => {
      if (one.in === 'path') return { ...it, path: { ...it.path, [one.name]: values[0]! } }
      if (one.in === 'header') return { ...it, headers: { ...it.headers, [one.name]: values[0]! } }
      const query = [...it.query.filter(([name]) => name !== one.name), ...pairs({ [one.name]: values })]
      return { ...it, query }
    })
  const sendable = (one: Case): boolean =>
    Object.values(one.headers).every((value) => /^[\u0020-\u007e]*$/.test(value) && value.trim() === value) &&
    Object.values(one.path).every((value) => value !== '')
  const unknown = fc.record({ base, name: fc.constantFrom('fields', 'Limit', 'page', '__proto__', 'toString') })
  const ways: Arbitrary<Case>[] = [
    ...operation.parameters.filter(({ schema, in: place }) => place !== 'header' || schema.anyOf).map(spoil),
    unknown.map(({ base: it, name }) => ({ ...it, query: [...it.query, [name, '1']] })),
  ]
  if (operation.bodies.length > 0) {
    const spoilt = fc.record({ base, content: bodyOf(operation, invalid) })
    const broken = fc.record({ base, body: fc.constantFrom('', '{', '[', '{"a":1,"a":1}', 'null ,', '\u0000') })
    const bodies = spoilt.map(({ base: it, content: { type, body } }): Case => ({
      ...it,
      body,
      inBody: true,
      headers: { ...it.headers, 'content-type': type! },
    }))
    ways.push(
      bodies,
      bodies,
      bodies,
      broken.map(({ base: it, body }) => ({ ...it, body, inBody: true })),
    )
  }
  return fc.oneof(...ways.map((way) => way.filter(sendable)))
}

const withoutMatch = (operation: Operation): Arbitrary<Case>[] =>
  inPlace(operation, 'header').some(({ name, required }) => name === 'If-Match' && required)
    ? [
        positive(operation).map(({ headers: { ['If-Match']: _, ...headers }, ...one }) => ({
          ...one,
          headers,
          kind: 'missing_header' as const,
        })),
      ]
    : []

const otherTypes = ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'application/jso', 'json', '']

const otherMedia = (operation: Operation): Arbitrary<Case>[] =>
  operation.bodies.length > 0
    ? [
        fc.record({ base: positive(operation), type: fc.constantFrom(...otherTypes) }).map(({ base, type }) => {
          const { ['content-type']: _, ...headers } = base.headers
          return {
            ...base,
            kind: 'media_type' as const,
            headers: type ? { ...headers, 'content-type': type } : headers,
          }
        }),
      ]
    : []

const everyMethod = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY', 'PROPFIND', 'PURGE', 'SEARCH']

function otherMethod(operation: Operation): Arbitrary<Case> {
  const others = everyMethod.filter((method) => !methodsOf(operation.path).includes(method))
  return fc
    .record({ base: positive(operation), method: fc.constantFrom(...others) })
    .map(({ base, method }) => ({ ...base, kind: 'unsupported_method', method, body: undefined }))
}

const caseOf = (operation: Operation): Arbitrary<Case> =>
  fc.oneof(
    { weight: 8, arbitrary: positive(operation) },
    { weight: 10, arbitrary: negative(operation) },
    ...[otherMethod(operation), ...withoutMatch(operation), ...otherMedia(operation)].map((arbitrary) => ({
      weight: 1,
      arbitrary,
    })),
  )

// Sending them

const addressOf = ({ operation, path, query }: Case, target: Target): string => {
  const filled = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(path[name] ?? target[name]!),
  )
  return query.length > 0 ? `${filled}?${new URLSearchParams(query).toString()}` : filled
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** The case as a command line. */
const curl = (one: Case, address: string): string =>
  [
    `curl -i -X ${one.method}`,
    ...Object.entries(one.headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(one.body === undefined ? [] : [`--data-raw ${quoted(one.body)}`]),
    quoted(origin + address),
  ].join(' ')

async function send(one: Case, target: Target): Promise<Answer> {
  const address = addressOf(one, target)
  const { method, headers, body } = one
  const answer = await call(address, { method, headers, body })
  sent += 1
  const what = `${one.kind} ${answer.status}`
  answers.set(what, (answers.get(what) ?? 0) + 1)
  const broken = Object.entries(checks).flatMap(([name, check]) => {
    const found = check(one, answer)
    return found === undefined ? [] : [`${name}: ${found}`]
  })
  const after = broken.length === 0 ? await afterwards(one, address, answer) : []
  if (broken.length + after.length === 0) return answer
  throw new Error(
    [...broken, ...after, curl(one, address), `${answer.status} ${answer.text.slice(0, 1000)}`].join('\n'),
  )
}

/** Created resources can be read as they were returned, except the secret of a key or a webhook; deleted ones are gone. */
async function afterwards({ operation, method, kind }: Case, address: string, answer: Answer): Promise<string[]> {
  if (answer.status === 201) {
    const created = await call(String(answer.headers['location']))
    const { key: _, secret: __, ...told } = answer.json
    const same =
      created.status === 200 &&
      JSON.stringify(created.json) === JSON.stringify(/(Key|Webhook)$/.test(operation.id) ? told : answer.json) &&
      created.headers['etag'] === answer.headers['etag']
    return same ? [] : [`ensure_resource_availability: ${created.status} at ${String(answer.headers['location'])}`]
  }
  if (answer.status !== 204 || kind !== 'positive') return []
  const readable = methodsOf(operation.path).includes('GET')
  const again = await call(address, readable ? {} : { method, headers: { 'if-match': '*' } })
  return again.status === 404 ? [] : [`use_after_free: ${again.status} after the deletion`]
}

/** A target is reused until a case may have changed it. */
const isSpent = ({ method }: Case, { status }: Answer): boolean => status === 404 || (method !== 'GET' && status < 300)

/** The server behaves as its OpenAPI document says, in at least `cases` random requests over all operations. */
export function documentHolds({ cases }: { cases: number }): void {
  let close: () => void
  const numRuns = Math.ceil(cases / operations.length)

  beforeAll(async () => {
    const register = await freshRegister()
    await loadSample(register.db, '2026-01-01')
    const port = await listen(register)
    origin = `http://127.0.0.1:${port}`
    ;({ call, close } = caller(port))
  })

  afterAll(() => {
    close()
    const told = [...answers].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([what, many]) => `${what} ${many}`)
    console.log(`fuzz: ${sent} cases over ${operations.length} operations, seed ${seed}\n${told.join(', ')}`)
  })

  describe(`the server matches its OpenAPI document (seed ${seed})`, () => {
    test.each(operations)('$id', async (operation) => {
      let target: Target = {}
      let fresh = false
      const needsTarget = inPlace(operation, 'path').length > 0
      const property = fc.asyncProperty(caseOf(operation), async (one) => {
        if (needsTarget && !fresh) target = await newTarget(operation)
        fresh = false
        const answer = await send(one, target)
        fresh = !isSpent(one, answer)
      })
      const result = await fc.check(property, { seed, numRuns, endOnFailure: false })
      if (result.failed) {
        const { errorInstance, numShrinks, counterexamplePath } = result
        const told = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
        throw new Error(`${told}\nFUZZ_SEED=${seed} (shrunk ${numShrinks} times, path ${counterexamplePath})`)
      }
    })

    test(`in at least ${cases.toLocaleString('en')} cases, most valid ones accepted`, () => {
      const many = (test_: (what: string) => boolean) =>
        [...answers].reduce((sum, [what, count]) => sum + (test_(what) ? count : 0), 0)
      expect(sent).toBeGreaterThanOrEqual(cases)
      expect(many((what) => /^positive (2|304)/.test(what))).toBeGreaterThan(
        many((what) => what.startsWith('positive')) / 2,
      )
    })
  })
}
