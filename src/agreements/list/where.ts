import { and, type SQL, sql } from 'drizzle-orm'
import { possibleIdentifierKeys, possibleReferenceKeys } from '../../shared/identifiers.ts'
import type { Database } from '../../database/connect.ts'
import { when } from '../../database/sql.ts'
import { actDays, lineOf } from './act-ranges.ts'
import { readAsHeld } from './as-held.ts'
import type { AgreementFilter } from './filter.ts'
import type { NamedIds } from './lookup-filter.ts'
import { lifecycleEvents } from '../time/lifecycle.ts'
import { joinKinds } from '../publication/list-row.ts'
import { signatoryKinds } from '../../registry/signatories/tables.ts'
import { hasCommonWords, hasWords, hasWordsByIndex, type Words } from './full-text.ts'
import { inForceFor, isParty, onOppositeSides, recordedParties, takesPart } from './predecessors.ts'

/** The parties asked for, those of which one is enough together. */
const asked = ({ party, pair }: NamedIds): string[][] => [...(party ? [party] : []), ...(pair ?? []).map((id) => [id])]

/** It was in force on `day` for the parties asked for, if it was in force at all. */
export const inForceForAsked = (named: NamedIds, day: string): SQL =>
  sql.join([sql`true`, ...asked(named).map((ids) => inForceFor(ids, named.predecessors, day))], sql` and `)

const texts = (values: readonly string[]): SQL => sql`${sql.param(values)}::text[]`
const uuids = (values: readonly string[]): SQL => sql`${sql.param(values)}::uuid[]`

/** How conditions on the listing `a` find what it does not have itself. */
interface Source {
  words: (words: Words) => SQL
  reference: (references: string[]) => SQL
  identifier: (identifiers: string[]) => SQL
  parties?: SQL
}

const hasReference = (references: string[]): SQL => sql`a.agreement_id in (
  select r.id from agreements r
  where r.reference_key = any(${texts(possibleReferenceKeys(references))})
    and r.deleted_at is null)`

/** The keys of identifiers, `scheme:value`, however they are written. */
const keysOf = (identifiers: string[]): { scheme: string; key: string }[] =>
  identifiers.flatMap((identifier) => {
    const { scheme, keys } = possibleIdentifierKeys(identifier)
    return keys.map((key) => ({ scheme, key }))
  })

/** One of these identifiers. */
function hasIdentifier(identifiers: string[]): SQL {
  const wanted = keysOf(identifiers)
  return sql`a.agreement_id in (
    select i.agreement_id from agreement_identifiers i
    join unnest(${texts(wanted.map(({ scheme }) => scheme))}, ${texts(wanted.map(({ key }) => key))}) w (scheme, key)
      on i.scheme = w.scheme and i.key = w.key
    where i.active)`
}

/** The row of a version has its reference, its identifiers and the sides of its parties. */
const recorded: Source = {
  words: hasCommonWords,
  reference: (references) => sql`a.reference_key = any(${texts(possibleReferenceKeys(references))})`,
  identifier: (identifiers) =>
    sql`a.identifiers && ${texts(keysOf(identifiers).map(({ scheme, key }) => `${scheme}:${key}`))}`,
  parties: recordedParties,
}

/** The status on `day`: the last one that began on or before it. */
export const statusOn = (day: string): SQL => sql`a.statuses[width_bucket(${day}::date, a.since)]`

/** What the status on `day` rests on. */
export const basisOn = (day: string): SQL => sql`a.bases[width_bucket(${day}::date, a.since)]`

/** The status, and what it rests on, on the day `on`. */
const stoodOn = ({ status, statusBasis, on }: AgreementFilter): SQL | undefined =>
  when(on, (day) =>
    and(
      when(status, (statuses) => sql`${statusOn(day)} = any(${texts(statuses)})`),
      when(statusBasis, (bases) => sql`${basisOn(day)} = any(${texts(bases)})`),
    )!,
  )

/** Has a preferred date for one of these acts that can be within the period, inclusive. */
function happened({ event, eventFrom, eventTo }: AgreementFilter): SQL | undefined {
  const ofAct = when(event, (events) => sql`a.events && ${texts(events)}`)
  if (eventFrom === undefined && eventTo === undefined) return ofAct
  const period = { firstDay: eventFrom ?? null, lastDay: eventTo ?? null }
  const days = actDays((event ?? lifecycleEvents).map((event) => ({ event, ...period })))
  return and(ofAct, sql`a.acts && ${days}::int4multirange`)
}

