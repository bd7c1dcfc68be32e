import pg from 'pg'
import { addressesOf } from '../config/database-address.ts'

/** A connection that knows what PostgreSQL said of itself. */
type Reporting = pg.PoolClient & { isReadOnly?: boolean }

/**
 * The hosts of a database, of which one accepts writes at a time. New connections go to the current one, until one fails
 * there; then to the next.
 */
export class Hosts {
  readonly #addresses: readonly string[]
  #current = 0

  constructor(url: string) {
    this.#addresses = addressesOf(url)
  }

  get count(): number {
    return this.#addresses.length
  }

  get current(): string {
    return this.#addresses[this.#current]!
  }

  /** Called when no connection could be made to `address`. */
  giveUp(address: string): void {
    if (address === this.current) this.#current = (this.#current + 1) % this.count
  }

  /** Whether the server of a connection has said that it accepts no writes; known only with several hosts. */
  isReadOnly(client: pg.PoolClient): boolean {
    return (client as Reporting).isReadOnly === true
  }

  /**
   * What a pool needs to connect to the current host.
   * @param timeout of a request that waits for a connection, in milliseconds; each host gets its part
   */
  poolOptions(timeout: number): pg.PoolConfig {
    if (this.count === 1) return { connectionString: this.current }
    const address = () => this.current
    const connectionTimeoutMillis = Math.ceil(timeout / (this.count + 1))
    return {
      Client: class extends pg.Client {
        constructor(options: pg.ClientConfig) {
          super({ ...options, connectionString: address(), connectionTimeoutMillis })
          noticeReadOnly(this as unknown as Reporting)
        }
      } as unknown as new () => pg.ClientBase,
      onConnect(client: pg.ClientBase) {
        if ((client as Reporting).isReadOnly) throw new Error('The host does not accept writes.')
      },
    }
  }
}

/**
 * PostgreSQL reports both when a connection is made, as for `target_session_attrs=read-write` of its own clients, and
 * with the next answer after they have changed.
 */
function noticeReadOnly(client: Reporting): void {
  client.connection.on(
    'parameterStatus',
    ({ parameterName: name, parameterValue: value }: { parameterName: string; parameterValue: string }) => {
      if ((name === 'in_hot_standby' || name === 'default_transaction_read_only') && value === 'on')
        client.isReadOnly = true
    },
  )
}
