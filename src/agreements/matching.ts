import { and, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import { when } from '../database/sql.ts'
import { Problem } from '../problems.ts'
import { fold } from '../text.ts'
import type { AgreementFilter } from './filter.ts'
import { lookUpParameters, type Named } from './registry.ts'

/** What a filter names, looked up: ids in place of codes. */
export interface NamedIds {
  party: string[] | undefined
  pair: [string, string] | undefined
  signatory: string[] | undefined
  researchDomain: string[] | undefined
}

/** @throws Problem 400 for a code that does not exist, or a day to judge a status on without a status */
export async function lookUpFilter(db: Database, filter: AgreementFilter): Promise<NamedIds> {
  needStatus(filter)
  const { party, signatory, researchDomain } = filter
  const pair = filter.pair?.split(',') as [string, string] | undefined
  const named = (references: string[] | undefined, pointer: string): Named[] =>
    (references ?? []).map((reference) => ({ reference, pointer }))
  const registry = await lookUpParameters(db, {
    bodies: [...named(party, 'party'), ...named(pair, 'pair'), ...named(signatory, 'signatory')],
    domains: named(researchDomain, 'researchDomain'),
  })
  const partyOf = (reference: string) => registry.party(registry.body(reference)).id
  return {
    party: party?.map(partyOf),
    pair: pair && [partyOf(pair[0]), partyOf(pair[1])],
    signatory: signatory?.map((reference) => registry.body(reference).id),
    researchDomain: researchDomain?.map((reference) => registry.domain(reference).id),
  }
}

function needStatus({ status, on }: AgreementFilter): void {
  if (on === undefined || status !== undefined) return
  const message = 'It says on which day `status` is judged: give `status` too, or ask for `inForceOn`.'
  throw new Problem('invalid_request', message, [{ parameter: 'on', code: 'needs_status', message }])
}

const texts = (values: readonly string[]): SQL => sql`${sql.param(values)}::text[]`
const uuids = (values: readonly string[]): SQL => sql`${sql.param(values)}::uuid[]`

export const standsIn = (parties: string[], agreement: SQL = sql`a.id`): SQL =>
  sql`exists (select from agreement_parties p
    where p.agreement_id = ${agreement} and p.party_id = any(${uuids(parties)}))`

/** Signed, witnessed or carried out by one of these bodies, or by one under them. */
const involves = (bodies: string[]): SQL => sql`a.id in (
  with recursive under (id) as (
    select unnest(${uuids(bodies)}) union select s.id from under join signatories s on s.parent_id = under.id
  ) select g.agreement_id from signatures g join under on under.id = g.signatory_id)`

/** About one of these domains, or a narrower one. */
const covers = (domains: string[]): SQL => sql`a.id in (
  with recursive under (id) as (
    select unnest(${uuids(domains)}) union select d.id from under join research_domains d on d.broader_id = under.id
  ) select c.agreement_id from agreement_domains c join under on under.id = c.domain_id)`

const isBetweenKinds = (kinds: string[]): SQL => sql`not exists (
  select from agreement_parties p join signatories s on s.id = p.party_id
  where p.agreement_id = a.id and s.kind <> all(${texts(kinds)}))`

const carries = (identifiers: string[]): SQL => sql`a.id in (
  select i.agreement_id from agreement_identifiers i join unnest(${texts(identifiers)}) wanted
    on i.scheme = split_part(wanted, ':', 1) and i.value = substr(wanted, strpos(wanted, ':') + 1)
  where i.active)`

/** The text-search query of `q`: words by their stems, and as they stand. A row of minus signs is one. */
export function wordsOf(q: string): SQL {
  const words = fold(q).replace(/-(\s*-)+/g, '-')
  return sql`(websearch_to_tsquery('english', ${words}) || websearch_to_tsquery('simple', ${words}))`
}

const standsAs = (statuses: string[], day: string | undefined): SQL =>
  day === undefined
    ? sql`a.status = any(${texts(statuses)})`
    : sql`exists (select from agreement_periods p
        where p.agreement_id = a.id and p.status = any(${texts(statuses)}) and p.period @> ${day}::date)`

/** It has a preferred date for one of these acts that can fall within the period, bounds included. */
function happened({ event, eventFrom, eventTo }: AgreementFilter): SQL | undefined {
  if (event === undefined && eventFrom === undefined && eventTo === undefined) return undefined
  return sql`exists (select from dates d where ${and(
    sql`d.agreement_id = a.id and d.preferred`,
    when(event, (events) => sql`d.event = any(${texts(events)})`),
    when(eventFrom, (day) => sql`d.last_day >= ${day}::date`),
    when(eventTo, (day) => sql`d.first_day <= ${day}::date`),
  )})`
}

/** The condition on an agreement `a` that a filter is; deleted ones are not told apart here. */
export const matching = (filter: AgreementFilter, named: NamedIds): SQL | undefined =>
  and(
    when(filter.id, (ids) => sql`a.id = any(${uuids(ids)})`),
    when(filter.reference, (references) => sql`a.reference = any(${texts(references)})`),
    when(filter.identifier, carries),
    when(filter.q, (q) => sql`a.search @@ ${wordsOf(q)}`),
    when(named.party, (ids) => standsIn(ids)),
    when(named.pair, ([one]) => standsIn([one])),
    when(named.pair, ([, other]) => standsIn([other])),
    when(named.signatory, involves),
    when(filter.partyKind, isBetweenKinds),
    when(named.researchDomain, covers),
    when(filter.type, (types) => sql`a.type = any(${texts(types)})`),
    when(filter.binding, (bindings) => sql`a.binding = any(${texts(bindings)})`),
    when(filter.status, (statuses) => standsAs(statuses, filter.on)),
    when(filter.inForceOn, (day) => sql`a.in_force @> ${day}::date`),
    when(filter.signedFrom, (day) => sql`a.signed_last >= ${day}::date`),
    when(filter.signedTo, (day) => sql`a.signed <= ${day}::date`),
    happened(filter),
    when(filter.expiresFrom, (day) => sql`a.next_expiry >= ${day}::date`),
    when(filter.expiresTo, (day) => sql`a.next_expiry <= ${day}::date`),
    when(filter.updatedSince, (instant) => sql`a.updated_at >= ${new Date(instant).toISOString()}::timestamptz`),
    when(filter.warning, (codes) => sql`a.warnings && ${texts(codes)}`),
  )
