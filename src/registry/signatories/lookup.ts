import { sql } from 'drizzle-orm'
import type { Statement } from '../../database/connect.ts'
import { type Hold, holding, type Lookup, type Placed } from '../lookup.ts'
import type { signatoryKinds } from './tables.ts'

/** A body as agreements need it. */
export interface SignatoryEntry extends Placed {
  code: string
  name: string
  kind: (typeof signatoryKinds)[number]
  /** Empty unless the body is locked: only publication needs them. */
  aliases: string[]
  validFromDay: string | null
  validToDay: string | null
}

/** A body by a unique key. With OFFSET, PostgreSQL looks up each one, instead of reading all to join them. */
const oneWhere = (condition: string): string => `
  select s.id, s.code, s.name, s.kind, s.parent_id as "parentId", s.depth,
    s.valid_from_day as "validFromDay", s.valid_to_day as "validToDay"
  from signatories s where ${condition} offset 0`

/**
 * How to look up bodies. Suggestions also use numbers, the last part of a code (`DHS`) and, for an entry of ISO 3166-3, its
 * former code of ISO 3166-1 (`SU`). Parties come before bodies under them, current bodies before former ones.
 */
export const signatoryLookup = {
  what: 'signatory',
  list: 'signatories',
  codeOf: ({ code }: { code: string }) => code,
  inCase: (code: string) => code.toUpperCase(),
  reading: (ids, codes) => `
    with recursive found as (
      select found.* from unnest((select ${ids}::uuid[])) named, lateral (${oneWhere('s.id = named')}) found
      union
      select found.* from unnest((select ${codes}::text[])) named, lateral (${oneWhere('s.code = named')}) found
    ), above as (
      select * from found
      union
      select parent.* from above, lateral (${oneWhere('s.id = above."parentId"')}) parent
    )
    select *, array[]::text[] as aliases from above`,
  find: async (db, idsAndCodes, hold) => {
    const rows = await db.query<Omit<SignatoryEntry, 'aliases'> & { aliases: string }>(
      holding(byReference(hold), hold),
      idsAndCodes,
    )
    return rows.map((row) => ({ ...row, aliases: row.aliases.split('\n').filter(Boolean) }))
  },
  names: sql`
    select code, named.name, place + 4 * (weight - 1) as place, near
    from (
      select *, 2 * (parent_id is not null)::int + (valid_to is not null or kind = 'former_state')::int as place
      from signatories
    ) s, lateral (
      select name, 1 as weight, true as near from string_to_table(split_part(words, E'\\n\\n', 1), E'\\n') name
      union all select name, 1, false from string_to_table(split_part(words, E'\\n\\n', 2), E'\\n') name
      union all select lower(identifier ->> 'value'), 1, false from json_array_elements(identifiers) identifier
      union all select lower(substring(code from '[A-Z0-9]+$')), 2, false
      union all select lower(left(code, 2)), 2, false
        where kind in ('former_state', 'territory') and code ~ '^[A-Z]{4}$'
    ) named`,
  former: sql`select lost_id as former_id, lost_code as code, signatory_id as id from signatory_merges
    where signatory_id is not null`,
} satisfies Lookup<SignatoryEntry>

/** The maximum size of aliases that are read at once, in bytes; bodies with the most aliases get none. */
const mostAliases = 4 * 1024 * 1024

/** The aliases, one per line: the driver is slow with arrays. */
const aliases: Record<Hold, string> = {
  free: `''`,
  held: `case when id in (
      select id from (
        select id, sum(size) over (order by size, id) as bytes
        from (
          select id, octet_length(array_to_string(aliases, E'\n')) as size from signatories where id = any(array(select id from chain))
        ) each
      ) sized where bytes <= ${mostAliases}
    ) then array_to_string(aliases, E'\\n') else '' end`,
}

const byReference = (hold: Hold): Statement => ({
  name: 'bodies-by-reference',
  text: `
    with recursive chain (id, parent_id) as (
      select id, parent_id from signatories where id = any($1::uuid[]) or code = any($2::text[])
      union
      select above.id, above.parent_id from chain join signatories above on above.id = chain.parent_id
    )
    select id, code, name, kind, parent_id as "parentId", depth, ${aliases[hold]} as aliases,
      valid_from_day as "validFromDay", valid_to_day as "validToDay"
    from signatories where id = any(array(select id from chain)) order by id`,
})
