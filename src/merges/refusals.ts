import { sql } from 'drizzle-orm'
import type { Database } from '../database/connect.ts'
import { literals } from '../database/sql.ts'
import { Problem } from '../problems/problems.ts'
import type { Signatory } from '../registry/signatories/schemas.ts'
import { partyKinds } from '../registry/signatories/tables.ts'

/** The two entries of a merge. */
export interface Both {
  lost: Signatory
  kept: Signatory
}

/** A 409 for entries that cannot be merged. */
export const cannotMerge = (code: string, message: string, conflictsWith?: string): Problem =>
  new Problem('cannot_merge', message, [
    { pointer: '/into', code, message, ...(conflictsWith !== undefined && { conflictsWith }) },
  ])

/** Checks that two entries can be one body. @throws Problem 409 */
export async function refuseDifferent(db: Database, both: Both): Promise<void> {
  const { lost, kept } = both
  if (lost.kind !== kept.kind) {
    const message = `\`${lost.code}\` is of the kind \`${lost.kind}\`, \`${kept.code}\` of the kind \`${kept.kind}\`. Only entries of the same kind can be merged.`
    throw cannotMerge('different_kinds', message)
  }
  await refuseAbove(db, both)
  await refuseOppositeSides(db, both)
  await refuseCycle(db, both)
}

/** Checks that neither entry is above the other, and that what is below the lost one is not too deep afterwards. */
async function refuseAbove(db: Database, { lost, kept }: Both): Promise<void> {
  const [row] = await db.query<{ below: boolean; above: boolean; depth: number }>(sql`
    with recursive under (id, parent_id, levels) as (
      select id, parent_id, 0 from signatories where id = ${lost.id}
      union all select s.id, s.parent_id, levels + 1 from under join signatories s on s.parent_id = under.id
    ), over (id, parent_id) as (
      select id, parent_id from signatories where id = ${lost.id}
      union all select s.id, s.parent_id from over join signatories s on s.id = over.parent_id
    )
    select exists (select from under where id = ${kept.id}) as below,
      exists (select from over where id = ${kept.id}) as above,
      (select max(levels) from under) + (select depth from signatories where id = ${kept.id}) as depth`)
  if (row!.below || row!.above) {
    const [upper, lower] = row!.below ? [lost, kept] : [kept, lost]
    const message = `\`${upper.code}\` is above \`${lower.code}\`. An entry cannot be merged with one above or below it.`
    throw cannotMerge('above', message)
  }
  if (row!.depth <= maxDepth) return
  throw cannotMerge('too_deep', `The entries below \`${lost.code}\` would be more than nine levels deep.`)
}

/** The depth of the ninth level. */
const maxDepth = 8

const parties = literals(partyKinds)

/**
 * Checks, deleted agreements included, that no agreement would have one party on both sides: the entries themselves, the
 * parties that they act for, or bodies below them. A witness is no party.
 */
async function refuseOppositeSides(db: Database, { lost, kept }: Both): Promise<void> {
  const [broken] = await db.query<{ id: string }>(sql`
    with recursive under (id) as (
      select ${lost.id}::uuid union select s.id from under join signatories s on s.parent_id = under.id
    ), touched as materialized (
      select distinct agreement_id from signatures where signatory_id in (select id from under)
    ), entry (id, parent_id, is_party) as (
      select id, case parent_id when ${lost.id} then ${kept.id}::uuid else parent_id end, kind in (${parties})
      from signatories
    ), chain (agreement_id, side, id, parent_id, is_party) as (
      select g.agreement_id, g.side, e.id, e.parent_id, e.is_party from touched
        join signatures g using (agreement_id)
        join entry e on e.id = case g.signatory_id when ${lost.id} then ${kept.id}::uuid else g.signatory_id end
        where g.role <> 'witnessed'
      union
      select c.agreement_id, c.side, e.id, e.parent_id, e.is_party from chain c join entry e on e.id = c.parent_id
        where not c.is_party
    )
    select agreement_id as id from chain where is_party or parent_id is null
    group by agreement_id, chain.id having count(distinct side) > 1 order by agreement_id limit 1`)
  if (!broken) return
  const message = `The entries are on opposite sides of agreement ${broken.id}, or the same party would be. A party must not be on both sides.`
  throw cannotMerge('opposite_sides', message, `/v1/agreements/${broken.id}`)
}

/** Checks that the entry that stays would not be a predecessor of itself, and not have too many successors. */
async function refuseCycle(db: Database, { lost, kept }: Both): Promise<void> {
  const [row] = await db.query<{ cycle: boolean; successors: number }>(sql`
    with recursive link (successor, predecessor) as (
      select case successor_id when ${lost.id} then ${kept.id}::uuid else successor_id end,
        case predecessor_id when ${lost.id} then ${kept.id}::uuid else predecessor_id end
      from signatory_predecessors
    ), earlier (id) as (
      select predecessor from link where successor = ${kept.id} and predecessor <> ${kept.id}
      union
      select predecessor from earlier join link on link.successor = earlier.id where predecessor <> successor
    )
    select exists (select from earlier where id = ${kept.id}) as cycle, (
      select count(distinct successor)::int from link where predecessor = ${kept.id} and successor <> predecessor
    ) as successors`)
  if (row!.cycle) {
    const message = `Another body came between \`${lost.code}\` and \`${kept.code}\`: merged, the entry would be its own predecessor.`
    throw cannotMerge('cycle', message)
  }
  refuseMoreThan(maxSuccessors, row!.successors, 'successors')
}

/** As in `registry/signatories`: the maximum number of successors of a body. */
const maxSuccessors = 200

/** @throws Problem 409 when the merged entry would have too many items of one kind */
export function refuseMoreThan(max: number, count: number, what: string): void {
  if (count <= max) return
  const message = `Merged, the entry would have ${count} ${what}; the maximum is ${max}. Remove some first.`
  throw cannotMerge('too_many', message)
}
