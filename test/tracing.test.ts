import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { startTracing, type Tracing } from '../src/observability/tracing.ts'
import { atEnd } from './support/at-end.ts'
import { authHeader } from './support/keys.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

interface Attribute {
  key: string
  value: { stringValue?: string; intValue?: number }
}

interface SentSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  attributes: Attribute[]
  status: { code?: number; message?: string }
  events: object[]
}

interface Export {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: SentSpan[] }[] }[]
}

/** An OTLP collector over HTTP that stores what it receives. */
async function collector(status = 200) {
  const received: { url: string; headers: object; body: string }[] = []
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    received.push({ url: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() })
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
  }
  const server = createServer((request, response) => void receive(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  atEnd(() => server.close())
  const exports = () => received.map(({ body }) => JSON.parse(body) as Export)
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    spans: () =>
      exports().flatMap(({ resourceSpans }) => resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans))),
    resource: () => exports()[0]!.resourceSpans[0]!.resource.attributes,
  }
}

const attributesOf = ({ attributes }: { attributes: Attribute[] }) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]))

const canary = 'c4n4ry'

/** Posts a body that arrives in two parts, the second a moment after the first. */
function postSlowly(url: string, headers: Record<string, string>, body: object): Promise<IncomingMessage> {
  const json = JSON.stringify(body)
  return new Promise((settle, reject) => {
    const request = httpRequest(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } })
    request.on('response', (response) => settle(response.resume())).on('error', reject)
    request.write(json.slice(0, 10))
    setTimeout(() => request.end(json.slice(10)), 50)
  })
}

describe('traces', () => {
  let sent: Awaited<ReturnType<typeof collector>>
  let register: Register
  const known = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
  const failures: string[] = []

  /** Sends requests with canaries in every part, then ends tracing, so that all spans are sent. */
  beforeAll(async () => {
    register = await freshRegister()
    sent = await collector()
    const { tracing } = readConfig({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${sent.address}/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=of%20the%20collector',
      OTEL_SERVICE_NAME: 'register',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    })
    const started: Tracing = startTracing(tracing!, () => failures.push('export'))
    const db = started.watched(register.db)
    const app = await buildApp({ db, today: register.today }, { watch: started.watch })
    app.get('/fails', { config: { role: 'public' }, schema: { hide: true } }, async () =>
      db.query(sql`select ${canary}::int`),
    )
    const headers = { ...authHeader('editor'), cookie: canary, 'user-agent': canary, 'x-change-note': canary }
    const ask = (url: string, more: object = {}) => app.inject({ url, headers: { ...headers, ...more } })
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    const created = await postSlowly(`${address}/v1/agreements`, headers, anAgreement({ summary: canary }))
    expect(created.statusCode).toBe(201)
    const traceparent = `00-${known.traceId}-${known.spanId}-01`
    expect((await ask(created.headers['location']!, { traceparent })).statusCode).toBe(200)
    expect((await ask(`/v1/agreements?q=${canary}`)).statusCode).toBe(200)
    expect((await ask('/v1/signatories/KR')).statusCode).toBe(200)
    expect((await ask(`/v1/agreements?${canary}=1`)).statusCode).toBe(400)
    expect((await ask(`/${canary}`)).statusCode).toBe(404)
    expect((await ask('/fails')).statusCode).toBe(500)
    expect((await ask('/livez')).statusCode).toBe(200)
    await register.db.query(sql`select 1`)
    await app.close()
    await started.stop()
  })

  const spanOf = (name: string, status = 200): SentSpan =>
    sent.spans().find((span) => span.name === name && attributesOf(span)['http.response.status_code'] === status)!
  const childrenOf = ({ spanId }: SentSpan) => sent.spans().filter(({ parentSpanId }) => parentSpanId === spanId)

  test('are sent by OTLP over HTTP as JSON, with the configured headers and the name of the service', () => {
    expect(failures).toEqual([])
    expect(sent.received[0]).toMatchObject({
      url: '/v1/traces',
      headers: { 'content-type': 'application/json', 'api-key': 'of the collector' },
    })
    expect(attributesOf({ attributes: sent.resource() })).toMatchObject({
      'service.name': 'register',
      'deployment.environment.name': 'test',
    })
  })

  test('have a span for each request, named by the pattern of its route', () => {
    expect(attributesOf(spanOf('GET /v1/agreements/:id'))).toEqual({
      'http.request.method': 'GET',
      'http.route': '/v1/agreements/:id',
      'http.response.status_code': 200,
      'entente.request_id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(spanOf('GET /v1/agreements/:id').kind).toBe(2)
    expect(spanOf('POST /v1/agreements', 201)).toBeDefined()
    expect(spanOf('GET', 404)).toBeDefined()
  })

  test('continue the trace of the caller', () => {
    expect(spanOf('GET /v1/agreements/:id')).toMatchObject({ traceId: known.traceId, parentSpanId: known.spanId })
    expect(spanOf('GET /v1/agreements').parentSpanId).toBeUndefined()
  })

  test('have a span for each statement under its request, with or without a body', () => {
    const [read] = childrenOf(spanOf('GET /v1/agreements/:id'))
    expect(attributesOf(read!)).toMatchObject({ 'db.system.name': 'postgresql', 'db.query.summary': read!.name })
    const write = childrenOf(spanOf('POST /v1/agreements', 201)).map(({ name }) => name)
    expect(write).toEqual(expect.arrayContaining(['begin', 'store-publications', 'commit']))
  })

  test('have a span for each statement of Drizzle too', () => {
    expect(childrenOf(spanOf('GET /v1/signatories/:id')).map(({ name }) => name)).toContain('query')
  })

  test('mark failed spans, and only these', () => {
    const failed = sent.spans().filter(({ status }) => status.code === 2)
    expect(failed.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b))).toEqual(['GET /fails', 'query'])
    expect(failed.flatMap(({ status, events }) => [status.message, ...events]).filter(Boolean)).toEqual([])
  })

  test('do not include health checks or background work', () => {
    expect(sent.spans().filter(({ name }) => name.includes('livez'))).toEqual([])
    const requests = sent.spans().filter(({ kind }) => kind === 2)
    const orphans = sent
      .spans()
      .filter((span) => span.kind !== 2 && !requests.some(({ spanId }) => spanId === span.parentSpanId))
    expect(orphans).toEqual([])
  })

  test('contain no value of a path, a query, a header, a body or a statement', () => {
    expect(sent.spans().length).toBeGreaterThan(8)
    expect(sent.received.filter(({ body }) => body.includes(canary))).toEqual([])
  })
})

