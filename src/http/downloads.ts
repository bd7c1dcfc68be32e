import { finished } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { addressOf } from './rate-limits.ts'
import { Problem } from '../problems/problems.ts'

/** Limits on large responses. */
export interface DownloadLimits {
  /** Minimum rate at which a client must read, in bytes per second; 0: no minimum. */
  minRate: number
  /** The time over which the rate of an export is averaged, in milliseconds; added to the time for any other response. */
  window: number
  /** Maximum duration of an export, in milliseconds. */
  maxExportTime: number
  /** Maximum bytes of large responses that are being sent. */
  maxWaiting: number
  /** The same per address. */
  maxWaitingPerAddress: number
}

export const defaultDownloadLimits: DownloadLimits = {
  minRate: 32 * 1024,
  window: 10_000,
  maxExportTime: 15 * 60_000,
  maxWaiting: 256 * 1024 * 1024,
  maxWaitingPerAddress: 64 * 1024 * 1024,
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The limits on large responses, if any. */
    downloads?: Downloads
  }
}

/** Limits the memory and time that large responses take while clients read them. */
export const limitDownloads = (app: FastifyInstance, limits: Partial<DownloadLimits>): void =>
  void app.decorate('downloads', new Downloads({ ...defaultDownloadLimits, ...limits }))

/** Minimum size of a response that is counted, in bytes: a socket buffers a smaller one almost entirely. */
const minLarge = 64 * 1024

/** Maximum delay of a timer, in milliseconds. */
const maxTimer = 2 ** 31 - 1

/** The large responses that are being sent. */
class Downloads {
  readonly limits: DownloadLimits
  #bytes = 0
  readonly #byAddress = new Map<string, number>()

  constructor(limits: DownloadLimits) {
    this.limits = limits
  }

  /**
   * Counts a response until its client has read it, and disconnects a client that reads too slowly. A single response is
   * always allowed, however large, and so is the response to a write, which has already happened.
   * @param bytes the size of the response, not compressed
   * @throws Problem `busy` when too many bytes are being sent already
   */
  count(reply: FastifyReply, bytes: number): void {
    if (bytes < minLarge) return
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

  /** The time allowed for a response, in milliseconds. */
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
  new Problem('busy', 'Download limit reached: too many large responses are being sent. Try again in 5 s.', [], {
    'retry-after': '5',
  })
