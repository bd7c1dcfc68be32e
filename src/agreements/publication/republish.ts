import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Database, Statement } from '../../database/connect.ts'
import { CallerGone, constraintOf, OutcomeUnknown, rootOf, sqlstateOf, troubleOf } from '../../database/errors.ts'
import type { TransactionOptions } from '../../database/transaction.ts'
import { loadParts, type Parts, type Publication, store, type VersionColumns } from './aggregate.ts'
import { lookUpEarlierBodies } from './earlier-bodies.ts'
import type { Today } from '../../shared/calendar.ts'
import { lookUp, type References } from './lookup.ts'
import { clock, publicationOf, withOwn, wordsOf } from './publication.ts'
import { storeUnchanged, type Unchanged } from './unchanged.ts'
import { lookUpOthers, timelineOfParts } from './others.ts'
import { isListed } from './list-row.ts'
import { documentOf } from './representation.ts'
import { changesAfter } from '../time/timeline.ts'

/** No client waits for a batch, so it may take longer than a request. In milliseconds. */
export const batchTimeouts: TransactionOptions = { limits: { statement: 60_000, idle: 60_000 } }

/** Why an agreement is republished, other than by an edit. */
export type Reason = Omit<VersionColumns, 'operation'>

/** Called once for each agreement that cannot be published, and again when the reason changes. */
export type OnFailure = (id: string, error: unknown) => void

/**
 * Republishes locked agreements.
 * @param today asked again once they are locked, so that an edit after midnight is not judged for the day before
 * @param compare if true, no version is stored when the document, and whether it is listed, are unchanged, only the search words, which include
 * aliases of signatories that no document shows, and the day of the evaluation if the former one is still to come
 */
export async function publishAgain(
  db: Database,
  ids: string[],
  today: Today,
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

/** Yields to requests between agreements. */
async function publishLoaded(
  db: Database,
  loaded: Parts[],
  today: Today,
  reason: Reason,
  compare: boolean,
): Promise<void> {
  const registry = await lookUp(db, loaded.reduce<References>(withOwn, {}))
  await lookUpEarlierBodies(db, registry, loaded)
  const others = await lookUpOthers(db, loaded)
  const now = await clock(db)
  const day = today(now)
  const history: VersionColumns = { operation: 'updated', ...reason }
  const publications: Publication[] = []
  const unchanged: Unchanged[] = []
  for (const parts of loaded) {
    await setImmediate()
    const timeline = timelineOfParts(parts, registry, others)
    const document = compare ? documentOf(parts, registry, timeline, day, others) : undefined
    const wasListed = parts.listing.length > 0
    const isSame = document && isSameDocument(parts.document, document)
    if (isSame && wasListed === isListed(parts.agreement, registry)) {
      unchanged.push({
        id: parts.agreement.id,
        words: wordsOf(document, parts, registry),
        judgedOn: day,
        changesOn: changesAfter(timeline, day),
      })
    } else publications.push(publicationOf(parts, registry, { before: parts, now, today: day, history, others }))
  }
  if (publications.length > 0) await store(db, publications)
  await storeUnchanged(db, unchanged)
}

/** Ignores the order of properties, which can differ in an upcast document. */
const isSameDocument = (stored: string, document: object): boolean => isDeepStrictEqual(JSON.parse(stored), document)

/**
 * Republishes the agreements of a failed batch, each in its own transaction, so that one failure does not block the
 * others. Failures are recorded and retried later.
 * @param error why the batch failed
 * @throws `error`, or another, when the database is unavailable
 */
export async function publishOneByOne(
  db: Database,
  ids: string[],
  today: Today,
  reason: Reason,
  { error, onFailure }: { error: unknown; onFailure: OnFailure },
): Promise<void> {
  if (isUnavailable(error)) throw error
  for (const id of ids) {
    try {
      await db.transaction((db) => publishOne(db, id, today, reason), batchTimeouts)
    } catch (error) {
      if (isUnavailable(error)) throw error
      const values = [id, reasonOf(error), reason.cause, reason.actor, reason.note]
      if ((await db.query(recordFailure, values)).length > 0) onFailure(id, error)
    }
  }
}

const one: Statement = {
  name: 'agreement-to-publish',
  text: `select coalesce(changes_on <= $2, false) as due, judged_on > $2 as ahead from agreements
    where id = $1 and deleted_at is null for no key update`,
}

/** Republishes an agreement, unless it was deleted, or the clock is the cause and another process has published it. */
async function publishOne(db: Database, id: string, today: Today, reason: Reason): Promise<void> {
  const [row] = await db.query<{ due: boolean; ahead: boolean }>(one, [id, today()])
  if (!row || (reason.cause === 'clock' && !row.due && !row.ahead)) return
  await publishAgain(db, [id], today, reason, !row.due)
}

const recordFailure: Statement = {
  name: 'record-failure',
  text: `insert into publication_failures (agreement_id, reason, attempts, next_try, version, cause, actor, note)
    select id, $2, 1, statement_timestamp() + interval '1 minute', version, $3, $4, $5 from agreements where id = $1
    on conflict do nothing returning agreement_id`,
}

/** Claims the next failed agreement and schedules its next attempt, whatever the result of this one. */
const claim: Statement = {
  name: 'claim-failure',
  text: `update publication_failures f set attempts = f.attempts + 1, version = a.version,
      next_try = statement_timestamp() + least(interval '1 minute' * 2 ^ least(f.attempts, 10), interval '1 hour')
    from agreements a
    where a.id = f.agreement_id and f.agreement_id = (
      select f.agreement_id from publication_failures f join agreements a on a.id = f.agreement_id
      where f.next_try <= statement_timestamp() or f.version <> a.version
      order by f.next_try limit 1 for update of f skip locked
    )
    returning f.agreement_id as id, f.cause, f.actor, f.note`,
}

const deleteFailure: Statement = {
  name: 'failure-recovered',
  text: 'delete from publication_failures where agreement_id = $1',
}

const updateReason: Statement = {
  name: 'failure-reason',
  text: `update publication_failures set reason = $2 where agreement_id = $1 and reason <> $2 returning agreement_id`,
}

/**
 * Retries one failed agreement whose next attempt is due, or that was edited since.
 * @returns the number of agreements tried: 0 or 1
 * @throws when the database is unavailable
 */
export async function retryFailure(db: Database, today: Today, onFailure: OnFailure): Promise<number> {
  const [failure] = await db.query<Reason & { id: string }>(claim)
  if (!failure) return 0
  const { id, ...reason } = failure
  try {
    await db.transaction(async (db) => {
      await publishOne(db, id, today, reason)
      await db.query(deleteFailure, [id])
    }, batchTimeouts)
  } catch (error) {
    if (isUnavailable(error)) throw error
    if ((await db.query(updateReason, [id, reasonOf(error)])).length > 0) onFailure(id, error)
  }
  return 1
}

/** A short reason without any data. */
function reasonOf(error: unknown): string {
  const root = rootOf(error)
  const name = root instanceof Error ? root.name : typeof root
  return [name, sqlstateOf(root), constraintOf(root)].filter((word) => word !== undefined).join(' ')
}

/** SQLSTATEs that concern a single transaction: conflicts, limits of time and memory. */
const ofOneTransaction = /^(40...|53200|55P03|57014)$/

/** Whether the database is unavailable or the publisher is stopping; the agreement is not the cause. */
function isUnavailable(error: unknown): boolean {
  const root = rootOf(error)
  if (root instanceof CallerGone || root instanceof OutcomeUnknown) return true
  return troubleOf(root) !== undefined && !ofOneTransaction.test(sqlstateOf(root) ?? '')
}
