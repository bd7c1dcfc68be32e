import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../problems/problems.ts'

/** How many requests of each kind a caller may make in a minute; 0: any number. */
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
    /** What a request of this route is counted as; unless said, a read or a write by its method. */
    budget?: 'exports' | 'free'
  }
  interface FastifyRequest {
    /** The window in which the request was counted. */
    counted: Counted | undefined
  }
}

interface Counted {
  account: Account
  window: Window
}

/** What one caller has used since its window began. */
interface Window {
  used: number
  /** In milliseconds of the clock. */
  ends: number
}

interface LimitOptions {
  /** Who is counted: the name of its key, or else its address. */
  callerOf?: (request: FastifyRequest) => string
  /** Milliseconds that never go back. */
  now?: () => number
}

export interface Limits {
  /** Counts every request that `app` takes from now on; who has used up its budget gets 429. */
  guard(app: FastifyInstance): void
  /**
   * Counts a failed authentication against the address that it came from.
   * @throws Problem `too_many_requests` when that address has failed too often: it takes the place of the 401
   */
  failed(request: FastifyRequest): void
}

/** The length of a window, in seconds. */
const span = 60

/** The most callers that are counted at once in each budget: beyond, those whose windows began first are forgotten. */
const mostCallers = 20_000

/**
 * The limits of one process: fixed windows of a minute, a budget each for reads, writes and exports. Each process counts
 * for itself. Why no package does it: docs/decisions/rate-limits.md.
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
        if (request.counted) tell(reply, request.counted)
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

/** Tells the caller what is left of its budget; that the client has what it asked for already costs it nothing. */
function tell(reply: FastifyReply, { account, window }: Counted): void {
  if (reply.statusCode === 304) account.giveBack(window)
  void reply.header('ratelimit-policy', account.policy).header('ratelimit', account.state(window))
}

/** A budget with what each caller has used of it. */
class Account {
  readonly isUnlimited: boolean
  /** What the budget is, as draft-ietf-httpapi-ratelimit-headers-11 writes it. */
  readonly policy: string
  readonly #windows = new Map<string, Window>()
  readonly #budget: Budget
  readonly #most: number
  readonly #now: () => number

  constructor(budget: Budget, most: number, now: () => number) {
    this.isUnlimited = most === 0
    this.policy = `"${budget}";q=${most};w=${span}`
    this.#budget = budget
    this.#most = most
    this.#now = now
  }

  /** The window of a caller, a new one when the last has ended. */
  windowOf(caller: string): Window {
    const known = this.#windows.get(caller)
    if (known && known.ends > this.#now()) return known
    const window = { used: 0, ends: this.#now() + span * 1000 }
    this.#windows.delete(caller)
    this.#forget()
    this.#windows.set(caller, window)
    return window
  }

  /** Counts a request. @returns false when nothing was left */
  take(window: Window): boolean {
    if (window.used >= this.#most) return false
    window.used += 1
    return true
  }

  giveBack(window: Window): void {
    window.used -= 1
  }

  /** What is left, in the form of the same draft: so many requests, and the seconds until there are all of them again. */
  state({ used, ends }: Window): string {
    return `"${this.#budget}";r=${this.#most - used};t=${this.#secondsTo(ends)}`
  }

  refusal({ ends }: Window): Problem {
    const seconds = this.#secondsTo(ends)
    const detail = `Rate limit reached: ${this.#most} ${nouns[this.#budget]} per ${span} seconds. Try again in ${seconds} s.`
    return new Problem('too_many_requests', detail, [], { 'retry-after': String(seconds) })
  }

  #secondsTo(time: number): number {
    return Math.max(1, Math.ceil((time - this.#now()) / 1000))
  }

  /** The oldest windows come first: those that have ended go, a few at a time, and one more when there are too many. */
  #forget(): void {
    let looked = 0
    for (const [caller, { ends }] of this.#windows) {
      if (looked === 2 || (ends > this.#now() && this.#windows.size < mostCallers)) return
      this.#windows.delete(caller)
      looked += 1
    }
  }
}

const nouns: Record<Budget, string> = {
  reads: 'reads',
  writes: 'writes',
  exports: 'exports',
  failures: 'failed attempts to authenticate',
}

/**
 * Where a request came from, as it is counted: an IPv4 address, or the first half of an IPv6 one, since a subscriber
 * is given at least 64 bits of addresses.
 */
export function addressOf({ ip }: Pick<FastifyRequest, 'ip'>): string {
  if (!ip.includes(':')) return ip
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  return mapped ? mapped[1]! : firstHalf(ip)
}

/** Who a request is counted for: whose credential it carries, else where it came from. */
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
