import type { Database, Statement } from '../../database/connect.ts'
import { type BodyError, taken } from '../../problems/problems.ts'
import type { Parts } from './aggregate.ts'
import { inAgreement, type PointerTo } from './rules.ts'

/** An agreement that has a unique value. */
interface Holder {
  id: string
  reference: string | null
  title: string
  /** The identifier as it has it; null for the reference. */
  value: string | null
}

/** `of`: position of the agreement that is written, from 0; `nth`: that of the identifier, null for the reference. */
type FoundHolder = Holder & { of: number; nth: number | null }

const holdersStatement: Statement = {
  name: 'holders-of-unique-values',
  text: `
    select w.of::int - 1 as of, null::int as nth, a.id, a.reference, left(a.title, 200) as title, null as value
    from unnest($1::uuid[], $2::text[]) with ordinality w (id, key, of)
    join agreements a on a.reference_key = w.key and a.deleted_at is null and a.id <> w.id
    union all
    select w.of, w.nth, a.id, a.reference, left(a.title, 200), i.value
    from unnest($3::int[], $4::int[], $5::uuid[], $6::text[], $7::text[]) w (of, nth, id, scheme, key)
    join agreement_identifiers i on i.scheme = w.scheme and i.key = w.key and i.active
    join agreements a on a.id = i.agreement_id and a.id <> w.id
    order by of, nth nulls first`,
}

/** An agreement that is written, before and after. */
interface Written {
  before: Parts | undefined
  after: Parts
}

/**
 * Checks that no other agreement has the reference or one of the identifiers. The unique indexes decide between two
 * concurrent writes.
 * @throws Problem `taken`, with an error for each conflict
 */
export async function refuseTaken(
  db: Database,
  before: Parts | undefined,
  after: Parts,
  pointerTo: PointerTo,
): Promise<void> {
  const [errors = []] = await takenValues(db, [{ before, after }], pointerTo)
  if (errors.length > 0) throw taken(errors)
}

/** The unique values of each agreement that another one in the register has, as errors; one query for all. */
export async function takenValues(
  db: Database,
  all: Written[],
  pointerTo: PointerTo = inAgreement,
): Promise<BodyError[][]> {
  const errors: BodyError[][] = all.map(() => [])
  const references = all.map(({ before, after: { agreement } }) => {
    const isOwn = uniqueOf(before).has(agreement.referenceKey)
    return { id: agreement.id, key: isOwn ? null : agreement.referenceKey }
  })
  const identifiers = all.flatMap(({ before, after }, of) => {
    const own = uniqueOf(before)
    return after.identifiers.flatMap(({ scheme, key }, nth) =>
      own.has(`${scheme}:${key}`) ? [] : [{ of, nth, id: after.agreement.id, scheme, key }],
    )
  })
  if (identifiers.length === 0 && references.every(({ key }) => key === null)) return errors
  const holders = await db.query<FoundHolder>(holdersStatement, [
    references.map(({ id }) => id),
    references.map(({ key }) => key),
    ...(['of', 'nth', 'id', 'scheme', 'key'] as const).map((name) => identifiers.map((one) => one[name])),
  ])
  for (const { of, nth, ...holder } of holders)
    errors[of]!.push(takenBy(holder, all[of]!.after, nth ?? undefined, pointerTo))
  return errors
}

function takenBy(holder: Holder, { identifiers }: Parts, at: number | undefined, pointerTo: PointerTo): BodyError {
  const { scheme } = identifiers[at ?? 0] ?? {}
  const what = at === undefined ? `reference \`${holder.reference}\`` : `identifier \`${scheme}:${holder.value}\``
  const name = holder.reference === null ? holder.id : `${holder.id} (${holder.reference})`
  return {
    pointer: at === undefined ? pointerTo('reference') : pointerTo('identifiers', at),
    code: 'taken',
    message: `Agreement ${name}, "${holder.title}", has the ${what}.`,
    conflictsWith: `/v1/agreements/${holder.id}`,
  }
}

/** The unique values that an agreement already has; none while it is deleted. */
function uniqueOf(parts: Parts | undefined): Set<string | null> {
  if (!parts || parts.agreement.deletedAt !== null) return new Set()
  return new Set([parts.agreement.referenceKey, ...parts.identifiers.map(({ scheme, key }) => `${scheme}:${key}`)])
}

/** The unique values of agreements that are written, but perhaps not stored yet. */
export class ClaimedValues {
  readonly #holders = new Map<string, Holder>()

  has = (value: string): boolean => this.#holders.has(value)

  /** The values of `parts` that another agreement has claimed, as errors. */
  rivalsOf(parts: Parts): BodyError[] {
    return valuesOf(parts).flatMap(({ key, at }) => {
      const holder = this.#holders.get(key)
      return holder === undefined || holder.id === parts.agreement.id ? [] : [takenBy(holder, parts, at, inAgreement)]
    })
  }

  claim(parts: Parts): void {
    const { id, reference, title } = parts.agreement
    const own = { id, reference, title: title.slice(0, 200) }
    for (const { key, value } of valuesOf(parts)) this.#holders.set(key, { ...own, value })
  }
}

const valuesOf = ({ agreement, identifiers }: Parts) => [
  ...(agreement.referenceKey === null ? [] : [{ key: agreement.referenceKey, at: undefined, value: null }]),
  ...identifiers.map(({ scheme, key, value }, at) => ({ key: `${scheme}:${key}`, at, value })),
]
