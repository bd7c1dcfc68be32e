import { and, type SQL, sql } from 'drizzle-orm'
import type { Entries } from '../agreements/list/page-plans.ts'
import { lastChange } from '../agreements/list/as-held.ts'
import { neighbour } from './neighbour.ts'

/**
 * The place of an agreement among all of one party or one pair. The index of their entries counts those that have a day and
 * finds the neighbours; only entries without a day need their listing, which tells whether the beginning is open.
 */
export function aroundEntry(id: string, { table, parts, within }: Entries): SQL {
  const entries = (signed: SQL): SQL =>
    sql.join(
      parts.map(
        (of) =>
          sql`select p.agreement_id as id, p.signed as key from ${sql.raw(table)} p where ${and(of, within, signed)}`,
      ),
      sql` union all `,
    )
  const next = (direction: 'before' | 'after'): SQL => {
    const [is, order] = direction === 'before' ? [sql`<`, sql`desc`] : [sql`>`, sql``]
    const nearest = (all: SQL): SQL => sql`(
      select f.* from ${all} f, own where (f.key, f.id) ${is} (own.key, own.id) order by f.key ${order}, f.id ${order} limit 1)`
    return sql`(
      select n.id, nullif(nullif(n.key, 'infinity'), '-infinity') as signed
      from (${nearest(sql`dated`)} union all ${nearest(sql`undated`)}) n order by n.key ${order}, n.id ${order} limit 1)`
  }
  return sql`
    with dated as not materialized (${entries(sql`p.signed > '-infinity'`)}), undated as materialized (
      select e.id, coalesce(a.signed, 'infinity'::date) as key
      from (${entries(sql`p.signed = '-infinity'`)}) e join agreement_listings a on a.agreement_id = e.id
    ), own as materialized (
      select id, key, nullif(nullif(key, 'infinity'), '-infinity') as signed
      from (select * from dated where id = ${id} union all select * from undated where id = ${id}) f
    ), counted as (
      select count(*) as total, count(*) filter (where (f.key, f.id) < (own.key, own.id)) as before
      from (select * from dated union all select * from undated) f, own
    )
    select own.signed, own.signed - previous.signed as "daysSincePrevious", ${neighbour(sql`previous`)} as previous,
      ${neighbour(sql`next`)} as next, counted.total, counted.before, ${lastChange(undefined)} as "lastChange"
    from own cross join counted left join ${next('before')} previous on true left join ${next('after')} next on true`
}
