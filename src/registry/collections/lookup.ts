import { sql } from 'drizzle-orm'
import type { Statement } from '../../database/connect.ts'
import { holding, type Lookup, type Placed } from '../lookup.ts'

/** A collection as agreements need it. */
export interface Collection extends Placed {
  code: string
  name: string
  /** Whether lists, searches, counts and exports have its agreements. */
  listed: boolean
}

/** How to look up collections. */
export const collectionLookup = {
  what: 'collection',
  list: 'collections',
  codeOf: ({ code }: { code: string }) => code,
  inCase: (code: string) => code.toLowerCase(),
  reading: (ids, codes) => `
    select c.id, c.code, c.name, c.listed, null as "parentId", 0 as depth
    from unnest((select ${ids}::uuid[])) named join collections c on c.id = named
    union
    select c.id, c.code, c.name, c.listed, null, 0
    from unnest((select ${codes}::text[])) named join collections c on c.code = named`,
  find: (db, idsAndCodes, hold) => db.query<Collection>(holding(byReference, hold), idsAndCodes),
  names: sql`
    select code, name, 0 as place, true as near
    from (select code, words from collections) c, string_to_table(words, E'\\n') name`,
} satisfies Lookup<Collection>

const byReference: Statement = {
  name: 'collections-by-reference',
  text: `select id, code, name, listed, null as "parentId", 0 as depth from collections
    where id = any($1::uuid[]) or code = any($2::text[]) order by id`,
}
