import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../database/connect.ts'
import { Account, type Counted, type Rates } from './budgets/account.ts'
import { Shares } from './budgets/shares.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a request of this route counts as. Default: a read or a write, by its method. */
    budget?: 'reads' | 'exports' | 'free'
  }
  interface FastifyRequest {
    /** Where the request was counted; undefined when it was not. */
    counted: Counted | undefined
  }
}

interface LimitOptions {
  /** Identifies the caller to count. Default: its address. */
  callerOf?: (request: FastifyRequest) => string
  /** A monotonic clock, in milliseconds. */
  now?: () => number
  /** Where the limits of writes and failures are shared with other processes. Default: this process counts alone. */
  db?: Database
  /** How long a request waits for `db` to count it, in milliseconds; then this process counts alone. Default: 5 seconds. */
  maxWait?: number
  /** Called when this process begins to count alone, because `db` does not answer in time. */
  onAlone?: (reason: unknown) => void
}

export interface Limits {
  /** Counts every request of `app`; a caller over its limit gets 429. */
  guard(app: FastifyInstance): void
  /**
   * Counts a failed authentication of an address.
   * @throws Problem `too_many_requests` instead of the 401 when the address is over its limit
   */
  failed(request: FastifyRequest): Promise<void>
}

/**
 * The rate limits: fixed windows of a minute, separate budgets for reads, writes and exports. Those of writes and failed
 * authentications hold across all processes on one database; of reads and exports, each process counts its own. Why no
 * package is used, and how processes share a limit: docs/decisions/rate-limits.md.
 */
export function createLimits(rates: Rates, options: LimitOptions = {}): Limits {
  const { callerOf = addressOf, now = () => performance.now(), db, maxWait = 5_000, onAlone = () => {} } = options
  const shares = db && new Shares(db, { now, maxWait, onAlone })
  const accounts = {
    reads: new Account('reads', rates.reads, { now }),
    writes: new Account('writes', rates.writes, { now, shares }),
    exports: new Account('exports', rates.exports, { now }),
    failures: new Account('failures', rates.failures, { now, shares }),
  }
  return {
    guard(app) {
      app.decorateRequest('counted', undefined)
      app.addHook('onRequest', (request, _reply, done) => {
        const { budget = kindOf(request.method) } = request.routeOptions.config
        if (budget === 'free' || accounts[budget].isUnlimited) return done()
        const proceed = (counted: Counted) => {
          request.counted = counted
          done(counted.isOver ? counted.account.refusal(counted.window) : undefined)
        }
        const counted = accounts[budget].count(callerOf(request))
        if (counted instanceof Promise) void counted.then(proceed, done)
        else proceed(counted)
      })
      app.addHook('onSend', (request, reply, payload, done) => {
        if (request.counted) addRateHeaders(reply, request.counted)
        done(null, payload)
      })
    },
    async failed(request) {
      const account = accounts.failures
      if (account.isUnlimited) return
      const { window, isOver } = await account.count(addressOf(request))
      if (isOver) throw account.refusal(window)
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
