import { sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import type { Author } from '../http/routes.ts'
import { inBody, inPath } from '../problems/problems.ts'
import { find, refuseMissing } from '../registry/lookup.ts'
import { recordChange } from '../registry/record-change.ts'
import { registryChanges, registryDeletions } from '../registry/tables.ts'
import { type SignatoryEntry, signatoryLookup } from '../registry/signatories/lookup.ts'
import { signatoryRegistry } from '../registry/signatories/queries.ts'
import { signatoryMerges } from '../registry/signatories/tables.ts'
import { readMerge } from './queries.ts'
import { type Both, cannotMerge, refuseDifferent } from './refusals.ts'
import type { Merge } from './schemas.ts'
import type { Undo } from './undo-state.ts'
import { unionOf } from './union.ts'

interface MergeRequest {
  /** The id or the code of the entry to be merged. */
  reference: string
  /** The id or the code of the entry that stays. */
  into: string
  /** For the entry to be merged. */
  ifMatch: string | undefined
  author: Author
}

/**
 * Merges a signatory into another one: its uses move, its names become aliases, and its id and code mean the other one
 * from then on. The worker then publishes the agreements again.
 * @throws Problem 404, 409, 412, or 422 when there is no signatory `into`
 */
export const mergeSignatories = (db: Database, { reference, into, ifMatch, author }: MergeRequest): Promise<Merge> =>
  signatoryRegistry.exclusively(db, async (db) => {
    const [lostId, keptId] = await lookUpBoth(db, reference, into)
    const both = await lockBoth(db, lostId, keptId, ifMatch)
    await refuseDifferent(db, both)
    const united = await unionOf(both)
    const undo = await stateBefore(db, both)
    await moveUses(db, both)
    await moveLinks(db, both, author)
    const merges = await db.query<{ id: string }>(
      sql`update signatory_merges set signatory_id = ${keptId} where signatory_id = ${lostId} returning id`,
    )
    await removeLost(db, both, author)
    const kept = await signatoryRegistry.edit(db, {
      reference: keptId,
      ifMatch: undefined,
      author,
      change: (before) => ({ ...before, ...united }),
    })
    if (kept.version === both.kept.version) await announce(db, keptId, author)
    await db.orm.insert(signatoryMerges).values({
      lostId,
      lostCode: both.lost.code,
      keptId,
      signatoryId: keptId,
      undo: { ...undo, keptVersion: kept.version, merges: merges.map(({ id }) => Number(id)) } satisfies Undo,
      actor: author.actor,
      note: author.note,
      mergedAt: sql`date_trunc('milliseconds', clock_timestamp())`,
    })
    return readMerge(db, lostId)
  })

/** @throws Problem 404, 409 for an entry that was merged before or for one and the same, 422 */
async function lookUpBoth(db: Database, reference: string, into: string): Promise<[lost: string, kept: string]> {
  const entries = await find<SignatoryEntry>(
    db,
    signatoryLookup,
    [
      { reference, at: inPath('id') },
      { reference: into, at: inBody('/into') },
    ],
    'free',
  )
  refuseMissing(entries.errors)
  const [lost, kept] = [entries.get(reference), entries.get(into)]
  if (!signatoryRegistry.isNamed(lost, reference)) {
    throw cannotMerge('already_merged', `\`${reference}\` was already merged into \`${lost.code}\`.`)
  }
  if (lost.id === kept.id) throw cannotMerge('same_entry', `\`${into}\` is the same entry as \`${reference}\`.`)
  return [lost.id, kept.id]
}

/**
 * Locks the agreements that use the lost entry, and then both entries, in the order in which edits of agreements lock
 * them; then the agreements that began to use it meanwhile.
 */
async function lockBoth(db: Database, lostId: string, keptId: string, ifMatch: string | undefined): Promise<Both> {
  await lockUsers(db, lostId)
  await lockEntries(db, [lostId, keptId])
  await lockUsers(db, lostId)
  const lost = await signatoryRegistry.lock(db, lostId, ifMatch)
  return { lost, kept: await signatoryRegistry.lock(db, keptId, undefined) }
}

/** Locks entries in the order in which writes of agreements lock them. */
export const lockEntries = (db: Database, ids: string[]) =>
  db.query(sql`select from signatories where id = any(${sql.param(ids)}::uuid[]) order by id for update`)

const lockUsers = (db: Database, id: string) =>
  db.query(sql`
    select from agreements where id in (
      select agreement_id from signatures where signatory_id = ${id}
      union select agreement_id from dates where signatory_id = ${id}
      union select agreement_id from agreement_parties where party_id = ${id}
    ) order by id for no key update`)

/** What the merge changes, before it does. */
async function stateBefore(db: Database, { lost, kept }: Both): Promise<Omit<Undo, 'keptVersion' | 'merges'>> {
  const [row] = await db.query<{ undo: Omit<Undo, 'keptVersion' | 'merges'> }>(sql`
    with changed as (select id, parent_id, version, updated_at, updated_by from signatories),
    succeeding as (
      select successor_id as id, bool_or(predecessor_id = ${lost.id}) as lost, bool_or(predecessor_id = ${kept.id}) as kept
      from signatory_predecessors
      where predecessor_id in (${lost.id}, ${kept.id}) and successor_id not in (${lost.id}, ${kept.id})
      group by successor_id
    )
    select json_build_object(
      'lost', (select to_json(s) from signatories s where id = ${lost.id}),
      'kept', (select to_json(k) from (
        select id, aliases, names, identifiers, words, version, updated_at, updated_by from signatories
        where id = ${kept.id}) k),
      'children', (select coalesce(json_agg(c), '[]') from changed c where parent_id = ${lost.id}),
      'successors', (select coalesce(json_agg(c), '[]') from changed c join succeeding s on s.id = c.id and s.lost),
      'childrenAfter', (
        select coalesce(json_agg(id), '[]') from changed where parent_id in (${lost.id}, ${kept.id})),
      'successorsAfter', (select coalesce(json_agg(id), '[]') from succeeding),
      'linked', (select coalesce(json_agg(id), '[]') from succeeding where lost and not kept),
      'links', (select coalesce(json_agg(l), '[]') from signatory_predecessors l
        where successor_id in (${lost.id}, ${kept.id}) or predecessor_id = ${lost.id}),
      'signatures', (select coalesce(json_agg(g), '[]') from (
        select id, agreement_id from signatures where signatory_id = ${lost.id}) g),
      'dates', (select coalesce(json_agg(d), '[]') from (
        select id, agreement_id, event, occurrence, preferred as was_preferred,
          preferred and not ${isDecided(kept.id)} as preferred
        from dates d where signatory_id = ${lost.id}) d)
    ) as undo`)
  return row!.undo
}

/** Whether the entry that stays has a preferred value for the act of date `d`. */
const isDecided = (keptId: string) => sql`exists (
  select from dates k where k.agreement_id = d.agreement_id and k.event = d.event and k.occurrence = d.occurrence
    and k.signatory_id = ${keptId} and k.preferred)`

/** Of two preferred values for one act, that of the entry that stays is preferred afterwards. */
async function moveUses(db: Database, { lost, kept }: Both): Promise<void> {
  await db.query(sql`update signatures set signatory_id = ${kept.id} where signatory_id = ${lost.id}`)
  await db.query(sql`
    update dates d set signatory_id = ${kept.id}, preferred = preferred and not ${isDecided(kept.id)}
    where signatory_id = ${lost.id}`)
  await db.query(sql`
    delete from agreement_parties p where party_id = ${lost.id} and exists (
      select from agreement_parties k where k.agreement_id = p.agreement_id and k.party_id = ${kept.id})`)
  await db.query(sql`update agreement_parties set party_id = ${kept.id} where party_id = ${lost.id}`)
}

/** The entries below the lost one, and its successors. */
async function moveLinks(db: Database, { lost, kept }: Both, { actor }: Author): Promise<void> {
  await db.query(sql`
    update signatories s set version = version + 1, updated_at = statement_timestamp(), updated_by = ${actor}
    where s.id <> ${kept.id} and (s.parent_id = ${lost.id} or exists (
      select from signatory_predecessors l where l.successor_id = s.id and l.predecessor_id = ${lost.id}))`)
  await db.query(sql`
    update signatories s set parent_id = k.id, parent_depth = k.depth from signatories k
    where s.parent_id = ${lost.id} and k.id = ${kept.id}`)
  await db.query(sql`
    insert into signatory_predecessors
      (successor_id, predecessor_id, position, date, first_day, last_day, kind, source)
    select successor_id, ${kept.id}, position, date, first_day, last_day, kind, source
    from signatory_predecessors where predecessor_id = ${lost.id} and successor_id <> ${kept.id}
    on conflict do nothing`)
  await db.query(sql`delete from signatory_predecessors where predecessor_id = ${lost.id}`)
}

async function removeLost(db: Database, { lost, kept }: Both, { actor, note }: Author): Promise<void> {
  await db.query(sql`delete from signatories where id = ${lost.id}`)
  await db.orm
    .insert(registryDeletions)
    .values({ registry: 'signatory', entryId: lost.id, code: lost.code, actor, note })
  const merged = { entryId: lost.id, code: lost.code, mergedInto: kept.id }
  await recordChange(db, { kind: 'signatory', operation: 'merged', ...merged, actor, note })
}

/** Has the agreements that show an entry published again. */
export const announce = (db: Database, entryId: string, { actor, note }: Author) =>
  db.orm.insert(registryChanges).values({ registry: 'signatory', entryId, actor, note })
