import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Link } from './link.ts'

/**
 * What becomes of a statement: `lost` ends the connection instead of passing it on; `unanswered` passes it on, and ends the
 * connection in place of its response; `fails` has PostgreSQL execute a statement that fails with this SQLSTATE instead.
 */
export type Fate = 'passes' | 'lost' | 'unanswered' | { fails: string }

/** A statement on its way to PostgreSQL. */
export interface Passing {
  /** Its SQL. */
  text: string
  isCommit: boolean
}

/** A proxy between servers and PostgreSQL that fails as networks and databases do. */
export class DatabaseProxy {
  /** Decides what becomes of each statement. */
  fateOf: (statement: Passing) => Fate = () => 'passes'
  /** How long each packet takes, in milliseconds. */
  delay: () => number = () => 0
  #newAreSilent = false
  readonly #links = new Set<Link>()
  readonly #target: () => string
  readonly #server: Server

  private constructor(target: () => string) {
    this.#target = target
    this.#server = createServer((client) => this.#accept(client))
  }

  /** @param target the address of the database, asked for each new connection */
  static async listen(target: () => string): Promise<DatabaseProxy> {
    const proxy = new DatabaseProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** The address of the database, through the proxy. */
  get url(): string {
    const url = new URL(this.#target())
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  #accept(client: Socket): void {
    const target = new URL(this.#target())
    const link = new Link(client, connect(Number(target.port), target.hostname), {
      fateOf: (statement) => this.fateOf(statement),
      delay: () => this.delay(),
    })
    this.#links.add(link)
    link.onEnd = () => this.#links.delete(link)
    if (this.#newAreSilent) link.silence()
  }

  /** For a while nothing passes, neither on existing connections nor on new ones. In milliseconds. */
  async stall(duration: number): Promise<void> {
    this.#newAreSilent = true
    for (const link of this.#links) link.silence()
    await setTimeout(duration)
    this.#newAreSilent = false
    for (const link of this.#links) link.speak()
  }

  /** Half of the connections lose one end, without a word to the other one. */
  halfOpen(end: 'client' | 'database'): void {
    for (const link of this.#links) if (Math.random() < 0.5) link.loseEnd(end)
  }

  /** Ends all connections. */
  cutAll(): void {
    for (const link of this.#links) link.end()
  }

  async close(): Promise<void> {
    this.cutAll()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
