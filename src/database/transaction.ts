import { setTimeout } from 'node:timers/promises'
import type pg from 'pg'
import { isConflict, isStalePlan, leavesInDoubt, OutcomeUnknown } from './errors.ts'
import type { ConnectionPool } from './pool.ts'
import { destroy, isDestroyed, nameOf, run, type Signal, unwatched, type Watch } from './statement.ts'
import { beginWith, longestAnswer, type TimeLimits } from './time-limits.ts'

export interface TransactionOptions {
  /** In place of the limits of the database. */
  limits?: Partial<Omit<TimeLimits, 'connect'>>
  /** What it writes. Of the transactions of this process that write the same, two have a connection; the others wait without one. */
  turn?: string
  /** Reads alone, all of it in one snapshot. It runs once. */
  readOnly?: boolean
  /** How the caller finds out whether it was committed, when the answer to COMMIT is lost. */
  toFindOut?: string
  signal?: Signal | undefined
  watch?: Watch
}

/** One transaction under way. */
export interface Session {
  run: <Result>(query: pg.QueryConfig) => Promise<Result>
  afterCommit: (work: () => void) => void
}

/** How many transactions of one turn have a connection: one that works, and one that waits to be next. */
const atOnce = 2

/** How often a transaction is tried that PostgreSQL ends for its own reasons. */
const maxAttempts = 5

const snapshot = '; set transaction isolation level repeatable read, read only'

const readAgain = 'Read what you meant to change: if it is as it was, send the request again.'

/** Runs `work` in a transaction, again when PostgreSQL ended it for its own reasons; see `Database`. */
export async function inTransaction<Result>(
  pool: ConnectionPool,
  work: (session: Session) => Promise<Result>,
  options: TransactionOptions,
): Promise<Result> {
  const { turn, readOnly, signal, limits } = options
  const { lock, statement } = { ...pool.limits, ...limits }
  const endTurn = turn === undefined ? undefined : await pool.turns.take(turn, atOnce, statement, signal)
  try {
    for (let attempt = 1; ; attempt += 1) {
      const endWriting = readOnly ? undefined : await pool.turns.take('writers', pool.writers, lock, signal)
      try {
        return await attemptOnce(pool, work, { ...options, prepared: attempt === 1 })
      } catch (error) {
        if (attempt === maxAttempts || readOnly || !(isConflict(error) || isStalePlan(error))) throw error
      } finally {
        endWriting?.()
      }
      await setTimeout(pauseAfter(attempt))
    }
  } finally {
    endTurn?.()
  }
}

/** Longer each time, and never the same for two that met: in milliseconds. */
const pauseAfter = (attempt: number): number => Math.random() * 20 * 2 ** attempt

interface Attempt extends TransactionOptions {
  /** Whether statements may be prepared; not after one was stale. */
  prepared: boolean
}

function attemptOnce<Result>(
  pool: ConnectionPool,
  work: (session: Session) => Promise<Result>,
  { limits: own, readOnly, toFindOut = readAgain, signal, watch = unwatched, prepared }: Attempt,
): Promise<Result> {
  const limits = { ...pool.limits, ...own }
  const longest = longestAnswer(limits)
  const committed: (() => void)[] = []
  return pool.use(signal, async (client) => {
    const ask = <Answer>(name: string, query: pg.QueryConfig, gone = signal): Promise<Answer> =>
      watch(name, () => run(client, prepared ? query : withoutName(query), { longest, signal: gone }))
    const rollBack = async (): Promise<void> => {
      if (!isDestroyed(client)) await ask('rollback', { text: 'rollback' }, undefined).catch(() => destroy(client))
    }
    let result: Result
    try {
      await ask('begin', { text: beginWith(limits) + (readOnly ? snapshot : '') })
      result = await work({
        run: (query) => ask(nameOf(query), query),
        afterCommit: (then) => void committed.push(then),
      })
    } catch (error) {
      await rollBack()
      throw error
    }
    await ask('commit', { text: 'commit' }, undefined).catch((error: unknown) => {
      throw leavesInDoubt(error) && !readOnly ? new OutcomeUnknown(toFindOut, error) : error
    })
    for (const then of committed) then()
    return result
  })
}

const withoutName = ({ name: _, ...query }: pg.QueryConfig): pg.QueryConfig => query
