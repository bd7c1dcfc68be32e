import { sql } from 'drizzle-orm'
import type { Database } from '../../database/connect.ts'
import { columnsOf, toJson } from '../../database/sql.ts'
import { indexedKeys } from '../name-keys.ts'
import { daysOf } from './predecessors.ts'
import { columns, signatoryRegistry } from './queries.ts'
import type { SignatoryReplacement } from './schemas.ts'
import { signatories } from './tables.ts'

/**
 * Loads the bodies of the vocabularies. Adds missing bodies, except those that an editor deleted, gave another code, or created
 * under another one.
 * Updates bodies that nobody edited since they were loaded, including their predecessors, but not their parent; the
 * agreements that show them are then published again. Edited bodies stay unchanged.
 */
export async function loadBodies(db: Database, bodies: SignatoryReplacement[]): Promise<void> {
  const known = await signatoryRegistry.wanted(db, bodies, await addedByEditors(db, bodies))
  const added = await signatoryRegistry.load(db, known)
  await db.query(sql`update signatories set loaded_version = version where id = any(${sql.param(added)}::uuid[])`)
  const changed = [...(await refresh(db, known)), ...(await relink(db, known, added))]
  // As an edit does: waits for writes of agreements that have read the former state, so that they are published again.
  await db.query(sql`
    select from signatories where id = any(${sql.param(changed)}::uuid[]) order by id for update`)
  await db.query(sql`
    insert into registry_changes (registry, entry_id)
    select 'signatory', id from unnest(${sql.param(changed)}::uuid[]) id group by id order by id`)
}

/**
 * The codes of missing bodies to which an editor has given another code, or that one created under another: with the same
 * name, under the same parent.
 */
async function addedByEditors(db: Database, bodies: SignatoryReplacement[]): Promise<string[]> {
  const given = bodies.map(({ code, name, parent }) => ({ code, keys: indexedKeys(name), parent }))
  const rows = await db.query<{ code: string }>(sql`
    select distinct given.code
    from json_to_recordset(${JSON.stringify(given)}) given (code text, keys text[], parent text)
      join signatories s on name_keys(s.words) && given.keys
      left join signatories p on p.id = s.parent_id
    where s.loaded_version is distinct from s.version and s.code <> all(${sql.param(bodies.map(({ code }) => code))}::text[])
      and p.code is not distinct from given.parent and not exists (select from signatories where code = given.code)`)
  return rows.map(({ code }) => code)
}

/** The columns that vocabularies update. */
const refreshed = columnsOf(signatories).filter(({ property }) =>
  [
    'name',
    'kind',
    'aliases',
    'names',
    'identifiers',
    'validFrom',
    'validFromDay',
    'validTo',
    'validToDay',
    'words',
  ].includes(property),
)

/** Updates bodies that nobody edited. @returns the ids of those whose agreements must be published again */
async function refresh(db: Database, bodies: SignatoryReplacement[]): Promise<string[]> {
  const code = columnsOf(signatories).filter(({ property }) => property === 'code')
  const json = toJson(
    [...code, ...refreshed],
    bodies.map((body) => columns(body, null)),
  )
  const comparable = (of: string) =>
    refreshed.map(({ name }) => (['names', 'identifiers'].includes(name) ? `${of}.${name}::text` : `${of}.${name}`))
  const shownIn = (of: string) =>
    sql.raw(`${of}.name, ${of}.kind, ${of}.aliases, ${of}.valid_from_day, ${of}.valid_to_day`)
  const rows = await db.query<{ id: string; shown: boolean }>(sql`
    with differing as (
      select s.id, row(${shownIn('s')}) is distinct from row(${shownIn('v')}) as shown, ${sql.raw(
        refreshed.map(({ name }) => `v.${name}`).join(', '),
      )}
      from json_populate_recordset(null::signatories, ${json}) v join signatories s on s.code = v.code
      where s.loaded_version = s.version
        and row(${sql.raw(comparable('s').join(', '))}) is distinct from row(${sql.raw(comparable('v').join(', '))})
    )
    update signatories s set ${sql.raw(refreshed.map(({ name }) => `${name} = d.${name}`).join(', '))},
      version = version + 1, loaded_version = version + 1, updated_at = statement_timestamp()
    from differing d where d.id = s.id returning s.id, d.shown`)
  return rows.flatMap(({ id, shown }) => (shown ? [id] : []))
}

/**
 * Updates the links of bodies that nobody edited, where both ends exist.
 * @param added the ids of new bodies, which keep their version
 * @returns the ids of the other bodies whose links have changed
 */
async function relink(db: Database, bodies: SignatoryReplacement[], added: string[]): Promise<string[]> {
  const links = bodies.flatMap(({ code, predecessors }) =>
    predecessors.map(({ signatory, date, kind, source }, position) => {
      const { firstDay, lastDay } = daysOf(date)
      return { code, signatory, position, date, first_day: firstDay, last_day: lastDay, kind, source }
    }),
  )
  const rows = await db.query<{ id: string }>(sql`
    with given as (
      select s.id as successor_id, p.id as predecessor_id, position, date, first_day, last_day, v.kind, source
      from json_to_recordset(${JSON.stringify(links)}) v (
          code text, signatory text, position smallint, date text, first_day date, last_day date, kind text, source text)
        join signatories s on s.code = v.code join signatories p on p.code = v.signatory
      where s.loaded_version = s.version
    ), stored as (
      select l.successor_id, predecessor_id, position, date, first_day, last_day, l.kind, source
      from signatory_predecessors l join signatories s on s.id = l.successor_id
      where s.loaded_version = s.version and s.code = any(${sql.param(bodies.map(({ code }) => code))}::text[])
    ), differing as (
      select distinct successor_id as id
      from ((table given except table stored) union all (table stored except table given)) either
    ), gone as (
      delete from signatory_predecessors l using differing d
      where l.successor_id = d.id and not exists (
        select from given g where g.successor_id = l.successor_id and g.predecessor_id = l.predecessor_id)
    ), linked as (
      insert into signatory_predecessors
        (successor_id, predecessor_id, position, date, first_day, last_day, kind, source)
      select g.* from given g join differing d on d.id = g.successor_id
      on conflict (successor_id, predecessor_id) do update set position = excluded.position, date = excluded.date,
        first_day = excluded.first_day, last_day = excluded.last_day, kind = excluded.kind, source = excluded.source
    ), counted as (
      update signatories s set version = version + 1, loaded_version = version + 1, updated_at = statement_timestamp()
      from differing d where s.id = d.id and s.id <> all(${sql.param(added)}::uuid[])
    )
    select id from differing where id <> all(${sql.param(added)}::uuid[])`)
  return rows.map(({ id }) => id)
}
