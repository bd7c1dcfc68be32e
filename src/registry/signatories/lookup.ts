import { sql } from 'drizzle-orm'
import type { Statement } from '../../database/connect.ts'
import { type Hold, holding, type Lookup, type Placed } from '../lookup.ts'
import type { signatoryKinds } from './tables.ts'

/** A body of the registry, as far as those who name it need it. */
export interface Body extends Placed {
  code: string
  name: string
  kind: (typeof signatoryKinds)[number]
  /** Only of a body that is held, since only publication needs them. */
  aliases: string[]
  validFromDay: string | null
  validToDay: string | null
}

/** Bodies are also meant by their aliases and numbers, and by what their code ends with, as `DHS`. Parties come first. */
export const bodyLookup = {
  what: 'signatory',
  list: 'signatories',
  codeOf: ({ code }: { code: string }) => code,
  inCase: (code: string) => code.toUpperCase(),
  find: async (db, idsAndCodes, hold) => {
    const rows = await db.query<Omit<Body, 'aliases'> & { aliases: string }>(
      holding(byReference(hold), hold),
      idsAndCodes,
    )
    return rows.map((row) => ({ ...row, aliases: row.aliases.split('\n').filter(Boolean) }))
  },
  names: sql`
    select code, unnest(array[name, substring(code from '[A-Z0-9]+$')] || aliases), (parent_id is not null)::int
    from signatories
    union all
    select code, i ->> 'value', (parent_id is not null)::int from signatories, json_array_elements(identifiers) i`,
} satisfies Lookup<Body>

/** The most aliases that are read at once, in bytes: of the bodies that have most, none are. */
const mostAliases = 4 * 1024 * 1024

/** The aliases, a line each: the driver takes long to read an array. */
const aliases: Record<Hold, string> = {
  free: `''`,
  held: `case when id in (
      select id from (
        select id, sum(size) over (order by size, id) as bytes
        from (
          select id, octet_length(array_to_string(aliases, E'\n')) as size from signatories where id in (select id from chain)
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
    from signatories where id in (select id from chain) order by id`,
})
