import { Problem } from '../../problems/problems.ts'
import { type Share, type Shares, span } from './shares.ts'

/** Maximum number of requests of each kind per caller and minute; 0: no limit. */
export interface Rates {
  reads: number
  writes: number
  exports: number
  /** Failed authentications, by address. */
  failures: number
}

type Budget = keyof Rates

/** The requests of one caller in its current window, as far as this process knows. */
interface Window {
  /** How many this process has counted. */
  used: number
  /** How many this process may count. */
  granted: number
  /** How many of the limit no process had been given when this one asked last; 0 when it counts alone. */
  left: number
  /** When the window ends, in milliseconds of `now`. */
  ends: number
}

/** A request that was counted. */
export interface Counted {
  account: Account
  window: Window
  /** Whether the limit was reached before. */
  isOver: boolean
}

/** Maximum number of callers counted in each budget; beyond it, the oldest windows are dropped. */
const maxCallers = 20_000

interface AccountOptions {
  /** A monotonic clock, in milliseconds. */
  now: () => number
  /** Where processes share the limit. Default: this process counts alone. */
  shares?: Shares | undefined
}

/** A budget, and what each caller has used of it. */
export class Account {
  readonly isUnlimited: boolean
  /** The `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers-11. */
  readonly policy: string
  readonly #windows = new Map<string, Window>()
  readonly #asking = new Map<string, Promise<void>>()
  readonly #budget: Budget
  readonly #max: number
  readonly #now: () => number
  readonly #shares: Shares | undefined

  constructor(budget: Budget, max: number, { now, shares }: AccountOptions) {
    this.isUnlimited = max === 0
    this.policy = `"${budget}";q=${max};w=${span}`
    this.#budget = budget
    this.#max = max
    this.#now = now
    this.#shares = shares
  }

  /** Counts a request of a caller: immediately, unless this process needs another share of the limit first. */
  count(caller: string): Counted | Promise<Counted> {
    if (!this.#shares && !this.#current(caller)) this.#countAlone(caller)
    return this.#countHere(caller) ?? this.#countShared(caller)
  }

  /** Takes back a request that was counted alone. */
  giveBack(window: Window): void {
    window.used -= 1
  }

  /**
   * The `RateLimit` of the same draft: requests left, and seconds until the window ends. What other processes were given
   * since this one asked last is not known.
   */
  state({ used, granted, left, ends }: Window): string {
    return `"${this.#budget}";r=${left + granted - used};t=${this.#secondsTo(ends)}`
  }

  refusal({ ends }: Window): Problem {
    const seconds = this.#secondsTo(ends)
    const detail = `Rate limit reached: ${this.#max} ${nouns[this.#budget]} per ${span} seconds. Try again in ${seconds} s.`
    return new Problem('too_many_requests', detail, [], { 'retry-after': String(seconds) })
  }

  /** Counts a request by what this process was given; undefined when it must ask for more. */
  #countHere(caller: string): Counted | undefined {
    const window = this.#current(caller)
    if (window === undefined) return undefined
    const isOver = window.used >= window.granted
    if (isOver && window.left > 0) return undefined
    if (!isOver) window.used += 1
    return { account: this, window, isOver }
  }

  async #countShared(caller: string): Promise<Counted> {
    for (;;) {
      await this.#ask(caller)
      const counted = this.#countHere(caller)
      if (counted) return counted
    }
  }

  /** Asks for a share, once for all requests of a caller that wait for one. */
  #ask(caller: string): Promise<void> {
    const before = this.#asking.get(caller)
    if (before) return before
    const asking = this.#takeShare(caller).finally(() => this.#asking.delete(caller))
    this.#asking.set(caller, asking)
    return asking
  }

  async #takeShare(caller: string): Promise<void> {
    const sent = this.#now()
    const share = await this.#shares!.take(this.#budget, caller, this.#max)
    if (share) this.#add(caller, share, sent + share.endsIn)
    else this.#countAlone(caller)
  }

  #add(caller: string, { granted, left }: Share, ends: number): void {
    const window = this.#current(caller)
    if (window) Object.assign(window, { granted: window.granted + granted, left, ends })
    else this.#begin(caller, { used: 0, granted, left, ends })
  }

  /** Lets this process count alone until the window ends: it does not let more through than the limit. */
  #countAlone(caller: string): void {
    const window = this.#current(caller)
    if (window) Object.assign(window, { granted: this.#max, left: 0 })
    else this.#begin(caller, { used: 0, granted: this.#max, left: 0, ends: this.#now() + span * 1000 })
  }

  /** The window of a caller; undefined when there is none, or it has ended. */
  #current(caller: string): Window | undefined {
    const window = this.#windows.get(caller)
    return window && window.ends > this.#now() ? window : undefined
  }

  #begin(caller: string, window: Window): void {
    this.#windows.delete(caller)
    this.#forget()
    this.#windows.set(caller, window)
  }

  #secondsTo(time: number): number {
    return Math.max(1, Math.ceil((time - this.#now()) / 1000))
  }

  /** Drops at most two of the oldest windows: those that have ended, or any when there are too many. */
  #forget(): void {
    let dropped = 0
    for (const [caller, { ends }] of this.#windows) {
      if (dropped === 2 || (ends > this.#now() && this.#windows.size < maxCallers)) return
      this.#windows.delete(caller)
      dropped += 1
    }
  }
}

const nouns: Record<Budget, string> = {
  reads: 'reads',
  writes: 'writes',
  exports: 'exports',
  failures: 'failed authentications',
}
