import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify'
import { Registry } from 'prom-client'
import { z } from 'zod'
import { publicationCounts } from './agreements/publication/counts.ts'
import { backlog } from './agreements/publication/republish-worker.ts'
import { agreementConstraints } from './agreements/queries.ts'
import { resolveHandles } from './agreements/handles.ts'
import { citationFormats } from './citations/agreement-formats.ts'
import { networkRoutes } from './network/routes.ts'
import { agreementRoutes } from './agreements/routes.ts'
import { enforceRoles, securitySchemes, authenticateCallers } from './auth/callers.ts'
import { addPublicAddresses, type PublicAddress } from './http/addresses.ts'
import { admitInTurn } from './http/admission.ts'
import { type ConnectionLimits, defaultConnectionLimits, keepAliveTimeout } from './http/connection-limits.ts'
import { limitConnections } from './http/connections.ts'
import { dateRoutes } from './agreements/dates/routes.ts'
import { CallerGone, rootOf } from './database/errors.ts'
import { drainOnShutdown } from './http/draining.ts'
import { exportRoutes, runningExports } from './export/routes.ts'
import { deadlineRoutes } from './deadlines/routes.ts'
import { healthRoutes } from './observability/health.ts'
import { loadOpenidConnect } from './auth/load-openid-connect.ts'
import { keyAuthenticator } from './auth/keys/authenticate.ts'
import { keyConstraints } from './auth/keys/queries.ts'
import { keyRoutes } from './auth/keys/routes.ts'
import { meRoutes } from './auth/me.ts'
import { sessionOf } from './auth/sessions/cookie.ts'
import { discoveryRoutes } from './openapi/discovery-routes.ts'
import { registerOpenapi } from './openapi/openapi.ts'
import type { OidcSettings } from './config/openid-connect.ts'
import { deletedAgreementRoutes } from './deleted-agreements/routes.ts'
import { draftRoutes } from './drafts/routes.ts'
import { importConstraints } from './imports/queries.ts'
import { importRoutes } from './imports/routes.ts'
import { positionRoutes } from './position/routes.ts'
import { noSuchPath } from './http/discovery.ts'
import { type DownloadLimits, limitDownloads } from './http/downloads.ts'
import { defaultUploadLimits, SlowUploads, type UploadLimits } from './http/slow-uploads.ts'
import type { Rates } from './http/budgets/account.ts'
import { callerOf, createLimits } from './http/rate-limits.ts'
import {
  answerUnreadable,
  maxHeadSize,
  refuseMalformedHeads,
  refuseMalformedAddresses,
  refuseTrailingSlash,
} from './http/malformed-requests.ts'
import { addRequestIds, newRequestId } from './http/request-ids.ts'
import { ignoreExpectations, pathOfTarget } from './http/request-targets.ts'
import { takeWhatIsShown } from './http/as-shown.ts'
import { answerRetries } from './http/idempotency/keyed-routes.ts'
import { addSecurityHeaders } from './http/security-headers.ts'
import {
  answerOtherMethods,
  collectPaths,
  describeServer,
  isForServer,
  restoreMethod,
  unifyMethod,
} from './http/method-not-allowed.ts'
import { keptMappingConstraints } from './imports/kept/queries.ts'
import { keptMappingRoutes } from './imports/kept/routes.ts'
import { mergeRoutes } from './merges/routes.ts'
import { homePage } from './pages/home.tsx'
import { sendToCaller } from './pages/problem.tsx'
import { pageRoutes } from './pages/routes.ts'
import { sendRefusal } from './pages/sign-in/refused.tsx'
import { KeptResults } from './agreements/list/kept-results.ts'
import { registerMetrics } from './observability/metrics.ts'
import { RequestLog } from './observability/request-log.ts'
import { takeJson } from './http/json-body.ts'
import { discardRefusedBodies } from './http/refused-bodies.ts'
import { withAccepted } from './http/media-types.ts'
import { type ConstraintProblems, toProblem } from './problems/from-error.ts'
import { invalid } from './problems/from-zod.ts'
import { Problem, problems } from './problems/problems.ts'
import { limitWaiting } from './http/overload.ts'
import type { Replicas } from './database/replicas/replicas.ts'
import { describePositions, readAtStandbys } from './http/read-replicas.ts'
import { allowSharedCaches } from './http/shared-caches.ts'
import { markdownPages } from './http/markdown-pages.ts'
import { coveredDomainRoutes } from './agreements/covered-domains/routes.ts'
import { changeRoutes } from './changes/routes.ts'
import { claimRoutes } from './claims/routes.ts'
import { collectionConstraints } from './registry/collections/queries.ts'
import { assistantRoutes } from './assistants/routes.ts'
import { collectionRoutes } from './registry/collections/routes.ts'
import { researchDomainConstraints } from './registry/research-domains/queries.ts'
import { researchDomainRoutes } from './registry/research-domains/routes.ts'
import { type Dependencies, addRequestDatabase } from './http/routes.ts'
import { maxHandle } from './shared/schemas.ts'
import { signatoryConstraints } from './registry/signatories/queries.ts'
import { signatoryRoutes } from './registry/signatories/routes.ts'
import { refuseSharedParty } from './agreements/signatures/queries.ts'
import { signatureRoutes } from './agreements/signatures/routes.ts'
import { sourceRoutes } from './agreements/sources/routes.ts'
import { similarHeader } from './similar/queries.ts'
import { similarRoutes } from './similar/routes.ts'
import { statisticsRoutes } from './statistics/routes.ts'
import { timelineRoutes } from './timeline/routes.ts'
import { versionRoutes } from './versions/routes.ts'
import { attemptCounts } from './webhooks/counts.ts'
import { waitingDeliveries } from './webhooks/deliveries.ts'
import { eventTypes, WebhookEvent, WebhookHeaders } from './webhooks/events.ts'
import { type Receivers, receiversOf } from './webhooks/receivers.ts'
import { webhookRoutes } from './webhooks/routes.ts'

