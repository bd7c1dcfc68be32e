import { sql } from 'drizzle-orm'
import { loadParts } from '../../src/agreements/publication/aggregate.ts'
import { lookUp, type References } from '../../src/agreements/publication/lookup.ts'
import { withOwn, wordsOf } from '../../src/agreements/publication/publication.ts'
import type { Agreement } from '../../src/agreements/schemas.ts'
import type { Database } from '../../src/database/connect.ts'

/** Stands for the first eight digits of all ids of the agreement, in the rows below. */
const idMark = '019a0000'

/** What a create writes: the rows of an agreement, as JSON text by table, and the statement that stores many such. */
export interface Template {
  /** The document and the words of its search vector. */
  document: string
  words: string
  rows: string[]
  statement: string
}

/** The tables that a create writes, the agreement's own first, and the columns that PostgreSQL fills. */
const tables = [
  'agreements',
  'sources',
  'signatures',
  'dates',
  'agreement_domains',
  'agreement_identifiers',
  'agreement_versions',
  'agreement_version_listings',
  'agreement_parties',
  'agreement_pairs',
  'agreement_listings',
  'agreement_due',
  'changes',
]

const keyOf = (table: string): string =>
  table === 'agreements' ? 'id' : table === 'changes' ? 'entry_id' : 'agreement_id'

/** The rows of a stored agreement as the bare server writes them again under other ids. */
export async function templateOf(db: Database, id: string): Promise<Template> {
  const [parts] = await loadParts(db, [id])
  const registry = await lookUp(db, [parts!].reduce<References>(withOwn, {}))
  const document = parts!.document
  const columns = await Promise.all(tables.map((table) => columnsOf(db, table)))
  const rows = await Promise.all(tables.map((table) => rowsOf(db, table, id)))
  return {
    document,
    words: wordsOf(JSON.parse(document) as Agreement, parts!, registry),
    rows,
    statement: store(columns),
  }
}

/** The columns of a table that PostgreSQL does not fill itself. */
export async function columnsOf(db: Database, table: string): Promise<string[]> {
  const rows = await db.query<{ name: string }>(sql`
    select attname as name from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped
      and attgenerated = '' and attidentity = '' order by attnum`)
  return rows.map(({ name }) => name)
}

/** The rows of an agreement in a table, as the text of a JSON array without brackets. */
async function rowsOf(db: Database, table: string, id: string): Promise<string> {
  const rows = await db.query<{ row: string }>(sql`
    select (to_jsonb(t) - '{document,search,sequence,sequenced_at}'::text[])::text as row
    from ${sql.raw(table)} t where ${sql.raw(keyOf(table))} = ${id}`)
  return rows.map(({ row }) => row).join(',')
}

/** One statement that inserts the rows of agreements in all tables; `$1` has their documents and words. */
const store = (columns: string[][]): string => `
  with published as materialized (
    select p.id, p.document, search_vector(p.words) as search
    from json_to_recordset($1::json) p (id uuid, document text, words text)
  ), ${tables.map((table, i) => insert(table, columns[i]!, i + 2)).join(', ')} select 1`

function insert(table: string, columns: string[], parameter: number): string {
  const value = (name: string): string => (name === 'document' || name === 'search' ? `p.${name}` : `r."${name}"`)
  return `"${table}_written" as (
    insert into ${table} (${columns.map((name) => `"${name}"`).join(', ')})
    select ${columns.map(value).join(', ')} from json_populate_recordset(null::${table}, $${parameter}::json) r
      join published p on p.id = r.${keyOf(table)})`
}

/** The parameters of the statement for agreements whose ids begin with these digits, and whose identifiers have these keys. */
export function parametersOf(
  { document, words, rows }: Template,
  id: string,
  made: { prefix: string; key: string }[],
): string[] {
  const published = made.map(({ prefix, key }) => ({
    id: id.replace(idMark, prefix),
    document: document.replaceAll(idMark, prefix).replaceAll(identifierMark(id), key),
    words: words.replaceAll(identifierMark(id), key),
  }))
  const texts = rows.map((row) =>
    row === ''
      ? '[]'
      : `[${made.map(({ prefix, key }) => row.replaceAll(idMark, prefix).replaceAll(identifierMark(id), key)).join(',')}]`,
  )
  return [JSON.stringify(published), ...texts]
}

/** What tells the reference and the identifier of a loaded agreement from those of others. */
const identifierMark = (id: string): string => `0000-${Number(id.slice(-12))}`
