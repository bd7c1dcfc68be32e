import { sql } from 'drizzle-orm'
import type { Database } from '../../src/database/connect.ts'
import { mark } from './agreements.ts'
import type { CopiedTable } from './tables.ts'

/**
 * Moves the published agreements to a schema of their own, as prototypes, with the days that copies may shift: all exact
 * days, and the days after them, of agreements whose situation depends only on the order of these days. The situation must not depend on the
 * present, on a term, on an imprecise date or on whether a body existed yet.
 */
export async function setPrototypesAside(db: Database, tables: CopiedTable[], today: string): Promise<void> {
  await db.query(sql.raw('create schema prototypes'))
  for (const { name } of tables) await db.query(sql.raw(`create table prototypes."${name}" as table public."${name}"`))
  await db.query(sql.raw(`truncate ${tables.map(({ name }) => `public."${name}"`).join(', ')} cascade`))
  await db.query(sql.raw(shiftFunction))
  await db.query(
    sql.raw(`
    create table prototypes.shift as
    with above as (
      select id, id as body from signatories union all select id, parent_id from signatories where parent_id is not null
    ),
    related as (
      select id, body from above
      union select a.id, p.predecessor_id from above a join signatory_predecessors p on p.successor_id = a.body
      union select a.id, p.successor_id from above a join signatory_predecessors p on p.predecessor_id = a.body
    ),
    turning as (
      select s.agreement_id, day from prototypes.signatures s join related r on r.id = s.signatory_id
      join signatories b on b.id = r.body cross join lateral unnest(array[b.valid_from_day, b.valid_to_day]) day
      where day is not null
    )
    select a.id, row_number() over (order by a.id) as place, case when
      a.term is null
      and not exists (select from prototypes.agreement_statements s where s.agreement_id = a.id)
      and not exists (select from turning t where t.agreement_id = a.id and t.day between d.first - 160 and d.last + 160)
      and d.exact and d.last < date '${today}' - 200
      then d.days end as days
    from prototypes.agreements a
    left join lateral (
      select array_agg(distinct first_day + after) as days, bool_and(coalesce(date = first_day::text, false)) as exact,
        min(first_day) as first, max(last_day) as last
      from prototypes.dates cross join generate_series(0, 1) after where agreement_id = a.id
    ) d on true`),
  )
  await db.query(sql.raw('alter table prototypes.shift add primary key (id)'))
  await db.query(sql.raw('analyze'))
}

/** Replaces each of some days in a text by the one `n` days later; first by tokens, since a later day may be one of them. */
const shiftFunction = `
  create function prototypes.shifted(t text, days date[], n integer) returns text language plpgsql immutable as $$
  begin
    for i in 1 .. cardinality(days) loop t := replace(t, days[i]::text, '<<' || i || '>>'); end loop;
    for i in 1 .. cardinality(days) loop t := replace(t, '<<' || i || '>>', (days[i] + n)::text); end loop;
    return t;
  end $$`

/** Copies all prototypes once: the `n`th copy, with the mark replaced and, from the second on, days shifted. */
export const copyOnce = (db: Database, tables: CopiedTable[], n: number, many: number): Promise<void> =>
  db.transaction(async (db) => {
    await db.query(sql.raw('set local session_replication_role = replica'))
    await db.query(sql.raw('set local synchronous_commit = off'))
    for (const table of tables) await db.query(sql.raw(copyStatement(table, n, many)))
  })

function copyStatement({ name, key, columns }: CopiedTable, n: number, many: number): string {
  const list = columns.map((column) => `"${column.name}"`).join(', ')
  const values = columns.map((column) => copied(column, n, many)).join(', ')
  // At most 150 days earlier or later.
  const by = n === 0 ? '0' : `case when s.days is null then 0 else hashint8(s.place * 7919 + ${n}) % 151 end`
  return `insert into public."${name}" (${list}) overriding system value
    select ${values} from prototypes."${name}" t
    join (select s.id, s.days, ${by} as by from prototypes.shift s) s on s.id = t."${key}"
    order by t."${key}"`
}

/** The value of a column in the `n`th copy, as SQL. */
function copied({ name, type, identity }: CopiedTable['columns'][number], n: number, many: number): string {
  const column = `t."${name}"`
  const marked = `replace(${column}::text, '${mark}', '${String(n).padStart(4, '0')}')`
  const shifted = (text: string) => `case when s.by = 0 then ${text} else prototypes.shifted(${text}, s.days, s.by) end`
  if (identity || name === 'sequence') return `${column} + ${n * many}`
  switch (type) {
    case 'uuid':
    case 'tsvector':
      return `${marked}::${type}`
    case 'date':
      return `case when s.by <> 0 and ${column} = any(s.days) then ${column} + s.by else ${column} end`
    case 'text':
      return shifted(marked)
    case 'json':
    case 'jsonb':
    case 'text[]':
    case 'date[]':
    case 'datemultirange':
    case 'datemultirange[]':
      return `(${shifted(marked)})::${type}`
    case 'int4multirange':
      return `case when s.by = 0 then ${column} else (select coalesce(range_agg(int4range(lower(r) + s.by, upper(r) + s.by)), '{}')
        from unnest(${column}) r) end`
    default:
      return column
  }
}
