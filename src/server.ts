import { lookup } from 'node:dns/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { listOldVersions } from './agreements/publication/list-old-versions.ts'
import { type Publisher, startPublisher } from './agreements/publication/republish-worker.ts'
import { buildApp } from './app.ts'
import { type Importer, startImporter } from './imports/worker.ts'
import { type Config, readConfig } from './config/config.ts'
import { tendFeed } from './changes/retention.ts'
import { Clock } from './database/clock.ts'
import { maxFarewell, requestTimeoutOnClose } from './http/draining.ts'
import { deleteExpiredSessions } from './auth/sessions/queries.ts'
import { deleteEndedWindows } from './http/budgets/shares.ts'
import { deleteOldAnswers } from './http/idempotency/answers.ts'
import { deleteOldFiles } from './imports/waiting/queries.ts'
import { openDatabase } from './database/open.ts'
import { openReplicas } from './database/replicas/open-replicas.ts'
import { serveMetrics } from './observability/metrics.ts'
import { printFirstKey } from './programs/keys.ts'
import { openLog } from './observability/log.ts'
import { prepare } from './programs/prepare.ts'
import { reasonOf } from './problems/from-error.ts'
import { loadSample } from './programs/sample.ts'
import { deleteOldDeliveries } from './webhooks/deliveries.ts'
import { receiversOf } from './webhooks/receivers.ts'
import { type Deliverer, startDeliverer } from './webhooks/worker.ts'
import type { Tracing } from './observability/tracing.ts'

/** How long the workers may take to stop, in milliseconds. */
const workerTimeout = 5_000

/** How long everything may take to stop after the last request, in milliseconds; then the process ends with 1. */
const shutdownTimeout = 20_000

/**
 * When the OpenAPI document is generated after the start, in milliseconds: at its first request it would delay others, and
 * at the start, the first answers.
 */
const documentDelay = 3_000

async function serve(config: Config): Promise<void> {
  const logger = openLog(config.logLevel)
  const clock = new Clock(config.timeZone, logger)
  let publisher: Publisher | undefined
  let importer: Importer | undefined
  let deliverer: Deliverer | undefined
  let metricsServer: Server | undefined
  let documentTimer: NodeJS.Timeout | undefined
  const { db, embedded, close } = await openDatabase(config, {
    onError: (error) => logger.error({ code: 'database' }, error.message),
    onEnd: (reason) => {
      logger.fatal(`The embedded PostgreSQL has stopped:\n${reason}`)
      process.exit(1)
    },
  })
  const tracing = await tracingOf(config, logger)
  const replicas = openReplicas(config, db, { log: logger, watched: tracing?.watched })
  const metrics = new Registry()
  const receivers = receiversOf(config.webhooks)
  const app = await buildApp(
    { db: tracing?.watched(db) ?? db, today: clock.today },
    {
      loggerInstance: logger,
      corsOrigins: config.corsOrigins,
      securityContacts: config.securityContacts,
      publicRead: config.publicRead,
      oidc: config.oidc,
      rates: config.rates,
      limits: config.limits,
      maxWait: config.maxWait,
      downloads: config.downloads,
      trustedProxies: config.trustedProxies,
      publicUrl: config.publicUrl,
      cacheSeconds: config.cacheSeconds,
      replicas,
      metrics,
      receivers,
      ...(tracing && { watch: tracing.watch }),
    },
  )
  async function end(): Promise<void> {
    clearTimeout(documentTimer)
    const workers = Promise.all([publisher?.stop(), importer?.stop(), deliverer?.stop()])
    await app.close()
    clock.stop()
    await Promise.race([workers, pause(workerTimeout, undefined, { ref: false })])
    metricsServer?.close().closeAllConnections()
    await Promise.all([close(), replicas?.close(), tracing?.stop()])
  }
  const delay = config.drainTime + maxFarewell + requestTimeoutOnClose + shutdownTimeout
  const stop = closeWithGrace({ delay, logger }, async ({ err, signal }) => {
    if (err) logger.error({ err }, 'Shutting down because of this error.')
    if (signal === 'SIGTERM' && app.server.listening) await app.draining.begin(config.drainTime)
    await end()
  })
  try {
    if (config.metrics) metricsServer = await serveMetrics(metrics, config.metrics)
    if (metricsServer)
      logger.info(`Metrics: port ${(metricsServer.address() as AddressInfo).port}, without authentication`)
    await prepare(db)
    await clock.start(db)
    await replicas?.start()
    if (embedded) await loadSample(db, clock.today())
    publisher = startPublisher(
      db,
      clock.today,
      logger,
      (db) => tendFeed(db, config.changesDays),
      (db) => deleteOldAnswers(db, config.idempotencyHours),
      deleteExpiredSessions,
      deleteOldFiles,
      deleteEndedWindows,
      listOldVersions,
      (db) => deleteOldDeliveries(db, config.webhooks.logDays),
    )
    importer = startImporter(db, clock.today, logger)
    deliverer = startDeliverer(db, logger, { ...config.webhooks, receivers })
    await app.listen({ host: await addressOf(config.host), port: config.port })
    if (embedded) await printFirstKey(db, `${app.listeningOrigin}/docs`)
    logger.info(`Swagger UI: ${app.listeningOrigin}/docs`)
    documentTimer = setTimeout(() => void app.inject('/openapi.json'), documentDelay)
  } catch (error) {
    stop.uninstall()
    await end()
    throw error
  }
}

/**
 * The first address of a host name. Given the name `localhost`, Fastify listens on each of its addresses with a server of its
 * own, to which the limits on connections do not apply.
 */
const addressOf = async (host: string): Promise<string> => (await lookup(host)).address

/** Starts tracing if it is configured; its packages are loaded only then. */
async function tracingOf({ tracing }: Config, logger: Logger): Promise<Tracing | undefined> {
  if (!tracing) return undefined
  const { startTracing } = await import('./observability/tracing.ts')
  return startTracing(tracing, () => logger.warn('Traces could not be sent to the collector.'))
}

try {
  await serve(readConfig(process.env))
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`)
  process.exit(1)
}
