import { sql } from 'drizzle-orm'
import type { Database } from '../../database/connect.ts'
import { literals } from '../../database/sql.ts'
import { ruleBroken } from '../../problems/problems.ts'
import { partyKinds } from '../../registry/signatories/tables.ts'

const parties = literals(partyKinds)

/** An agreement of a signatory, or of one below it, that has the same party on both sides. @returns its id */
export async function withSharedParty(db: Database, signatoryId: string): Promise<string | undefined> {
  const [broken] = await db.query<{ agreement: string }>(sql`
    with recursive under (id) as (
      select ${signatoryId}::uuid union select s.id from under join signatories s on s.parent_id = under.id
    ), touched as materialized (
      select distinct g.agreement_id from signatures g join agreements a on a.id = g.agreement_id
      where g.signatory_id in (select id from under) and a.deleted_at is null
    ), chain (agreement_id, side, id, parent_id, is_party) as (
      select g.agreement_id, g.side, s.id, s.parent_id, s.kind in (${parties})
        from touched join signatures g using (agreement_id) join signatories s on s.id = g.signatory_id
        where g.role <> 'witnessed'
      union
      select c.agreement_id, c.side, s.id, s.parent_id, s.kind in (${parties})
        from chain c join signatories s on s.id = c.parent_id where not c.is_party
    )
    select agreement_id as agreement from chain where is_party or parent_id is null
    group by agreement_id, id having count(distinct side) > 1 limit 1`)
  return broken?.agreement
}

/**
 * Checks, after a signatory has moved in the hierarchy, that no agreement has the same party on both sides.
 * @throws Problem 422
 */
export async function refuseSharedParty(db: Database, signatoryId: string): Promise<void> {
  const agreement = await withSharedParty(db, signatoryId)
  if (agreement === undefined) return
  const message = `The same party would be on both sides of agreement ${agreement}.`
  throw ruleBroken([{ pointer: '/parent', code: 'same_party', message }])
}
