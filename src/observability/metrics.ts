import { createServer, type Server, type ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { z } from 'zod'
import type { Database } from '../database/connect.ts'
import type { StandbyFigures } from '../database/replicas/replicas.ts'
import { problemCounts, problems } from '../problems/problems.ts'
import type { App } from '../http/routes.ts'
import { ignoreExpectations } from '../http/request-targets.ts'

/** What is waiting to be republished or sent. */
interface Backlog {
  /** Registry changes that are not yet visible in all agreements. */
  registryChanges: number
  /** Changes of agreements that are not yet visible in those that depend on them. */
  agreementChanges: number
  /** Agreements whose status has changed with time and that are not yet republished. */
  due: number
  /** Agreements whose stored documents have an older format. */
  formerFormats: number
  /** Agreements whose publication failed and is retried. */
  failed: number
  /** Events that are to be sent to webhooks, or tried again. */
  deliveries: number
}

/** Where metrics other than those of requests come from. Reading one must be cheap, except for `backlog`. */
interface Sources {
  db: Database
  /** Number of publications since the process started, by cause. */
  publications: () => Record<string, number>
  exports: () => number
  /** The standbys at which reads are made. */
  standbys: () => StandbyFigures[]
  /** Number of attempts to send an event to a webhook since the process started, by outcome. */
  attempts: () => Record<string, number>
  /** Queries the database; the result is cached. */
  backlog: () => Promise<Backlog>
}

/** How long the backlog is cached, in milliseconds. */
const backlogAge = 5_000
/** How long a scrape waits for the backlog, in milliseconds; after that it goes without. */
const backlogTimeout = 2_000

/** In seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30]

/** The metrics of the process: one registry for all applications, since each would run its own observers. */
const processMetrics = new Registry()
collectDefaultMetrics({ register: processMetrics })

/** Measures the requests of `app`, and serves the metrics at `/metrics`. The sources are read at each scrape. */
export async function registerMetrics(app: FastifyInstance, registry: Registry, sources: Sources): Promise<void> {
  measureRequests(app, registry)
  readWhenAsked(registry, sources)
  await app.register(metricsRoute, { registry })
}

/**
 * Latency by the pattern of the route, never by the path, so that there are few labels. Each child of the histogram is
 * looked up once.
 */
function measureRequests(app: FastifyInstance, registry: Registry): void {
  const latency = new Histogram({
    name: 'entente_http_request_duration_seconds',
    help: 'Duration of requests, to the end of the response, by method, route and status class.',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [registry],
  })
  const known = new Map<string, Histogram.Internal<string>>()
  app.addHook('onResponse', (request, reply, done) => {
    const [method, route, status] = labelsOf(request, reply)
    const key = `${method} ${status} ${route}`
    let child = known.get(key)
    if (!child) known.set(key, (child = latency.labels(method, route, status)))
    child.observe(reply.elapsedTime / 1000)
    done()
  })
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

const labelsOf = ({ method, routeOptions }: FastifyRequest, { statusCode }: FastifyReply): [string, string, string] => [
  methods.has(method) ? method : 'other',
  routeOptions.url ?? 'none',
  `${Math.floor(statusCode / 100)}xx`,
]

function readWhenAsked(registry: Registry, sources: Sources): void {
  const { db, publications, exports, attempts, backlog } = sources
  const registers = [registry]
  measureStandbys(registry, sources)
  const gauge = (name: string, help: string, read: () => number | undefined | Promise<number | undefined>) =>
    new Gauge({
      name: `entente_${name}`,
      help,
      registers,
      async collect() {
        const value = await read()
        if (value === undefined) this.remove()
        else this.set(value)
      },
    })
  const counter = (name: string, help: string, label: string, read: () => Record<string, number>) =>
    new Counter({
      name: `entente_${name}_total`,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset()
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count)
      },
    })
  gauge('database_connections', 'Connections to the database.', () => db.connections().total)
  gauge('database_connections_idle', 'Idle connections to the database.', () => db.connections().idle)
  gauge('database_waiting', 'Requests waiting for a connection to the database.', () => db.connections().waiting)
  gauge('exports_running', 'Exports in progress.', exports)
  counter('publications', 'Published versions of agreements, by cause.', 'cause', publications)
  counter('webhook_attempts', 'Attempts to send an event to a webhook, by outcome.', 'outcome', attempts)
  counter('problems', 'Responses with a problem, by its code.', 'code', problemCounts)
  const known = cached(() => within(backlogTimeout, backlog()).catch(() => undefined), backlogAge)
  const capped = 'Counted up to 10,000; absent while the database does not respond.'
  gauge(
    'registry_changes_waiting',
    `Registry changes that are not yet visible in all agreements. ${capped}`,
    async () => (await known())?.registryChanges,
  )
  gauge(
    'agreement_changes_waiting',
    `Changes of agreements that are not yet visible in those that depend on them. ${capped}`,
    async () => (await known())?.agreementChanges,
  )
  gauge(
    'agreements_due',
    `Agreements whose status has changed with time and that are not yet republished. ${capped}`,
    async () => (await known())?.due,
  )
  gauge(
    'agreements_in_former_format',
    `Agreements whose stored documents have an older format and are not yet republished. ${capped}`,
    async () => (await known())?.formerFormats,
  )
  gauge(
    'agreements_failed',
    `Agreements whose publication failed and is retried with increasing delays. ${capped}`,
    async () => (await known())?.failed,
  )
  gauge(
    'webhook_deliveries_waiting',
    `Events that are to be sent to webhooks that are enabled, or tried again. ${capped}`,
    async () => (await known())?.deliveries,
  )
}

