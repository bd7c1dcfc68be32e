import { freePort } from '../support/free-port.ts'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** As `npm start` runs it. */
const heapFlags = ['--max-semi-space-size=8', '--heap-growing-percent=40']

/** How long a start may take, recovery of the database included, in milliseconds. */
const startTimeout = 600_000

/** The server in a process of its own, always on the same port. It is killed and started again. */
export class ApiProcess {
  readonly origin: string
  readonly #project: string
  readonly #settings: Record<string, string>
  #process: ChildProcess | undefined
  #log = ''

  /** @param project the folder of a built project */
  private constructor(project: string, port: number, settings: Record<string, string>) {
    this.#project = project
    this.origin = `http://127.0.0.1:${port}`
    const without = { RATE_LIMIT_READS: '0', RATE_LIMIT_WRITES: '0', RATE_LIMIT_EXPORTS: '0', LOG_LEVEL: 'info' }
    this.#settings = { ...without, ...settings, PORT: String(port) }
  }

  static async start(project: string, settings: Record<string, string>): Promise<ApiProcess> {
    const api = new ApiProcess(project, await freePort(), settings)
    await api.start()
    return api
  }

  get pid(): number {
    return this.#process!.pid!
  }

  hasEnded(): boolean {
    return this.#process === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  /**
   * Starts it, and waits until it listens. When it ends instead, because the database does not answer in time, it is
   * started again, as by a service manager.
   * @throws Error with its log when it does not start
   */
  async start(attempts = 5): Promise<void> {
    await this.#startOnce().catch(async (error: unknown) => {
      await this.end('SIGKILL')
      if (attempts === 1) throw error
      return this.start(attempts - 1)
    })
  }

  async #startOnce(): Promise<void> {
    const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env
    this.#log = ''
    const server = spawn(process.execPath, [...heapFlags, join(this.#project, 'dist', 'server.js')], {
      env: { PATH, HOME, TMPDIR, ...this.#settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = server
    const listens = new Promise<void>((settle, reject) => {
      const timer = setTimeout(() => reject(new Error(`It does not listen:\n${this.#log}`)), startTimeout)
      const read = (chunk: Buffer) => {
        const log = this.#log + chunk.toString()
        this.#log = log.slice(-20_000)
        if (!log.includes('Swagger UI: ')) return
        clearTimeout(timer)
        settle()
      }
      server.stdout.on('data', read)
      server.stderr.on('data', read)
      server.once('exit', (code, signal) => {
        clearTimeout(timer)
        reject(new Error(`The server ended with ${code ?? signal}:\n${this.#log}`))
      })
    })
    await listens
  }

  /** What it logged last. */
  get log(): string {
    return this.#log
  }

  /** Ends it by a signal, and waits until it has ended. @returns its exit code, or the signal that ended it */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const server = this.#process!
    if (!this.hasEnded()) {
      const ended = once(server, 'exit')
      server.kill(signal)
      await ended
    }
    return server.exitCode ?? server.signalCode
  }

  /** Waits until it has ended by itself. */
  async ended(): Promise<void> {
    if (!this.hasEnded()) await once(this.#process!, 'exit')
  }
}
