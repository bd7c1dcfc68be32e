import { sql } from 'drizzle-orm'
import type { Database } from '../../src/database/connect.ts'

/** A table with rows of agreements, as `multiply.ts` copies it. */
export interface CopiedTable {
  name: string
  /** The column with the id of the agreement. */
  key: string
  columns: { name: string; type: string; identity: boolean }[]
}

const keys: Record<string, string> = { agreements: 'id', changes: 'entry_id' }

/** The tables that have a row or more. */
export async function filledTables(db: Database): Promise<Set<string>> {
  const tables = await db.query<{ name: string }>(
    sql`select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  )
  const filled = new Set<string>()
  for (const { name } of tables) {
    if ((await db.query(sql.raw(`select from "${name}" limit 1`))).length > 0) filled.add(name)
  }
  return filled
}

/**
 * The tables with rows of agreements: those that were empty `before` agreements were published.
 * @throws Error for one that is not by agreement: the loader must be taught how it grows
 */
export async function copiedTables(db: Database, before: ReadonlySet<string>): Promise<CopiedTable[]> {
  const names = [...(await filledTables(db))].filter((name) => !before.has(name)).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const columns = await columnsOf(db, name)
      const key = keys[name] ?? 'agreement_id'
      if (!columns.some((column) => column.name === key)) throw new Error(`The loader does not know the table ${name}.`)
      return { name, key, columns }
    }),
  )
}

const columnsOf = (db: Database, table: string): Promise<CopiedTable['columns']> =>
  db.query(sql`
    select attname as name, format_type(atttypid, null) as type, attidentity <> '' as identity
    from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = ''
    order by attnum`)

/** The statements that drop the foreign keys and secondary indexes of tables, and those that make them again. */
export async function secondary(
  db: Database,
  tables: CopiedTable[],
): Promise<{ drop: string[]; indexes: string[]; foreignKeys: string[] }> {
  const names = sql.param(tables.map(({ name }) => name))
  const foreign = await db.query<{ table: string; name: string; definition: string }>(sql`
    select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'f' and conrelid = any(${names}::regclass[])`)
  const indexes = await db.query<{ name: string; definition: string }>(sql`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index i
    where indrelid = any(${names}::regclass[])
      and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x'))`)
  return {
    drop: [
      ...foreign.map(({ table, name }) => `alter table ${table} drop constraint "${name}"`),
      ...indexes.map(({ name }) => `drop index ${name}`),
    ],
    indexes: indexes.map(({ definition }) => definition),
    foreignKeys: foreign.map(
      ({ table, name, definition }) => `alter table ${table} add constraint "${name}" ${definition}`,
    ),
  }
}
