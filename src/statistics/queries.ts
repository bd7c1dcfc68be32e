import { type SQL, sql } from 'drizzle-orm'
import { countMatching, lookUpFilter, matching } from '../agreements/matching.ts'
import type { Database } from '../database/connect.ts'
import { Problem } from '../problems.ts'
import { type Dimension, type Group, mostGroups, type Statistics, type StatisticsQuery } from './schemas.ts'

const of = (column: SQL): SQL => sql`select ${column}::text as key, ${column}::text as label`
const year = sql`extract(year from a.signed)::int`

/** The values that the agreement of a listing `a` has for a dimension, each once, as `key` and `label`. */
const values: Record<Dimension, (level: number | undefined) => SQL> = {
  signedYear: () => of(year),
  signedDecade: () => sql`select (${year} / 10 * 10)::text as key, (${year} / 10 * 10) || 's' as label`,
  type: () => of(sql`a.type`),
  binding: () => of(sql`a.binding`),
  status: () => of(sql`a.status`),
  party: () => sql`select distinct s.code as key, s.name as label
    from agreement_parties p join signatories s on s.id = p.party_id where p.agreement_id = a.agreement_id`,
  partyKind: () => sql`select distinct s.kind as key, s.kind as label
    from agreement_parties p join signatories s on s.id = p.party_id where p.agreement_id = a.agreement_id`,
  pair: () => sql`select distinct least(s.code, t.code) || ',' || greatest(s.code, t.code) as key,
      case when s.code < t.code then s.name || ' – ' || t.name else t.name || ' – ' || s.name end as label
    from agreement_parties p join signatories s on s.id = p.party_id
      join agreement_parties o on o.agreement_id = p.agreement_id and o.side > p.side
      join signatories t on t.id = o.party_id
    where p.agreement_id = a.agreement_id`,
  signatory: () => sql`select distinct s.code as key, s.name as label
    from signatures g join signatories s on s.id = g.signatory_id where g.agreement_id = a.agreement_id`,
  researchDomain: (level) => sql`
    with recursive up (id, broader_id, depth) as (
      select d.id, d.broader_id, d.depth from agreement_domains c join research_domains d on d.id = c.domain_id
      where c.agreement_id = a.agreement_id
      union
      select d.id, d.broader_id, d.depth from up join research_domains d on d.id = up.broader_id
      where ${level === undefined ? sql`false` : sql`up.depth > ${level}`}
    )
    select distinct d.scheme || ':' || d.code as key, d.label as label
    from up join research_domains d using (id) where ${level === undefined ? sql`true` : sql`up.depth = ${level}`}`,
}

/** Dimensions of which an agreement can have several values. */
const overlapping: readonly Dimension[] = ['party', 'pair', 'signatory', 'researchDomain', 'partyKind']

interface Row extends Omit<Group, 'count' | 'inForce'> {
  count: string
  inForce: string
}

/**
 * Counts agreements by one or two dimensions. What has no value for one is counted under null.
 * @throws Problem 400 for a level of domains that are not counted by
 */
export async function readStatistics(db: Database, query: StatisticsQuery, today: string): Promise<Statistics> {
  const { groupBy, domainLevel, format: _, ...filter } = query
  if (domainLevel !== undefined && !groupBy.includes('researchDomain')) throw levelOfNothing()
  const named = await lookUpFilter(db, filter)
  const where = matching(filter, named) ?? sql`true`
  const group = groupBy.map((_dimension, i) => sql.raw(`g${i}`))
  const joins = groupBy.map(
    (dimension, i) => sql`left join lateral (${values[dimension](domainLevel)}) ${group[i]!} on true`,
  )
  const columns = (column: string) =>
    sql.join(
      group.map((name) => sql`${name}.${sql.raw(column)}`),
      sql`, `,
    )
  const rows = await db.query<Row>(sql`
    select array[${columns('key')}] as keys, array[${columns('label')}] as labels, count(*) as count,
      count(*) filter (where a.in_force @> ${today}::date) as "inForce",
      min(a.signed) as "firstSigned", max(a.signed) as "lastSigned"
    from agreement_listings a ${sql.join(joins, sql` `)} where ${where}
    group by ${columns('key')}, ${columns('label')}
    order by count(*) desc, ${columns('key')} limit ${mostGroups + 1}`)
  return {
    groupBy,
    overlapping: groupBy.some((dimension) => overlapping.includes(dimension)),
    total: await countMatching(db, where),
    truncated: rows.length > mostGroups,
    didYouMean: named.words?.didYouMean ?? null,
    items: rows.slice(0, mostGroups).map((row) => ({ ...row, count: Number(row.count), inForce: Number(row.inForce) })),
  }
}

function levelOfNothing(): Problem {
  const message = 'It says at which level research domains are counted: give `groupBy=researchDomain` too.'
  return new Problem('invalid_request', message, [{ parameter: 'domainLevel', code: 'needs_research_domain', message }])
}
