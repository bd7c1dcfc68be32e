import { type Database, Queries, type Statement } from '../connect.ts'
import { isFromDatabase } from '../errors.ts'
import type { Identified } from '../shared-reads.ts'
import type { Signal } from '../statement.ts'
import type { TransactionOptions } from '../transaction.ts'
import type { Standby } from './standby.ts'

type Ask = <Result>(work: (db: Database) => Promise<Result>) => Promise<Result>

/**
 * Asks a standby until it fails, and from then on the primary, so that what a request reads never becomes older. What has
 * failed is asked again: a statement or a whole transaction, which has no side effects besides its result.
 */
function standbyFirst(standby: Standby, primary: Database, signal: Signal): Ask {
  const own = standby.db.during(signal)
  let [isCounted, hasFailed] = [false, false]
  return async (work) => {
    if (hasFailed) return work(primary)
    if (!isCounted) standby.reads += 1
    isCounted = true
    try {
      return await standby.whileUp(work(own))
    } catch (error) {
      if (signal.aborted || !isFromDatabase(error)) throw error
      if (!hasFailed) standby.failed(error)
      hasFailed = true
      return work(primary)
    }
  }
}

/** The database of a request that only reads: its statements go to a standby, and what writes to the primary. */
export class ReadingDatabase extends Queries implements Database {
  readonly transaction: Database['transaction']
  readonly connections: Database['connections']
  readonly aside: Database['aside']
  readonly #ask: Ask

  /** @param primary the database of the same request */
  constructor(standby: Standby, primary: Database, signal: Signal) {
    const ask = standbyFirst(standby, primary, signal)
    super((query) => ask((db) => (db as Database & Queries).run(query)))
    this.#ask = ask
    this.transaction = <Result>(work: (db: Database) => Promise<Result>, options: TransactionOptions = {}) =>
      options.readOnly ? ask((db) => db.transaction(work, options)) : primary.transaction(work, options)
    this.connections = () => primary.connections()
    this.aside = primary.aside
  }

  override row<Row extends Identified>(statement: Statement, id: string): Promise<Row | undefined> {
    return this.#ask((db) => db.row<Row>(statement, id))
  }

  afterCommit = (work: () => void): void => work()
  during = (): Database => this
  watchedBy = (): Database => this
}
