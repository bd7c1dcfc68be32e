import { z } from 'zod'
import { about, readSettings } from './settings.ts'

/** A number in decimal digits, from `least` to `most`. */
const Count = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((count) => count >= least && count <= most)

const Host = z.string().regex(/^[\w.:-]+$/)

/** Parts with commas between them. */
const List = z.string().transform((text) => text.split(',').map((part) => part.trim()))

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text

/** An address as the driver reads it: a socket's may have no host. */
const withHost = (address: string): string => address.replace('@/', '@localhost/')
const parsed = (address: string): URL => new URL(withHost(address))
/** An `@` in the path is a password whose `/` was not encoded, so that host and port are parts of it. */
const isPostgres = (text: string): boolean =>
  /^postgres(ql)?:\/\//.test(text) && URL.canParse(withHost(text)) && !parsed(text).pathname.includes('@')

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
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).prefault('info').register(about, {
    description: 'What is logged: that and what is worse.',
    allowed: 'fatal, error, warn, info, debug, trace or silent',
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
  dataFolder: values.DATA_FOLDER,
  host: values.HOST,
  port: values.PORT,
  /** Where the metrics are shown without a key, if anywhere. */
  metrics: values.METRICS_PORT === undefined ? undefined : { host: values.METRICS_HOST, port: values.METRICS_PORT },
  /** The origins whose pages may call the API. */
  corsOrigins: values.CORS_ORIGINS ?? [],
  logLevel: values.LOG_LEVEL,
})

function withPassword(address: string, password: string | undefined): string {
  if (password === undefined) return address
  const user = parsed(address).username
  return address.replace(/^(\w+:\/\/)([^@/]*@)?/, `$1${user}:${encodeURIComponent(password)}@`)
}
