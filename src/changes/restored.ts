import type { Database, Statement } from '../database/connect.ts'
import { withoutLimits } from '../database/time-limits.ts'
import { feedLock } from './sequence.ts'

/** More changes than a register has between a backup and its restore. */
const step = 1_000_000_000

const lockStatement: Statement = { name: 'wait-for-feed', text: `select pg_advisory_xact_lock(${feedLock})` }

const moveStatement: Statement = {
  name: 'move-feed',
  text: `update changes set sequence = sequence + ${step} where sequence is not null`,
}

/**
 * Gives all changes new places in the feed, in the same order, so that each cursor that was given before is refused with
 * 410 `changes_gone`: after a restore, the changes behind a cursor may not be those that its owner knows.
 * @param alsoMove moves by the same step what has a place in the feed of this very database, in the same transaction
 */
export const moveFeed = (
  db: Database,
  alsoMove: (db: Database, step: number) => Promise<void> = async () => {},
): Promise<void> =>
  db.transaction(
    async (db) => {
      await db.query(lockStatement)
      await db.query(moveStatement)
      await alsoMove(db, step)
    },
    { limits: withoutLimits },
  )