/** All combinations of party kinds that consist only of these. */
function kindsAmong(kinds: readonly string[]): string[] {
  const some: string[][] = []
  for (const kind of new Set(kinds)) some.push([kind], ...some.map((others) => [...others, kind]))
  return some.map(joinKinds)
}

/** All values that `party_kinds` can have when the kinds of the sides are `kinds`: see `kindsOfSides`. */
function kindsTogether(kinds: string): string[] {
  const known = kinds.split(',').filter((kind) => kind !== 'mixed')
  if (known.length === 2) return [joinKinds(known)]
  const several = kindsAmong(signatoryKinds).map((text) => text.split('+'))
  return several.filter((all) => all.length > 1 && known.every((kind) => all.includes(kind))).map(joinKinds)
}

/** Sort keys in which unknown days come last; must match the expressions of the indexes. */
export const latest = sql`coalesce(a.signed, '-infinity'::date)`
export const earliest = sql`coalesce(a.signed, 'infinity'::date)`
export const expiry = sql`coalesce(a.next_expiry, 'infinity'::date)`

/** The signature can be within the period. */
export const signedWithin = ({ signedFrom, signedTo }: AgreementFilter): SQL | undefined =>
  and(
    when(signedFrom, (day) => sql`a.signed_last >= ${day}::date`),
    when(signedTo, (day) => sql`${earliest} <= ${day}::date`),
  )

/** The current term ends within the period. */
export const expiresWithin = ({ expiresFrom, expiresTo }: AgreementFilter): SQL | undefined =>
  and(
    when(expiresFrom, (day) => sql`${expiry} >= ${day}::date and ${expiry} < 'infinity'`),
    when(expiresTo, (day) => sql`${expiry} <= ${day}::date`),
  )

/** Necessary bounds on its first and last act, implied by the other filters, which the indexes can check. */
export const actsWithin = (filter: AgreementFilter): SQL | undefined => {
  const { eventFrom, eventTo, inForceOn, on, status, statusBasis } = filter
  // The status before the first act is unknown, which is presumed.
  const canPrecede = (status ?? ['unknown']).includes('unknown') && (statusBasis ?? ['presumed']).includes('presumed')
  const beganBy = (day: string) => sql`a.first_act <= ${day}::date`
  return and(
    when(eventFrom, (day) => sql`a.last_act >= ${day}::date`),
    when(eventTo, beganBy),
    when(inForceOn, beganBy),
    when(canPrecede ? undefined : on, beganBy),
  )
}

/** The requested statuses if they are for today. */
const statusNow = ({ status, on }: AgreementFilter) => (on === undefined ? status : undefined)
const basisNow = ({ statusBasis, on }: AgreementFilter) => (on === undefined ? statusBasis : undefined)

export const isOfType = ({ type }: AgreementFilter): SQL | undefined =>
  when(type, (types) => sql`a.type = any(${texts(types)})`)

export const hasStatusNow = (filter: AgreementFilter): SQL | undefined =>
  when(statusNow(filter), (statuses) => sql`a.status = any(${texts(statuses)})`)

export const updatedWithin = ({ updatedSince }: AgreementFilter): SQL | undefined =>
  when(updatedSince, (instant) => sql`a.updated_at >= ${new Date(instant).toISOString()}::timestamptz`)

/**
 * The condition of a filter on the listing `a` of an agreement, or with `asOf` on that of a version. Deleted agreements have
 * no listing.
 * @param has how words are matched
 */
export const matching = (filter: AgreementFilter, named: NamedIds, has = hasWords): SQL | undefined =>
  filter.asOf === undefined
    ? condition(filter, named, { words: has, reference: hasReference, identifier: hasIdentifier })
    : matchingVersion(filter, named)

/** The same on the listing `a` of a version, in `agreement_version_listings`: what its filters found when it was current. */
export const matchingVersion = (filter: AgreementFilter, named: NamedIds): SQL | undefined =>
  condition(filter, named, recorded)

