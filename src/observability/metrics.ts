import { createServer, type Server, type ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { z } from 'zod'
import type { Database } from '../database/connect.ts'
import { problemCounts, problems } from '../problems/problems.ts'
import type { App } from '../http/routes.ts'

/** What waits to be published again. */
interface Backlog {
  /** Registry changes that agreements do not all show yet. */
  registryChanges: number
  /** Agreements that time has changed and the clock has not published yet. */
  due: number
  /** Agreements whose stored documents are in a former format. */
  formerFormats: number
  /** Agreements that could not be published, and are tried again later. */
  failed: number
}

/** Where the figures are that are not those of requests. Reading one must cost nothing, but for `backlog`. */
interface Sources {
  db: Database
  /** Publications since the process started, by their cause. */
  publications: () => Record<string, number>
  exports: () => number
  /** Asks the database; what it said serves every reading for a while. */
  backlog: () => Promise<Backlog>
}

/** How long the backlog that was read serves further readings, in milliseconds. */
const backlogAge = 5_000
/** How long a reading waits for the backlog, in milliseconds; after that it comes without. */
const backlogPatience = 2_000

/** In seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30]

/** The process's own figures: one for all, since each would keep observers of its own running. */
const processMetrics = new Registry()
collectDefaultMetrics({ register: processMetrics })

/** Measures the requests of `app` and reads the sources when it is asked to; `app` answers with the result at `/metrics`. */
export async function registerMetrics(app: FastifyInstance, registry: Registry, sources: Sources): Promise<void> {
  measureRequests(app, registry)
  readWhenAsked(registry, sources)
  await app.register(metricsRoute, { registry })
}

/**
 * Latency by the pattern of the route, never by the path that was asked for: labels are few, whatever is asked.
 * Each child of the histogram is looked up once.
 */
function measureRequests(app: FastifyInstance, registry: Registry): void {
  const latency = new Histogram({
    name: 'entente_http_request_duration_seconds',
    help: 'From the arrival of a request to the end of its answer, by method, route and class of the status.',
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

function readWhenAsked(registry: Registry, { db, publications, exports, backlog }: Sources): void {
  const registers = [registry]
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
  gauge('database_connections_idle', 'Connections to the database that do nothing now.', () => db.connections().idle)
  gauge('database_waiting', 'Requests that wait for a connection to the database.', () => db.connections().waiting)
  gauge('exports_running', 'Exports that are being sent.', exports)
  counter('publications', 'Versions of agreements that were published, by cause.', 'cause', publications)
  counter('problems', 'Requests that were answered with a problem, by its code.', 'code', problemCounts)
  const known = keeping(() => soon(backlog(), backlogPatience).catch(() => undefined), backlogAge)
  const capped = 'Counted up to 10,000; no value while the database does not say.'
  gauge(
    'registry_changes_waiting',
    `Registry changes that agreements do not all show yet. ${capped}`,
    async () => (await known())?.registryChanges,
  )
  gauge(
    'agreements_due',
    `Agreements that time has changed and that are not published yet. ${capped}`,
    async () => (await known())?.due,
  )
  gauge(
    'agreements_in_former_format',
    `Agreements whose stored documents are of a former release and not published again yet. ${capped}`,
    async () => (await known())?.formerFormats,
  )
  gauge(
    'agreements_failed',
    `Agreements that could not be published, and are tried again after ever longer pauses. ${capped}`,
    async () => (await known())?.failed,
  )
}

/** Loads anew only what is older than `age` milliseconds; who asks while it loads gets the same. */
function keeping<Value>(load: () => Promise<Value>, age: number): () => Promise<Value> {
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

function soon<Value>(promise: Promise<Value>, patience: number): Promise<Value> {
  return new Promise((settle, reject) => {
    const timer = setTimeout(() => reject(new Error('Too late.')), patience).unref()
    promise.then(settle, reject).finally(() => clearTimeout(timer))
  })
}

/** All figures in the text format of Prometheus. */
const collect = async (registry: Registry): Promise<string> =>
  `${await processMetrics.metrics()}\n${await registry.metrics()}`

const Metrics = {
  description: 'The figures, in the text format of Prometheus.',
  content: { 'text/plain': { schema: z.string() } },
}

async function metricsRoute(app: App, { registry }: { registry: Registry }): Promise<void> {
  app.get(
    '/metrics',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['Admin'],
        operationId: 'getMetrics',
        summary: 'How the service does, for Prometheus',
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

/** Answers with the figures on a port of their own, to whoever can reach it. @returns the server, listening */
export function serveMetrics(registry: Registry, { host, port }: Address): Promise<Server> {
  const server = createServer((request, response) => {
    const asked = request.url === '/metrics' && (request.method === 'GET' || request.method === 'HEAD')
    if (!asked) response.writeHead(404).end()
    else void answer(response, registry)
  })
  server.maxConnections = 20
  return new Promise((settle, reject) => {
    server.once('error', reject).listen(port, host, () => settle(server))
  })
}
