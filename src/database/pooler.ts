import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { sqlstateOf } from './errors.ts'
import { ConnectionPool } from './pool.ts'
import { run } from './statement.ts'
import { responseTimeout, type TimeLimits } from './time-limits.ts'

const limits: TimeLimits = { statement: 2_000, lock: 2_000, idle: 2_000, connect: 2_000 }

/** How often it is tried, since other clients of a pooler can take the connection that is looked for. */
const attempts = 3

/** The prepared statement does not exist on this connection (26000), or one of its name already does (42P05). */
const isOfAnotherConnection = (error: unknown): boolean => /^(26000|42P05)$/.test(sqlstateOf(error) ?? '')

/**
 * Checks whether statements that are prepared by name can be used again. While a second connection is in a transaction, a
 * pooler in transaction mode gives the first one another connection to PostgreSQL; unless it keeps prepared statements,
 * they do not exist there. Other failures are left to the first real use of the database.
 * @throws Error that says which settings solve it
 */
export async function requirePreparedStatements(url: string): Promise<void> {
  const pool = new ConnectionPool({ url, max: 2, prepares: true, limits })
  const areKept = await pool
    .use(undefined, (first) => pool.use(undefined, (second) => useAgain(first, second)))
    .then(
      () => true,
      (error: unknown) => !isOfAnotherConnection(error),
    )
  await pool.close()
  if (!areKept) throw new Error(waysOut)
}

async function useAgain(first: pg.PoolClient, second: pg.PoolClient): Promise<void> {
  const ask = (client: pg.PoolClient, query: pg.QueryConfig) =>
    run<pg.QueryResult<{ pid: number }>>(client, query, { timeout: responseTimeout(limits) })
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const named = { name: `probe-${randomUUID()}`, text: 'select pg_backend_pid() as pid' }
    const before = await ask(first, named)
    await ask(second, { text: 'begin' })
    await ask(second, { text: named.text })
    const during = await ask(first, named)
    await ask(second, { text: 'rollback' })
    if (before.rows[0]!.pid !== during.rows[0]!.pid) return
  }
}

const waysOut =
  'DATABASE_URL leads to a pooler in transaction mode that does not keep prepared statements. Set ' +
  'DATABASE_PREPARED=false, or have the pooler keep them: PgBouncer 1.21 or later with max_prepared_statements above 0. ' +
  'pool_mode=session also works.'
