import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Database, Statement } from '../../database/connect.ts'
import { CallerGone, constraintOf, OutcomeUnknown, rootOf, sqlstateOf, troubleOf } from '../../database/errors.ts'
import type { TransactionOptions } from '../../database/transaction.ts'
import { loadParts, type Parts, type Publication, store, storeWords, type VersionColumns } from './aggregate.ts'
import { lookUp, type References } from './lookup.ts'
import { clock, publicationOf, withOwn, wordsOf } from './publish.ts'
import { documentOf } from './representation.ts'

/** Nobody waits for a batch: it may take longer than a request. */
export const patient: TransactionOptions = { limits: { statement: 60_000, idle: 60_000 } }

/** Why an agreement is published again, other than by an edit. */
export type Reason = Omit<VersionColumns, 'operation'>

/** Told once of each agreement that cannot be published, and again when the reason is another. */
export type Failed = (id: string, error: unknown) => void

/**
 * Publishes locked agreements as they are.
 * @param compare whether what looks the same is left alone, but for the words that it is found by: a body's aliases are
 * among them, and no document shows those
 */
export async function publishAgain(
  db: Database,
  ids: string[],
  today: string,
  reason: Reason,
  compare: boolean,
): Promise<void> {
  for (let left = ids; left.length > 0;) {
    const loaded = await loadParts(db, left)
    await publishLoaded(db, loaded, today, reason, compare)
    const done = new Set(loaded.map(({ agreement }) => agreement.id))
    left = done.size > 0 ? left.filter((id) => !done.has(id)) : []
  }
}

/** Requests have a turn between one agreement and the next. */
async function publishLoaded(
  db: Database,
  loaded: Parts[],
  today: string,
  reason: Reason,
  compare: boolean,
): Promise<void> {
  const registry = await lookUp(db, loaded.reduce<References>(withOwn, {}))
  const now = await clock(db)
  const history: VersionColumns = { operation: 'updated', ...reason }
  const publications: Publication[] = []
  const words: { id: string; words: string }[] = []
  for (const parts of loaded) {
    await setImmediate()
    const document = compare ? documentOf(parts, registry, today) : undefined
    if (document && looksTheSame(parts.document, document)) {
      words.push({ id: parts.agreement.id, words: wordsOf(document, parts, registry) })
    } else publications.push(publicationOf(parts, registry, { before: parts, now, today, history }))
  }
  if (publications.length > 0) await store(db, publications)
  await storeWords(db, words)
}

/** In whatever order the properties stand: an upcast document need not have that of a new one. */
const looksTheSame = (stored: string, document: object): boolean => isDeepStrictEqual(JSON.parse(stored), document)

/**
 * Publishes each of the agreements of a batch that failed in a transaction of its own, so that one that cannot be
 * published holds up no other: it is put aside, to be tried again later.
 * @param error why the batch failed
 * @throws `error`, or another, when the database is away
 */
export async function publishOneByOne(
  db: Database,
  ids: string[],
  today: string,
  reason: Reason,
  { error, failed }: { error: unknown; failed: Failed },
): Promise<void> {
  if (isAway(error)) throw error
  for (const id of ids) {
    try {
      await db.transaction((db) => publishOne(db, id, today, reason), patient)
    } catch (error) {
      if (isAway(error)) throw error
      const values = [id, reasonOf(error), reason.cause, reason.actor, reason.note]
      if ((await db.query(putAside, values)).length > 0) failed(id, error)
    }
  }
}

const one: Statement = {
  name: 'agreement-to-publish',
  text: `select coalesce(changes_on <= $2, false) as due from agreements
    where id = $1 and deleted_at is null for no key update`,
}

/** Publishes an agreement, unless it was deleted, or was to be published by the clock and another has done so. */
async function publishOne(db: Database, id: string, today: string, reason: Reason): Promise<void> {
  const [row] = await db.query<{ due: boolean }>(one, [id, today])
  if (!row || (reason.cause === 'clock' && !row.due)) return
  await publishAgain(db, [id], today, reason, !row.due)
}

const putAside: Statement = {
  name: 'put-aside',
  text: `insert into publication_failures (agreement_id, reason, attempts, next_try, version, cause, actor, note)
    select id, $2, 1, clock_timestamp() + interval '1 minute', version, $3, $4, $5 from agreements where id = $1
    on conflict do nothing returning agreement_id`,
}

/** Claims the next agreement: whatever becomes of this attempt, the one after it comes later. */
const claim: Statement = {
  name: 'claim-failure',
  text: `update publication_failures f set attempts = f.attempts + 1, version = a.version,
      next_try = clock_timestamp() + least(interval '1 minute' * 2 ^ least(f.attempts, 10), interval '1 hour')
    from agreements a
    where a.id = f.agreement_id and f.agreement_id = (
      select f.agreement_id from publication_failures f join agreements a on a.id = f.agreement_id
      where f.next_try <= clock_timestamp() or f.version <> a.version
      order by f.next_try limit 1 for update of f skip locked
    )
    returning f.agreement_id as id, f.cause, f.actor, f.note`,
}

const recovered: Statement = {
  name: 'failure-recovered',
  text: 'delete from publication_failures where agreement_id = $1',
}

const otherReason: Statement = {
  name: 'failure-reason',
  text: `update publication_failures set reason = $2 where agreement_id = $1 and reason <> $2 returning agreement_id`,
}

/**
 * Tries one agreement again that could not be published: one whose time has come, or that was edited since.
 * @returns how many were tried: 0 when none is to be
 * @throws when the database is away
 */
export async function retryFailure(db: Database, today: string, failed: Failed): Promise<number> {
  const [failure] = await db.query<Reason & { id: string }>(claim)
  if (!failure) return 0
  const { id, ...reason } = failure
  try {
    await db.transaction(async (db) => {
      await publishOne(db, id, today, reason)
      await db.query(recovered, [id])
    }, patient)
  } catch (error) {
    if (isAway(error)) throw error
    if ((await db.query(otherReason, [id, reasonOf(error)])).length > 0) failed(id, error)
  }
  return 1
}

/** Why, in few words without any value. */
function reasonOf(error: unknown): string {
  const root = rootOf(error)
  const name = root instanceof Error ? root.name : typeof root
  return [name, sqlstateOf(root), constraintOf(root)].filter((word) => word !== undefined).join(' ')
}

/** SQLSTATEs that end one transaction, and say nothing of another: conflicts, limits of time and memory. */
const ofOneTransaction = /^(40...|53200|55P03|57014)$/

/** Whether the database is away, or the publisher is told to stop: it is no fault of an agreement. */
function isAway(error: unknown): boolean {
  const root = rootOf(error)
  if (root instanceof CallerGone || root instanceof OutcomeUnknown) return true
  return troubleOf(root) !== undefined && !ofOneTransaction.test(sqlstateOf(root) ?? '')
}
