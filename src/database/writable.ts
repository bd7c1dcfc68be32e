import { sql } from 'drizzle-orm'
import type { Database } from './connect.ts'

/** Whether the database takes writes: a standby does not, nor one that is set to be read-only. */
export async function isWritable(db: Pick<Database, 'query'>): Promise<boolean> {
  const [row] = await db.query<{ writable: boolean }>(
    sql`select current_setting('transaction_read_only') = 'off' as writable`,
  )
  return row!.writable
}
