import { setTimeout } from 'node:timers/promises'
import type pg from 'pg'
import { isAfterFailure, isConflict, isOutcomeUnknown, isStalePlan, OutcomeUnknown } from './errors.ts'
import type { ConnectionPool } from './pool.ts'
import { type Position, positionOf, positionQuery, type PositionRow } from './position.ts'
import { destroy, isDestroyed, nameOf, run, type Signal, unwatched, type Watch, withoutName } from './statement.ts'
import { beginWith, responseTimeout, type TimeLimits } from './time-limits.ts'

export interface TransactionOptions {
  /** Overrides the limits of the database. */
  limits?: Partial<Omit<TimeLimits, 'connect'>>
  /** Names what is written. At most two transactions of this process with the same name have a connection; the others wait without one. */
  turn?: string
  /** Whether it only reads, in one snapshot. It is not retried, except when a prepared plan is stale and it has `settings`. */
  readOnly?: boolean
  /** Settings of PostgreSQL for this transaction. */
  settings?: Record<string, string>
  /** Whether its first statements store nothing: they are sent behind BEGIN, and run alone if that fails. */
  readsFirst?: boolean
  /** How the caller can find out whether it was committed, when the response to COMMIT is lost. */
  toFindOut?: string
  /** Called when it was committed, unless it only reads; with the position after it, if that is read. */
  onCommit?: ((position?: Position) => void) | undefined
  /** Whether the position is read for `onCommit`, in the same round trip as the commit. */
  tellsPositions?: boolean
  signal?: Signal | undefined
  watch?: Watch
}

/** A running transaction. */
export interface Session {
  /** @throws what PostgreSQL throws; the error of the first statement that failed for each one after it */
  run: <Result>(query: pg.QueryConfig) => Promise<Result>
  afterCommit: (work: () => void) => void
}

/** Maximum number of transactions per turn with a connection: one that works, and the next. */
const maxConcurrent = 2

/** Maximum number of attempts after serialization failures and deadlocks. */
const maxAttempts = 5

const snapshot = '; set transaction isolation level repeatable read, read only'

const readAgain = 'Read the resource; if it has not changed, send the request again.'

/** Runs `work` in a transaction, with retries; see `Database`. */
export async function inTransaction<Result>(
  pool: ConnectionPool,
  work: (session: Session) => Promise<Result>,
  options: TransactionOptions,
): Promise<Result> {
  const { turn, readOnly, signal, limits } = options
  const { lock, statement } = { ...pool.limits, ...limits }
  const endTurn = turn === undefined ? undefined : await pool.turns.take(turn, maxConcurrent, statement, signal)
  try {
    for (let attempt = 1; ; attempt += 1) {
      const endWriting = readOnly ? undefined : await pool.turns.take('writers', pool.writers, lock, signal)
      try {
        return await attemptOnce(pool, work, { ...options, prepared: pool.prepares && attempt === 1 })
      } catch (error) {
        const isRetried = isStalePlan(error) ? !readOnly || options.settings : isConflict(error) && !readOnly
        if (attempt === maxAttempts || !isRetried) throw error
      } finally {
        endWriting?.()
      }
      await setTimeout(pauseAfter(attempt))
    }
  } finally {
    endTurn?.()
  }
}

const setting = (settings: Record<string, string>): string =>
  Object.entries(settings)
    .map(([name, value]) => `; set local ${name} = '${value}'`)
    .join('')

/** Exponential backoff with jitter, in milliseconds. */
const pauseAfter = (attempt: number): number => Math.random() * 20 * 2 ** attempt

interface Attempt extends TransactionOptions {
  /** Whether statements may be prepared; only in the first attempt, since one may be stale. */
  prepared: boolean
}

function attemptOnce<Result>(
  pool: ConnectionPool,
  work: (session: Session) => Promise<Result>,
  {
    limits: own,
    readOnly,
    toFindOut = readAgain,
    onCommit,
    tellsPositions,
    settings = {},
    readsFirst,
    signal,
    watch = unwatched,
    prepared,
  }: Attempt,
): Promise<Result> {
  const limits = { ...pool.limits, ...own }
  const timeout = responseTimeout(limits)
  const committed: (() => void)[] = []
  return pool.use(signal, async (client) => {
    const ask = <Answer>(name: string, query: pg.QueryConfig, gone = signal): Promise<Answer> =>
      watch(name, () => run(client, prepared ? query : withoutName(query), { timeout, signal: gone }))
    const rollBack = async (): Promise<void> => {
      if (!isDestroyed(client)) await ask('rollback', { text: 'rollback' }, undefined).catch(() => destroy(client))
    }
    let [isOpen, isOver] = [false, false]
    let result: Result
    const begun = ask('begin', { text: beginWith(limits) + (readOnly ? snapshot : '') + setting(settings) })
    begun.then(
      () => (isOpen = true),
      () => {},
    )
    /** Of the first statement that failed: PostgreSQL commits nothing after it, also when `work` goes on. */
    let failure: unknown
    const runStatement = async <Answer>(query: pg.QueryConfig): Promise<Answer> => {
      try {
        if (!isOpen && !readsFirst) await begun
        // Otherwise it would be outside of any transaction, or within that of another caller.
        if (isOver) throw afterTheEnd()
        const answer = ask<Answer>(nameOf(query), query)
        return isOpen ? await answer : (await Promise.all([begun, answer]))[1]
      } catch (error) {
        failure ??= error
        throw isAfterFailure(error) ? failure : error
      }
    }
    try {
      result = await work({
        run: runStatement,
        afterCommit: (then) => void committed.push(then),
      })
      await begun
      if (failure !== undefined) throw failure
    } catch (error) {
      isOver = true
      await rollBack()
      throw error
    }
    isOver = true
    const isTold = tellsPositions && !readOnly && onCommit !== undefined
    const [commit, position] = await Promise.allSettled([
      ask<{ command: string }>('commit', { text: 'commit' }, undefined),
      isTold ? ask<PositionResult>('position', positionQuery, undefined) : undefined,
    ])
    if (commit.status === 'rejected') {
      const error: unknown = commit.reason
      throw isOutcomeUnknown(error) && !readOnly ? new OutcomeUnknown(toFindOut, error) : error
    }
    // What PostgreSQL answers when a statement has failed that `work` did not wait for.
    if (commit.value.command === 'ROLLBACK') throw failure ?? new Error('The transaction was rolled back.')
    if (!readOnly)
      onCommit?.(position.status === 'fulfilled' && position.value ? positionIn(position.value) : undefined)
    for (const then of committed) then()
    return result
  })
}

interface PositionResult {
  rows: [PositionRow]
}

const positionIn = ({ rows: [row] }: PositionResult): Position => positionOf(row)

const afterTheEnd = (): Error => new Error('A statement came after the end of its transaction.')
