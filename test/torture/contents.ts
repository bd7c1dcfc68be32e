import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { ConnectedDatabase } from '../../src/database/connect.ts'

/** For each table, the number of its rows, and a number that changes with each row that is written. */
export type Contents = Map<string, { rows: number; written: string }>

async function tablesOf(db: ConnectedDatabase): Promise<string[]> {
  const tables = await db.query<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  )
  return tables.map(({ name }) => name)
}

/** Reads what all tables have, once no other session has a transaction open. */
export async function contentsOf(db: ConnectedDatabase): Promise<Contents> {
  for (let open = 1; open > 0; await setTimeout(open > 0 ? 5 : 0)) {
    const rows = await db.query(sql`select from pg_stat_activity where datname = current_database()
      and pid <> pg_backend_pid() and xact_start is not null and backend_type = 'client backend'`)
    open = rows.length
  }
  const tables = await tablesOf(db)
  const each = tables.map(
    (name) =>
      sql`select ${name} as name, count(*)::int as rows, coalesce(sum(xmin::text::bigint), 0)::text as written from ${sql.identifier(name)}`,
  )
  const rows = await db.query<{ name: string; rows: number; written: string }>(sql.join(each, sql` union all `))
  return new Map(rows.map(({ name, ...found }) => [name, found]))
}

/** The tables that differ, each with how many rows more it has. */
export function changesBetween(before: Contents, after: Contents): Record<string, number> {
  const changed = [...after].filter(([name, { written }]) => before.get(name)!.written !== written)
  return Object.fromEntries(changed.map(([name, { rows }]) => [name, rows - before.get(name)!.rows]))
}
