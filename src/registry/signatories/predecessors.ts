import { eq } from 'drizzle-orm'
import type { Database, Statement } from '../../database/connect.ts'
import { inBody } from '../../problems/problems.ts'
import { parseEdtf } from '../../shared/edtf.ts'
import { type Added, broken, type Linked } from '../definition.ts'
import type { Named } from '../lookup.ts'
import type { Body } from './lookup.ts'
import type { SignatoryReplacement } from './schemas.ts'
import { signatoryPredecessors } from './tables.ts'

/** The most successors of one body: its document shows them all. */
const maxSuccessors = 200

/** What a body names as its predecessors. */
export const predecessorsNamed = ({ predecessors }: Added<SignatoryReplacement>): Named[] =>
  predecessors.map(({ signatory }, i) => ({ reference: signatory, at: inBody(pointerTo(i)) }))

const pointerTo = (i: number): string => `/predecessors/${i}/signatory`

/**
 * Stores the links from a body to its predecessors in place of those before. Edits take turns, so that no two of them
 * make a cycle together.
 * @throws Problem 422 for a predecessor that is named twice, one that the body came before itself, or has 200 successors
 */
export async function linkPredecessors(
  db: Database,
  { id, given, before, entries }: Linked<Body, SignatoryReplacement>,
): Promise<void> {
  const { predecessors } = given
  if (JSON.stringify(predecessors) === JSON.stringify(before?.predecessors ?? [])) return
  const bodies = predecessors.map(({ signatory }) => entries.get(signatory))
  const rows = predecessors.map(({ date, kind, source }, position) => {
    const { firstDay = null, lastDay = null } = date === null ? {} : parseEdtf(date)
    return { successorId: id, predecessorId: bodies[position]!.id, position, date, firstDay, lastDay, kind, source }
  })
  const ids = bodies.map((body) => body.id)
  const twice = ids.findIndex((id, i) => ids.indexOf(id) < i)
  if (twice >= 0) throw broken(pointerTo(twice), 'same_predecessor', 'Each predecessor must be named once.')
  await checkOthers(db, id, bodies)
  await db.orm.delete(signatoryPredecessors).where(eq(signatoryPredecessors.successorId, id))
  if (rows.length > 0) await db.orm.insert(signatoryPredecessors).values(rows)
}

/** Those of `$2` that came after `$1`, or are it, and those with `$3` successors or more beside `$1`. */
const refused: Statement = {
  name: 'predecessors-refused',
  text: `
    with recursive earlier (of, id) as (
      select id, id from unnest($2::uuid[]) id
      union
      select earlier.of, l.predecessor_id from earlier join signatory_predecessors l on l.successor_id = earlier.id
    )
    select id, exists (select from earlier where of = given.id and earlier.id = $1) as cycle
    from unnest($2::uuid[]) given (id)
    where exists (select from earlier where of = given.id and earlier.id = $1)
      or (select count(*) from signatory_predecessors l where l.predecessor_id = given.id and l.successor_id <> $1) >= $3`,
}

async function checkOthers(db: Database, id: string, bodies: Body[]): Promise<void> {
  const ids = bodies.map((body) => body.id)
  const [found] = await db.query<{ id: string; cycle: boolean }>(refused, [id, ids, maxSuccessors])
  if (!found) return
  const place = ids.indexOf(found.id)
  const { code } = bodies[place]!
  if (found.cycle) {
    const message = `\`${code}\` is this body, or came after it: a body cannot come before itself.`
    throw broken(pointerTo(place), 'cycle', message)
  }
  const message = `\`${code}\` has ${maxSuccessors} successors, the most that a body must have.`
  throw broken(pointerTo(place), 'too_many_successors', message)
}
