import { type SQL } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { PgDialect } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { isStalePlan } from './errors.ts'
import { ConnectionPool, type Connections } from './pool.ts'
import { nameOf, run, type Signal, unwatched, type Watch } from './statement.ts'
import { longestAnswer, type TimeLimits, usualLimits } from './time-limits.ts'
import { inTransaction, type Session, type TransactionOptions } from './transaction.ts'

/** The database as the features see it: a pool, or, inside `transaction`, the one connection of that transaction. */
export interface Database {
  /** Drizzle's builder, for queries off the hot paths. */
  readonly orm: NodePgDatabase
  /** Runs SQL written with drizzle's `sql`; prepared on the server when it has a name. */
  query<Row extends object>(sql: SQL | Statement, values?: unknown[]): Promise<Row[]>
  /**
   * Runs `work` in one transaction: committed when it returns, rolled back when it throws. It may run more than once,
   * when PostgreSQL ends it for its own reasons (40001, 40P01): it hands out its result by returning it alone.
   * @throws OutcomeUnknown when the answer to COMMIT is lost; DatabaseBusy, DatabaseAway, CallerGone
   */
  transaction<Result>(work: (db: Database) => Promise<Result>, options?: TransactionOptions): Promise<Result>
  /** Runs `work` once the transaction is committed: at once when there is none. It must not throw. */
  afterCommit(work: () => void): void
  /**
   * A connection of its own with short limits, for what must not wait for others: whether the database answers.
   */
  readonly aside: Pick<Database, 'query'>
  /** The connections of the pool now. */
  connections(): Connections
  /** The same database for one caller: what it asks is given up when `signal` tells that the caller has gone. */
  during(signal: Signal): Database
  /** The same database with every statement run within something that watches it. */
  watchedBy(watch: Watch): Database
}

/** SQL that is prepared once for each connection. */
export interface Statement {
  name: string
  text: string
}

export interface ConnectedDatabase extends Database {
  /** Ends the connections; those that do not end by themselves in a second are cut. */
  close(): Promise<void>
}

interface ConnectOptions {
  url: string
  /** The most connections at once. */
  pool?: number
  limits?: Partial<TimeLimits>
  /** Told of a connection that the server or the network ended; the pool replaces it by itself. */
  onError?: (error: Error) => void
}

/**
 * Connects to PostgreSQL, 15 or later. No connection is made until the first query, and none idle is closed:
 * a connection holds its prepared plans.
 */
export function connect({ url, pool: max = 10, limits, onError }: ConnectOptions): ConnectedDatabase {
  const pool = new ConnectionPool({ url, max, limits: { ...usualLimits, ...limits }, onError })
  const single = new ConnectionPool({ url, max: 1, limits: asideLimits, onError })
  const aside = new Queries((query) => onAnyConnection(single, query, undefined))
  const close = async () => void (await Promise.all([pool.close(), single.close()]))
  return Object.assign(new PooledDatabase(pool, { watch: unwatched, aside }), { close })
}

const asideLimits: TimeLimits = { statement: 1_000, lock: 1_000, idle: 1_000, connect: 1_000 }

type Run = <Result>(query: pg.QueryConfig) => Promise<Result>

/** What asks by single statements, wherever these are run. */
class Queries {
  readonly #run: Run
  #orm: NodePgDatabase | undefined

  constructor(run: Run) {
    this.#run = run
  }

  get orm(): NodePgDatabase {
    const query = (config: pg.QueryConfig, values: unknown[]) => this.#run({ ...config, values })
    return (this.#orm ??= drizzle({ client: { query } as unknown as pg.Client }))
  }

  query = async <Row extends object>(statement: SQL | Statement, values: unknown[] = []): Promise<Row[]> => {
    const { rows } = await this.#run<{ rows: Row[] }>(queryOf(statement, values))
    return rows
  }
}

const dialect = new PgDialect()

function queryOf(statement: SQL | Statement, values: unknown[]): pg.QueryConfig {
  if ('text' in statement) return { ...statement, values }
  const { sql, params } = dialect.sqlToQuery(statement)
  return { text: sql, values: params }
}

interface Circumstances {
  signal?: Signal
  watch: Watch
  aside: Database['aside']
}

class PooledDatabase extends Queries implements Database {
  readonly #pool: ConnectionPool
  readonly #circumstances: Circumstances

  constructor(pool: ConnectionPool, circumstances: Circumstances) {
    const { signal, watch } = circumstances
    super((query) => watch(nameOf(query), () => onAnyConnection(pool, query, signal)))
    this.#pool = pool
    this.#circumstances = circumstances
  }

  transaction = <Result>(work: (db: Database) => Promise<Result>, options: TransactionOptions = {}): Promise<Result> =>
    inTransaction(this.#pool, (session) => work(new TransactionDatabase(session, this)), {
      ...this.#circumstances,
      ...options,
    })

  get aside(): Database['aside'] {
    return this.#circumstances.aside
  }

  afterCommit = (work: () => void): void => work()
  connections = (): Connections => this.#pool.connections()
  during = (signal: Signal): Database => new PooledDatabase(this.#pool, { ...this.#circumstances, signal })
  watchedBy = (watch: Watch): Database => new PooledDatabase(this.#pool, { ...this.#circumstances, watch })
}

class TransactionDatabase extends Queries implements Database {
  readonly afterCommit: Database['afterCommit']
  readonly connections: Database['connections']
  readonly aside: Database['aside']

  constructor(session: Session, pooled: Database) {
    super(session.run)
    this.afterCommit = session.afterCommit
    this.connections = () => pooled.connections()
    this.aside = pooled.aside
  }

  transaction = <Result>(inner: (db: Database) => Promise<Result>): Promise<Result> => inner(this)
  during = (): Database => this
  watchedBy = (): Database => this
}

/** Runs a statement that is its own transaction; a prepared one whose plan has become stale is read once more, anew. */
async function onAnyConnection<Result>(
  pool: ConnectionPool,
  query: pg.QueryConfig,
  signal: Signal | undefined,
): Promise<Result> {
  const options = { longest: longestAnswer(pool.limits), signal }
  try {
    return await pool.use(signal, (client) => run<Result>(client, query, options))
  } catch (error) {
    if (query.name === undefined || !isStalePlan(error)) throw error
    const { name: _, ...unprepared } = query
    return pool.use(signal, (client) => run<Result>(client, unprepared, options))
  }
}
