import { type SQL, sql } from 'drizzle-orm'
import { basisOn, statusOn } from '../agreements/list/where.ts'
import type { Dimension } from './schemas.ts'

export interface Measure {
  /** The value by which the listing `a` is counted; `j` is the alias of the join. */
  of: (j: SQL) => SQL
  join?: (j: SQL) => SQL
  /** The groups of such a value, each with `key` and `label`; looked up once per value. */
  groups: (value: SQL) => SQL
  /** The parties in such a value, for which an agreement can have ended before it does for others. */
  parties?: (j: SQL) => SQL[]
}

const itself = (value: SQL): SQL =>
  sql`select ${value}::text as key, ${value}::text as label where ${value} is not null`
const body = (value: SQL): SQL => sql`select s.code as key, s.name as label from signatories s where s.id = ${value}`
const domain = (condition: SQL): SQL =>
  sql`select d.scheme || ':' || d.code as key, d.label as label from research_domains d where ${condition}`

interface Details {
  /** The level at which research domains are counted; undefined for those that agreements name. */
  domainLevel?: number | undefined
  /** The day for which the status is evaluated; undefined for today. */
  on?: string | undefined
  /** The instant of the question; then `a` is the listing of a version. */
  asOf?: string | undefined
}

/**
 * What the document of the version `a` names in one of its lists.
 * @param id where the id is in an item, as a path of PostgreSQL
 * @param counts which items count
 */
const inDocument = (
  j: SQL,
  list: string,
  id: string,
  column: string,
  counts = sql`true`,
): SQL => sql`left join lateral (
      select distinct (item #>> ${sql.raw(`'${id}'`)})::uuid as ${sql.raw(column)}
      from agreement_versions v, json_array_elements(v.document::json -> ${sql.raw(`'${list}'`)}) item
      where v.agreement_id = a.agreement_id and v.version = a.version and ${counts}) ${j} on true`

/** The pairs of parties on opposite sides of the version `a`. */
const pairsOfVersion = (j: SQL): SQL => sql`left join lateral (
      select p.party_id as one, o.party_id as other
      from unnest(a.parties, a.sides) p (party_id, side), unnest(a.parties, a.sides) o (party_id, side)
      where p.side = 1 and o.side = 2) ${j} on true`

/** The first possible day of signature; null when open or unknown. */
export const firstDaySigned = sql`nullif(a.signed, '-infinity'::date)`

export const measures: Record<Dimension, (details: Details) => Measure> = {
  signedYear: () => ({ of: () => sql`extract(year from ${firstDaySigned})::int`, groups: itself }),
  signedDecade: () => ({
    of: () => sql`extract(year from ${firstDaySigned})::int / 10 * 10`,
    groups: (value) => sql`select ${value}::text as key, ${value} || 's' as label where ${value} is not null`,
  }),
  type: () => ({ of: () => sql`a.type`, groups: itself }),
  binding: () => ({ of: () => sql`a.binding`, groups: itself }),
  status: ({ on }) => ({
    of: () => (on === undefined ? sql`a.status` : statusOn(on)),
    groups: itself,
  }),
  statusBasis: ({ on }) => ({
    of: () => (on === undefined ? sql`a.status_basis` : basisOn(on)),
    groups: itself,
  }),
  collection: () => ({
    of: () => sql`a.collection_id`,
    groups: (value) => sql`select c.code as key, c.name as label from collections c where c.id = ${value}`,
  }),
  party: ({ asOf }) => ({
    join: (j) =>
      asOf === undefined
        ? sql`left join agreement_parties ${j} on ${j}.agreement_id = a.agreement_id`
        : sql`left join lateral unnest(a.parties) ${j} (party_id) on true`,
    of: (j) => sql`${j}.party_id`,
    groups: body,
    parties: (j) => [sql`${j}.party_id`],
  }),
  kinds: () => ({
    of: () => sql`a.side_kinds`,
    groups: (value) =>
      sql`select ${value} as key, replace(replace(${value}, '_', ' '), ',', ' – ') as label where ${value} is not null`,
  }),
  pair: ({ asOf }) => ({
    join: (j) =>
      asOf === undefined
        ? sql`left join agreement_pairs ${j} on ${j}.agreement_id = a.agreement_id`
        : pairsOfVersion(j),
    of: (j) =>
      asOf === undefined
        ? sql`array[${j}.one, ${j}.other]`
        : sql`array[least(${j}.one, ${j}.other), greatest(${j}.one, ${j}.other)]`,
    groups: (value) => sql`select string_agg(s.code, ',' order by s.code) as key,
      string_agg(s.name, ' – ' order by s.code) as label from signatories s where s.id = any(${value}) having count(*) > 0`,
    parties: (j) => [sql`${j}.one`, sql`${j}.other`],
  }),
  signatory: ({ asOf }) => ({
    join: (j) =>
      asOf === undefined
        ? sql`left join lateral (
      select distinct g.signatory_id from signatures g
      where g.agreement_id = a.agreement_id and g.role <> 'witnessed') ${j} on true`
        : inDocument(j, 'signatories', '{signatory,id}', 'signatory_id', sql`item ->> 'role' <> 'witnessed'`),
    of: (j) => sql`${j}.signatory_id`,
    groups: body,
  }),
  researchDomain: ({ domainLevel: level, asOf }) =>
    level === undefined
      ? {
          join: (j) =>
            asOf === undefined
              ? sql`left join agreement_domains ${j} on ${j}.agreement_id = a.agreement_id`
              : inDocument(j, 'researchDomains', '{id}', 'domain_id'),
          of: (j) => sql`${j}.domain_id`,
          groups: (value) => domain(sql`d.id = ${value}`),
        }
      : { of: () => sql`a.domains`, groups: (value) => domain(sql`d.id = any(${value}) and d.depth = ${level}`) },
}

/** Dimensions in which an agreement can have several values. */
export const overlapping: readonly Dimension[] = ['party', 'pair', 'signatory', 'researchDomain']

/** The dimensions of time, and how many years each of their groups has. */
export const yearsOf = new Map<Dimension, number>([
  ['signedYear', 1],
  ['signedDecade', 10],
])

/** Dimensions of a few fixed values: beside one of time, each value has a group in each year. */
export const ofFewValues: readonly Dimension[] = ['type', 'binding', 'status', 'statusBasis', 'kinds']

/** Dimensions that are evaluated for a day. */
export const ofTheDay: readonly Dimension[] = ['status', 'statusBasis']
