import { z } from 'zod'
import { type OidcSettings, signingAlgorithms } from './openid-connect.ts'
import { about, readSettings } from './read-settings.ts'
import {
  Count,
  Milliseconds,
  millisecondsAllowed,
  Host,
  List,
  Pairs,
  pairsAllowed,
  Rate,
  rateAllowed,
  isNetwork,
  HttpAddress,
  httpAllowed,
  SafeUrl,
  RoleNames,
  isOrigin,
  parsed,
  isPostgres,
} from './values.ts'

/** Every setting there is: what it may be, and what is told of it. `npm run configuration` writes the page of them. */
export const Configuration = z.object({
  NODE_ENV: z.string().prefault('development').register(about, {
    description: 'Where it runs. In `production` it does not start without a `DATABASE_URL`.',
    allowed: 'any word; `production` is the one that means something',
  }),
  DATABASE_URL: z.string().refine(isPostgres).optional().register(about, {
    description: 'A PostgreSQL of yours, 15 or later.',
    allowed: 'an address such as postgres://user@host:5432/database, with `/`, `?`, `#` and `@` in its parts encoded',
    unset: 'an embedded PostgreSQL 18',
    secret: true,
  }),
  DATABASE_PASSWORD: z.string().optional().register(about, {
    description:
      'The password for `DATABASE_URL`, when the address holds none: as it is, without encoding. So the file that PostgreSQL’s container reads serves here too.',
    allowed: 'any text',
    unset: 'the password in `DATABASE_URL`, if there is one',
    secret: true,
  }),
  DATABASE_POOL: Count(1, 999).prefault('10').register(about, {
    description: 'The most connections to the database from this process.',
    allowed: 'a number of connections, from 1 to 999',
  }),
  DATABASE_STATEMENT_TIMEOUT: Milliseconds.prefault('5000').register(about, {
    description:
      'The longest that one statement may take. What takes longer is answered 503 `busy`; a database that does not answer at all, a second and a half later, 503 `database_unavailable`.',
    allowed: millisecondsAllowed,
  }),
  DATABASE_LOCK_TIMEOUT: Milliseconds.prefault('3000').register(about, {
    description:
      'The longest that a write may wait for others that change the same. Above one second, so that PostgreSQL finds deadlocks first.',
    allowed: millisecondsAllowed,
  }),
  DATABASE_IDLE_TIMEOUT: Milliseconds.prefault('10000').register(about, {
    description: 'The longest that a transaction may do nothing, before PostgreSQL ends it and its connection.',
    allowed: millisecondsAllowed,
  }),
  DATABASE_CONNECT_TIMEOUT: Count(1, 600_000).prefault('3000').register(about, {
    description: 'The longest that a request may wait for a connection to the database, a new one or a free one.',
    allowed: 'a number of milliseconds, from 1 to 600000',
  }),
  DATA_FOLDER: z.string().optional().register(about, {
    description: 'Where the embedded database keeps its data.',
    allowed: 'the path of a folder',
    unset: '`.data/postgres` beside the program',
  }),
  HOST: Host.prefault('127.0.0.1').register(about, {
    description: 'The address to listen on: `0.0.0.0` for all of IPv4, `::` for all.',
    allowed: 'an IP address or a host name',
  }),
  PORT: Count(0, 65535).prefault('3000').register(about, {
    description: 'The port to listen on.',
    allowed: 'a port, from 0 to 65535 (0: any free one)',
  }),
  TRUSTED_PROXIES: List.refine((networks) => networks.every(isNetwork))
    .optional()
    .register(about, {
      description:
        'The proxies whose `X-Forwarded-For` is believed. Without it a caller behind a proxy has the address of the proxy; a caller elsewhere who sends the header is not believed.',
      allowed:
        'addresses and networks (10.0.0.0/8, fd00::/8, 192.0.2.7) with commas between them, no wider than /8 and /7',
      unset: 'none',
    }),
  RATE_LIMIT_READS: Rate.prefault('60000').register(about, {
    description:
      'The most reads of one caller in a minute: by its key, else by its address (IPv6: its /64). An answer of 304 is free, and so are `/livez` and `/readyz`. Each process counts for itself.',
    allowed: rateAllowed,
  }),
  RATE_LIMIT_WRITES: Rate.prefault('30000').register(about, {
    description: 'The most writes of one caller in a minute.',
    allowed: rateAllowed,
  }),
  RATE_LIMIT_EXPORTS: Rate.prefault('600').register(about, {
    description: 'The most exports of one caller in a minute. How many run at once is limited besides.',
    allowed: rateAllowed,
  }),
  RATE_LIMIT_FAILURES: Rate.prefault('6000').register(about, {
    description:
      'The most failed authentications from one address in a minute. A key is too long to be guessed at any rate: this bounds the work.',
    allowed: rateAllowed,
  }),
  MAX_CONNECTIONS: Count(1, 100_000).prefault('1000').register(about, {
    description: 'Maximum number of connections at once. A further one is answered with 503 and closed.',
    allowed: 'a number of connections, from 1 to 100000',
  }),
  MAX_CONNECTIONS_PER_ADDRESS: Count(1, 100_000).prefault('256').register(about, {
    description:
      'Maximum number of connections at once from one address (IPv6: its /64). Connections from `TRUSTED_PROXIES` have no such limit. If that setting is missing, all callers behind a proxy share the limit of its address.',
    allowed: 'a number of connections, from 1 to 100000',
  }),
  MIN_DOWNLOAD_RATE: Count(0, 999_999_999).prefault('32768').register(about, {
    description:
      'Minimum rate at which a client must read an export or another answer of 64 kB or more, in bytes per second. A slower client is cut off. The rate of an export is averaged over 10 s; any other answer has 10 s in addition.',
    allowed: 'a number of bytes per second, from 0 (any rate) to 999999999',
  }),
  MAX_EXPORT_SECONDS: Count(1, 86_400).prefault('900').register(about, {
    description:
      'Maximum duration of an export. A longer one is cut off, because it holds a snapshot and a connection of the database.',
    allowed: 'a number of seconds, from 1 to 86400',
  }),
  METRICS_PORT: Count(0, 65535).optional().register(about, {
    description:
      'A port of its own for `/metrics`, where no key is asked for. On the port of the API they are an admin’s.',
    allowed: 'a port, from 0 to 65535 (0: any free one)',
    unset: 'none',
  }),
  METRICS_HOST: Host.prefault('127.0.0.1').register(about, {
    description: 'The address on which `METRICS_PORT` listens. Whoever reaches it reads the metrics.',
    allowed: 'an IP address or a host name',
  }),
  CORS_ORIGINS: List.refine((origins) => origins.every(isOrigin))
    .optional()
    .register(about, {
      description: 'The origins whose pages may call the API from a browser.',
      allowed: 'origins such as https://example.org, with commas between them',
      unset: 'none',
    }),
  PUBLIC_READ: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .prefault('true')
    .register(about, {
      description: 'Whether reading needs no credential. Writing always does.',
      allowed: 'true or false',
    }),
  OIDC_ISSUER: SafeUrl.optional().register(about, {
    description: 'The OpenID Connect issuer whose access tokens are taken beside API keys, as its tokens name it.',
    allowed: 'an https:// address (http:// on loopback only)',
    unset: 'API keys only',
  }),
  OIDC_AUDIENCE: z.string().optional().register(about, {
    description: 'How the tokens of `OIDC_ISSUER` name this register; needed with it.',
    allowed: 'any text',
    unset: 'API keys only',
  }),
  OIDC_JWKS_URL: SafeUrl.optional().register(about, {
    description: 'The JSON Web Key Set of the issuer.',
    allowed: 'an https:// address (http:// on loopback only)',
    unset: 'where the issuer’s `/.well-known/openid-configuration` says',
  }),
  OIDC_ALGORITHMS: List.pipe(z.array(z.enum(signingAlgorithms)))
    .prefault('RS256,ES256')
    .register(about, {
      description: 'How tokens may be signed. Shared secrets are never taken.',
      allowed: `any of ${signingAlgorithms.join(', ')}, with commas between them`,
    }),
  OIDC_ROLE_CLAIM: z.string().prefault('roles').register(about, {
    description: 'The claim of a token that says what its bearer may do, one value or a list.',
    allowed: 'the name of a claim, or a path such as realm_access.roles',
  }),
  OIDC_ROLES: RoleNames.prefault('reader=reader,editor=editor,admin=admin').register(about, {
    description:
      'The role that each value of the claim stands for; the highest of several counts, others mean nothing.',
    allowed: 'pairs such as register-editors=editor, with commas between them; the roles are reader, editor, admin',
  }),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).prefault('info').register(about, {
    description: 'What is logged: that and what is worse.',
    allowed: 'fatal, error, warn, info, debug, trace or silent',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: HttpAddress.optional().register(about, {
    description:
      'The OpenTelemetry collector that traces are sent to: they are posted to `/v1/traces` under it. Without it or the next one there are none.',
    allowed: httpAllowed,
    unset: 'no traces',
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: HttpAddress.optional().register(about, {
    description: 'The whole address that traces are posted to.',
    allowed: httpAllowed,
    unset: 'the one under `OTEL_EXPORTER_OTLP_ENDPOINT`',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: Pairs.optional().register(about, {
    description: 'What is sent with traces: the key of the collector, mostly.',
    allowed: pairsAllowed,
    unset: 'nothing',
    secret: true,
  }),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: Pairs.optional().register(about, {
    description: 'The same, before `OTEL_EXPORTER_OTLP_HEADERS`.',
    allowed: pairsAllowed,
    unset: 'nothing more',
    secret: true,
  }),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.literal('http/json').prefault('http/json').register(about, {
    description: 'How traces are sent.',
    allowed: 'http/json, the only one that this server speaks',
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
      description: 'Whether there is no tracing at all.',
      allowed: 'true or false',
    }),
  OTEL_SERVICE_NAME: z.string().prefault('entente').register(about, {
    description: 'What this server is called in traces.',
    allowed: 'any text',
  }),
  OTEL_RESOURCE_ATTRIBUTES: Pairs.optional().register(about, {
    description: 'What else traces say of this server: `deployment.environment.name=production`.',
    allowed: pairsAllowed,
    unset: 'nothing',
  }),
})

export type Config = ReturnType<typeof configOf>

/**
 * The configuration in `environment`; nothing else reads it.
 * @throws Error with a line for each setting that is wrong: its name, what was given (secrets masked), what is allowed
 */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const { values, given, problems } = readSettings(Configuration, environment)
  const missing = environment['NODE_ENV'] === 'production' && !isSet('DATABASE_URL', environment)
  if (missing) {
    problems.push('DATABASE_URL must be set in production: the embedded database is for trying things out.')
  }
  problems.push(...twoPasswords(given['DATABASE_URL'], given['DATABASE_PASSWORD']))
  if ((given['OIDC_ISSUER'] === undefined) !== (given['OIDC_AUDIENCE'] === undefined)) {
    problems.push('Of OIDC_ISSUER and OIDC_AUDIENCE one is set. Set both or neither.')
  }
  if (!values || problems.length > 0) throw new Error(problems.join('\n'))
  return configOf(values)
}

const isSet = (name: string, environment: NodeJS.ProcessEnv): boolean =>
  Boolean(environment[name] || environment[`${name}_FILE`])

function twoPasswords(address: string | undefined, password: string | undefined): string[] {
  if (password === undefined) return []
  if (address === undefined) return ['DATABASE_PASSWORD is set without a DATABASE_URL. Set both or neither.']
  if (!isPostgres(address) || parsed(address).password === '') return []
  return ['DATABASE_PASSWORD is set, and DATABASE_URL holds a password too. Take one of them away.']
}

const configOf = (values: z.infer<typeof Configuration>) => ({
  databaseUrl: values.DATABASE_URL && withPassword(values.DATABASE_URL, values.DATABASE_PASSWORD),
  databasePool: values.DATABASE_POOL,
  databaseLimits: {
    statement: values.DATABASE_STATEMENT_TIMEOUT,
    lock: values.DATABASE_LOCK_TIMEOUT,
    idle: values.DATABASE_IDLE_TIMEOUT,
    connect: values.DATABASE_CONNECT_TIMEOUT,
  },
  dataFolder: values.DATA_FOLDER,
  host: values.HOST,
  port: values.PORT,
  trustedProxies: values.TRUSTED_PROXIES ?? [],
  rates: {
    reads: values.RATE_LIMIT_READS,
    writes: values.RATE_LIMIT_WRITES,
    exports: values.RATE_LIMIT_EXPORTS,
    failures: values.RATE_LIMIT_FAILURES,
  },
  /** How many connections there may be at once. */
  limits: { connections: values.MAX_CONNECTIONS, connectionsPerAddress: values.MAX_CONNECTIONS_PER_ADDRESS },
  /** How clients must take large answers; the time in milliseconds. */
  downloads: { minRate: values.MIN_DOWNLOAD_RATE, maxExportTime: 1000 * values.MAX_EXPORT_SECONDS },
  /** Where the metrics are shown without a key, if anywhere. */
  metrics: values.METRICS_PORT === undefined ? undefined : { host: values.METRICS_HOST, port: values.METRICS_PORT },
  /** The origins whose pages may call the API. */
  corsOrigins: values.CORS_ORIGINS ?? [],
  /** Whether reading needs no credential. */
  publicRead: values.PUBLIC_READ,
  /** The OpenID Connect issuer whose tokens are taken beside API keys, if any. */
  oidc: oidcOf(values),
  logLevel: values.LOG_LEVEL,
  /** Where traces are sent, if anywhere. */
  tracing: tracingOf(values),
})

function oidcOf(values: z.infer<typeof Configuration>): OidcSettings | undefined {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience } = values
  if (issuer === undefined || audience === undefined) return undefined
  return {
    issuer,
    audience,
    jwksUrl: values.OIDC_JWKS_URL,
    algorithms: values.OIDC_ALGORITHMS,
    roleClaim: values.OIDC_ROLE_CLAIM,
    roles: values.OIDC_ROLES,
  }
}

function tracingOf(values: z.infer<typeof Configuration>) {
  const base = values.OTEL_EXPORTER_OTLP_ENDPOINT
  const under = base && `${base}${base.endsWith('/') ? '' : '/'}v1/traces`
  const url = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? under
  const off = values.OTEL_TRACES_EXPORTER === 'none' || values.OTEL_SDK_DISABLED.toLowerCase() === 'true'
  if (url === undefined || off) return undefined
  return {
    url,
    headers: { ...values.OTEL_EXPORTER_OTLP_HEADERS, ...values.OTEL_EXPORTER_OTLP_TRACES_HEADERS },
    resource: { ...values.OTEL_RESOURCE_ATTRIBUTES, 'service.name': values.OTEL_SERVICE_NAME },
  }
}

function withPassword(address: string, password: string | undefined): string {
  if (password === undefined) return address
  const user = parsed(address).username
  return address.replace(/^(\w+:\/\/)([^@/]*@)?/, `$1${user}:${encodeURIComponent(password)}@`)
}
