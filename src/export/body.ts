import { Readable } from 'node:stream'
import type { DownloadLimits } from '../http/downloads.ts'

/** A body goes to its client in pieces of so many bytes: so it is known to a piece what the client has taken. */
const piece = 64 * 1024

/** How many times in a window it is looked at what the client has taken. */
const looks = 10

/** Why a body was cut off; `code` is in the log. */
const cut = (code: 'download_too_slow' | 'export_too_long' | 'client_gone', message: string): Error =>
  Object.assign(new Error(message), { code })

/**
 * The body of an export, which is written while its client takes it. It is cut off, never ended, when the client reads
 * too slowly, or for too long: see `DownloadLimits`.
 */
export class Body extends Readable {
  #rest: Buffer = Buffer.alloc(0)
  /** Whether the client has taken all that there was, and waits for more. */
  #waiting = false
  #settle = (): void => {}
  #taken = 0
  readonly #timers: NodeJS.Timeout[]

  constructor({ minRate, window, maxExportTime }: DownloadLimits) {
    super()
    const tooLong = () => this.destroy(cut('export_too_long', 'The export took too long.'))
    this.#timers = [setTimeout(tooLong, maxExportTime).unref()]
    if (minRate > 0) this.#timers.push(this.#measure((minRate * window) / 1000, window / looks))
    this.on('error', () => {})
  }

  /** Settles when the client has taken `text`, and can take more. @throws Error when the body was cut off */
  async write(text: string): Promise<void> {
    this.#mustGoOn()
    if (text === '') return
    this.#rest = Buffer.from(text)
    const taken = new Promise<void>((settle) => (this.#settle = settle))
    if (this.#waiting) this.#give()
    await taken
    this.#mustGoOn()
  }

  /** No more comes. */
  end(): void {
    this.push(null)
  }

  override _read(): void {
    this.#waiting = true
    if (this.#rest.length > 0) this.#give()
    else this.#settle()
  }

  override _destroy(error: Error | null, destroyed: (error?: Error | null) => void): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#settle()
    destroyed(error)
  }

  #give(): void {
    const next = this.#rest.subarray(0, piece)
    this.#rest = this.#rest.subarray(piece)
    this.#waiting = false
    this.#taken += next.length
    this.push(next)
  }

  #mustGoOn(): void {
    if (this.destroyed) throw cut('client_gone', 'The client went away.')
  }

  /** Cuts off a client that takes fewer than `least` bytes in a window. The time that it waits itself does not count. */
  #measure(least: number, interval: number): NodeJS.Timeout {
    const last: number[] = []
    const look = () => {
      const taken = this.#taken
      this.#taken = 0
      if (this.#waiting || (this.#rest.length === 0 && this.readableLength === 0)) return
      last.push(taken)
      if (last.length > looks) last.shift()
      const sum = last.reduce((all, bytes) => all + bytes, 0)
      if (last.length === looks && sum < least) this.destroy(cut('download_too_slow', 'The client reads too slowly.'))
    }
    return setInterval(look, interval).unref()
  }
}
