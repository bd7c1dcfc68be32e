import { EventEmitter } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { Feed } from '../changes/waiting.ts'
import type { Database, Statement } from '../database/connect.ts'
import { claimDue, type Claimed, giveBack, isSuccess, storeResult } from './claim.ts'
import { countAttempt } from './counts.ts'
import { fillNext } from './fill.ts'
import type { Receivers } from './receivers.ts'
import { send } from './send.ts'

/** How often the worker looks for changes and for deliveries that are due, in milliseconds. */
const pollInterval = 1_000

const asked = new EventEmitter().setMaxListeners(0)

/** Tells the workers of this process that a delivery was asked for. */
export const deliverSoon = (): void => void asked.emit('delivery')

const stateStatement: Statement = {
  name: 'webhooks-state',
  text: `select current_setting('transaction_read_only') = 'off' as writable,
    exists (select from webhooks where enabled) as following,
    exists (
      select from webhook_deliveries d join webhooks w on w.id = d.webhook_id
      where d.status = 'pending' and d.next_try <= statement_timestamp() and (w.enabled or d.by_hand)
    ) as due`,
}

interface Settings {
  receivers: Receivers
  /** Seconds before each retry. */
  retries: readonly number[]
  /** Of one attempt, in milliseconds. */
  timeout: number
  /** How long deliveries may take to end when the worker stops, in milliseconds; then they are given back. Default: 3,000. */
  stopTimeout?: number
}

export interface Deliverer {
  /** Begins no further delivery; those that do not end soon are given back. */
  stop(): Promise<void>
}

/** Starts the worker, one in every server, that sends events to webhooks. Any number can run at the same time. */
export function startDeliverer(db: Database, log: Pick<FastifyBaseLogger, 'error'>, settings: Settings): Deliverer {
  const worker = new Worker(db, log, settings)
  const running = worker.run()
  return {
    async stop() {
      worker.end()
      await running
      await worker.finish()
    },
  }
}

class Worker {
  readonly #pooled: Database
  readonly #db: Database
  readonly #log: Pick<FastifyBaseLogger, 'error'>
  readonly #settings: Settings
  readonly #feed: Feed
  readonly #stopping = new AbortController()
  /** Aborted when deliveries under way are given back. */
  readonly #givingBack = new AbortController()
  readonly #dispatcher
  readonly #running = new Map<string, number>()
  readonly #sending = new Set<Promise<void>>()
  /** The webhooks for which no deliveries could be stored; tried again when all others have theirs. */
  readonly #unfilled = new Set<string>()
  /** Something has happened since the last look. */
  #isAwake = false
  #wake = (): void => void (this.#isAwake = true)

  constructor(db: Database, log: Pick<FastifyBaseLogger, 'error'>, settings: Settings) {
    this.#pooled = db
    this.#db = db.during(this.#stopping.signal)
    this.#log = log
    this.#settings = settings
    this.#feed = new Feed(db)
    this.#dispatcher = settings.receivers.agent()
  }

  async run(): Promise<void> {
    const { signal } = this.#stopping
    const wake = () => this.#wake()
    asked.on('delivery', wake)
    while (!signal.aborted) {
      this.#isAwake = false
      const worked = await this.#work().catch((error: unknown) => this.#report(error))
      if (!worked && !this.#isAwake) await this.#pause()
    }
    asked.off('delivery', wake)
  }

  end(): void {
    this.#stopping.abort()
  }

  /** Waits for deliveries under way, and gives back those that take long. */
  async finish(): Promise<void> {
    const { stopTimeout = 3_000 } = this.#settings
    const late = new AbortController()
    const all = Promise.all(this.#sending)
    await Promise.race([all, setTimeout(stopTimeout, undefined, { signal: late.signal }).catch(() => {})])
    late.abort()
    this.#givingBack.abort()
    await Promise.all(this.#sending)
    await this.#dispatcher.destroy()
  }

  /** @returns whether there can be more to do now */
  async #work(): Promise<boolean> {
    const [state] = await this.#db.query<{ writable: boolean; following: boolean; due: boolean }>(stateStatement)
    const { writable, following, due } = state!
    if (!writable) return false
    const filled = following && (await this.#fill().catch((error: unknown) => this.#report(error)))
    if (!due && !filled) return false
    // Not aborted: what it claims would be kept for nobody.
    const claimed = await claimDue(this.#pooled, this.#running, this.#settings.timeout)
    if (this.#stopping.signal.aborted) await Promise.all(claimed.map((one) => giveBack(this.#pooled, one)))
    else for (const delivery of claimed) this.#start(delivery)
    return filled || claimed.length > 0
  }

  /** @returns whether there can be more */
  async #fill(): Promise<boolean> {
    const filled = await fillNext(this.#db, (await this.#feed.state(this.#db)).last, this.#unfilled)
    if (!filled) this.#unfilled.clear()
    return filled
  }

  #start(delivery: Claimed): void {
    const { webhook } = delivery
    this.#running.set(webhook, (this.#running.get(webhook) ?? 0) + 1)
    const sending = this.#deliver(delivery)
      .catch((error: unknown) => this.#report(error))
      .then(() => {
        const left = this.#running.get(webhook)! - 1
        if (left === 0) this.#running.delete(webhook)
        else this.#running.set(webhook, left)
        this.#sending.delete(sending)
        this.#wake()
      })
    this.#sending.add(sending)
  }

  async #deliver(delivery: Claimed): Promise<void> {
    const { retries, timeout } = this.#settings
    const began = performance.now()
    const message = { ...delivery, at: new Date(delivery.at) }
    const { signal } = this.#givingBack
    const outcome = await send(this.#dispatcher, message, { timeout, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
    if (!outcome) return giveBack(this.#pooled, delivery)
    const milliseconds = Math.round(performance.now() - began)
    const retryIn = delivery.byHand ? undefined : retries[delivery.tries]
    await storeResult(this.#pooled, delivery, { ...outcome, milliseconds }, withJitter(retryIn))
    countAttempt(isSuccess(outcome))
  }

  async #pause(): Promise<void> {
    const waking = new AbortController()
    this.#wake = () => waking.abort()
    const signal = AbortSignal.any([this.#stopping.signal, waking.signal])
    await setTimeout(pollInterval, undefined, { signal }).catch(() => {})
    this.#wake = () => void (this.#isAwake = true)
  }

  #report(error: unknown): false {
    if (!this.#stopping.signal.aborted) {
      this.#log.error({ err: error }, 'Sending to webhooks was interrupted. It will go on.')
    }
    return false
  }
}

/** Up to a fifth more, so that not all retries come at once. */
const withJitter = (seconds: number | undefined): number | null =>
  seconds === undefined ? null : seconds * (1 + Math.random() / 5)
