import { sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import { withSharedParty } from '../agreements/signatures/queries.ts'
import { maxErrors, Problem } from '../problems/problems.ts'
import type { StoredMerge } from './undo-state.ts'

/** Something that has changed since a merge, so that it cannot be undone. */
interface Change {
  message: string
  /** The address of what has changed. */
  address: string
}

/** @throws Problem 409 with each change */
export function refuseChanged(changes: Change[]): void {
  if (changes.length === 0) return
  const errors = changes.slice(0, maxErrors).map(({ message, address }) => ({
    parameter: 'id',
    code: 'changed',
    message,
    conflictsWith: address,
  }))
  const first = errors.slice(0, 3).map(({ message }) => message)
  throw new Problem('changed_since', ['The merge can no longer be undone.', ...first].join(' '), errors)
}

/** Everything that has changed since a merge in what it has moved, and everything that uses the entry that stays since. */
export async function changesSince(db: Database, merge: StoredMerge): Promise<Change[]> {
  const entry = await entryChange(db, merge)
  if (entry) return [entry]
  return [...(await otherEntryChanges(db, merge)), ...(await movedUses(db, merge)), ...(await newUses(db, merge))]
}

const signatory = (id: string): string => `/v1/signatories/${id}`
const uuids = (ids: string[]) => sql`${sql.param(ids)}::uuid[]`

/** A change of the entry that stays. It may have been merged into another one itself, but not deleted. */
async function entryChange(db: Database, { keptId, signatoryId, undo }: StoredMerge): Promise<Change | undefined> {
  const [row] = await db.query<{ code: string; version: number }>(
    sql`select code, version from signatories where id = ${signatoryId}`,
  )
  const { code, version } = row!
  if (signatoryId !== keptId) {
    const message = `The entry was merged into \`${code}\`. Undo that merge first.`
    return { message, address: `${signatory(keptId)}/merge` }
  }
  return version === undo.keptVersion ? undefined : { message: `\`${code}\` was changed.`, address: signatory(keptId) }
}

/** Changes of the entries below and of the successors, and what the lost entry needs to exist again. */
async function otherEntryChanges(db: Database, { keptId, mergedAt, undo }: StoredMerge): Promise<Change[]> {
  const { lost, children, successors, childrenAfter, successorsAfter } = undo
  const moved = JSON.stringify([...children, ...successors])
  const rows = await db.query<{ id: string; code: string | null; what: string }>(sql`
    with recursive above (id) as (
      select ${lost.parent_id}::uuid union select s.parent_id from above join signatories s on s.id = above.id
    )
    select m.id, s.code, 'was changed or deleted' as what
    from (select distinct id, version from json_to_recordset(${moved}::json) m (id uuid, version integer)) m
      left join signatories s on s.id = m.id
    where s.version is distinct from m.version + 1 and m.id <> ${keptId}
    union
    select id, code, 'is a new entry below it' from signatories
    where parent_id = ${keptId} and id <> all(${uuids(childrenAfter)})
    union
    select s.id, s.code, 'is a new successor of it' from signatory_predecessors l join signatories s on s.id = l.successor_id
    where l.predecessor_id = ${keptId} and s.id <> all(${uuids(successorsAfter)})
    union
    select s.id, s.code, 'has its name now' from signatories s
    where s.created_at > ${mergedAt}::timestamptz and s.parent_id is not distinct from ${lost.parent_id}::uuid
      and name_keys(s.words) && name_keys(${String(lost['words'])})
    union
    select ${lost.parent_id}::uuid, null, 'was above it, and was deleted or merged'
    where ${lost.parent_id}::uuid is not null and not exists (select from signatories where id = ${lost.parent_id})
    union
    select s.id, s.code, 'is above it, and was moved or is of another kind now'
    from above join signatories s on s.id = above.id left join lateral (
      select parent_id, kind from registry_history h
      where h.registry = 'signatory' and h.entry_id = s.id and h.since <= ${mergedAt}::timestamptz
      order by h.since desc, h.id desc limit 1
    ) h on true
    where row(s.parent_id, s.kind) is distinct from row(h.parent_id, h.kind)
    order by 1`)
  return rows.map(({ id, code, what }) => ({ message: `\`${code ?? id}\` ${what}.`, address: signatory(id) }))
}

const agreement = (what: string) => (row: { id: string }) => ({
  message: `Agreement ${row.id} ${what}.`,
  address: `/v1/agreements/${row.id}`,
})

/** Agreements of which an edit has changed a signatory or a date that the merge has moved. */
async function movedUses(db: Database, { keptId, undo }: StoredMerge): Promise<Change[]> {
  const rows = await db.query<{ id: string }>(sql`
    select m.agreement_id as id
    from json_to_recordset(${JSON.stringify(undo.signatures)}::json) m (id uuid, agreement_id uuid)
      left join signatures g on g.id = m.id where g.signatory_id is distinct from ${keptId}
    union
    select m.agreement_id from json_to_recordset(${JSON.stringify(undo.dates)}::json)
        m (id uuid, agreement_id uuid, event text, occurrence smallint, preferred boolean)
      left join dates d on d.id = m.id
    where (d.signatory_id, d.event, d.occurrence, d.preferred)
      is distinct from (${keptId}::uuid, m.event, m.occurrence, m.preferred)
    order by 1`)
  return rows.map(agreement('was changed'))
}

/**
 * Agreements that name the entry that stays where they did not before the merge: they may mean either of the two. Compares
 * those that were edited since with their last version before.
 */
async function newUses(db: Database, { keptId, lostId, mergedAt }: StoredMerge): Promise<Change[]> {
  const before = (list: string) => sql`
    select (item ->> 'id')::uuid from (
      select document from agreement_versions v
      where v.agreement_id = e.id and v.published_at < ${mergedAt}::timestamptz and document is not null
      order by version desc limit 1
    ) last, json_array_elements(last.document::json -> ${list}::text) item
    where item -> 'signatory' ->> 'id' in (${keptId}, ${lostId})`
  const rows = await db.query<{ id: string }>(sql`
    with used (id) as (
      select agreement_id from signatures where signatory_id = ${keptId}
      union select agreement_id from dates where signatory_id = ${keptId}
    ), edited as materialized (
      select id from used where exists (
        select from agreement_versions v
        where v.agreement_id = used.id and v.cause = 'edit' and v.published_at >= ${mergedAt}::timestamptz)
    )
    select id from edited e
    where exists (select id from signatures where agreement_id = e.id and signatory_id = ${keptId} except ${before('signatories')})
      or exists (select id from dates where agreement_id = e.id and signatory_id = ${keptId} except ${before('dates')})
    order by id limit ${maxErrors}`)
  return rows.map(agreement('names the entry since'))
}

/** After the merge is undone: an agreement in which the party of the lost entry is on the other side too, by an edit since. */
export async function partyOnBothSides(db: Database, lostId: string): Promise<Change[]> {
  const id = await withSharedParty(db, lostId)
  return id === undefined ? [] : [agreement('would have one party on both sides')({ id })]
}
