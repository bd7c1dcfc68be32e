import { z } from 'zod'
import { isTimeZone } from '../shared/calendar.ts'
import { databaseOf, databaseSettings } from './database.ts'
import { incompleteOidc, oidcOf, oidcSettings } from './openid-connect.ts'
import { about, readSettings } from './read-settings.ts'
import {
  Count,
  DaysKept,
  Host,
  List,
  Pairs,
  pairsAllowed,
  Rate,
  rateAllowed,
  Networks,
  networksAllowed,
  HttpAddress,
  httpAllowed,
  YesOrNo,
  isContact,
  isOrigin,
} from './values.ts'
import { MaxWait } from './max-wait.ts'
import { PublicUrl } from './public-url.ts'
import { tracingOf } from './tracing.ts'
import { webhookSettings, webhooksOf } from './webhooks.ts'
import { twoPasswords } from './database-password.ts'

/** All settings, with their values and descriptions. `npm run configuration` writes docs/configuration.md from them. */
export const Configuration = z.object({
  NODE_ENV: z.string().prefault('development').register(about, {
    description: 'The environment. In `production`, `DATABASE_URL` is required.',
    allowed: 'any text; only `production` has a meaning',
  }),
  ...databaseSettings,
  DATA_FOLDER: z.string().optional().register(about, {
    description: 'The data folder of the embedded database.',
    allowed: 'the path of a folder',
    unset: '`.data/postgres` next to the program',
  }),
  HOST: Host.prefault('127.0.0.1').register(about, {
    description: 'The address to listen on: `0.0.0.0` for all IPv4 addresses, `::` for all addresses.',
    allowed: 'an IP address or a host name',
  }),
  PORT: Count(0, 65535).prefault('3000').register(about, {
    description: 'The port to listen on.',
    allowed: 'a port, from 0 to 65535 (0: any free one)',
  }),
  PUBLIC_URL: PublicUrl,
  CACHE_SECONDS: Count(0, 86_400).prefault('0').register(about, {
    description:
      'How long shared caches, such as a proxy or a content delivery network, may use the response to a read without asking. Readers then see an edit up to that much later. Responses to callers with a credential are never shared. Requires `PUBLIC_URL`. See [operations.md](operations.md#shared-caches).',
    allowed: 'a number of seconds, from 0 (shared caches must ask each time) to 86400',
  }),
  TRUSTED_PROXIES: Networks.optional().register(about, {
    description:
      'The proxies whose `X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host` and `X-Forwarded-Prefix` are trusted. If not set, all callers behind a proxy have the address of the proxy. The headers are ignored when they come from any other address. Each proxy must set or remove all four, so that clients cannot send them.',
    allowed: networksAllowed,
    unset: 'none',
  }),
  TIME_ZONE: z.string().refine(isTimeZone).prefault('UTC').register(about, {
    description:
      'The time zone of the register. It decides which day it is: for the status of agreements, deadlines and statistics. All processes on one database must have the same.',
    allowed: 'the name of an IANA time zone, such as Europe/Berlin',
  }),
  RATE_LIMIT_READS: Rate.prefault('60000').register(about, {
    description:
      'Maximum number of reads per caller and minute. A caller is identified by its key, otherwise by its address (IPv6: its /64). 304 responses, `/livez` and `/readyz` do not count. Each process counts separately.',
    allowed: rateAllowed,
  }),
  RATE_LIMIT_WRITES: Rate.prefault('30000').register(about, {
    description: 'Maximum number of writes per caller and minute, by all processes on the database together.',
    allowed: rateAllowed,
  }),
  RATE_LIMIT_EXPORTS: Rate.prefault('600').register(about, {
    description:
      'Maximum number of exports per caller and minute. Concurrent exports have a separate limit. Each process counts separately.',
    allowed: rateAllowed,
  }),
  RATE_LIMIT_FAILURES: Rate.prefault('6000').register(about, {
    description:
      'Maximum number of failed authentications per address and minute, by all processes on the database together. This limits the load; keys are too long to be guessed.',
    allowed: rateAllowed,
  }),
  IDEMPOTENCY_HOURS: Count(24, 8760).prefault('24').register(about, {
    description: 'How long the answer to a POST with an `Idempotency-Key` is kept for retries.',
    allowed: 'a number of hours, from 24 to 8760',
  }),
  CHANGES_DAYS: DaysKept.prefault('0').register(about, {
    description:
      'How long `/v1/changes` keeps changes. A cursor that is older gets 410, and has to start again from an export. Histories of agreements are always kept.',
    allowed: 'a number of days, from 90 to 36500; 0: for ever',
  }),
  ...webhookSettings,
  MAX_CONNECTIONS: Count(1, 100_000).prefault('1000').register(about, {
    description: 'Maximum number of open connections. A further one gets 503 and is closed.',
    allowed: 'a number of connections, from 1 to 100000',
  }),
  MAX_CONNECTIONS_PER_ADDRESS: Count(1, 100_000).prefault('256').register(about, {
    description:
      'Maximum number of open connections per address (IPv6: its /64). Connections from `TRUSTED_PROXIES` have no such limit. If that setting is missing, all callers behind a proxy share the limit of its address.',
    allowed: 'a number of connections, from 1 to 100000',
  }),
  MAX_WAIT: MaxWait,
  MIN_DOWNLOAD_RATE: Count(0, 999_999_999).prefault('32768').register(about, {
    description:
      'Minimum rate at which a client must read an export or any other response of 64 kB or more, in bytes per second. A slower client is disconnected. The rate of an export is averaged over 10 s; for any other response, 10 s are added to its time.',
    allowed: 'a number of bytes per second, from 0 (no minimum) to 999999999',
  }),
  MAX_EXPORT_SECONDS: Count(1, 86_400).prefault('900').register(about, {
    description:
      'Maximum duration of an export. A longer one is cut off, because it occupies a snapshot and a connection of the database.',
    allowed: 'a number of seconds, from 1 to 86400',
  }),
  DRAIN_SECONDS: Count(0, 600).optional().register(about, {
    description:
      'How long the server goes on answering after SIGTERM while `/readyz` is 503, so that load balancers send new requests elsewhere. Should be longer than a balancer needs to notice.',
    allowed: 'a number of seconds, from 0 (stop at once) to 600',
    unset: '5 if `NODE_ENV` is `production`, otherwise 0',
  }),
  METRICS_PORT: Count(0, 65535).optional().register(about, {
    description:
      'A separate port for `/metrics`, without authentication. On the port of the API, `/metrics` requires the role `admin`.',
    allowed: 'a port, from 0 to 65535 (0: any free one)',
    unset: 'none',
  }),
  METRICS_HOST: Host.prefault('127.0.0.1').register(about, {
    description: 'The address on which `METRICS_PORT` listens. Anyone who can reach it can read the metrics.',
    allowed: 'an IP address or a host name',
  }),
  CORS_ORIGINS: List.refine((origins) => origins.every(isOrigin))
    .optional()
    .register(about, {
      description: 'The origins whose pages may call the API from a browser.',
      allowed: 'comma-separated origins such as https://example.org',
      unset: 'none',
    }),
  SECURITY_CONTACT: List.refine((contacts) => contacts.every(isContact))
    .optional()
    .register(about, {
      description:
        'Where to report vulnerabilities. Served at `/.well-known/security.txt` (RFC 9116), which expires 180 days after each request.',
      allowed: 'comma-separated mailto:, https: or tel: URIs such as mailto:security@example.org',
      unset: 'there is no `security.txt`',
    }),
  PUBLIC_READ: YesOrNo.prefault('true').register(about, {
    description: 'Whether reading is possible without a credential. Writing always requires one.',
    allowed: 'true or false',
  }),
  ...oidcSettings,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).prefault('info').register(about, {
    description: 'The minimum level of log messages.',
    allowed: 'fatal, error, warn, info, debug, trace or silent',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: HttpAddress.optional().register(about, {
    description:
      'The base URL of the OpenTelemetry collector. Traces are sent to `/v1/traces` below it. If neither this nor `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is set, there is no tracing.',
    allowed: httpAllowed,
    unset: 'no traces',
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: HttpAddress.optional().register(about, {
    description: 'The full URL that traces are sent to.',
    allowed: httpAllowed,
    unset: '`/v1/traces` below `OTEL_EXPORTER_OTLP_ENDPOINT`',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: Pairs.optional().register(about, {
    description: 'Headers sent with traces, for example the key of the collector.',
    allowed: pairsAllowed,
    unset: 'none',
    secret: true,
  }),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: Pairs.optional().register(about, {
    description: 'Further headers sent with traces. They override those in `OTEL_EXPORTER_OTLP_HEADERS`.',
    allowed: pairsAllowed,
    unset: 'none',
    secret: true,
  }),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.literal('http/json').prefault('http/json').register(about, {
    description: 'The protocol for sending traces.',
    allowed: 'http/json, the only supported protocol',
  }),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none']).prefault('otlp').register(about, {
    description: 'Whether traces are sent when there is an endpoint.',
    allowed: 'otlp or none',
  }),
  OTEL_SDK_DISABLED: z
    .string()
    .regex(/^(true|false)$/i)
    .prefault('false')
    .register(about, {
      description: 'Whether tracing is disabled.',
      allowed: 'true or false',
    }),
  OTEL_SERVICE_NAME: z.string().prefault('entente').register(about, {
    description: 'The service name in traces.',
    allowed: 'any text',
  }),
  OTEL_RESOURCE_ATTRIBUTES: Pairs.optional().register(about, {
    description: 'Further resource attributes in traces, such as `deployment.environment.name=production`.',
    allowed: pairsAllowed,
    unset: 'none',
  }),
})

export type Config = ReturnType<typeof configOf>

/**
 * Reads the configuration from `environment`.
 * @throws Error with a line for each invalid setting: its name, its value (secrets masked), and what it must be
 */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const { values, given, problems } = readSettings(Configuration, environment)
  const missing = environment['NODE_ENV'] === 'production' && !isSet('DATABASE_URL', environment)
  if (missing) {
    problems.push('DATABASE_URL must be set in production: the embedded database is for evaluation only.')
  }
  problems.push(...twoPasswords(given['DATABASE_URL'], given['DATABASE_PASSWORD']))
  if (given['DATABASE_READ_URLS'] !== undefined && given['DATABASE_URL'] === undefined) {
    problems.push('DATABASE_READ_URLS is set without DATABASE_URL. Set both or neither.')
  }
  problems.push(...incompleteOidc(given))
  if (values && values.CACHE_SECONDS > 0 && !values.PUBLIC_URL) {
    problems.push(
      'CACHE_SECONDS requires PUBLIC_URL: addresses in responses must not depend on the request that is cached.',
    )
  }
  if (!values || problems.length > 0) throw new Error(problems.join('\n'))
  return configOf(values)
}

const isSet = (name: string, environment: NodeJS.ProcessEnv): boolean =>
  Boolean(environment[name] || environment[`${name}_FILE`])

const configOf = (values: z.infer<typeof Configuration>) => ({
  ...databaseOf(values),
  dataFolder: values.DATA_FOLDER,
  idempotencyHours: values.IDEMPOTENCY_HOURS,
  /** How long the feed of changes goes back; 0: to the beginning. */
  changesDays: values.CHANGES_DAYS,
  webhooks: webhooksOf(values),
  host: values.HOST,
  port: values.PORT,
  /** How long shared caches may use responses without asking, in seconds. */
  cacheSeconds: values.CACHE_SECONDS,
  trustedProxies: values.TRUSTED_PROXIES ?? [],
  /** Where clients find the API, if that is set. */
  publicUrl: values.PUBLIC_URL,
  rates: {
    reads: values.RATE_LIMIT_READS,
    writes: values.RATE_LIMIT_WRITES,
    exports: values.RATE_LIMIT_EXPORTS,
    failures: values.RATE_LIMIT_FAILURES,
  },
  timeZone: values.TIME_ZONE,
  /** Maximum numbers of open connections. */
  limits: { connections: values.MAX_CONNECTIONS, connectionsPerAddress: values.MAX_CONNECTIONS_PER_ADDRESS },
  /** How long a request waits for others, in milliseconds. */
  maxWait: values.MAX_WAIT,
  /** How fast clients must read large responses; `maxExportTime` in milliseconds. */
  downloads: { minRate: values.MIN_DOWNLOAD_RATE, maxExportTime: 1000 * values.MAX_EXPORT_SECONDS },
  /** How long the server is not ready before it stops, in milliseconds. */
  drainTime: 1000 * (values.DRAIN_SECONDS ?? (values.NODE_ENV === 'production' ? 5 : 0)),
  /** Where the metrics are served without authentication, if anywhere. */
  metrics: values.METRICS_PORT === undefined ? undefined : { host: values.METRICS_HOST, port: values.METRICS_PORT },
  /** The origins whose pages may call the API. */
  corsOrigins: values.CORS_ORIGINS ?? [],
  /** URIs for reports of vulnerabilities. */
  securityContacts: values.SECURITY_CONTACT ?? [],
  /** Whether reading is possible without a credential. */
  publicRead: values.PUBLIC_READ,
  /** The OpenID Connect issuer whose tokens are accepted in addition to API keys, if any. */
  oidc: oidcOf(values),
  logLevel: values.LOG_LEVEL,
  /** Where traces are sent, if anywhere. */
  tracing: tracingOf(values),
})
