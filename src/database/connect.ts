import { type SQL } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { PgDialect } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { withSchema } from './address.ts'
import { isStalePlan } from './errors.ts'
import { type AskConnection, ConnectionPool, type Connections } from './pool.ts'
import type { Position } from './position.ts'
import { type Identified, SharedReads } from './shared-reads.ts'
import { nameOf, run, type Signal, unwatched, type Watch, withoutName } from './statement.ts'
import { defaultTimeLimits } from '../config/default-time-limits.ts'
import { responseTimeout, type TimeLimits } from './time-limits.ts'
import { inTransaction, type Session, type TransactionOptions } from './transaction.ts'

/** The database as features use it: a pool or, inside `transaction`, the connection of the transaction. */
export interface Database {
  /** Drizzle's query builder, for queries that are not performance-critical. */
  readonly orm: NodePgDatabase
  /** Runs SQL written with drizzle's `sql`; prepared on the server when it has a name. */
  query<Row extends object>(sql: SQL | Statement, values?: unknown[]): Promise<Row[]>
  /**
   * The row with an id, of a statement that has `id = any($1::uuid[])` and gives the `id` of each row. Reads of the same
   * moment share a statement (`shared-reads.ts`); each sees what was committed before it was called.
   */
  row<Row extends Identified>(statement: Statement, id: string): Promise<Row | undefined>
  /**
   * Runs `work` in one transaction: committed when it returns, rolled back when it throws. It is retried after a
   * serialization failure or a deadlock (40001, 40P01), so it must have no side effects besides its result.
   * @throws OutcomeUnknown when the answer to COMMIT is lost; DatabaseBusy, DatabaseAway, CallerGone
   */
  transaction<Result>(work: (db: Database) => Promise<Result>, options?: TransactionOptions): Promise<Result>
  /** Runs `work` after the commit, or immediately when there is no transaction. It must not throw. */
  afterCommit(work: () => void): void
  /**
   * A separate connection with short time limits, for health checks, which must not wait for other queries.
   */
  readonly aside: Pick<Database, 'query'>
  /** The current connections of the pool. */
  connections(): Connections
  /** The same database, whose queries are cancelled when `signal` is aborted. */
  during(signal: Signal, onWrite?: OnWrite): Database
  /** The same database, with every statement run by `watch`. */
  watchedBy(watch: Watch): Database
}

/** Called as something is written. */
export interface OnWrite {
  /**
   * When a transaction that may have written was committed.
   * @param position from which on it is in the log; undefined when it is not known
   */
  commit: (position?: Position) => void
  /** Before a statement outside of a transaction that may write. Only if the database tells positions. */
  statement: () => void
}

/** SQL that is prepared once per connection. */
export interface Statement {
  name: string
  text: string
}

export interface ConnectedDatabase extends Database {
  /** Closes all connections; those that are still open after a second are destroyed. */
  close(): Promise<void>
}

interface ConnectOptions {
  url: string
  /** The schema of the register. Default: the first schema of the `search_path` that has it, or that exists. */
  schema?: string | undefined
  /** Maximum number of connections. */
  pool?: number
  /** Whether statements that have a name are prepared. Default: yes. */
  prepared?: boolean
  /** Whether the position is read with each commit for which there is an `OnWrite`. Default: no. */
  tellsPositions?: boolean
  limits?: Partial<TimeLimits>
  /** Called when the server or the network ends a connection; the pool replaces it. */
  onError?: (error: Error) => void
  /** Called with each new connection, except that for health checks. If it throws, the connection is not used. */
  admit?: (ask: AskConnection) => Promise<void>
}

/**
 * Connects to PostgreSQL, 15 or later. The first connection is made at the first query. Idle connections stay open, since
 * each has its prepared statements.
 */
export function connect(options: ConnectOptions): ConnectedDatabase {
  const { schema, pool: max = 10, prepared: prepares = true, tellsPositions = false, limits, onError, admit } = options
  const url = schema === undefined ? options.url : withSchema(options.url, schema)
  const pool = new ConnectionPool({ url, max, prepares, limits: { ...defaultTimeLimits, ...limits }, onError, admit })
  const single = new ConnectionPool({ url, max: 1, prepares, limits: asideLimits, onError })
  const aside = new Queries((query) => onAnyConnection(single, query, undefined))
  const close = async () => void (await Promise.all([pool.close(), single.close()]))
  const circumstances = { watch: unwatched, aside, reads: readsOf(pool), tellsPositions }
  return Object.assign(new PooledDatabase(pool, circumstances), { close })
}

