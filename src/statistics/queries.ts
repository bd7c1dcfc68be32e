import { type SQL, sql } from 'drizzle-orm'
import { countOf, lookUpFilter, matching } from '../agreements/list/where.ts'
import type { Database } from '../database/connect.ts'
import { maxPageBytes } from '../http/paging.ts'
import { Problem } from '../problems/problems.ts'
import { type Dimension, type Group, maxGroups, type Statistics, type StatisticsQuery } from './schemas.ts'

interface Measure {
  /** The value by which the listing `a` is counted; `j` is the alias of the join. */
  of: (j: SQL) => SQL
  join?: (j: SQL) => SQL
  /** The groups of such a value, each with `key` and `label`; looked up once per value. */
  groups: (value: SQL) => SQL
}

const itself = (value: SQL): SQL =>
  sql`select ${value}::text as key, ${value}::text as label where ${value} is not null`
const body = (value: SQL): SQL => sql`select s.code as key, s.name as label from signatories s where s.id = ${value}`
const domain = (condition: SQL): SQL =>
  sql`select d.scheme || ':' || d.code as key, d.label as label from research_domains d where ${condition}`

const measures: Record<Dimension, (level: number | undefined) => Measure> = {
  signedYear: () => ({ of: () => sql`extract(year from a.signed)::int`, groups: itself }),
  signedDecade: () => ({
    of: () => sql`extract(year from a.signed)::int / 10 * 10`,
    groups: (value) => sql`select ${value}::text as key, ${value} || 's' as label where ${value} is not null`,
  }),
  type: () => ({ of: () => sql`a.type`, groups: itself }),
  binding: () => ({ of: () => sql`a.binding`, groups: itself }),
  status: () => ({ of: () => sql`a.status`, groups: itself }),
  party: () => ({
    join: (j) => sql`left join agreement_parties ${j} on ${j}.agreement_id = a.agreement_id`,
    of: (j) => sql`${j}.party_id`,
    groups: body,
  }),
  kinds: () => ({
    of: () => sql`a.side_kinds`,
    groups: (value) =>
      sql`select ${value} as key, replace(replace(${value}, '_', ' '), ',', ' – ') as label where ${value} is not null`,
  }),
  pair: () => ({
    join: (j) => sql`left join lateral (
      select least(p.party_id, o.party_id) as one, greatest(p.party_id, o.party_id) as other
      from agreement_parties p join agreement_parties o on o.agreement_id = p.agreement_id and o.side > p.side
      where p.agreement_id = a.agreement_id
    ) ${j} on true`,
    of: (j) => sql`array[${j}.one, ${j}.other]`,
    groups: (value) => sql`select string_agg(s.code, ',' order by s.code) as key,
      string_agg(s.name, ' – ' order by s.code) as label from signatories s where s.id = any(${value}) having count(*) > 0`,
  }),
  signatory: () => ({
    join: (j) => sql`left join lateral (
      select distinct g.signatory_id from signatures g where g.agreement_id = a.agreement_id) ${j} on true`,
    of: (j) => sql`${j}.signatory_id`,
    groups: body,
  }),
  researchDomain: (level) =>
    level === undefined
      ? {
          join: (j) => sql`left join agreement_domains ${j} on ${j}.agreement_id = a.agreement_id`,
          of: (j) => sql`${j}.domain_id`,
          groups: (value) => domain(sql`d.id = ${value}`),
        }
      : { of: () => sql`a.domains`, groups: (value) => domain(sql`d.id = any(${value}) and d.depth = ${level}`) },
}

/** Dimensions in which an agreement can have several values. */
const overlapping: readonly Dimension[] = ['party', 'pair', 'signatory', 'researchDomain']

interface Row extends Omit<Group, 'count' | 'inForce'> {
  count: string
  inForce: string
  /** Total number of matches; the same in each row. */
  total: string
}

/**
 * Counts agreements by one or two dimensions. Agreements without a value are counted under null.
 * @throws Problem 400 for `domainLevel` without `researchDomain`
 */
export async function readStatistics(db: Database, query: StatisticsQuery, today: string): Promise<Statistics> {
  const { groupBy, domainLevel, format: _, ...filter } = query
  if (domainLevel !== undefined && !groupBy.includes('researchDomain')) throw levelOfNothing()
  const named = await lookUpFilter(db, filter)
  const where = matching(filter, named) ?? sql`true`
  const of = groupBy.map((dimension, i) => {
    const [j, value, group] = ['j', 'v', 'g'].map((name) => sql.raw(`${name}${i}`)) as [SQL, SQL, SQL]
    const measure = measures[dimension](domainLevel)
    return {
      value: sql`${measure.of(j)} as ${value}`,
      name: value,
      join: measure.join?.(j) ?? sql``,
      groups: sql`left join lateral (${measure.groups(sql`counted.${value}`)}) ${group} on true`,
      key: sql`${group}.key`,
      label: sql`${group}.label`,
    }
  })
  const each = (part: keyof (typeof of)[number], between = sql`, `) =>
    sql.join(
      of.map((one) => one[part]),
      between,
    )
  const rows = await db.query<Row>(sql`
    with counted as (
      select ${each('value')}, count(*) as count, count(*) filter (where a.in_force @> ${today}::date) as in_force,
        min(a.signed) as first_signed, max(a.signed) as last_signed
      from agreement_listings a ${each('join', sql` `)} where ${where} group by ${each('name')}
    )
    select array[${each('key')}] as keys, array[${each('label')}] as labels, sum(count) as count,
      sum(in_force) as "inForce", min(first_signed) as "firstSigned", max(last_signed) as "lastSigned",
      (${countOf(filter, named)}) as total
    from counted ${each('groups', sql` `)} group by ${each('key')}, ${each('label')}
    order by sum(count) desc, ${each('key')} limit ${maxGroups + 1}`)
  const shown = rows.slice(0, roomFor(rows))
  return {
    groupBy,
    overlapping: groupBy.some((dimension) => overlapping.includes(dimension)),
    total: Number(rows[0]?.total ?? 0),
    truncated: rows.length > shown.length,
    didYouMean: named.words?.didYouMean ?? null,
    items: shown.map(({ total: _, ...row }) => ({
      ...row,
      count: Number(row.count),
      inForce: Number(row.inForce),
    })),
  }
}

/** How many of the groups fit into the response: at most 10,000, and 4 MB of names. */
function roomFor(rows: Row[]): number {
  let bytes = 0
  const full = rows.findIndex(({ keys, labels }) => {
    bytes += [...keys, ...labels].reduce((sum, name) => sum + Buffer.byteLength(name ?? ''), 0)
    return bytes > maxPageBytes
  })
  return full < 0 ? Math.min(rows.length, maxGroups) : Math.min(full, maxGroups)
}

function levelOfNothing(): Problem {
  const message = '`domainLevel` requires `groupBy=researchDomain`.'
  return new Problem('invalid_request', message, [{ parameter: 'domainLevel', code: 'needs_research_domain', message }])
}
