import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout } from 'node:timers/promises'
import {
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Database } from '../database/connect.ts'
import type { Watch } from '../database/statement.ts'

export interface TracingOptions {
  /** Where spans are posted to: OTLP over HTTP, as JSON. */
  url: string
  /** Sent with every export: the collector's key, mostly. */
  headers: Record<string, string>
  /** What is said of this process: `service.name` and others. */
  resource: Record<string, string>
}

export interface Tracing {
  /** Makes a span of every request that `app` takes from now on. */
  watch: (app: FastifyInstance) => void
  /** The database with a span for each statement of a request. */
  watched: (db: Database) => Database
  /** Sends what is left, and ends; a collector that is away is not waited for. */
  stop: () => Promise<void>
}

/** How long the last export may take, in milliseconds. */
const farewell = 2_000

/**
 * Traces as OpenTelemetry describes them. Spans tell of patterns and names alone: no path, query, body, header, SQL or
 * message of an error, since any of these may hold what is nobody else's business.
 * @param onError told that an export failed, and nothing of it
 */
export function startTracing({ url, headers, resource }: TracingOptions, onError: () => void): Tracing {
  setGlobalErrorHandler(onError)
  const exporter = new OTLPTraceExporter({ url, headers, timeoutMillis: 5_000 })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(resource),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('entente')
  const current = new AsyncLocalStorage<Context>()
  return {
    watch: (app) => watch(app, tracer, current),
    watched: (db) => db.watchedBy(spanOf(tracer, current)),
    stop: () => Promise.race([provider.shutdown().catch(onError), setTimeout(farewell, undefined, { ref: false })]),
  }
}

/** What is asked every few seconds by machines. */
const untold = new Set(['/livez', '/readyz', '/metrics'])

function watch(app: FastifyInstance, tracer: Tracer, current: AsyncLocalStorage<Context>): void {
  const propagator = new W3CTraceContextPropagator()
  app.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url
    if (route !== undefined && untold.has(route)) return done()
    const parent = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter)
    const span = tracer.startSpan(nameOf(request), { kind: SpanKind.SERVER, attributes: toldOf(request) }, parent)
    reply.raw.once('close', () => end(span, reply.statusCode))
    current.run(trace.setSpan(parent, span), done)
  })
}

const nameOf = ({ method, routeOptions: { url = '' } }: FastifyRequest): string => `${method} ${url}`.trimEnd()

const toldOf = ({ method, id, routeOptions: { url } }: FastifyRequest) => ({
  'http.request.method': method,
  ...(url !== undefined && { 'http.route': url }),
  'entente.request_id': id,
})

function end(span: Span, status: number): void {
  span.setAttribute('http.response.status_code', status)
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/** A span for each statement of a request; one without a name, such as Drizzle's, is called `query`. */
const spanOf =
  (tracer: Tracer, current: AsyncLocalStorage<Context>): Watch =>
  async (name, run) => {
    const parent = current.getStore()
    if (parent === undefined) return run()
    const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': name }
    const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent)
    try {
      return await run()
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  }