const featuresOf = (kept: KeptResults, receivers: Receivers) => [
  agreementRoutes(similarHeader, citationFormats),
  timelineRoutes,
  dateRoutes,
  signatureRoutes,
  coveredDomainRoutes,
  sourceRoutes,
  positionRoutes(kept),
  claimRoutes,
  similarRoutes,
  deadlineRoutes,
  statisticsRoutes(kept),
  exportRoutes,
  networkRoutes,
  importRoutes,
  draftRoutes,
  changeRoutes,
  versionRoutes,
  deletedAgreementRoutes,
  signatoryRoutes(refuseSharedParty),
  mergeRoutes,
  researchDomainRoutes,
  collectionRoutes,
  keptMappingRoutes,
  keyRoutes,
  meRoutes,
  webhookRoutes(receivers),
]

const constraints: ConstraintProblems = {
  ...agreementConstraints,
  ...signatoryConstraints,
  ...researchDomainConstraints,
  ...collectionConstraints,
  ...keptMappingConstraints,
  ...importConstraints,
  ...keyConstraints,
}

interface AppOptions {
  loggerInstance?: FastifyBaseLogger
  /** The origins whose pages may call the API. */
  corsOrigins?: readonly string[]
  /** URIs for reports of vulnerabilities, in `/.well-known/security.txt`. Default: there is no such file. */
  securityContacts?: readonly string[]
  /** Whether reading is possible without a credential. */
  publicRead?: boolean
  /** The OpenID Connect issuer whose tokens are accepted in addition to API keys. Default: none. */
  oidc?: OidcSettings | undefined
  limits?: Partial<ConnectionLimits>
  downloads?: Partial<DownloadLimits>
  uploads?: Partial<UploadLimits>
  /** The rate limits per caller and minute. Default: no limits. */
  rates?: Rates
  /** How long a request waits for others, in milliseconds; then 503. Default: the time limits of the database. */
  maxWait?: number
  /** Where all clients find the API. Default: where each request was sent to. */
  publicUrl?: PublicAddress | undefined
  /** The networks of the proxies whose `X-Forwarded-…` headers are trusted, as CIDRs. */
  trustedProxies?: readonly string[]
  /** How long shared caches may use responses without asking, in seconds. Default: 0, not at all. */
  cacheSeconds?: number
  /** The standbys at which reads are made. Default: none. */
  replicas?: Replicas | undefined
  /** A monotonic clock for the rate limits, in milliseconds. */
  now?: () => number
  /** Called with the application before hooks and routes are added. */
  watch?: (app: FastifyInstance) => void
  /** Where webhooks may be sent. Default: to public addresses. */
  receivers?: Receivers
  /** The registry for the metrics, if they are also served elsewhere. */
  metrics?: Registry
}

