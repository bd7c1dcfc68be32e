import { type SQL } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { PgDialect } from 'drizzle-orm/pg-core'
import pg from 'pg'

/** The database as the features see it: a pool, or, inside `transaction`, the one connection of that transaction. */
export interface Database {
  /** Drizzle's builder, for queries off the hot paths. */
  orm: NodePgDatabase
  /** Runs SQL written with drizzle's `sql`; prepared on the server when it has a name. */
  query<Row extends object>(sql: SQL | Statement, values?: unknown[]): Promise<Row[]>
  /** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
  transaction<Result>(work: (db: Database) => Promise<Result>): Promise<Result>
  /** Runs `work` once the transaction is committed: at once when there is none. It must not throw. */
  afterCommit(work: () => void): void
  /** The connections of the pool now. */
  connections(): Connections
}

interface Connections {
  total: number
  idle: number
  /** Who waits for one. */
  waiting: number
}

/** SQL that is prepared once for each connection. */
export interface Statement {
  name: string
  text: string
}

export interface ConnectedDatabase extends Database {
  close(): Promise<void>
}

const dialect = new PgDialect()
const { DATE, TIMESTAMPTZ } = pg.types.builtins

/** Days and instants stay text: a calendar day is never a JS Date. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === DATE || oid === TIMESTAMPTZ
      ? (text: string) => text
      : pg.types.getTypeParser(oid, format ?? 'text')) as typeof pg.types.getTypeParser,
}

interface ConnectOptions {
  url: string
  /** The most connections at once. */
  pool?: number
  /** Told of a connection that the server or the network ended; the pool replaces it by itself. */
  onError?: (error: Error) => void
}

/**
 * Connects to PostgreSQL, 15 or later. No connection is made until the first query, and none idle is closed:
 * a connection holds its prepared plans.
 */
export function connect({ url, pool: max = 10, onError = () => {} }: ConnectOptions): ConnectedDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: 5_000,
    application_name: 'entente',
    types,
  })
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  return {
    ...on(pool),
    transaction: (work) => inTransaction(pool, work),
    afterCommit: (work) => work(),
    connections: () => connectionsOf(pool),
    close: () => pool.end(),
  }
}

const connectionsOf = ({ totalCount, idleCount, waitingCount }: pg.Pool): Connections => ({
  total: totalCount,
  idle: idleCount,
  waiting: waitingCount,
})

function on(client: pg.Pool | pg.PoolClient): Pick<Database, 'orm' | 'query'> {
  return {
    orm: drizzle(client),
    async query<Row extends object>(statement: SQL | Statement, values: unknown[] = []): Promise<Row[]> {
      if ('text' in statement) return rowsOf<Row>(client, { ...statement, values })
      const { sql, params } = dialect.sqlToQuery(statement)
      return rowsOf<Row>(client, { text: sql, values: params })
    },
  }
}

/**
 * The rows of one query. By the driver's callback: the rows that its promises bring stay in memory until a full garbage
 * collection, which an export of 100 MB feels.
 */
async function rowsOf<Row extends object>(client: pg.Pool | pg.PoolClient, query: pg.QueryConfig): Promise<Row[]> {
  try {
    return await new Promise<Row[]>((settle, reject) => {
      client.query<Row>(query, (error, result) => (error ? reject(error) : settle(result.rows)))
    })
  } catch (error) {
    Error.captureStackTrace(error as Error)
    throw error
  }
}

async function inTransaction<Result>(pool: pg.Pool, work: (db: Database) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  const committed: (() => void)[] = []
  const db: Database = {
    ...on(client),
    transaction: (inner) => inner(db),
    afterCommit: (work) => void committed.push(work),
    connections: () => connectionsOf(pool),
  }
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(db)
    await client.query('commit')
    for (const work of committed) work()
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => (broken = failure))
    throw error
  } finally {
    client.release(broken)
  }
}
