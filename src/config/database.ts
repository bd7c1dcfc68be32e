import { z } from 'zod'
import { addressesOf, isPostgres, parsed } from './database-address.ts'
import { withPassword } from './database-password.ts'
import { defaultTimeLimits } from './default-time-limits.ts'
import { about } from './read-settings.ts'
import { Count, Milliseconds, millisecondsAllowed, SchemaName, YesOrNo } from './values.ts'

/** URLs of databases, separated by commas: one for each host. */
const ReadUrls = z
  .string()
  .transform((text) => text.split(/,\s*(?=\w+:\/\/)/).map((url) => url.trim()))
  .refine((urls) => urls.every(isPostgres))
  .transform((urls) => urls.flatMap(addressesOf))

/** The settings of the database. */
export const databaseSettings = {
  DATABASE_URL: z.string().refine(isPostgres).optional().register(about, {
    description:
      'Your own PostgreSQL server, version 15 or later. With several hosts, connections go to the one that accepts writes.',
    allowed:
      'a URL such as postgres://user@host:5432/database or postgres://user@one:5432,two:5432/database; `/`, `?`, `#` and `@` in its parts must be percent-encoded',
    unset: 'an embedded PostgreSQL 18',
    secret: true,
  }),
  DATABASE_PASSWORD: z.string().optional().register(about, {
    description:
      'The password for `DATABASE_URL`, if the URL contains none. Not percent-encoded, so that the password file of the PostgreSQL container can be used here too.',
    allowed: 'any text',
    unset: 'the password in `DATABASE_URL`, if any',
    secret: true,
  }),
  DATABASE_READ_URLS: ReadUrls.optional().register(about, {
    description:
      'Streaming standbys of `DATABASE_URL` at which reads are made. Connections must lead directly to them. Without a password, that of `DATABASE_PASSWORD` is used. See [operations.md](operations.md#read-replicas).',
    allowed:
      'one or more URLs as for `DATABASE_URL`, separated by commas; each host of a URL with several hosts is a standby',
    unset: 'all reads are made at `DATABASE_URL`',
    secret: true,
  }),
  DATABASE_READ_MAX_LAG_SECONDS: Count(1, 3600).prefault('10').register(about, {
    description: 'How far a standby of `DATABASE_READ_URLS` may be behind. Beyond it, reads are made elsewhere.',
    allowed: 'a number of seconds, from 1 to 3600',
  }),
  DATABASE_POOL: Count(1, 999).prefault('10').register(about, {
    description:
      'Maximum number of connections to the database from this process, and to each standby of `DATABASE_READ_URLS`; one more is for health checks.',
    allowed: 'a number of connections, from 1 to 999',
  }),
  DATABASE_PREPARED: YesOrNo.prefault('true').register(about, {
    description:
      'Whether statements are prepared by name. Set it to `false` behind a pooler in transaction mode that does not keep prepared statements, such as PgBouncer before 1.21. Edits then cost more: see [operations.md](operations.md#poolers).',
    allowed: 'true or false',
  }),
  DATABASE_SCHEMA: SchemaName.optional().register(about, {
    description:
      'The schema of the register, which is created if it does not exist. Registers in several schemas of a database are independent of each other.',
    allowed: 'a name of at most 63 bytes that does not begin with `pg_`',
    unset: 'the first schema of the `search_path` of the account, usually `public`',
  }),
  DATABASE_STATEMENT_TIMEOUT: Milliseconds.prefault(String(defaultTimeLimits.statement)).register(about, {
    description:
      'Maximum duration of a statement. A longer one gives 503 `busy`. If the database does not respond within another 1.5 s: 503 `database_unavailable`.',
    allowed: millisecondsAllowed,
  }),
  DATABASE_LOCK_TIMEOUT: Milliseconds.prefault(String(defaultTimeLimits.lock)).register(about, {
    description:
      'Maximum time that a write waits for other writes to the same rows. Should be above 1000, so that PostgreSQL detects deadlocks first.',
    allowed: millisecondsAllowed,
  }),
  DATABASE_IDLE_TIMEOUT: Milliseconds.prefault(String(defaultTimeLimits.idle)).register(about, {
    description: 'Maximum time that a transaction may be idle before PostgreSQL ends it and its connection.',
    allowed: millisecondsAllowed,
  }),
  DATABASE_CONNECT_TIMEOUT: Count(1, 600_000).prefault(String(defaultTimeLimits.connect)).register(about, {
    description: 'Maximum time that a request waits for a connection to the database, new or free.',
    allowed: 'a number of milliseconds, from 1 to 600000',
  }),
}

export const databaseOf = (values: z.infer<z.ZodObject<typeof databaseSettings>>) => ({
  databaseUrl: values.DATABASE_URL && withPassword(values.DATABASE_URL, values.DATABASE_PASSWORD),
  databaseReads: {
    /** The address of each standby. */
    urls: (values.DATABASE_READ_URLS ?? []).map((url) =>
      parsed(url).password === '' ? withPassword(url, values.DATABASE_PASSWORD) : url,
    ),
    /** How far one may be behind, in milliseconds. */
    maxLag: 1000 * values.DATABASE_READ_MAX_LAG_SECONDS,
  },
  databasePool: values.DATABASE_POOL,
  /** Whether statements are prepared by name. */
  databasePrepared: values.DATABASE_PREPARED,
  /** The schema of the register; undefined: that of the account. */
  databaseSchema: values.DATABASE_SCHEMA,
  databaseLimits: {
    statement: values.DATABASE_STATEMENT_TIMEOUT,
    lock: values.DATABASE_LOCK_TIMEOUT,
    idle: values.DATABASE_IDLE_TIMEOUT,
    connect: values.DATABASE_CONNECT_TIMEOUT,
  },
})
