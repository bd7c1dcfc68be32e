import { once } from 'node:events'
import pg from 'pg'
import { CallerGone, DatabaseAway, DatabaseBusy, isStalePlan, NoAnswer } from './errors.ts'
import { destroy, isDestroyed, type Signal } from './statement.ts'
import type { TimeLimits } from './time-limits.ts'
import { Turns } from './turns.ts'

export interface Connections {
  total: number
  idle: number
  /** Who waits for one. */
  waiting: number
  /** How long the first of these has waited, in milliseconds; 0 when nobody waits. */
  longestWait: number
}

interface PoolOptions {
  url: string
  max: number
  limits: TimeLimits
  onError?: ((error: Error) => void) | undefined
}

const { DATE, TIMESTAMPTZ } = pg.types.builtins

/** Days and instants stay text: a calendar day is never a JS Date. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === DATE || oid === TIMESTAMPTZ
      ? (text: string) => text
      : pg.types.getTypeParser(oid, format ?? 'text')) as typeof pg.types.getTypeParser,
}

/** How long connections have to end by themselves when all are closed, in milliseconds. */
const farewell = 1_000

/** After how long without a word the other end of a connection is asked whether it is there, in milliseconds. */
const keepAliveAfter = 10_000

/** What the driver's pool says when all its connections are taken for too long: it has no code. */
const allTaken = 'timeout exceeded when trying to connect'

/**
 * The connections of this process. When one of them is found dead, those that were idle at that time are no longer
 * trusted: each would cost who takes it the whole time limit to find out.
 */
export class ConnectionPool {
  readonly limits: TimeLimits
  readonly turns = new Turns()
  /** How many transactions that write may have a connection at once: some are always left to readers. */
  readonly writers: number
  readonly #pool: pg.Pool
  /** Every open connection, and how many had been found dead when it was made. */
  readonly #madeAfter = new Map<pg.PoolClient, number>()
  #foundDead = 0
  /** Since when each waits who wants a connection, the first one first, in milliseconds of `performance.now`. */
  readonly #waitingSince = new Set<{ time: number }>()

  constructor({ url, max, limits, onError = () => {} }: PoolOptions) {
    this.limits = limits
    this.writers = Math.max(1, Math.floor(max * 0.6))
    this.#pool = new pg.Pool({
      connectionString: url,
      max,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: limits.connect,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveAfter,
      application_name: 'entente',
      types,
    })
    this.#pool.on('error', onError)
    this.#pool.on('connect', (client) => {
      this.#madeAfter.set(client, this.#foundDead)
      client.on('error', (error) => isDestroyed(client) || onError(error))
      client.once('end', () => this.#madeAfter.delete(client))
    })
  }

  /**
   * Runs `work` on a connection that nothing else uses meanwhile.
   * @throws DatabaseBusy when none is free in time; DatabaseAway when none can be made; CallerGone
   */
  async use<Result>(signal: Signal | undefined, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#take(signal)
    try {
      return await work(client)
    } catch (error) {
      if (error instanceof NoAnswer) this.#foundDead += 1
      if (isStalePlan(error)) destroy(client)
      throw error
    } finally {
      client.release(isDestroyed(client))
    }
  }

  async #take(signal: Signal | undefined): Promise<pg.PoolClient> {
    if (signal?.aborted) throw new CallerGone()
    const client = await this.#connect()
    if (signal?.aborted) {
      client.release()
      throw new CallerGone()
    }
    if (this.#madeAfter.get(client) === this.#foundDead) return client
    destroy(client)
    client.release(true)
    return this.#take(signal)
  }

  async #connect(): Promise<pg.PoolClient> {
    const since = { time: performance.now() }
    this.#waitingSince.add(since)
    try {
      return await this.#pool.connect()
    } catch (error) {
      const { message } = error as Error
      if (message === allTaken) throw new DatabaseBusy('All connections are taken.', { cause: error })
      throw new DatabaseAway('No connection could be made.', { cause: error })
    } finally {
      this.#waitingSince.delete(since)
    }
  }

  connections(): Connections {
    const { totalCount, idleCount, waitingCount } = this.#pool
    const [first] = this.#waitingSince
    const longestWait = first ? performance.now() - first.time : 0
    return { total: totalCount, idle: idleCount, waiting: waitingCount, longestWait }
  }

  async close(): Promise<void> {
    const timer = setTimeout(() => {
      for (const client of this.#madeAfter.keys()) destroy(client)
    }, farewell)
    const ends = [...this.#madeAfter.keys()].map((client) => once(client, 'end'))
    await Promise.all([this.#pool.end(), ...ends])
    clearTimeout(timer)
  }
}