const condition = (filter: AgreementFilter, named: NamedIds, source: Source): SQL | undefined =>
  and(
    when(filter.id, (ids) => sql`a.agreement_id = any(${uuids(ids)})`),
    when(filter.reference, source.reference),
    when(filter.identifier, source.identifier),
    when(named.words, source.words),
    when(named.party, (ids) => isParty(ids, named.predecessors)),
    when(named.pair, (both) => onOppositeSides(both, named.predecessors, source.parties)),
    when(filter.inForceOn, (day) => inForceForAsked(named, day)),
    when(named.signatory, (ids) => takesPart(ids, named.predecessors)),
    when(filter.partyKind, (kinds) => sql`a.party_kinds = any(${texts(kindsAmong(kinds))})`),
    when(filter.kinds, (kinds) => sql`a.side_kinds = any(${texts(kinds)})`),
    when(named.researchDomain, (ids) => sql`a.domains && ${uuids(ids)}`),
    when(named.collection, (ids) => sql`a.collection_id = any(${uuids(ids)})`),
    isOfType(filter),
    when(filter.binding, (bindings) => sql`a.binding = any(${texts(bindings)})`),
    hasStatusNow(filter),
    when(basisNow(filter), (bases) => sql`a.status_basis = any(${texts(bases)})`),
    stoodOn(filter),
    when(filter.inForceOn, (day) => sql`a.in_force @> ${day}::date`),
    signedWithin(filter),
    happened(filter),
    expiresWithin(filter),
    updatedWithin(filter),
    when(filter.warning, (codes) => sql`a.warnings && ${texts(codes)}`),
  )

/**
 * Additional conditions for `agreement_listings_filters_index`: single values, and the spans of years of its days. They
 * are implied by the filter. In the index they exclude nearly everything else; checked row by row they would be slow.
 */
function byIndex(filter: AgreementFilter, { collection }: NamedIds): SQL | undefined {
  const { partyKind, kinds, type, binding, inForceOn, on, status, statusBasis, event } = filter
  const isOneOf = (column: string, values: readonly string[] | undefined) =>
    when(values, (values) => sql`array[a.${sql.raw(column)}] && ${texts(values)}`)
  const hadStatus = (statuses: readonly string[], day: string) =>
    sql`standing_spans(a.statuses, a.since) && standing_spans_on(${texts(statuses)}, ${day}::date)`
  const acts = event?.map((event) => String(lineOf(event))) ?? ['any']
  return and(
    isOneOf('party_kinds', partyKind && kindsAmong(partyKind)),
    isOneOf('party_kinds', kinds?.flatMap(kindsTogether)),
    isOneOf('type', type),
    when(collection, (ids) => sql`array[a.collection_id] && ${uuids(ids)}`),
    isOneOf('binding', binding),
    isOneOf('status', statusNow(filter)),
    when(inForceOn, (day) => hadStatus(['in_force'], day)),
    isOneOf('status_basis', basisNow(filter)),
    when(status && on, (day) => hadStatus(status!, day)),
    when(
      statusBasis && on,
      (day) => sql`standing_spans(a.bases, a.since) && standing_spans_on(${texts(statusBasis!)}, ${day}::date)`,
    ),
    when(
      spansWithin(filter.eventFrom, past(filter.eventTo)),
      (spans) => sql`act_spans(a.acts) && labelled(${texts(acts)}, ${spans})`,
    ),
    signedInSpans(filter.signedFrom, past(filter.signedTo)),
    expiresInSpans(filter.expiresFrom, filter.expiresTo),
  )
}

/**
 * Ignores an upper bound of today or later: nearly everything matches it, so using the index would be slow. A wrong clock
 * of this process only makes it slow.
 */
const past = (day: string | undefined): string | undefined =>
  day !== undefined && day < new Date().toISOString().slice(0, 10) ? day : undefined

/** The days are in the spans of a period; either end may be open. */
const inSpans = (days: SQL) => (from: string | undefined, to: string | undefined) =>
  when(spansWithin(from, to), (spans) => sql`${days} && ${spans}`)

export const signedInSpans = inSpans(sql`day_spans(a.signed, a.signed_last)`)
export const expiresInSpans = inSpans(sql`day_spans(a.next_expiry, a.next_expiry)`)

const spansWithin = (from: string | undefined, to: string | undefined): SQL | undefined =>
  from === undefined && to === undefined
    ? undefined
    : sql`spans_within(${from ?? '-infinity'}::date, ${to ?? 'infinity'}::date)`

/** The complete condition, for a plan that starts from the index. */
export const indexed = (filter: AgreementFilter, named: NamedIds): SQL | undefined =>
  filter.asOf === undefined
    ? and(byIndex(filter, named), matching(filter, named, hasWordsByIndex))
    : matchingVersion(filter, named)

/** The number of matches, as a query or subquery. */
export const countOf = (filter: AgreementFilter, named: NamedIds): SQL =>
  sql`select count(*) as total from agreement_listings a where ${indexed(filter, named) ?? sql`true`}`

/** The number of matches. */
export async function countMatching(db: Database, filter: AgreementFilter, named: NamedIds): Promise<number> {
  const [counted] = await readAsHeld<{ total: string }>(db, filter.asOf, countOf(filter, named))
  return Number(counted!.total)
}
