import { sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import { type Listed, limitOf, readCursor } from '../http/paging.ts'
import type { DeletedAgreement, DeletedAgreementQuery } from './schemas.ts'

/** A page of what is deleted, the latest deletion first; one extra row when there is a next page. @throws Problem 400 */
export async function listDeleted(db: Database, query: DeletedAgreementQuery): Promise<Listed[]> {
  const after = readCursor('deleted-agreements', query, 'timestamptz')
  const rows = await db.query<DeletedAgreement & { key: string }>(sql`
    select a.id, a.version, a.reference, a.title,
      to_char(a.deleted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "deletedAt",
      v.actor as "deletedBy", v.note, a.deleted_at::text as key
    from agreements a join agreement_versions v on v.agreement_id = a.id and v.version = a.version
    where a.deleted_at is not null
      and (${after?.key ?? null}::timestamptz is null
        or (a.deleted_at, a.id) < (${after?.key ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by a.deleted_at desc, a.id desc limit ${limitOf(query) + 1}`)
  return rows.map(({ key, ...row }) => ({ id: row.id, key, document: JSON.stringify(row) }))
}

/** How many agreements are deleted. */
export async function countDeleted(db: Database): Promise<number> {
  const [counted] = await db.query<{ total: number }>(
    sql`select count(*)::int as total from agreements where deleted_at is not null`,
  )
  return counted!.total
}
