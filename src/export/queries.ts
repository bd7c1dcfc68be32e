import { and, sql } from 'drizzle-orm'
import type { AgreementFilter } from '../agreements/filter.ts'
import { lookUpFilter, matching } from '../agreements/matching.ts'
import type { Database } from '../database/connect.ts'

/** How many documents are in memory at once. */
const batch = 200

/**
 * Reads all that match in one read-only snapshot, in the order of their ids, a batch at a time.
 * @param begin told how many there are, before the first batch
 * @param take told the documents of a batch, as JSON text; the next is read when it is done
 */
export async function readAll(
  db: Database,
  filter: AgreementFilter,
  begin: (total: number) => void,
  take: (documents: string[]) => Promise<void>,
): Promise<void> {
  const named = await lookUpFilter(db, filter)
  const where = matching(filter, named) ?? sql`true`
  await db.transaction(async (db) => {
    await db.query(sql`set transaction isolation level repeatable read, read only`)
    const [counted] = await db.query<{ total: string }>(
      sql`select count(*) as total from agreement_listings a where ${where}`,
    )
    begin(Number(counted!.total))
    for (let after: string | undefined; ;) {
      const beyond = after === undefined ? undefined : sql`a.agreement_id > ${after}`
      const rows: { id: string; document: string }[] = await db.query(
        sql`select d.id, d.document from agreement_listings a join agreements d on d.id = a.agreement_id
          where ${and(where, beyond)} order by a.agreement_id limit ${batch}`,
      )
      if (rows.length > 0) await take(rows.map(({ document }) => document))
      if (rows.length < batch) return
      after = rows.at(-1)!.id
    }
  })
}
