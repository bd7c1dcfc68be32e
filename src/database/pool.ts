import pg from 'pg'
import { CallerGone, DatabaseAway, DatabaseBusy, isOfNoUse, NoAnswer, troubleOf } from './errors.ts'
import { Hosts } from './hosts.ts'
import { destroy, isDestroyed, run, type Signal } from './statement.ts'
import type { TimeLimits } from './time-limits.ts'
import { Turns } from './turns.ts'

export interface Connections {
  total: number
  idle: number
  /** Number of requests that wait for a connection. */
  waiting: number
  /** How long the first of them has waited, in milliseconds; 0 when none waits. */
  longestWait: number
}

interface PoolOptions {
  url: string
  max: number
  /** Whether statements that have a name are prepared. */
  prepares: boolean
  limits: TimeLimits
  onError?: ((error: Error) => void) | undefined
  /** Called with each new connection. If it throws, the connection is not used. */
  admit?: ((ask: AskConnection) => Promise<void>) | undefined
}

/** Runs a statement on one connection. */
export type AskConnection = <Row>(query: pg.QueryConfig) => Promise<Row[]>

const { DATE, TIMESTAMPTZ } = pg.types.builtins

/** Days and instants stay text: a calendar day must not become a JS Date. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === DATE || oid === TIMESTAMPTZ
      ? (text: string) => text
      : pg.types.getTypeParser(oid, format ?? 'text')) as typeof pg.types.getTypeParser,
}

/** Timeout of a graceful close of all connections, in milliseconds. */
const closeTimeout = 1_000

/** Idle time of a connection before TCP keep-alive probes, in milliseconds. */
const keepAliveAfter = 10_000

/** The name of the queue for connections. */
const turnName = 'connections'

/** The message of the driver's pool when no connection becomes free in time; the error has no code. */
const poolTimeoutMessage = 'timeout exceeded when trying to connect'

const askOn =
  (client: pg.PoolClient, limits: TimeLimits): AskConnection =>
  async <Row>(query: pg.QueryConfig) =>
    (await run<{ rows: Row[] }>(client, query, { timeout: limits.connect })).rows

/** Resolves when a connection has ended, also by an error: `once` of `node:events` would fail with it. */
const endOf = (client: pg.PoolClient): Promise<void> => new Promise((settle) => client.once('end', settle))

/**
 * The connections of this process. When one is found dead, all that existed at that time are replaced before their next
 * use: otherwise each would cost a request its whole time limit.
 */
export class ConnectionPool {
  readonly limits: TimeLimits
  readonly turns = new Turns()
  /** Maximum number of connections for write transactions; the others are reserved for reads. */
  readonly writers: number
  readonly prepares: boolean
  readonly #hosts: Hosts
  readonly #pool: pg.Pool
  readonly #max: number
  /** The value of `#foundDead` when each open connection was made. */
  readonly #madeAfter = new Map<pg.PoolClient, number>()
  #foundDead = 0
  /** When each waiting request began to wait, oldest first, in milliseconds of `performance.now`. */
  readonly #waitingSince = new Set<{ time: number }>()

  constructor({ url, max, prepares, limits, onError = () => {}, admit }: PoolOptions) {
    this.limits = limits
    this.prepares = prepares
    this.#max = max
    this.writers = Math.max(1, Math.floor(max * 0.6))
    this.#hosts = new Hosts(url)
    this.#pool = new pg.Pool({
      ...this.#hosts.poolOptions(limits.connect),
      // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it
      ...(admit && { onConnect: (client: pg.ClientBase) => admit(askOn(client as pg.PoolClient, limits)) }),
      max,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: limits.connect,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveAfter,
      application_name: 'entente',
      // Statements of a transaction that do not wait for one another share a round trip.
      pipeline: true,
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
   * Runs `work` on a connection of the pool.
   * @throws DatabaseBusy when none is free in time; DatabaseAway when none can be made; CallerGone
   */
  async use<Result>(signal: Signal | undefined, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    if (signal?.aborted) throw new CallerGone()
    const endTurn = await this.#counted(() => this.turns.take(turnName, this.#max, this.limits.connect, signal))
    try {
      return await this.#useNow(signal, work)
    } finally {
      endTurn()
    }
  }

  async #useNow<Result>(signal: Signal | undefined, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#take(signal)
    try {
      return await work(client)
    } catch (error) {
      if (error instanceof NoAnswer || this.#hasMoved(error)) this.#foundDead += 1
      if (isOfNoUse(error)) destroy(client)
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
    if (this.#madeAfter.get(client) === this.#foundDead) {
      if (!this.#hosts.isReadOnly(client)) return client
      this.#foundDead += 1
    }
    destroy(client)
    client.release(true)
    return this.#take(signal)
  }

  /** Whether another host accepts writes now: connections to this one are of no use. */
  #hasMoved(error: unknown): boolean {
    return this.#hosts.count > 1 && troubleOf(error) === 'read_only'
  }

  /** Connects to the current host, or else to each other one. */
  async #connect(attempt = 1): Promise<pg.PoolClient> {
    const address = this.#hosts.current
    try {
      return await this.#counted(() => this.#pool.connect())
    } catch (error) {
      const { message } = error as Error
      if (message === poolTimeoutMessage) throw new DatabaseBusy('All connections are in use.', { cause: error })
      this.#hosts.giveUp(address)
      if (attempt < this.#hosts.count) return this.#connect(attempt + 1)
      throw new DatabaseAway('No connection could be made.', { cause: error })
    }
  }

  async #counted<Result>(wait: () => Promise<Result>): Promise<Result> {
    const since = { time: performance.now() }
    this.#waitingSince.add(since)
    try {
      return await wait()
    } finally {
      this.#waitingSince.delete(since)
    }
  }

  connections(): Connections {
    const { totalCount, idleCount } = this.#pool
    const [first] = this.#waitingSince
    const longestWait = first ? performance.now() - first.time : 0
    return { total: totalCount, idle: idleCount, waiting: this.turns.waiting(turnName), longestWait }
  }

  async close(): Promise<void> {
    const timer = setTimeout(() => {
      for (const client of this.#madeAfter.keys()) destroy(client)
    }, closeTimeout)
    const ends = [...this.#madeAfter.keys()].map(endOf)
    await Promise.all([this.#pool.end(), ...ends])
    clearTimeout(timer)
  }
}
