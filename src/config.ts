import { z } from 'zod'

const loopback = ['127.0.0.1', '::1', 'localhost']

const Port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((port) => port <= 65535)

const Configuration = z.object({
  NODE_ENV: z.string().default('development'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//)
    .optional(),
  DATABASE_POOL: z
    .string()
    .regex(/^[1-9]\d{0,2}$/)
    .transform(Number)
    .default(10),
  DATA_FOLDER: z.string().min(1).optional(),
  HOST: z
    .string()
    .refine((host) => loopback.includes(host))
    .default('127.0.0.1'),
  PORT: Port.default(3000),
  CORS_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .refine((origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin))
    .default([]),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

const allowed: Record<string, string> = {
  DATABASE_URL: 'a postgres:// address',
  DATABASE_POOL: 'a number of connections, from 1 to 999',
  HOST: `one of ${loopback.join(', ')}: callers are not yet told apart, so the server listens on loopback only`,
  PORT: 'a port, from 0 to 65535 (0: any free one)',
  CORS_ORIGINS: 'origins such as https://example.org, with commas between them',
  LOG_LEVEL: 'fatal, error, warn, info, debug, trace or silent',
}

export interface Config {
  production: boolean
  databaseUrl: string | undefined
  databasePool: number
  dataFolder: string | undefined
  host: string
  port: number
  /** The origins whose pages may call the API. */
  corsOrigins: string[]
  logLevel: string
}

/**
 * The configuration in `environment`; nothing else reads it.
 * @throws Error that names each setting that is wrong and what is allowed, and shows no value
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const read = Configuration.safeParse(set)
  if (!read.success) {
    const names = new Set(read.error.issues.map((issue) => String(issue.path[0])))
    throw new Error([...names].map((name) => `${name} must be ${allowed[name] ?? 'set differently'}.`).join('\n'))
  }
  const { data } = read
  const production = data.NODE_ENV === 'production'
  if (production && !data.DATABASE_URL) {
    throw new Error('DATABASE_URL must be set in production: the embedded database is for trying things out.')
  }
  return {
    production,
    databaseUrl: data.DATABASE_URL,
    databasePool: data.DATABASE_POOL,
    dataFolder: data.DATA_FOLDER,
    host: data.HOST,
    port: data.PORT,
    corsOrigins: data.CORS_ORIGINS,
    logLevel: data.LOG_LEVEL,
  }
}
