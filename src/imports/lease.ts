import type { Day } from '../shared/calendar.ts'
import { v7 as uuidv7 } from 'uuid'
import type { Database, Statement } from '../database/connect.ts'
import type { imports, phases } from './tables.ts'

/** For how long a process has an import to itself, unless it renews this. In seconds. */
const leaseSeconds = 20

/** How often it renews it, in milliseconds. */
const renewalInterval = 4_000

const lease = `statement_timestamp() + interval '${leaseSeconds} seconds'`

export type Phase = (typeof phases)[number]

/** What a worker reads of an import. */
export type Claimed = Pick<
  typeof imports.$inferSelect,
  | 'id'
  | 'mode'
  | 'atomic'
  | 'dryRun'
  | 'unknownParties'
  | 'format'
  | 'columns'
  | 'mapping'
  | 'rows'
  | 'phase'
  | 'position'
  | 'actor'
  | 'note'
  | 'createdAt'
> & {
  collectionId: string
  /** The day of the collection's list; null when unknown. */
  asOf: Day | null
}

/** An import `i` that nobody works on: the oldest that is open in its collection, while no other one there is worked on. */
const claimable = `i.status in ('queued', 'running') and ($1::uuid is null or i.id = $1)
  and (i.lease_until is null or i.lease_until < statement_timestamp() or i.worker = $2)
  and not exists (
    select from imports o where o.collection_id = i.collection_id and o.id <> i.id and o.status in ('queued', 'running')
      and (o.id < i.id or (o.status = 'running' and o.lease_until > statement_timestamp()))
  )`

/** Locks the collection too, so that only one import of it is claimed at a time. */
const nextStatement: Statement = {
  name: 'next-import',
  text: `select i.id from imports i join collections c on c.id = i.collection_id where ${claimable}
    order by i.id limit 1 for no key update of i, c skip locked`,
}

/** It was looked at before its collection was locked: this looks again. */
const claimStatement: Statement = {
  name: 'claim-import',
  text: `update imports i set status = 'running', worker = $3, lease_until = ${lease},
      started_at = coalesce(started_at, statement_timestamp())
    where ${claimable}
    returning id, collection_id as "collectionId", mode, atomic, dry_run as "dryRun",
      unknown_parties as "unknownParties", format, columns, rows, phase, position, actor, note, mapping,
      created_at as "createdAt", (select as_of::text from collections c where c.id = collection_id) as "asOf"`,
}

const giveUpStatement: Statement = {
  name: 'give-up-import',
  text: `update imports set worker = null, lease_until = null where id = $1 and worker = $2 and status = 'queued'`,
}

const renewStatement: Statement = {
  name: 'renew-import',
  text: `update imports set lease_until = ${lease}, phase = $3, position = $4
    where id = $1 and worker = $2 and status = 'running' returning cancel_requested as cancelled`,
}

/** The same, unless a transaction is about to do so. */
const renewAsideStatement: Statement = {
  name: 'renew-import-aside',
  text: `update imports set lease_until = ${lease}, position = $3
    where id = (
      select id from imports where id = $1 and worker = $2 and status = 'running' for update skip locked
    )
    returning cancel_requested as cancelled`,
}

const releaseStatement: Statement = {
  name: 'release-import',
  text: 'update imports set lease_until = null where id = $1 and worker = $2',
}

/** Another process works on the import now, because this one was stopped for long. */
export class LeaseLost extends Error {
  override name = 'LeaseLost'
}

/** Somebody cancelled the import. */
export class ImportCancelled extends Error {
  override name = 'ImportCancelled'
}

/**
 * The right to work on an import, alone. It ends by itself when the process dies, so that another one can go on; a process
 * that lost it cannot store anything more, because each of its transactions checks it.
 */
export class Lease {
  readonly #db: Database
  readonly #id: string
  readonly #worker: string
  readonly #timer: NodeJS.Timeout
  #end: LeaseLost | ImportCancelled | undefined
  phase: Phase | null
  position: number

  private constructor(db: Database, { id, phase, position }: Claimed, worker: string) {
    this.#db = db
    this.#id = id
    this.#worker = worker
    this.phase = phase
    this.position = position
    this.#timer = setInterval(() => void this.#renewAside(), renewalInterval).unref()
  }

  /**
   * Claims an import that nobody works on: the oldest, or the one that is kept for a worker. Those of one collection are
   * worked on one after the other, so that each sees which rows the ones before it made agreements of.
   * @param pooled renews and releases the lease, also when the work on `db` is aborted
   */
  static async claim(
    db: Database,
    pooled: Database,
    kept: { id: string; worker: string } | null = null,
  ): Promise<{ claimed: Claimed; lease: Lease } | undefined> {
    const worker = uuidv7()
    const claimed = await db.transaction(async (db) => {
      const keeper = kept?.worker ?? null
      const [next] = await db.query<{ id: string }>(nextStatement, [kept?.id ?? null, keeper])
      return next && (await db.query<Claimed>(claimStatement, [next.id, keeper, worker]))[0]
    })
    if (!claimed) return undefined
    return { claimed, lease: new Lease(pooled, claimed, worker) }
  }

  /** Leaves an import that is kept for a worker to any other. */
  static async giveUp(db: Database, { id, worker }: { id: string; worker: string }): Promise<void> {
    await db.query(giveUpStatement, [id, worker])
  }

  /**
   * Renews the lease within a transaction of the import, which then stores the progress too.
   * @throws LeaseLost, ImportCancelled
   */
  async renew(db: Database): Promise<void> {
    const [row] = await db.query<{ cancelled: boolean }>(renewStatement, [
      this.#id,
      this.#worker,
      this.phase,
      this.position,
    ])
    this.#end = row ? (row.cancelled ? new ImportCancelled() : undefined) : new LeaseLost()
    this.check()
  }

  /** @throws LeaseLost, ImportCancelled when the last renewal found that */
  check(): void {
    if (this.#end) throw this.#end
  }

  /** Keeps the lease while a long transaction runs, and tells its progress; its own transaction decides in the end. */
  async #renewAside(): Promise<void> {
    const values = [this.#id, this.#worker, this.position]
    // Without an answer, the next renewal tells.
    const [row] = await this.#db.query<{ cancelled: boolean }>(renewAsideStatement, values).catch(() => [])
    if (row?.cancelled) this.#end = new ImportCancelled()
  }

  /** Lets others go on at once. */
  async release(): Promise<void> {
    this.stop()
    await this.#db.query(releaseStatement, [this.#id, this.#worker]).catch(() => {})
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
