import { eq, sql } from 'drizzle-orm'
import type { Database, Statement } from '../../database/connect.ts'
import { inBody } from '../../problems/problems.ts'
import type { Day } from '../../shared/calendar.ts'
import { parseEdtf } from '../../shared/edtf.ts'
import { groupedBy } from '../../shared/grouped.ts'
import { type Added, broken, type Linked } from '../definition.ts'
import type { Named } from '../lookup.ts'
import type { SignatoryEntry } from './lookup.ts'
import type { SignatoryReplacement } from './schemas.ts'
import { partyKinds, signatoryPredecessors, wholeSuccessionKinds } from './tables.ts'

/** The maximum number of successors of a body, which its representation shows all. */
const maxSuccessors = 200

/** The references of a body to its predecessors. */
export const predecessorsNamed = ({ predecessors }: Added<SignatoryReplacement>): Named[] =>
  predecessors.map(({ signatory }, i) => ({ reference: signatory, at: inBody(pointerTo(i)) }))

/** The first and the last possible day of a succession; null when open or unknown. */
export function daysOf(date: string | null): { firstDay: Day | null; lastDay: Day | null } {
  if (date === null) return { firstDay: null, lastDay: null }
  const { firstDay, lastDay } = parseEdtf(date)
  return { firstDay, lastDay }
}

const pointerTo = (i: number): string => `/predecessors/${i}/signatory`

/**
 * Replaces the links from a body to its predecessors. Edits are serialized, so that two of them cannot make a cycle
 * together.
 * @throws Problem 422 for a duplicate predecessor, a cycle, or a predecessor with 200 successors
 */
export async function linkPredecessors(
  db: Database,
  { id, given, before, entries }: Linked<SignatoryEntry, SignatoryReplacement>,
): Promise<void> {
  const { predecessors } = given
  if (JSON.stringify(predecessors) === JSON.stringify(before?.predecessors ?? [])) return
  const bodies = predecessors.map(({ signatory }) => entries.get(signatory))
  const rows = predecessors.map(({ date, kind, source }, position) => {
    return { successorId: id, predecessorId: bodies[position]!.id, position, date, ...daysOf(date), kind, source }
  })
  const ids = bodies.map((body) => body.id)
  const twice = ids.findIndex((id, i) => ids.indexOf(id) < i)
  if (twice >= 0) throw broken(pointerTo(twice), 'same_predecessor', 'Each predecessor must be named once.')
  await checkOthers(db, id, bodies)
  await db.orm.delete(signatoryPredecessors).where(eq(signatoryPredecessors.successorId, id))
  if (rows.length > 0) await db.orm.insert(signatoryPredecessors).values(rows)
}

/** The bodies of `$2` that are `$1` or come after it, and those with `$3` or more successors other than `$1`. */
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

async function checkOthers(db: Database, id: string, bodies: SignatoryEntry[]): Promise<void> {
  const ids = bodies.map((body) => body.id)
  const [found] = await db.query<{ id: string; cycle: boolean }>(refused, [id, ids, maxSuccessors])
  if (!found) return
  const place = ids.indexOf(found.id)
  const { code } = bodies[place]!
  if (found.cycle) {
    const message = `\`${code}\` is this body or one of its successors: a body cannot be its own predecessor.`
    throw broken(pointerTo(place), 'cycle', message)
  }
  const message = `\`${code}\` already has ${maxSuccessors} successors, which is the maximum.`
  throw broken(pointerTo(place), 'too_many_successors', message)
}

const listed = (kinds: readonly string[]): string => kinds.map((kind) => `'${kind}'`).join(', ')
const wholly = listed(wholeSuccessionKinds)
const parties = listed(partyKinds)

/** A direct or indirect predecessor of a body. */
export interface Predecessor {
  /** The id of the body whose predecessor it is. */
  of: string
  id: string
  /** The id of its party: itself if it is one. */
  party: string
  /** The day of the succession, inclusive, if the predecessor continued to exist after it; otherwise null. */
  until: string | null
}

/**
 * All direct and indirect predecessors of `$1`. After a whole succession (a renaming, a continuation …) the day does not
 * matter; otherwise the acts of the predecessor count only until the last possible day of the succession.
 */
export const earlierBodies: Statement = {
  name: 'predecessors-of',
  text: `
    with recursive link (successor_id, predecessor_id, until) as (
      select successor_id, predecessor_id, case
        when kind in (${wholly}) then 'infinity'::date
        else coalesce(last_day, 'infinity')
      end from signatory_predecessors
    ), earlier (of, id, until) as (
      select successor_id, predecessor_id, until from link where successor_id = any($1::uuid[])
      union
      select e.of, l.predecessor_id, least(e.until, l.until) from earlier e join link l on l.successor_id = e.id
    ), root (id, above) as (
      select distinct e.id, e.id from earlier e
      union
      select r.id, s.parent_id from root r join signatories s on s.id = r.above
        where s.parent_id is not null and s.kind not in (${parties})
    )
    select e.of, e.id, r.above as party,
      case when max(e.until) < coalesce(s.valid_to_day, 'infinity') then max(e.until) end as until
    from earlier e join signatories s on s.id = e.id
      join root r on r.id = e.id join signatories p on p.id = r.above and (p.parent_id is null or p.kind in (${parties}))
    group by e.of, e.id, r.above, s.valid_to_day order by e.of, e.id`,
}

/** All direct and indirect predecessors of the bodies with these ids. */
export const predecessorsOf = (db: Database, ids: string[]): Promise<Predecessor[]> =>
  ids.length === 0 ? Promise.resolve([]) : db.query<Predecessor>(earlierBodies, [[...new Set(ids)]])

/** A direct or indirect predecessor, with its first and last day, inclusive. */
export interface EarlierBody {
  code: string
  name: string
  validFromDay: Day | null
  validToDay: Day | null
  /** Whether all links to it are whole successions: see `wholeSuccessionKinds`. */
  isSame: boolean
}

const earlierWithYears: Statement = {
  name: 'predecessors-with-years',
  text: `
    with recursive earlier (of, id, same) as (
      select successor_id, predecessor_id, coalesce(kind in (${wholly}), false)
      from signatory_predecessors where successor_id = any($1::uuid[])
      union
      select e.of, l.predecessor_id, e.same and coalesce(l.kind in (${wholly}), false)
      from earlier e join signatory_predecessors l on l.successor_id = e.id
    )
    select e.of, s.code, s.name, s.valid_from_day as "validFromDay", s.valid_to_day as "validToDay", e.same as "isSame"
    from signatories s join (select of, id, bool_or(same) as same from earlier group by of, id) e on e.id = s.id
    order by s.id for key share of s`,
}

/**
 * The predecessors of the bodies with these ids, by that id. Locks them until the end of the transaction, like the bodies
 * that an agreement names.
 */
export async function lockEarlierBodies(db: Database, ids: string[]): Promise<Map<string, EarlierBody[]>> {
  const rows = await db.query<EarlierBody & { of: string }>(earlierWithYears, [ids])
  return groupedBy(rows, ({ of }) => of)
}

/** The entries that were merged into these bodies: older versions of agreements name them by their ids. */
export async function formerlyNamed(db: Database, ids: string[]): Promise<Predecessor[]> {
  if (ids.length === 0) return []
  const rows = await db.query<{ id: string; of: string }>(sql`
    select lost_id as id, signatory_id as of from signatory_merges where signatory_id = any(${sql.param(ids)}::uuid[])`)
  return rows.map(({ id, of }) => ({ of, id, party: id, until: null }))
}
