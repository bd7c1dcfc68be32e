import type { Database, Statement } from '../database/connect.ts'
import type { imports } from './tables.ts'

type Status = (typeof imports.$inferSelect)['status']
type Failure = { code: string; message: string }

const reasonJson = (reason: string): string => JSON.stringify({ reason, errors: [], warnings: [] })

const skipStatement: Statement = {
  name: 'skip-import-rows',
  text: `update import_rows set verdict = 'skipped', agreement_id = null, details = $2::json, pending = null
    where import_id = $1 and verdict is null`,
}

/** Every row that would have been stored is skipped, because nothing is. */
const undoStatement: Statement = {
  name: 'undo-import-rows',
  text: `update import_rows set verdict = null where import_id = $1 and verdict in ('created', 'updated', 'unchanged')`,
}

/** The rows without a verdict get that they were skipped, and why. @param all with `all`, whatever was to be stored too */
export async function skipRest(db: Database, id: string, reason: string, all: boolean): Promise<void> {
  if (all) await db.query(undoStatement, [id])
  await db.query(skipStatement, [id, reasonJson(reason)])
}

const goneStatement: Statement = {
  name: 'rows-gone',
  text: `insert into import_rows (import_id, number, raw, size, row_key, verdict, agreement_id, details)
    select $1, i.rows + row_number() over (order by o.row_number, o.row_key), null, 0, o.row_key, 'gone', o.agreement_id,
      $2::json
    from imports i join agreement_origins o on o.collection_id = i.collection_id
      join agreements a on a.id = o.agreement_id and a.deleted_at is null
    where i.id = $1 and not i.partial and not exists (
      select from import_rows r where r.import_id = i.id and r.row_key = o.row_key
    )`,
}

const clearGone: Statement = {
  name: 'clear-rows-gone',
  text: `delete from import_rows where import_id = $1 and verdict = 'gone'`,
}

/** Lists the rows of earlier imports of the collection that the file does not have, unless it is a part of the list. */
export async function listGone(db: Database, id: string): Promise<void> {
  await db.query(clearGone, [id])
  await db.query(goneStatement, [id, reasonJson('An earlier import of the collection had this row.')])
}

const finishStatement: Statement = {
  name: 'finish-import',
  text: `update imports set status = $2, phase = null, position = rows, failure = $3::json,
      finished_at = statement_timestamp(), worker = null, lease_until = null,
      counts = (
        select json_object_agg(verdict, rows) from (
          select verdict, count(*)::int as rows from import_rows where import_id = $1 and verdict is not null group by verdict
        ) counted
      )
    where id = $1 and status in ('queued', 'running')`,
}

/** Takes the import out of the collection that was made for it and is still empty. */
const leaveStatement: Statement = {
  name: 'leave-collection',
  text: `with c as (
      select c.id from imports i join collections c on c.id = i.collection_id
      where i.id = $1 and i.made_collection
        and not exists (select from imports other where other.collection_id = c.id and other.id <> i.id)
        and not exists (select from agreements a where a.collection_id = c.id)
        and not exists (select from agreement_origins o where o.collection_id = c.id)
      for update of c
    )
    update imports i set collection_id = null from c where i.id = $1 returning c.id`,
}

const forgetStatement: Statement = {
  name: 'forget-collection',
  text: 'delete from collections where id = $1 and not exists (select from imports where collection_id = $1)',
}

/** Ends an import with its counts. A collection that was made for it goes with it if nothing was stored. */
export async function finish(db: Database, id: string, status: Status, failure: Failure | null = null): Promise<void> {
  await db.query(finishStatement, [id, status, failure && JSON.stringify(failure)])
  const [left] = await db.query<{ id: string }>(leaveStatement, [id])
  if (left) await db.query(forgetStatement, [left.id])
}
