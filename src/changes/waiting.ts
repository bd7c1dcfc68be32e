import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../database/connect.ts'
import { Problem } from '../problems/problems.ts'
import { type FeedState, feedState, sequenceChanges } from './sequence.ts'

/** How often the feed is read while requests wait for it, in milliseconds. */
const pollInterval = 300

/** How long a read waits for a connection for writes, in milliseconds: it can do without. */
const maxDelay = 100

/** Maximum number of requests that wait at the same time: of this process, and of one caller. */
const maxWaiting = { all: 200, perCaller: 20 }

interface Waiting {
  /** The last sequence that it knows. */
  after: number
  wake: () => void
}

interface Wait {
  after: number
  /** In milliseconds of `performance.now`. */
  until: number
  caller: string
}

/**
 * The feed of this process: gives committed changes their sequence before reads, and reads it for all requests that wait.
 * These hold no connection.
 */
export class Feed {
  readonly #db: Database
  readonly #waiting = new Set<Waiting>()
  readonly #byCaller = new Map<string, number>()
  #polling = false
  /** Whether the application is closing, so that nothing waits any more. */
  isClosing = false
  #sequencing: Promise<unknown> | undefined

  constructor(db: Database) {
    this.#db = db
  }

  /** Ends all waits once `app` is closing. */
  endWith(app: FastifyInstance): void {
    app.addHook('preClose', async () => {
      this.isClosing = true
      for (const waiting of this.#waiting) waiting.wake()
    })
  }

  /**
   * The state of the feed after committed changes got their sequence. On a read-only database, while another process does
   * this, or when it fails, a later read has them.
   */
  async state(db: Database): Promise<FeedState> {
    const state = await feedState(db)
    if (!state.waiting || !state.writable) return state
    this.#sequencing ??= sequenceChanges(this.#db, undefined, maxDelay).finally(() => (this.#sequencing = undefined))
    await this.#sequencing.catch(() => {})
    return feedState(db)
  }

  /**
   * Waits for a change after a sequence.
   * @param left resolves when the client is gone
   * @throws Problem `too_many_requests` or `busy` when too many requests wait already
   */
  async wait({ after, until, caller }: Wait, left: Promise<unknown>): Promise<void> {
    const time = until - performance.now()
    if (time <= 0 || this.isClosing) return
    const release = this.#reserve(caller)
    const waiting: Waiting = { after, wake: () => {} }
    const late = new AbortController()
    const changed = new Promise<void>((settle) => (waiting.wake = settle))
    this.#waiting.add(waiting)
    void this.#poll()
    await Promise.race([changed, left, setTimeout(time, undefined, { signal: late.signal }).catch(() => {})])
    late.abort()
    this.#waiting.delete(waiting)
    release()
  }

  #reserve(caller: string): () => void {
    const own = this.#byCaller.get(caller) ?? 0
    if (own >= maxWaiting.perCaller) throw tooMany('too_many_requests', `${maxWaiting.perCaller} at a time per caller`)
    if (this.#waiting.size >= maxWaiting.all) throw tooMany('busy', `${maxWaiting.all} at the same time`)
    this.#byCaller.set(caller, own + 1)
    return () => {
      const left = this.#byCaller.get(caller)! - 1
      if (left === 0) this.#byCaller.delete(caller)
      else this.#byCaller.set(caller, left)
    }
  }

  /** Reads the feed for all that wait, until none does. A failure is left to the request that reads next. */
  async #poll(): Promise<void> {
    if (this.#polling) return
    this.#polling = true
    while (this.#waiting.size > 0) {
      const state = await this.state(this.#db).catch(() => undefined)
      for (const waiting of this.#waiting) if (state && state.last > waiting.after) waiting.wake()
      await setTimeout(pollInterval)
    }
    this.#polling = false
  }
}

const tooMany = (code: 'too_many_requests' | 'busy', limit: string): Problem =>
  new Problem(code, `Limit of waiting requests reached: ${limit}. Try again in 5 s.`, [], { 'retry-after': '5' })