/** A placeholder for the compilers that are set below: without it, Fastify would load its own. */
const missingCompiler = (): never => {
  throw new Error('The schema compilers are not set.')
}

/** Creates the application with all features; it is not listening yet. */
export async function buildApp(deps: Dependencies, options: AppOptions = {}): Promise<FastifyInstance> {
  const { loggerInstance, corsOrigins = [], limits = {}, rates, trustedProxies = [], now, watch } = options
  const { securityContacts = [], publicRead = true, oidc, metrics = new Registry(), downloads = {} } = options
  const { publicUrl = null, receivers = receiversOf({ privateNetworks: [], timeout: 15_000 }) } = options
  const { cacheSeconds: seconds = 0, replicas } = options
  const prefix = publicUrl?.prefix ?? ''
  const uploads = new SlowUploads({ ...defaultUploadLimits, ...options.uploads })
  const { requestTimeout, headersTimeout, connectionTimeout, ...counts } = { ...defaultConnectionLimits, ...limits }
  const app = Fastify({
    ...(loggerInstance ? { loggerInstance } : { logger: false }),
    genReqId: (request) => {
      // Called for each request as soon as it is routed.
      restoreMethod(request)
      return newRequestId()
    },
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    bodyLimit: 2 * 1024 * 1024,
    requestTimeout,
    connectionTimeout,
    return503OnClosing: false,
    logController: new RequestLog(),
    keepAliveTimeout,
    rewriteUrl: (request) => {
      unifyMethod(request)
      return pathOfTarget(request, prefix)
    },
    http: {
      // `refuseMalformedHeads` does this: Node's own response has no body and no request id.
      requireHostHeader: false,
      headersTimeout,
      requestTimeout,
      connectionsCheckingInterval: Math.min(1000, headersTimeout / 2),
      maxHeaderSize: maxHeadSize,
    },
    routerOptions: { maxParamLength: maxHandle, ignoreTrailingSlash: false },
    schemaController: { compilersFactory: { buildValidator: missingCompiler, buildSerializer: missingCompiler } },
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, { prefix, uploads }),
    frameworkErrors: (error, request, reply) => {
      void sendToCaller(request, reply, toProblem(error, constraints))
      // Fastify logs only the arrival of these.
      request.log.info({ req: request, res: reply }, 'request completed')
    },
  })
  const { connections: max, connectionsPerAddress: maxPerAddress } = counts
  limitConnections(app.server, { max, maxPerAddress, trustedProxies, prefix })
  app.server.maxHeadersCount = 0
  ignoreExpectations(app.server)
  watch?.(app)
  limitDownloads(app, downloads)
  app.decorate('uploads', uploads)
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (data) => {
    const read = schema.safeParse(data, { reportInput: true })
    if (read.success) return { value: read.data }
    return { error: invalid(read.error, schema, httpPart as 'body') }
  })
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (rootOf(error) instanceof CallerGone) {
      request.log.info({ req: request }, 'The client disconnected; its queries were cancelled.')
      return reply.hijack()
    }
    return sendToCaller(request, reply, withAccepted(request, problemOf(error, request)))
  })
  app.setNotFoundHandler((request, reply) =>
    isForServer(request) ? describeServer(reply) : sendToCaller(request, reply, noSuchPath(request)),
  )
  addRequestIds(app)
  addPublicAddresses(app, { publicUrl, trustedProxies })
  await addSecurityHeaders(app, corsOrigins)
  addRequestDatabase(app, deps.db, options.maxWait ? limitWaiting(app, options.maxWait) : undefined)
  drainOnShutdown(app, prefix)
  takeJson(app)
  discardRefusedBodies(app)
  refuseUnknownParameters(app)
  refuseMalformedAddresses(app)
  refuseTrailingSlash(app)
  refuseMalformedHeads(app)
  const paths = collectPaths(app)
  const onAlone = (err: unknown) => app.log.warn({ err }, countsAlone)
  const maxWait = options.maxWait && { maxWait: options.maxWait }
  const budgets = rates && createLimits(rates, { callerOf, db: deps.db, onAlone, ...maxWait, ...(now && { now }) })
  const byKey = keyAuthenticator(deps.db)
  const { byToken, login } = await loadOpenidConnect(oidc)
  if (options.maxWait) admitInTurn(app, options.maxWait)
  const failed = async (request: FastifyRequest) => budgets?.failed(request)
  authenticateCallers(app, {
    publicRead,
    methods: [byKey, ...(byToken ? [byToken] : [])],
    password: byKey,
    sessionOf,
    failed,
  })
  budgets?.guard(app)
  if (seconds > 0) allowSharedCaches(app, { seconds, publicRead, byPosition: replicas !== undefined })
  enforceRoles(app, { publicRead })
  describePositions(app)
  if (replicas) readAtStandbys(app, replicas, deps.db)
  resolveHandles(app)
  takeWhatIsShown(app)
  answerRetries(app)
  await registerOpenapi(app, {
    webhooks: { types: eventTypes, headers: WebhookHeaders, body: WebhookEvent },
    everywhere: problems(408, 414, 429, 431, 500, 503),
    securitySchemes,
    serverUrl: publicUrl ? `${publicUrl.origin}${prefix}` : undefined,
  })
  await registerMetrics(app, metrics, {
    db: deps.db,
    publications: publicationCounts,
    exports: runningExports,
    standbys: () => replicas?.figures() ?? [],
    attempts: attemptCounts,
    backlog: async () => ({
      ...(await backlog(deps.db, deps.today())),
      deliveries: await waitingDeliveries(deps.db),
    }),
  })
  await app.register(healthRoutes, deps)
  await app.register(markdownPages)
  const kept = new KeptResults()
  await app.register(discoveryRoutes, {
    today: deps.today,
    securityContacts,
    home: (request, reply) => homePage(request, reply, { today: deps.today(), kept }),
    homeFailed: (error, request, reply) => sendRefusal(request, reply, problemOf(error, request)),
  })
  await app.register(pageRoutes, {
    ...deps,
    kept,
    problemOf,
    signIn: { byKey, issuer: login, failed },
  })
  await app.register(
    async (v1) => {
      for (const feature of featuresOf(kept, receivers)) await v1.register(feature, deps)
    },
    { prefix: '/v1' },
  )
  await app.register(assistantRoutes, { today: deps.today, corsOrigins, publicRead })
  answerOtherMethods(app, paths)
  return app
}

const countsAlone =
  'The database did not answer in time for the rate limits of writes and failed authentications. For now, this process counts alone.'

/** What an error becomes. Those of the server are logged. */
function problemOf(error: FastifyError, request: FastifyRequest): Problem {
  const problem = toProblem(error, constraints, request.hasCommitted)
  const isRefused = error instanceof Problem && error.code === 'busy'
  const isLogged = problem.status >= 500 && !isRefused && !(rootOf(error) instanceof CallerGone)
  if (isLogged) request.log.error({ err: error }, problem.message)
  return problem
}

/** A route without query parameters refuses all, so that a mistyped one is never ignored. */
function refuseUnknownParameters(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.schema) route.schema.querystring ??= z.strictObject({})
  })
}
