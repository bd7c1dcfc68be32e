import type { Database, Statement } from '../database/connect.ts'
import { identifierKey, referenceKey, tidyIdentifier } from '../shared/identifiers.ts'

/** The key of a reference, or of an identifier if there is a scheme. */
export const valueKeyOf = (value: string, scheme?: string): string =>
  scheme === undefined
    ? referenceKey(value.trim())
    : `${tidyIdentifier({ scheme, value }).scheme}:${identifierKey({ scheme, value })}`

const statement: Statement = {
  name: 'holders-of-keys',
  text: `
    select reference_key as key, id from agreements where reference_key = any($1::text[]) and deleted_at is null
    union all
    select i.scheme || ':' || i.key, i.agreement_id
    from unnest($2::text[], $3::text[]) w (scheme, key)
    join agreement_identifiers i on i.scheme = w.scheme and i.key = w.key and i.active`,
}

/** The agreements that have these references and identifiers, by `valueKeyOf`; one query for all. */
export async function holdersOf(db: Database, keys: Iterable<string>): Promise<Map<string, string>> {
  const all = [...new Set(keys)]
  if (all.length === 0) return new Map()
  const identifiers = all.filter((key) => key.includes(':'))
  const parts = identifiers.map((key) => [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)] as const)
  const rows = await db.query<{ key: string; id: string }>(statement, [
    all.filter((key) => !key.includes(':')),
    parts.map(([scheme]) => scheme),
    parts.map(([, key]) => key),
  ])
  return new Map(rows.map(({ key, id }) => [key, id]))
}
