import type { Database, Statement } from '../database/connect.ts'
import { withSuggestion } from '../problems/did-you-mean.ts'
import type { PlacedError } from '../problems/problems.ts'
import { type Collection, collectionLookup } from './collections/lookup.ts'
import { distinctKeys, Entries, find, idsAndCodes, type Lookup, type Named, type Placed } from './lookup.ts'
import type { EntryReferences, FoundEntries } from './registry.ts'
import { type Domain, domainLookup } from './research-domains/lookup.ts'
import { earlierBodies, type Predecessor } from './signatories/predecessors.ts'
import { type SignatoryEntry, signatoryLookup } from './signatories/lookup.ts'
import type { RegistryName } from './tables.ts'

const at = '(select at from instant)'

const entriesOf = (registry: RegistryName): string => `(
    select distinct on (entry_id) * from registry_history where registry = '${registry}' and since <= ${at}
    order by entry_id, since desc, id desc
  ) h where code is not null`

/**
 * The registries as they were at the instant `instant (at)`, as common table expressions with the names and columns of the
 * tables that they stand for: a statement behind them asks its question of the past. They are not materialized, so that a
 * condition on an id is looked up by the index.
 */
export const registriesAsHeld = `
  signatories as not materialized (
    select entry_id as id, code, name, kind, parent_id, depth, null::date as valid_from_day, valid_to_day
    from ${entriesOf('signatory')}
  ), research_domains as not materialized (
    select entry_id as id, split_part(code, ':', 1) as scheme, substr(code, strpos(code, ':') + 1) as code, name as label,
      parent_id as broader_id, depth
    from ${entriesOf('research_domain')}
  ), collections as not materialized (
    select entry_id as id, code, name, true as listed from ${entriesOf('collection')}
  ), signatory_predecessors as not materialized (
    select * from (
      select distinct on (successor_id, predecessor_id) * from predecessor_history where since <= ${at}
      order by successor_id, predecessor_id, since desc, id desc
    ) l where not removed
  ), merges as not materialized (
    select lost_id, lost_code, kept_id from signatory_merges
    where merged_at <= ${at} and (undone_at is null or undone_at > ${at})
  )`

interface Former {
  name: string
  id: string
}

interface Held {
  bodies: SignatoryEntry[]
  domains: Domain[]
  collections: Collection[]
  /** Merged signatories among those that are named, and what each meant then. */
  former: { lostId: string; lostCode: string; id: string }[]
}

const rowsOf = (query: string): string => `(select coalesce(json_agg(row_to_json(r)), '[]') from (${query}) r)`

/** The ids of `$1` and those of the signatories into which the ones of `$1` and `$2` had been merged. */
const meant = `meant as (
    select m.lost_id, m.lost_code, m.kept_id from merges m
    where m.lost_id = any($1::uuid[]) or m.lost_code = any($2::text[])
    union
    select meant.lost_id, meant.lost_code, m.kept_id from meant join merges m on m.lost_id = meant.kept_id
  )`

const heldStatement: Statement = {
  name: 'entries-as-held',
  text: `with recursive instant as (select $7::timestamptz as at), ${registriesAsHeld}, ${meant}
    select ${rowsOf(signatoryLookup.reading('array(select kept_id from meant union all select unnest($1::uuid[]))', '$2'))} as bodies,
      ${rowsOf(domainLookup.reading('$3', '$4'))} as domains, ${rowsOf(collectionLookup.reading('$5', '$6'))} as collections,
      ${rowsOf('select lost_id as "lostId", lost_code as "lostCode", kept_id as id from meant')} as former`,
}

async function readHeld(db: Database, { bodies, domains, collections }: Required<EntryReferences>, instant: string) {
  const [held] = await db.query<Held>(heldStatement, [
    ...idsAndCodes(distinctKeys(signatoryLookup, bodies)),
    ...idsAndCodes(distinctKeys(domainLookup, domains)),
    ...idsAndCodes(distinctKeys(collectionLookup, collections)),
    instant,
  ])
  return held!
}

/**
 * Looks up the references of a request in all registries as they were at an instant: by the codes that entries had then.
 * @param instant RFC 3339, UTC
 */
export async function findInAllAsHeld(
  db: Database,
  { bodies = [], domains = [], collections = [] }: EntryReferences,
  instant: string,
): Promise<FoundEntries> {
  const named = { bodies, domains, collections }
  if (Object.values(named).every((some) => some.length === 0)) {
    return {
      bodies: new Entries<SignatoryEntry>(signatoryLookup, []),
      domains: new Entries<Domain>(domainLookup, []),
      collections: new Entries<Collection>(collectionLookup, []),
    }
  }
  const held = await readHeld(db, named, instant)
  const former = held.former.flatMap(({ lostId, lostCode, id }) => [
    { name: lostId, id },
    { name: lostCode, id },
  ])
  return {
    bodies: await entriesHeld(db, signatoryLookup, bodies, { entries: held.bodies, former, instant, of: 'bodies' }),
    domains: await entriesHeld(db, domainLookup, domains, { entries: held.domains, instant, of: 'domains' }),
    collections: await entriesHeld(db, collectionLookup, collections, {
      entries: held.collections,
      instant,
      of: 'collections',
    }),
  }
}

interface HeldEntries<Found extends Placed> {
  entries: Found[]
  former?: Former[]
  instant: string
  of: keyof FoundEntries
}

async function entriesHeld<Found extends Placed>(
  db: Database,
  lookup: Lookup<Found>,
  named: Named[],
  { entries, former = [], instant, of }: HeldEntries<Found>,
): Promise<Entries<Found>> {
  const held = new Entries(lookup, entries, former)
  const absent = named.filter(({ reference }) => !held.has(reference))
  if (absent.length === 0) return held
  const now = await find(db, lookup, absent, 'free')
  const known = absent.filter(({ reference }) => now.has(reference))
  const ids = known.map(({ reference }) => ({ reference: now.get(reference).id }))
  const then = await readHeld(db, { bodies: [], domains: [], collections: [], [of]: ids }, instant)
  const codes = new Map((then[of] as unknown as Found[]).map((entry) => [entry.id, lookup.codeOf(entry)]))
  const errors = known.flatMap((one) =>
    one.at ? [notThen(lookup.what, { ...one, at: one.at }, instant, codes.get(now.get(one.reference).id))] : [],
  )
  held.errors = [...now.errors, ...errors]
  return held
}

function notThen(
  what: string,
  { reference, at }: Required<Pick<Named, 'reference' | 'at'>>,
  instant: string,
  code: string | undefined,
): PlacedError {
  const suggestion = code === undefined ? {} : { didYouMean: code }
  const message = withSuggestion(`There was no ${what} \`${reference}\` at ${instant}.`, suggestion)
  return { at, code: 'unknown_code', message, ...suggestion }
}

const predecessorsStatement: Statement = {
  name: 'predecessors-as-held',
  text: `with instant as (select $2::timestamptz as at), ${registriesAsHeld} select * from (${earlierBodies.text}) asked`,
}

/** All direct and indirect predecessors of the bodies with these ids, as known at an instant. */
export const predecessorsAsHeld = (db: Database, ids: string[], instant: string): Promise<Predecessor[]> =>
  ids.length === 0 ? Promise.resolve([]) : db.query<Predecessor>(predecessorsStatement, [[...new Set(ids)], instant])
