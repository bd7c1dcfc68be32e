import { sql } from 'drizzle-orm'
import { onTestFinished } from 'vitest'
import { connect, type Database } from '../../src/database/connect.ts'

/** Holds locks in a session of its own until the returned function is called. */
export async function holding(url: string, statement: string): Promise<() => Promise<void>> {
  const db = connect({ url, pool: 1 })
  let release = (): void => {}
  const released = new Promise<void>((settle) => (release = settle))
  let held = (): void => {}
  const isHeld = new Promise<void>((settle) => (held = settle))
  const holding = db.transaction(
    async (db) => {
      await db.query(sql.raw(statement))
      held()
      await released
    },
    { limits: { statement: 0, lock: 0, idle: 0 } },
  )
  await isHeld
  onTestFinished(release)
  return async () => {
    release()
    await holding
    await db.close()
  }
}

/** The number of sessions of the register that wait for a lock. */
export async function waitingForLocks(db: Database): Promise<number> {
  const [row] = await db.query<{ count: number }>(sql`select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`)
  return row!.count
}
