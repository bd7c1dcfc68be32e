import { and, type SQL, sql } from 'drizzle-orm'
import { lastChange, readAsHeld } from '../agreements/list/as-held.ts'
import type { AgreementFilter } from '../agreements/list/filter.ts'
import { lookUpFilter, type NamedIds } from '../agreements/list/lookup-filter.ts'
import { inForceForOne } from '../agreements/list/predecessors.ts'
import { countOf, inForceForAsked, matching } from '../agreements/list/where.ts'
import type { Database } from '../database/connect.ts'
import { maxPageBytes, type Position, readCursor } from '../http/paging.ts'
import type { QueryError } from '../problems/problems.ts'
import { firstDaySigned, measures, ofFewValues, ofTheDay, overlapping, yearsOf } from './dimensions.ts'
import type { KeptResults } from '../agreements/list/kept-results.ts'
import { orderOf, positionOf } from './order.ts'
import { type Dimension, type Group, maxGroups, type Statistics, type StatisticsQuery } from './schemas.ts'

interface Row extends Omit<Group, 'keys' | 'count' | 'inForce'> {
  /** Null in the only row of a page without groups. */
  keys: Group['keys'] | null
  count: string
  inForce: string
  /** Total number of matches; the same in each row. */
  total: string
  /** See `lastChange`; the same in each row. */
  lastChange: string | null
}

interface Counted {
  statistics: Omit<Statistics, 'nextCursor' | 'cite'>
  /** See `lastChange`. */
  lastChange: string | null
  /** Where the next page begins, if there is one. */
  next: Position | undefined
}

/**
 * Counts agreements by one or two dimensions. Agreements without a value are counted under null.
 * @throws Problem 400 for `domainLevel` without `researchDomain`
 */
export async function readStatistics(
  db: Database,
  query: StatisticsQuery,
  today: string,
  kept: KeptResults,
): Promise<Counted> {
  // Words are improved without a change of the register.
  return query.q === undefined
    ? kept.read(db, JSON.stringify([query, today]), () => count(db, query, today))
    : count(db, query, today)
}

async function count(db: Database, query: StatisticsQuery, today: string): Promise<Counted> {
  const { groupBy, domainLevel: ____, on, sort: _, limit = maxGroups, cursor: __, bom: ___, ...rest } = query
  const isOfGroups = groupBy.some((dimension) => ofTheDay.includes(dimension)) && !rest.status && !rest.statusBasis
  const filter = { ...rest, on: isOfGroups ? undefined : on }
  const after = readCursor('statistics', query, 'group')
  const named = await lookUpFilter(db, filter, {
    after,
    errors: withoutDomains(query),
  })
  const order = orderOf(query)
  const counted = sql`
    with ${groupsOf(query, filter, named, today)}, filled as (${filled(groupBy)})
    select matches.total, ${lastChange(query.asOf)} as "lastChange", page.* from (${countOf(filter, named)}) matches left join (
      select array[${columns('k', groupBy)}] as keys, array[${columns('l', groupBy)}] as labels, count,
        in_force as "inForce", first_signed as "firstSigned", last_signed as "lastSigned",
        row_number() over (order by ${order.by}) as place
      from filled where ${after ? order.behind(after) : sql`true`} order by place limit ${limit + 1}
    ) page on true order by place`
  const rows = await readAsHeld<Row>(db, query.asOf, counted)
  const groups = rows.flatMap(groupOf)
  const items = groups.slice(0, Math.min(limit, roomFor(groups)))
  const last = groups.length > items.length ? items.at(-1) : undefined
  return {
    statistics: {
      groupBy,
      overlapping: groupBy.some((dimension) => overlapping.includes(dimension)),
      total: Number(rows[0]!.total),
      truncated: last !== undefined,
      didYouMean: named.words?.didYouMean ?? null,
      items,
    },
    lastChange: rows[0]!.lastChange,
    next: last && { ...positionOf(query, last), interpretation: named.words ?? null },
  }
}

const groupOf = ({ keys, labels, count, inForce, firstSigned, lastSigned }: Row): Group[] =>
  keys === null ? [] : [{ keys, labels, count: Number(count), inForce: Number(inForce), firstSigned, lastSigned }]

/** The columns of all dimensions: `k0, k1`. */
const columns = (name: string, groupBy: readonly Dimension[]): SQL =>
  sql.raw(groupBy.map((_, i) => `${name}${i}`).join(', '))