const asideLimits: TimeLimits = { statement: 1_000, lock: 1_000, idle: 1_000, connect: 1_000 }

type Run = <Result>(query: pg.QueryConfig) => Promise<Result>

/** Queries on top of a function that runs a single statement. */
export class Queries {
  readonly run: Run
  #orm: NodePgDatabase | undefined

  constructor(run: Run) {
    this.run = run
  }

  get orm(): NodePgDatabase {
    const query = (config: pg.QueryConfig, values: unknown[]) => this.run({ ...config, values })
    return (this.#orm ??= drizzle({ client: { query } as unknown as pg.Client }))
  }

  query = async <Row extends object>(statement: SQL | Statement, values: unknown[] = []): Promise<Row[]> => {
    const { rows } = await this.run<{ rows: Row[] }>(queryOf(statement, values))
    return rows
  }

  async row<Row extends Identified>(statement: Statement, id: string): Promise<Row | undefined> {
    const [row] = await this.query<Row>(statement, [[id]])
    return row
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
  onWrite?: OnWrite | undefined
  tellsPositions: boolean
  watch: Watch
  aside: Database['aside']
  /** The shared reads of a statement. */
  reads: (statement: Statement) => SharedReads
}

/** Whether a statement may write: false only if it certainly does not. */
const mayWrite = ({ text }: pg.QueryConfig): boolean => /\b(?:insert|update|delete|merge)\b/i.test(text)

class PooledDatabase extends Queries implements Database {
  readonly #pool: ConnectionPool
  readonly #circumstances: Circumstances

  constructor(pool: ConnectionPool, circumstances: Circumstances) {
    const { signal, watch, onWrite, tellsPositions } = circumstances
    super((query) => {
      if (tellsPositions && onWrite && mayWrite(query)) onWrite.statement()
      return watch(nameOf(query), () => onAnyConnection(pool, query, signal))
    })
    this.#pool = pool
    this.#circumstances = circumstances
  }

  transaction = <Result>(work: (db: Database) => Promise<Result>, options: TransactionOptions = {}): Promise<Result> =>
    inTransaction(this.#pool, (session) => work(new TransactionDatabase(session, this)), {
      ...this.#circumstances,
      onCommit: this.#circumstances.onWrite?.commit,
      ...options,
    })

  override row<Row extends Identified>(statement: Statement, id: string): Promise<Row | undefined> {
    const { signal, watch, reads } = this.#circumstances
    return watch(nameOf(statement), () => reads(statement).read(id, signal)) as Promise<Row | undefined>
  }

  get aside(): Database['aside'] {
    return this.#circumstances.aside
  }

  afterCommit = (work: () => void): void => work()
  connections = (): Connections => this.#pool.connections()
  during = (signal: Signal, onWrite?: OnWrite): Database =>
    new PooledDatabase(this.#pool, { ...this.#circumstances, signal, onWrite })
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

function readsOf(pool: ConnectionPool): Circumstances['reads'] {
  const known = new Map<string, SharedReads>()
  return (statement) => {
    let reads = known.get(statement.name)
    if (!reads) {
      reads = new SharedReads(statement, (query, signal) => onAnyConnection(pool, query, signal))
      known.set(statement.name, reads)
    }
    return reads
  }
}

/** Runs a single statement. A prepared one whose plan is stale is run again unprepared. */
async function onAnyConnection<Result>(
  pool: ConnectionPool,
  query: pg.QueryConfig,
  signal: Signal | undefined,
): Promise<Result> {
  const options = { timeout: responseTimeout(pool.limits), signal }
  try {
    return await pool.use(signal, (client) => run<Result>(client, pool.prepares ? query : withoutName(query), options))
  } catch (error) {
    if (query.name === undefined || !isStalePlan(error)) throw error
    return pool.use(signal, (client) => run<Result>(client, withoutName(query), options))
  }
}
