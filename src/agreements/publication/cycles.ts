import type { Database, Statement } from '../../database/connect.ts'
import type { BodyError } from '../../problems/problems.ts'
import type { Parts } from './aggregate.ts'
import { endingRelationsOf } from './others.ts'
import type { PointerTo } from './rules.ts'

/** Two concurrent writes could each add one half of a cycle. */
const lockStatement: Statement = {
  name: 'lock-ends-by-others',
  text: 'select pg_advisory_xact_lock(20261128)',
}

/**
 * All agreements that decide about the end of `$1`, directly or through others, by the path on which they do. Its own
 * stored relations are left out, because the write replaces them.
 */
const decidingStatement: Statement = {
  name: 'agreements-deciding-an-end',
  text: `
    with recursive deciding (path, id) as (
      select 'umbrella', $2::uuid where $2 is not null
      union
      select 'successor', r.agreement_id from agreement_relations r join agreements a on a.id = r.agreement_id
      where r.related_id = $1 and r.kind in ('supersedes', 'terminates') and a.deleted_at is null
      union
      select d.path, next.id from deciding d cross join lateral (
        select r.agreement_id as id from agreement_relations r join agreements a on a.id = r.agreement_id
        where r.related_id = d.id and r.kind in ('supersedes', 'terminates') and a.deleted_at is null
          and r.agreement_id <> $1
        union all
        select a.ends_with from agreements a
        where a.id = d.id and a.id <> $1 and a.ends_with is not null and a.deleted_at is null
      ) next
    )
    select path, id from deciding where id = $1 or id = any($3::uuid[])`,
}

interface Deciding {
  path: 'umbrella' | 'successor'
  id: string
}

/**
 * The errors of relations and umbrellas by which the end of an agreement would depend on itself. Nothing is asked of the
 * database unless a write adds one.
 */
export async function cycleErrors(
  db: Database,
  before: Parts | undefined,
  changed: Parts,
  pointerTo: PointerTo,
): Promise<BodyError[]> {
  if (!addsEdge(before, changed)) return []
  const ended = endingRelationsOf(changed)
  await db.query(lockStatement)
  const { id, term } = changed.agreement
  const found = await db.query<Deciding>(decidingStatement, [
    id,
    term?.endsWith ?? null,
    ended.map(({ relatedId }) => relatedId),
  ])
  const hasNewUmbrella = term?.endsWith !== before?.agreement.term?.endsWith
  return found[0] ? [cycle(found[0], ended, { changed, hasNewUmbrella }, pointerTo)] : []
}

function addsEdge(before: Parts | undefined, { agreement, relations }: Parts): boolean {
  // No other agreement can name a new one. Only one that depends on an agreement and ends another can be part of a cycle.
  if (before === undefined) return Boolean(agreement.term?.endsWith) && endingRelationsOf({ relations }).length > 0
  const isRestored = before.agreement.deletedAt !== null && agreement.deletedAt === null
  const had = new Set(isRestored ? [] : endingRelationsOf(before).map(({ relatedId }) => relatedId))
  const umbrella = agreement.term?.endsWith ?? null
  return (
    endingRelationsOf({ relations }).some(({ relatedId }) => !had.has(relatedId)) ||
    (umbrella !== null && (isRestored || umbrella !== before.agreement.term?.endsWith))
  )
}

function cycle(
  { path, id }: Deciding,
  ended: { relatedId: string; index: number }[],
  { changed: { agreement }, hasNewUmbrella }: { changed: Parts; hasNewUmbrella: boolean },
  pointerTo: PointerTo,
): BodyError {
  const relation = ended.find(({ relatedId }) => relatedId === id)
  const isOfUmbrella = relation === undefined || (path === 'umbrella' && hasNewUmbrella)
  return {
    pointer: isOfUmbrella ? '/term/endsWith' : pointerTo('relations', relation.index, 'agreement'),
    code: 'cycle',
    message: isOfUmbrella
      ? `The end of ${agreement.term?.endsWith ?? id} already depends on this agreement.`
      : `The end of this agreement already depends on ${id}. It cannot also end that one.`,
  }
}
