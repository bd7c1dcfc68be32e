import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** Limits on the bodies of the few routes that take large files. */
export interface UploadLimits {
  /** Minimum rate at which a body must arrive once the time for any other request is over, in bytes per second. */
  minRate: number
  /** The time over which the rate is averaged, in milliseconds. */
  window: number
}

export const defaultUploadLimits: UploadLimits = { minRate: 64 * 1024, window: 10_000 }

declare module 'fastify' {
  interface FastifyInstance {
    uploads: SlowUploads
  }
}

/** The bodies that may take longer than `requestTimeout`, as long as they arrive steadily. */
export class SlowUploads {
  readonly #limits: UploadLimits
  readonly #uploads = new WeakMap<Socket, { began: number; bytes: number }>()

  constructor(limits: UploadLimits) {
    this.#limits = limits
  }

  /** Lets the body of a request take longer. Call it when its caller is known to be allowed to send it. */
  allow({ raw }: FastifyRequest): void {
    const { socket } = raw
    this.#uploads.set(socket, { began: performance.now(), bytes: socket.bytesRead })
    const end = () => this.#uploads.delete(socket)
    raw.once('end', end).once('close', end)
  }

  /**
   * Goes on with a request whose time is over, if its body may take longer and has arrived at the minimum rate so far.
   * @param refuse called when it becomes slower than that
   * @returns whether it goes on
   */
  goesOn(socket: Socket, refuse: () => void): boolean {
    const upload = this.#uploads.get(socket)
    if (!upload || !this.#isSteady(socket, upload.bytes, performance.now() - upload.began)) return false
    let { bytesRead } = socket
    const timer = setInterval(() => {
      if (this.#uploads.get(socket) !== upload) return clearInterval(timer)
      if (this.#isSteady(socket, bytesRead, this.#limits.window)) return void ({ bytesRead } = socket)
      clearInterval(timer)
      refuse()
    }, this.#limits.window).unref()
    return true
  }

  /** Whether it has sent enough since it had sent so many bytes, this long ago. */
  #isSteady = ({ bytesRead }: Socket, before: number, time: number): boolean =>
    bytesRead - before >= (this.#limits.minRate * time) / 1000
}
