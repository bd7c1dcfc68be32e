import type { Database, Statement } from '../database/connect.ts'
import { feedState, sequenceChanges } from './sequence.ts'

/** Only the oldest ones, so that what is kept has no gaps; never the last one, which the next sequence follows from. */
const deleteStatement: Statement = {
  name: 'delete-old-changes',
  text: `with oldest as materialized (
      select sequence, sequenced_at from changes where sequence is not null order by sequence limit 1000
    )
    delete from changes where sequence < coalesce(
      (select min(sequence) from oldest where sequenced_at >= statement_timestamp() - make_interval(days => $1)),
      (select max(sequence) from oldest))
    returning 1`,
}

/**
 * Takes changes that are older than `days` out of the feed, at most 999 of them. Histories keep all versions.
 * @param days 0: for ever
 * @returns their number
 */
export const deleteOldChanges = async (db: Database, days: number): Promise<number> =>
  days === 0 ? 0 : (await db.query(deleteStatement, [days])).length

/** The work of the feed in the background: one batch of each. @returns the number of changes */
export async function tendFeed(db: Database, days: number): Promise<number> {
  const { waiting } = await feedState(db)
  return (waiting ? await sequenceChanges(db) : 0) + (await deleteOldChanges(db, days))
}
