import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../problems/problems.ts'

/** Maximum number of requests of each kind per caller and minute; 0: no limit. */
export interface Rates {
  reads: number
  writes: number
  exports: number
  /** Failed authentications, by address. */
  failures: number
}

type Budget = keyof Rates

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a request of this route counts as. Default: a read or a write, by its method. */
    budget?: 'exports' | 'free'
  }
  interface FastifyRequest {
    /** Where the request was counted; undefined when it was not. */
    counted: Counted | undefined
  }
}

interface Counted {
  account: Account
  window: Window
}

/** The requests of one caller in its current window. */
interface Window {
  used: number
  /** When the window ends, in milliseconds of `now`. */
  ends: number
}

interface LimitOptions {
  /** Identifies the caller to count. Default: its address. */
  callerOf?: (request: FastifyRequest) => string
  /** A monotonic clock, in milliseconds. */
  now?: () => number
}

export interface Limits {
  /** Counts every request of `app`; a caller over its limit gets 429. */
  guard(app: FastifyInstance): void
  /**
   * Counts a failed authentication of an address.
   * @throws Problem `too_many_requests` instead of the 401 when the address is over its limit
   */
  failed(request: FastifyRequest): void
}

/** The length of a window, in seconds. */
const span = 60

/** Maximum number of callers counted in each budget; beyond it, the oldest windows are dropped. */
const maxCallers = 20_000

/**
 * The rate limits of one process: fixed windows of a minute, separate budgets for reads, writes and exports. Each process
 * counts separately. Why no package is used: docs/decisions/rate-limits.md.
 */
export function createLimits(rates: Rates, options: LimitOptions = {}): Limits {
  const { callerOf = addressOf, now = () => performance.now() } = options
  const account = (budget: Budget) => new Account(budget, rates[budget], now)
  const accounts = {
    reads: account('reads'),
    writes: account('writes'),
    exports: account('exports'),
    failures: account('failures'),
  }
  return {
    guard(app) {
      app.decorateRequest('counted', undefined)
      app.addHook('onRequest', (request, _reply, done) => {
        const { budget = kindOf(request.method) } = request.routeOptions.config
        if (budget === 'free' || accounts[budget].isUnlimited) return done()
        const account = accounts[budget]
        const window = account.windowOf(callerOf(request))
        request.counted = { account, window }
        done(account.take(window) ? undefined : account.refusal(window))
      })
      app.addHook('onSend', (request, reply, payload, done) => {
        if (request.counted) addRateHeaders(reply, request.counted)
        done(null, payload)
      })
    },
    failed(request) {
      const account = accounts.failures
      if (account.isUnlimited) return
      const window = account.windowOf(addressOf(request))
      if (!account.take(window)) throw account.refusal(window)
    },
  }
}

const kindOf = (method: string): 'reads' | 'writes' =>
  method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? 'reads' : 'writes'

/** Reports the rest of the budget in the headers. A 304 response does not count. */
function addRateHeaders(reply: FastifyReply, { account, window }: Counted): void {
  if (reply.statusCode === 304) account.giveBack(window)
  void reply.header('ratelimit-policy', account.policy).header('ratelimit', account.state(window))
}

/** A budget, and what each caller has used of it. */
class Account {
  readonly isUnlimited: boolean
  /** The `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers-11. */
  readonly policy: string
  readonly #windows = new Map<string, Window>()
  readonly #budget: Budget
  readonly #max: number
  readonly #now: () => number

  constructor(budget: Budget, max: number, now: () => number) {
    this.isUnlimited = max === 0
    this.policy = `"${budget}";q=${max};w=${span}`
    this.#budget = budget
    this.#max = max
    this.#now = now
  }

  /** The current window of a caller, a new one when the last has ended. */
  windowOf(caller: string): Window {
    const known = this.#windows.get(caller)
    if (known && known.ends > this.#now()) return known
    const window = { used: 0, ends: this.#now() + span * 1000 }
    this.#windows.delete(caller)
    this.#forget()
    this.#windows.set(caller, window)
    return window
  }

  /** Counts a request. @returns false when the limit is reached */
  take(window: Window): boolean {
    if (window.used >= this.#max) return false
    window.used += 1
    return true
  }

  giveBack(window: Window): void {
    window.used -= 1
  }

  /** The `RateLimit` of the same draft: requests left, and seconds until the window ends. */
  state({ used, ends }: Window): string {
    return `"${this.#budget}";r=${this.#max - used};t=${this.#secondsTo(ends)}`
  }

  refusal({ ends }: Window): Problem {
    const seconds = this.#secondsTo(ends)
    const detail = `Rate limit reached: ${this.#max} ${nouns[this.#budget]} per ${span} seconds. Try again in ${seconds} s.`
    return new Problem('too_many_requests', detail, [], { 'retry-after': String(seconds) })
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

/**
 * The address that a request is counted for: an IPv4 address, or the /64 of an IPv6 address, since a subscriber has at
 * least a /64.
 */
export function addressOf({ ip }: Pick<FastifyRequest, 'ip'>): string {
  if (!ip.includes(':')) return ip
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  return mapped ? mapped[1]! : firstHalf(ip)
}

/** Who a request is counted for: the owner of its credential, or else its address. */
export const callerOf = (request: FastifyRequest): string => request.caller.actor ?? addressOf(request)

function firstHalf(ip: string): string {
  const [address = ''] = ip.toLowerCase().split('%')
  const [before = '', after] = address.split('::')
  const groups = (part: string) => part.split(':').filter(Boolean)
  const left = groups(before)
  const right = groups(after ?? '')
  const zeros = after === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  const half = [...left, ...zeros, ...right].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''))
  return `${half.join(':')}::/64`
}
