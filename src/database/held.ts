import { type Database, Queries } from './connect.ts'
import { DatabaseBusy } from './errors.ts'
import type { TransactionOptions } from './transaction.ts'

type Work<Result> = (db: Database) => Promise<Result>

interface HoldOptions {
  /** Runs at the start of the transaction, before anything else in it. It may throw, which rolls back. */
  first: Work<void>
  /** See `TransactionOptions`. */
  toFindOut: string
}

/** A transaction that begins with the first use of `db` and stays open until `commit` or `rollBack`. */
export interface Held {
  /** All its writes and reads are in the one transaction, whose options are those of its first `transaction`. */
  db: Database
  /** Runs `last` in the transaction and commits it. @throws what `first`, `last` or the commit throws */
  commit(last: Work<void>): Promise<void>
  rollBack(): Promise<void>
}

/**
 * Holds a transaction open beyond the work that asks for it, so that its result can be stored with it. Until the first
 * work has returned, it is retried as `Database.transaction` is; afterwards a conflict is `DatabaseBusy`.
 */
export function holdTransaction(pooled: Database, { first, toFindOut }: HoldOptions): Held {
  let begun: Promise<unknown> | undefined
  let committed: Promise<void> | undefined
  let current: Database | undefined
  let end: { with: (last: Work<void>) => void; without: (reason: Error) => void }
  const ending = new Promise<Work<void>>((settle, reject) => (end = { with: settle, without: reject }))
  ending.catch(() => {})

  function begin<Result>(work: Work<Result>, options: TransactionOptions): Promise<Result> {
    const result = new Promise<Result>((settle, reject) => {
      let isHandedOver = false
      const attempt = async (db: Database): Promise<void> => {
        if (isHandedOver) throw new DatabaseBusy('The transaction met others after its work was done.')
        await first(db)
        current = db
        const made = await work(db)
        isHandedOver = true
        settle(made)
        const last = await ending
        await last(db)
      }
      committed = pooled.transaction(attempt, { ...options, toFindOut })
      committed.catch(reject)
    })
    begun = result
    return result
  }

  async function transaction<Result>(work: Work<Result>, options: TransactionOptions = {}): Promise<Result> {
    if (begun === undefined) return begin(work, options)
    if (current === undefined) await begun
    return work(current!)
  }

  async function commit(last: Work<void>): Promise<void> {
    if (begun === undefined) void begin(async () => {}, {}).catch(() => {})
    end.with(last)
    await committed
  }

  async function rollBack(): Promise<void> {
    end.without(new Error('The transaction is not wanted.'))
    await committed?.catch(() => {})
  }

  return { db: new HeldDatabase(pooled, transaction), commit, rollBack }
}

class HeldDatabase extends Queries implements Database {
  readonly transaction: Database['transaction']
  readonly afterCommit: Database['afterCommit']
  readonly connections: Database['connections']
  readonly aside: Database['aside']

  constructor(pooled: Database, transaction: Database['transaction']) {
    super((query) => transaction((db) => (db as Database & Queries).run(query)))
    this.transaction = transaction
    this.afterCommit = (work) => void transaction(async (db) => db.afterCommit(work)).catch(() => {})
    this.connections = () => pooled.connections()
    this.aside = pooled.aside
  }

  during = (): Database => this
  watchedBy = (): Database => this
}
