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
  /** Where spans are sent: OTLP over HTTP, as JSON. */
  url: string
  /** Sent with every export, for example the key of the collector. */
  headers: Record<string, string>
  /** Attributes of this process: `service.name` and others. */
  resource: Record<string, string>
}

export interface Tracing {
  /** Creates a span for every request of `app`. */
  watch: (app: FastifyInstance) => void
  /** The database with a span for each statement of a request. */
  watched: (db: Database) => Database
  /** Sends the remaining spans, and stops; gives up when the collector does not respond. */
  stop: () => Promise<void>
}

/** Timeout of the last export, in milliseconds. */
const shutdownTimeout = 2_000

/**
 * Starts tracing with OpenTelemetry. Spans contain route patterns and names only: no path, query, body, header, SQL or
 * error message, since any of these may contain confidential data.
 * @param onError called when an export fails
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
    stop: () =>
      Promise.race([provider.shutdown().catch(onError), setTimeout(shutdownTimeout, undefined, { ref: false })]),
  }
}

/** Not traced: machines request them every few seconds. */
const excludedRoutes = new Set(['/livez', '/readyz', '/metrics'])

function watch(app: FastifyInstance, tracer: Tracer, current: AsyncLocalStorage<Context>): void {
  const propagator = new W3CTraceContextPropagator()
  app.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url
    if (route !== undefined && excludedRoutes.has(route)) return done()
    const parent = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter)
    const span = tracer.startSpan(nameOf(request), { kind: SpanKind.SERVER, attributes: attributesOf(request) }, parent)
    reply.raw.once('close', () => end(span, reply.statusCode))
    current.run(trace.setSpan(parent, span), done)
  })
}

const nameOf = ({ method, routeOptions: { url = '' } }: FastifyRequest): string => `${method} ${url}`.trimEnd()

const attributesOf = ({ method, id, routeOptions: { url } }: FastifyRequest) => ({
  'http.request.method': method,
  ...(url !== undefined && { 'http.route': url }),
  'entente.request_id': id,
})

function end(span: Span, status: number): void {
  span.setAttribute('http.response.status_code', status)
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/** A span for each statement of a request; a statement without a name, such as Drizzle's, is called `query`. */
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
