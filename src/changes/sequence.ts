import type { Database, Statement } from '../database/connect.ts'

/** The state of the feed: the first and the last sequence that it has; 0 when it has none. */
export interface FeedState {
  first: number
  last: number
  /** Whether committed changes have no sequence yet. */
  waiting: boolean
  /** Whether the database accepts writes. */
  writable: boolean
}

const stateStatement: Statement = {
  name: 'feed-state',
  text: `select
    coalesce((select min(sequence) from changes where sequence is not null), 0)::float8 as first,
    coalesce((select max(sequence) from changes where sequence is not null), 0)::float8 as last,
    (select id from changes where sequence is null order by id limit 1) is not null as waiting,
    current_setting('transaction_read_only') = 'off' as writable`,
}

export async function feedState(db: Pick<Database, 'query'>): Promise<FeedState> {
  const [state] = await db.query<FeedState>(stateStatement)
  return state!
}

/** The key of the advisory lock of whoever numbers changes. */
export const feedLock = 7_262_024

const lockStatement: Statement = {
  name: 'lock-feed',
  text: `select pg_try_advisory_xact_lock(${feedLock}) as locked`,
}

/**
 * In the order of ids, the versions of an agreement ascend: a statement that sees one of them sees all earlier ones. The
 * last change is never deleted, so `max` is the last sequence that was ever given.
 */
const sequenceStatement: Statement = {
  name: 'sequence-changes',
  text: `with last as (select coalesce(max(sequence), 0) as sequence from changes where sequence is not null),
    next as (
      select id, row_number() over (order by id) as place
      from (select id from changes where sequence is null order by id limit $1) waiting
    )
    update changes c set sequence = last.sequence + next.place, sequenced_at = statement_timestamp()
    from next, last where c.id = next.id returning 1`,
}

/** Maximum number of changes that one transaction gives their sequence. */
const maxBatch = 2_000

/**
 * Gives committed changes their sequence: one batch. The lock is taken in a statement of its own, so that the next one sees
 * what its last holder has committed. Never waits: does nothing while another process does this.
 * @param lock how long to wait for a connection for writes, in milliseconds; default: as any write
 * @returns the number of changes
 * @throws DatabaseBusy, DatabaseAway
 */
export const sequenceChanges = (db: Database, max = maxBatch, lock?: number): Promise<number> =>
  db.transaction(
    async (db) => {
      const [row] = await db.query<{ locked: boolean }>(lockStatement)
      return row!.locked ? (await db.query(sequenceStatement, [max])).length : 0
    },
    lock === undefined ? {} : { limits: { lock } },
  )
