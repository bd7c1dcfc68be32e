import { finished } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { addressOf } from './rate-limits.ts'
import { Problem } from '../problems/problems.ts'

/** How clients must take large answers. */
export interface DownloadLimits {
  /** Minimum rate at which a client must read, in bytes per second; 0: any. */
  minRate: number
  /** The milliseconds over which the rate of an export is an average. Another answer has them besides its bytes' time. */
  window: number
  /** Maximum duration of an export, in milliseconds. */
  maxExportTime: number
  /** Maximum bytes of large answers that wait for their clients at once. */
  maxWaiting: number
  /** The same for the clients of one address. */
  maxWaitingPerAddress: number
}

export const usualLimits: DownloadLimits = {
  minRate: 32 * 1024,
  window: 10_000,
  maxExportTime: 15 * 60_000,
  maxWaiting: 256 * 1024 * 1024,
  maxWaitingPerAddress: 64 * 1024 * 1024,
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Where large answers are limited. */
    downloads?: Downloads
  }
}

/** Bounds what large answers take while their clients read them. */
export const limitDownloads = (app: FastifyInstance, limits: Partial<DownloadLimits>): void =>
  void app.decorate('downloads', new Downloads({ ...usualLimits, ...limits }))

/** An answer of fewer bytes is not counted: a socket takes it at once, or nearly. */
const large = 64 * 1024

/** Maximum of a timer, in milliseconds. */
const maxTimer = 2 ** 31 - 1

/** The large answers that are being sent. */
class Downloads {
  readonly limits: DownloadLimits
  #bytes = 0
  readonly #byAddress = new Map<string, number>()

  constructor(limits: DownloadLimits) {
    this.limits = limits
  }

  /**
   * Counts an answer until its client has taken it, and cuts off a client that takes less than the minimum rate. One answer
   * may always wait, however large it is, and so may the answer to a write: it has happened.
   * @param bytes the size of the answer, not compressed
   * @throws Problem `busy` when too many bytes wait for clients already
   */
  count(reply: FastifyReply, bytes: number): void {
    if (bytes < large) return
    const { request, raw } = reply
    const address = addressOf(request)
    if (request.method === 'GET' && this.#isTooMuch(address, bytes)) {
      void reply.removeHeader('etag').removeHeader('link')
      throw busy()
    }
    this.#add(address, bytes)
    const late = setTimeout(() => raw.destroy(), this.#timeFor(bytes)).unref()
    finished(raw, () => {
      clearTimeout(late)
      this.#add(address, -bytes)
    })
  }

  #isTooMuch(address: string, bytes: number): boolean {
    const own = this.#byAddress.get(address) ?? 0
    const { maxWaiting, maxWaitingPerAddress } = this.limits
    return (own > 0 && own + bytes > maxWaitingPerAddress) || (this.#bytes > 0 && this.#bytes + bytes > maxWaiting)
  }

  /** In milliseconds. */
  #timeFor(bytes: number): number {
    const { minRate, window } = this.limits
    return Math.min(minRate > 0 ? window + (1000 * bytes) / minRate : Infinity, maxTimer)
  }

  #add(address: string, bytes: number): void {
    const own = (this.#byAddress.get(address) ?? 0) + bytes
    this.#bytes += bytes
    if (own === 0) this.#byAddress.delete(address)
    else this.#byAddress.set(address, own)
  }
}

const busy = (): Problem =>
  new Problem('busy', 'Download limit reached: too many large answers are being sent. Try again in 5 s.', [], {
    'retry-after': '5',
  })
