import { sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import { Problem } from '../problems/problems.ts'
import { signatoryLookup } from '../registry/signatories/lookup.ts'
import { isUuid } from '../shared/schemas.ts'
import type { Merge } from './schemas.ts'

/** The condition on merge `m` that its lost entry has this id or code. */
export const isLost = (reference: string) =>
  isUuid(reference)
    ? sql`m.lost_id = ${reference.toLowerCase()}::uuid`
    : sql`m.lost_code = ${signatoryLookup.inCase(reference)}`

/** The merge of the signatory with this id or code. @throws Problem 404 when it was not merged, or the merge was undone */
export async function readMerge(db: Database, reference: string): Promise<Merge> {
  const [row] = await db.query<Merge>(sql`
    select (
        select json_build_object('id', l.id, 'code', l.code, 'name', l.name, 'kind', l.kind)
        from json_to_record(m.undo -> 'lost') l (id uuid, code text, name text, kind text)
      ) as lost, json_build_object('id', s.id, 'code', s.code, 'name', s.name, 'kind', s.kind) as into,
      m.merged_at as "mergedAt", m.actor as "mergedBy", m.note
    from signatory_merges m join signatories s on s.id = m.signatory_id where ${isLost(reference)}`)
  if (!row) throw notMerged(reference)
  return { ...row, mergedAt: new Date(row.mergedAt).toISOString() }
}

export const notMerged = (reference: string): Problem =>
  new Problem('not_found', `There is no merged signatory \`${reference}\`.`)
