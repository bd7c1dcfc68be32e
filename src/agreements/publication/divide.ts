import type { Database, Statement } from '../../database/connect.ts'
import { type ChangeName, endsOfParts } from './batches.ts'
import { batchTimeouts } from './republish.ts'

const undivided: Statement = {
  name: 'undivided-change',
  text: `select registry, entry_id as "entryId", done_up_to as "doneUpTo" from registry_changes
    where id = $1 and divided_from is null for update skip locked`,
}

interface Undivided {
  registry: ChangeName
  entryId: string
  doneUpTo: string | null
}

/** The change becomes its own first part. */
const divideStatement: Statement = {
  name: 'divide-change',
  text: `with divided as (
      update registry_changes set divided_from = id, up_to = ($2::uuid[])[1] where id = $1 returning *
    )
    insert into registry_changes (registry, entry_id, actor, note, changed_at, divided_from, done_up_to, up_to)
    select d.registry, d.entry_id, d.actor, d.note, d.changed_at, d.id, part.after, part.up_to
    from divided d, (
      select after, lead(after) over (order by place) as up_to from unnest($2::uuid[]) with ordinality e (after, place)
    ) part`,
}

/**
 * Divides what is left of a change that concerns many agreements into parts, which several processes can publish at the same
 * time. Does nothing when it was divided, or another process has locked it.
 */
export const divideChange = (db: Database, id: string): Promise<void> =>
  db.transaction(async (db) => {
    const [change] = await db.query<Undivided>(undivided, [id])
    if (!change) return
    const ends = await db.query<{ id: string }>(endsOfParts(change.registry), [change.entryId, change.doneUpTo, null])
    await db.query(divideStatement, [id, ends.map((end) => end.id)])
  }, batchTimeouts)