/** The figures of each standby; there are no such metrics without any. */
function measureStandbys(registry: Registry, { standbys }: Pick<Sources, 'standbys'>): void {
  if (standbys().length === 0) return
  const [registers, labelNames] = [[registry], ['standby']]
  const gauge = (name: string, help: string, read: (figures: StandbyFigures) => number | undefined) =>
    new Gauge({
      name: `entente_standby_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        for (const figures of standbys()) {
          const value = read(figures)
          if (value === undefined) this.remove({ standby: figures.name })
          else this.set({ standby: figures.name }, value)
        }
      },
    })
  const counter = (name: string, help: string, read: (figures: StandbyFigures) => number) =>
    new Counter({
      name: `entente_standby_${name}_total`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const figures of standbys()) this.inc({ standby: figures.name }, read(figures))
      },
    })
  gauge('up', 'Whether the standby answers: 1 or 0.', ({ isUp }) => Number(isUp))
  gauge('lag_seconds', 'How old the state of the standby is at most; absent while it does not answer.', ({ lag }) =>
    lag === Infinity ? undefined : lag,
  )
  counter('reads', 'Requests that were read at the standby.', ({ reads }) => reads)
  counter(
    'fallbacks',
    'Requests that failed at the standby and were read at the primary.',
    ({ fallbacks }) => fallbacks,
  )
}

/** Caches a value for `age` milliseconds; concurrent callers share one load. */
function cached<Value>(load: () => Promise<Value>, age: number): () => Promise<Value> {
  let kept: Promise<Value> | undefined
  let until = 0
  return () => {
    if (kept === undefined || performance.now() >= until) {
      until = performance.now() + age
      kept = load()
    }
    return kept
  }
}

/** @throws Error when `promise` does not settle within `timeout` milliseconds */
function within<Value>(timeout: number, promise: Promise<Value>): Promise<Value> {
  return new Promise((settle, reject) => {
    const timer = setTimeout(() => reject(new Error('Timed out.')), timeout).unref()
    promise.then(settle, reject).finally(() => clearTimeout(timer))
  })
}

/** All metrics in the text format of Prometheus. */
const collect = async (registry: Registry): Promise<string> =>
  `${await processMetrics.metrics()}\n${await registry.metrics()}`

const Metrics = {
  description: 'The metrics, in the text format of Prometheus.',
  content: { 'text/plain': { schema: z.string() } },
}

async function metricsRoute(app: App, { registry }: { registry: Registry }): Promise<void> {
  app.get(
    '/metrics',
    {
      config: { role: 'admin', isForMonitoring: true },
      schema: {
        tags: ['Admin'],
        operationId: 'getMetrics',
        summary: 'Read the metrics of the service, for Prometheus',
        description:
          'Counters and gauges of this process, such as requests, database connections and agreements that wait for publication.',
        response: { 200: Metrics, ...problems(400) },
      },
    },
    async (_request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .type(registry.contentType)
        .send(await collect(registry)),
  )
}

async function answer(response: ServerResponse, registry: Registry): Promise<void> {
  try {
    const text = await collect(registry)
    response.writeHead(200, { 'content-type': registry.contentType }).end(text)
  } catch {
    response.writeHead(500).end()
  }
}

interface Address {
  host: string
  port: number
}

/** Serves the metrics on a separate port, without authentication. @returns the listening server */
export function serveMetrics(registry: Registry, { host, port }: Address): Promise<Server> {
  const server = createServer((request, response) => {
    const asked = request.url === '/metrics' && (request.method === 'GET' || request.method === 'HEAD')
    if (!asked) response.writeHead(404).end()
    else void answer(response, registry)
  })
  server.maxConnections = 20
  ignoreExpectations(server)
  return new Promise((settle, reject) => {
    server.once('error', reject).listen(port, host, () => settle(server))
  })
}
