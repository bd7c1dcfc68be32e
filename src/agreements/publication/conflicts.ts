import type { Database, Statement } from '../../database/connect.ts'
import { type BodyError, taken } from '../../problems/problems.ts'
import type { Parts } from './aggregate.ts'
import type { PointerTo } from './rules.ts'

interface Holder {
  /** Position of the identifier in the request, from 1; null for the reference. */
  nth: string | null
  id: string
  reference: string | null
  title: string
  /** The identifier as the other agreement has it. */
  value: string | null
}

const holdersStatement: Statement = {
  name: 'holders-of-unique-values',
  text: `
    select null as nth, a.id, a.reference, left(a.title, 200) as title, null as value from agreements a
    where a.reference_key = $2 and a.deleted_at is null and a.id <> $1
    union all
    select w.nth, a.id, a.reference, left(a.title, 200), i.value from unnest($3::text[], $4::text[]) with ordinality w (scheme, key, nth)
    join agreement_identifiers i on i.scheme = w.scheme and i.key = w.key and i.active
    join agreements a on a.id = i.agreement_id and a.id <> $1
    order by nth nulls first`,
}

/**
 * Checks that no other agreement has the reference or one of the identifiers. The unique indexes decide between two
 * concurrent writes.
 * @throws Problem `taken`, with an error for each conflict
 */
export async function refuseTaken(
  db: Database,
  before: Parts | undefined,
  { agreement, identifiers }: Parts,
  pointerTo: PointerTo,
): Promise<void> {
  const own = uniqueOf(before)
  const added = identifiers.map(({ scheme, key }) => ({ scheme, key: own.has(`${scheme}:${key}`) ? null : key }))
  const referenceKey = own.has(agreement.referenceKey) ? null : agreement.referenceKey
  if (referenceKey === null && added.every(({ key }) => key === null)) return
  const holders = await db.query<Holder>(holdersStatement, [
    agreement.id,
    referenceKey,
    added.map(({ scheme }) => scheme),
    added.map(({ key }) => key),
  ])
  if (holders.length === 0) return
  const errors = holders.map(({ nth, ...holder }): BodyError => {
    const at = nth === null ? undefined : Number(nth) - 1
    const { scheme } = identifiers[at ?? 0] ?? {}
    const what = at === undefined ? `reference \`${holder.reference}\`` : `identifier \`${scheme}:${holder.value}\``
    const name = holder.reference === null ? holder.id : `${holder.id} (${holder.reference})`
    return {
      pointer: at === undefined ? pointerTo('reference') : pointerTo('identifiers', at),
      code: 'taken',
      message: `Agreement ${name}, "${holder.title}", has the ${what}.`,
      conflictsWith: `/v1/agreements/${holder.id}`,
    }
  })
  throw taken(errors)
}

/** The unique values that an agreement already has; none while it is deleted. */
function uniqueOf(parts: Parts | undefined): Set<string | null> {
  if (!parts || parts.agreement.deletedAt !== null) return new Set()
  return new Set([parts.agreement.referenceKey, ...parts.identifiers.map(({ scheme, key }) => `${scheme}:${key}`)])
}