test('a collector that accepts no traces is reported in the log, and delays nothing', async () => {
  const { db, today } = await freshRegister()
  const refusing = await collector(403)
  let failures = 0
  const tracing = startTracing({ url: `${refusing.address}/x`, headers: {}, resource: {} }, () => (failures += 1))
  const app = await buildApp({ db: tracing.watched(db), today }, { watch: tracing.watch })
  expect((await app.inject({ url: '/v1/agreements' })).statusCode).toBe(200)
  await app.close()
  await tracing.stop()
  expect([refusing.received.length, failures]).toEqual([1, 1])
})

describe('are sent', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example.org:4318' }
  test.each([
    ['nowhere unless an endpoint is set', {}, undefined],
    ['to the endpoint', endpoint, 'https://collector.example.org:4318/v1/traces'],
    ['to the address for traces', { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/x' }, 'http://t/x'],
    ['nowhere when tracing is off', { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }, undefined],
    ['nowhere when there is no exporter', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }, undefined],
  ])('%s', (_, environment, url) => {
    expect(readConfig(environment).tracing?.url).toBe(url)
  })

  test('with secret headers in the form that OpenTelemetry defines', () => {
    const read = (headers: string) => readConfig({ ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers }).tracing!.headers
    expect(read('a=b, c=d%20e=f')).toEqual({ a: 'b', c: 'd e=f' })
    for (const wrong of [canary, `=${canary}`, `a=%${canary}`]) {
      expect(() => read(wrong)).toThrow(
        /^OTEL_EXPORTER_OTLP_HEADERS is "\*\*\*" \(secret\)\. Must be comma-separated key=value pairs/,
      )
    }
  })
})
