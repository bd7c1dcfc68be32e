import { sql } from 'drizzle-orm'
import type { Statement } from '../../database/connect.ts'
import { holding, type Lookup, type Placed } from '../lookup.ts'

/** A research domain as agreements need it. */
export interface Domain extends Placed {
  scheme: string
  code: string
  label: string
}

/** An entry by a unique key. With OFFSET, PostgreSQL looks up each one, instead of reading all to join them. */
const oneWhere = (condition: string): string => `
  select d.id, d.scheme, d.code, d.label, d.broader_id as "parentId", d.depth
  from research_domains d where ${condition} offset 0`

/** How to look up research domains. */
export const domainLookup = {
  what: 'research domain',
  list: 'research-domains',
  codeOf: ({ scheme, code }: { scheme: string; code: string }) => `${scheme}:${code}`,
  inCase: (code: string) => code.toLowerCase(),
  reading: (ids, codes) => `
    with recursive found as (
      select found.* from unnest((select ${ids}::uuid[])) named, lateral (${oneWhere('d.id = named')}) found
      union
      select found.* from unnest((select ${codes}::text[])) named, lateral (
        ${oneWhere(`d.scheme = split_part(named, ':', 1) and d.code = split_part(named, ':', 2)`)}
      ) found
    ), above as (
      select * from found
      union
      select broader.* from above, lateral (${oneWhere('d.id = above."parentId"')}) broader
    )
    select * from above`,
  find: (db, idsAndCodes, hold) => db.query<Domain>(holding(byReference, hold), idsAndCodes),
  names: sql`
    select scheme || ':' || code as code, name, 0 as place, true as near
    from research_domains, string_to_table(words, E'\\n') name`,
} satisfies Lookup<Domain>

const byReference: Statement = {
  name: 'domains-by-reference',
  text: `
    with recursive chain (id, broader_id) as (
      select id, broader_id from research_domains
      where id = any($1::uuid[])
        or (scheme, code) in (select split_part(r, ':', 1), split_part(r, ':', 2) from unnest($2::text[]) r)
      union
      select above.id, above.broader_id from chain join research_domains above on above.id = chain.broader_id
    )
    select id, scheme, code, label, broader_id as "parentId", depth
    from research_domains where id = any(array(select id from chain)) order by id`,
}