/** The groups that have agreements, as `groups`: their keys `k0`, `k1`, their labels `l0`, `l1`, and what is counted. */
function groupsOf(
  { groupBy, domainLevel, on, asOf }: StatisticsQuery,
  filter: AgreementFilter,
  named: NamedIds,
  today: string,
): SQL {
  const day = on ?? today
  const of = groupBy.map((dimension, i) => {
    const [j, value, group] = ['j', 'v', 'g'].map((name) => sql.raw(`${name}${i}`)) as [SQL, SQL, SQL]
    const measure = measures[dimension]({ domainLevel, on, asOf })
    return {
      value: sql`${measure.of(j)} as ${value}`,
      name: value,
      join: measure.join?.(j) ?? sql``,
      groups: sql`left join lateral (${measure.groups(sql`counted.${value}`)}) ${group} on true`,
      key: sql`${group}.key as ${sql.raw(`k${i}`)}, ${group}.label as ${sql.raw(`l${i}`)}`,
      inForce: and(...(measure.parties?.(j) ?? []).map((party) => inForceForOne(party, day))),
    }
  })
  const inForce = and(sql`a.in_force @> ${day}::date`, inForceForAsked(named, day), ...of.map((one) => one.inForce))
  const each = (part: Exclude<keyof (typeof of)[number], 'inForce'>, between = sql`, `) =>
    sql.join(
      of.map((one) => one[part]),
      between,
    )
  return sql`counted as (
      select ${each('value')}, count(*) as count, count(*) filter (where ${inForce}) as in_force,
        min(${firstDaySigned}) as first_signed, max(${firstDaySigned}) as last_signed
      from agreement_listings a ${each('join', sql` `)} where ${matching(filter, named) ?? sql`true`} group by ${each('name')}
    ), groups as (
      select ${each('key')}, sum(count)::bigint as count, sum(in_force)::bigint as in_force,
        min(first_signed) as first_signed, max(last_signed) as last_signed
      from counted ${each('groups', sql` `)} group by ${columns('k', groupBy)}, ${columns('l', groupBy)}
    )`
}

/**
 * The groups, and those without agreements between the first year and the last: of each value of the other dimension,
 * if that has few. Beside others they would be many times as many as the groups that have any.
 */
function filled(groupBy: readonly Dimension[]): SQL {
  const at = groupBy.findIndex((dimension) => yearsOf.has(dimension))
  const other = groupBy.length === 1 ? undefined : 1 - at
  if (at < 0 || (other !== undefined && !ofFewValues.includes(groupBy[other]!))) return sql`select * from groups`
  const key = sql.raw(`k${at}`)
  const years = yearsOf.get(groupBy[at]!)!
  const ofYear = [sql`year::text`, sql`year || ${years === 1 ? '' : 's'}`]
  const named = groupBy.map((_, i) => (i === at ? ofYear : [sql.raw(`others.k${i}`), sql.raw(`others.l${i}`)]))
  const values =
    other === undefined ? sql`` : sql`, (select distinct ${sql.raw(`k${other}, l${other}`)} from groups) others`
  const empty = named.map(([own], i) => sql`g.${sql.raw(`k${i}`)} = ${own}`)
  return sql`
    select * from groups
    union all
    select ${sql.join(named.flat(), sql`, `)}, 0, 0, null, null
    from (select min(${key}::int) as first, max(${key}::int) as last from groups) span,
      generate_series(span.first, span.last, ${years}::int) year${values}
    where not exists (select from groups g where ${sql.join(empty, sql` and `)})`
}

/** How many of the groups fit into the response: at most 4 MB of names. */
function roomFor(groups: Group[]): number {
  let bytes = 0
  const full = groups.findIndex(({ keys, labels }) => {
    bytes += [...keys, ...labels].reduce((sum, name) => sum + Buffer.byteLength(name ?? ''), 0)
    return bytes > maxPageBytes
  })
  return full < 0 ? groups.length : full
}

function withoutDomains({ groupBy, domainLevel }: StatisticsQuery): QueryError[] {
  if (domainLevel === undefined || groupBy.includes('researchDomain')) return []
  const message = '`domainLevel` requires `groupBy=researchDomain`.'
  return [{ parameter: 'domainLevel', code: 'needs_research_domain', message }]
}
