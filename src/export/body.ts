import { Readable } from 'node:stream'
import type { DownloadLimits } from '../http/downloads.ts'

/** Bytes handed to the stream at a time: what the client has read is known to this precision. */
const chunkSize = 64 * 1024

/** How many times per window the progress of the client is sampled. */
const samplesPerWindow = 10

/** The reason why a body was cut off; `code` appears in the log. */
const cutOff = (code: 'download_too_slow' | 'export_too_long' | 'client_gone', message: string): Error =>
  Object.assign(new Error(message), { code })

/**
 * The body of an export, written at the pace of its client. It is destroyed, never ended regularly, when the client reads
 * too slowly or takes too long: see `DownloadLimits`.
 */
export class Body extends Readable {
  #pending: Buffer = Buffer.alloc(0)
  /** Whether the client has read everything so far and waits for more. */
  #waiting = false
  #resolve = (): void => {}
  #bytesRead = 0
  readonly #timers: NodeJS.Timeout[]

  constructor({ minRate, window, maxExportTime }: DownloadLimits) {
    super()
    const tooLong = () => this.destroy(cutOff('export_too_long', 'The export took too long.'))
    this.#timers = [setTimeout(tooLong, maxExportTime).unref()]
    if (minRate > 0) this.#timers.push(this.#measure((minRate * window) / 1000, window / samplesPerWindow))
    this.on('error', () => {})
  }

  /** Resolves when the client has read `text` and can read more. @throws Error when the body was cut off */
  async write(text: string): Promise<void> {
    this.#assertOpen()
    if (text === '') return
    this.#pending = Buffer.from(text)
    const read = new Promise<void>((resolve) => (this.#resolve = resolve))
    if (this.#waiting) this.#pushChunk()
    await read
    this.#assertOpen()
  }

  /** Ends the body regularly. */
  end(): void {
    this.push(null)
  }

  override _read(): void {
    this.#waiting = true
    if (this.#pending.length > 0) this.#pushChunk()
    else this.#resolve()
  }

  override _destroy(error: Error | null, destroyed: (error?: Error | null) => void): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#resolve()
    destroyed(error)
  }

  #pushChunk(): void {
    const next = this.#pending.subarray(0, chunkSize)
    this.#pending = this.#pending.subarray(chunkSize)
    this.#waiting = false
    this.#bytesRead += next.length
    this.push(next)
  }

  #assertOpen(): void {
    if (this.destroyed) throw cutOff('client_gone', 'The client closed the connection.')
  }

  /** Cuts off a client that reads fewer than `min` bytes per window. Time spent waiting for the server does not count. */
  #measure(min: number, interval: number): NodeJS.Timeout {
    const last: number[] = []
    const sample = () => {
      const bytes = this.#bytesRead
      this.#bytesRead = 0
      if (this.#waiting || (this.#pending.length === 0 && this.readableLength === 0)) return
      last.push(bytes)
      if (last.length > samplesPerWindow) last.shift()
      const sum = last.reduce((total, bytes) => total + bytes, 0)
      if (last.length === samplesPerWindow && sum < min)
        this.destroy(cutOff('download_too_slow', 'The client reads too slowly.'))
    }
    return setInterval(sample, interval).unref()
  }
}
