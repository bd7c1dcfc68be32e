import { and, or, type SQL, sql } from 'drizzle-orm'
import type { QueryError } from '../../problems/problems.ts'
import type { Predecessor } from '../../registry/signatories/predecessors.ts'
import { groupedBy } from '../../shared/grouped.ts'
import type { AgreementFilter } from './filter.ts'

const uuids = (ids: readonly string[]): SQL => sql`${sql.param(ids)}::uuid[]`

/** The agreement may have been signed on or before `until`: its first possible day decides. */
const signedBy = (until: SQL | string): SQL => sql`coalesce(a.signed, '-infinity'::date) <= ${until}::date`

/** One of these bodies, or a body under one of them, takes part; or one of their predecessors did in its time. */
export function takesPart(ids: string[], predecessors: Predecessor[]): SQL {
  const earlier = predecessors.filter(({ of }) => ids.includes(of))
  const all = [...ids, ...earlier.map(({ id }) => id)]
  const byDay = groupedBy(earlier, ({ until }) => until)
  const always = [...ids, ...(byDay.get(null) ?? []).map(({ id }) => id)]
  const inTime = [...byDay].flatMap(([until, some]) =>
    until === null ? [] : [and(sql`a.bodies && ${uuids(some.map(({ id }) => id))}`, signedBy(until))],
  )
  const any = sql`a.bodies && ${uuids(all)}`
  return inTime.length === 0 ? any : and(any, or(sql`a.bodies && ${uuids(always)}`, ...inTime))!
}

/** One of these bodies is a party, and not only above one; or one of their predecessors took part in its time. */
export function isParty(ids: string[], predecessors: Predecessor[]): SQL {
  const earlier = predecessors.filter(({ of }) => ids.includes(of)).map((one) => one.party)
  return and(takesPart(ids, predecessors), sql`a.parties && ${uuids([...ids, ...earlier])}`)!
}

/** It was in force on `day` for one of these parties or their predecessors. */
export function inForceFor(ids: string[], predecessors: Predecessor[], day: string): SQL {
  const earlier = predecessors.filter(({ of }) => ids.includes(of)).map((one) => one.party)
  return sql`(a.parties_in_force is null or exists (
    select from unnest(a.parties, a.parties_in_force) as each (party, in_force)
    where each.party = any(${uuids([...ids, ...earlier])}) and each.in_force @> ${day}::date))`
}

/** It was in force on `day` for a party that it has. */
export const inForceForOne = (party: SQL, day: string): SQL => sql`(
  a.parties_in_force is null or a.parties_in_force[array_position(a.parties, ${party})] @> ${day}::date)`

/** The parties `p` of the listing `a`, each with its side. The index finds them by the id of the agreement and the party. */
const currentParties = sql`(select party_id, side from agreement_parties where agreement_id = a.agreement_id) p`

/** The same for the listing of a version, which has the sides itself. */
export const recordedParties = sql`unnest(a.parties, a.sides) p (party_id, side)`

/**
 * The two parties, or predecessors of them in their time, are on opposite sides. The index finds the agreements that have
 * both, and the primary key tells on which side each is: a join would read all agreements of one of them.
 * @param parties the parties `p` with their sides
 */
export function onOppositeSides(
  [one, other]: [string, string],
  predecessors: Predecessor[],
  parties = currentParties,
): SQL {
  const isPlain = !predecessors.some(({ of }) => of === one || of === other)
  if (isPlain) {
    const both = uuids([one, other])
    return sql`a.bodies @> ${both} and (
      select min(p.side) <> max(p.side) from ${parties} where p.party_id = any(${both}))`
  }
  const sides = [one, other].map(
    (id) => sql`(
    select p.side from ${parties}
      join unnest(${columnsOf(id, predecessors)}) named (id, party, until) on p.party_id = named.party
    where a.bodies @> array[named.id] and coalesce(a.signed, '-infinity'::date) <= named.until)`,
  )
  return and(
    ...[one, other].map((id) => takesPart([id], predecessors)),
    sql`exists (select from ${sides[0]} one, ${sides[1]} other where one.side <> other.side)`,
  )!
}

/** A party and its predecessors, as columns: the id of each, that of the party that it acts for, and its last day. */
function columnsOf(party: string, predecessors: Predecessor[]): SQL {
  const own = predecessors.filter(({ of }) => of === party)
  const ids = [party, ...own.map(({ id }) => id)]
  const parties = [party, ...own.map((one) => one.party)]
  const until = ['infinity', ...own.map((one) => one.until ?? 'infinity')]
  return sql`${uuids(ids)}, ${uuids(parties)}, ${sql.param(until)}::date[]`
}

/** An error for `withPredecessors` without a body whose predecessors it asks for. */
export function withoutBody({ withPredecessors, party, pair, signatory }: AgreementFilter): QueryError[] {
  if (withPredecessors !== 'true' || (party ?? pair ?? signatory) !== undefined) return []
  const message = '`withPredecessors` requires `party`, `pair` or `signatory`.'
  return [{ parameter: 'withPredecessors', code: 'needs_body', message }]
}
