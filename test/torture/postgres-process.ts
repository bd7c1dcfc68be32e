import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type EmbeddedPostgres, startEmbedded } from '../../src/database/embedded/embedded.ts'
import { readLock } from '../../src/database/embedded/leftover.ts'
import { isAlive } from '../../src/database/embedded/processes.ts'

/** The process id of the PostgreSQL whose data is in `folder`. @throws Error when there is none */
function postmasterOf(folder: string): number {
  const lock = readLock(join(folder, 'cluster', 'data'))
  if (!lock) throw new Error(`No PostgreSQL runs in ${folder}.`)
  return lock.pid
}

/** Kills the PostgreSQL of `folder` at once, and waits until it is gone. */
export async function killPostgres(folder: string): Promise<void> {
  const pid = postmasterOf(folder)
  process.kill(pid, 'SIGKILL')
  while (isAlive(pid)) await setTimeout(10)
}

/** A PostgreSQL of this process, which servers use as one of their own. Commits are durable. */
export class PostgresProcess {
  readonly folder: string
  #running: EmbeddedPostgres | undefined
  #hasEnded = false

  private constructor(folder: string) {
    this.folder = folder
  }

  static async start(folder: string): Promise<PostgresProcess> {
    const postgres = new PostgresProcess(folder)
    await postgres.start()
    return postgres
  }

  /** Its address; the port is another one after each start. */
  get url(): string {
    return this.#running!.url
  }

  hasEnded(): boolean {
    return this.#hasEnded
  }

  async start(): Promise<void> {
    this.#hasEnded = false
    this.#running = await startEmbedded({ folder: this.folder, onExit: () => (this.#hasEnded = true) })
  }

  async kill(): Promise<void> {
    await killPostgres(this.folder)
    while (!this.#hasEnded) await setTimeout(10)
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
  }
}
