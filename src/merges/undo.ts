import { sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import { columnsOf, list } from '../database/sql.ts'
import { tagOf } from '../http/entity-tags.ts'
import { requireMatch } from '../http/responses.ts'
import type { Author } from '../http/routes.ts'
import { recordChange } from '../registry/record-change.ts'
import { signatoryRegistry } from '../registry/signatories/queries.ts'
import { signatories, signatoryPredecessors } from '../registry/signatories/tables.ts'
import { changesSince, partyOnBothSides, refuseChanged } from './changes-since.ts'
import { announce, lockEntries } from './merge.ts'
import { isLost, notMerged, readMerge } from './queries.ts'
import type { StoredMerge, Undo } from './undo-state.ts'

interface UndoRequest {
  /** The id or the code of the lost entry. */
  reference: string
  ifMatch: string | undefined
  author: Author
}

/**
 * Undoes a merge: both entries and everything that the merge moved are as they were before. The worker then publishes the
 * agreements again.
 * @throws Problem 404, 412, or 409 with everything that has changed since
 */
export const undoMerge = (db: Database, { reference, ifMatch, author }: UndoRequest): Promise<void> =>
  signatoryRegistry.exclusively(db, async (db) => {
    requireMatch(ifMatch, tagOf(await readMerge(db, reference)))
    const merge = await storedMerge(db, reference)
    const { undo, lostId, keptId } = merge
    await lockMoved(db, undo)
    await lockEntries(db, [keptId])
    refuseChanged(await changesSince(db, merge))
    await restoreEntries(db, merge)
    await restoreLinks(db, merge)
    await restoreUses(db, merge)
    refuseChanged(await partyOnBothSides(db, lostId))
    await db.query(sql`delete from registry_deletions where entry_id = ${lostId}`)
    await db.query(sql`
      update signatory_merges set signatory_id = ${lostId} where id = any(${sql.param(undo.merges)}::bigint[])`)
    await db.query(sql`
      update signatory_merges set signatory_id = null, undone_at = statement_timestamp(), undone_by = ${author.actor},
        undo_note = ${author.note}
      where id = ${merge.id}`)
    const { actor, note } = author
    const restored = { entryId: lostId, code: undo.lost.code }
    await recordChange(db, { kind: 'signatory', operation: 'restored', ...restored, actor, note })
    await announce(db, lostId, author)
    await announce(db, keptId, author)
  })

async function storedMerge(db: Database, reference: string): Promise<StoredMerge> {
  const [row] = await db.query<StoredMerge>(sql`
    select id, lost_id as "lostId", kept_id as "keptId", signatory_id as "signatoryId", merged_at::text as "mergedAt", undo
    from signatory_merges m where signatory_id is not null and ${isLost(reference)} for update`)
  if (!row) throw notMerged(reference)
  return row
}

/** The agreements whose uses the merge has moved. */
const movedAgreements = ({ signatures, dates }: Undo): string[] => [
  ...new Set([...signatures, ...dates].map((use) => use.agreement_id)),
]

const lockMoved = (db: Database, undo: Undo) =>
  db.query(sql`
    select from agreements where id = any(${sql.param(movedAgreements(undo))}::uuid[]) order by id for no key update`)

const text = (value: unknown) => JSON.stringify(value)
const entryColumns = columnsOf(signatories)
const linkColumns = columnsOf(signatoryPredecessors)

/** The lost entry as it was; its parent can be at another depth. Then the fields that the merge has changed in others. */
async function restoreEntries(db: Database, { keptId, lostId, undo }: StoredMerge): Promise<void> {
  const { lost, kept, children, successors } = undo
  const values = entryColumns.map(({ name }) => (name === 'parent_depth' ? '(p.depth)' : `r."${name}"`)).join(', ')
  await db.query(sql`
    insert into signatories (${sql.raw(list(entryColumns))}) select ${sql.raw(values)}
    from json_populate_record(null::signatories, ${text(lost)}::json) r left join signatories p on p.id = r.parent_id`)
  await db.query(sql`
    update signatories s set aliases = r.aliases, names = r.names, identifiers = r.identifiers, words = r.words,
      version = r.version, updated_at = r.updated_at, updated_by = r.updated_by
    from json_populate_record(null::signatories, ${text(kept)}::json) r where s.id = ${keptId}`)
  await db.query(sql`
    update signatories s set parent_id = l.id, parent_depth = l.depth from signatories l
    where l.id = ${lostId} and s.id = any(${sql.param(children.map(({ id }) => id))}::uuid[])`)
  await db.query(sql`
    update signatories s set version = r.version, updated_at = r.updated_at, updated_by = r.updated_by
    from json_populate_recordset(null::signatories, ${text([...children, ...successors])}::json) r where s.id = r.id`)
}

async function restoreLinks(db: Database, { keptId, undo }: StoredMerge): Promise<void> {
  await db.query(sql`
    delete from signatory_predecessors where successor_id = ${keptId}
      or predecessor_id = ${keptId} and successor_id = any(${sql.param(undo.linked)}::uuid[])`)
  await db.query(sql`
    insert into signatory_predecessors (${sql.raw(list(linkColumns))}) select ${sql.raw(list(linkColumns, 'r.'))}
    from json_populate_recordset(null::signatory_predecessors, ${text(undo.links)}::json) r`)
}

/** Lists show the lost party again when the agreements are published again. */
async function restoreUses(db: Database, { lostId, undo }: StoredMerge): Promise<void> {
  await db.query(sql`
    update signatures set signatory_id = ${lostId}
    where id = any(${sql.param(undo.signatures.map(({ id }) => id))}::uuid[])`)
  await db.query(sql`
    update dates d set signatory_id = ${lostId}, preferred = r.was_preferred
    from json_to_recordset(${text(undo.dates)}::json) r (id uuid, was_preferred boolean) where d.id = r.id`)
}
