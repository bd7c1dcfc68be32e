import { sql } from 'drizzle-orm'
import type { Database } from './connect.ts'

/** Whether the database accepts writes; a standby and a database set to read-only do not. */
export async function isWritable(db: Pick<Database, 'query'>): Promise<boolean> {
  const [row] = await db.query<{ writable: boolean }>(
    sql`select current_setting('transaction_read_only') = 'off' as writable`,
  )
  return row!.writable
}
