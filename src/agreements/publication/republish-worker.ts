import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { readDatabase } from '../../database/clock.ts'
import type { Database, Statement } from '../../database/connect.ts'
import type { Day, Today } from '../../shared/calendar.ts'
import { agreementChanges, registries } from '../../registry/tables.ts'
import { asBatch, batch, type ChangeName, type Shown as Found, showing } from './batches.ts'
import { divideChange } from './divide.ts'
import { type OnFailure, batchTimeouts, publishAgain, publishOneByOne, type Reason, retryFailure } from './republish.ts'
import { currentFormat } from './upcast.ts'

const ignore: OnFailure = () => {}

const byClock: Reason = { cause: 'clock', actor: null, note: null }

const due: Statement = {
  name: 'due-agreements',
  text: asBatch(
    'changes_on, id',
    `select id, changes_on, octet_length(document) as size from agreements
    where changes_on <= $1 and deleted_at is null
      and not exists (select from publication_failures f where f.agreement_id = id)
    order by changes_on, id limit $2 for no key update of agreements skip locked`,
  ),
}

/**
 * Republishes agreements that change with time by `today`: one batch, without those locked by another process or an
 * editor. Failures are recorded and reported to `onFailure`.
 * @returns the number of agreements processed; fewer than `max` does not mean that none is left
 */
export const publishDue = (
  db: Database,
  today: Day | Today,
  max: number = batch.agreements,
  onFailure: OnFailure = ignore,
): Promise<number> =>
  publishFound(db, clockOf(today), { reason: byClock, onFailure, find: (db, day) => db.query(due, [day, max]) })

/** A caller can give a day instead of a clock. */
const clockOf = (today: Day | Today): Today => (typeof today === 'string' ? () => today : today)

const judgedAhead: Statement = {
  name: 'agreements-judged-ahead',
  text: asBatch(
    'judged_on, id',
    `select id, judged_on, octet_length(document) as size from agreements
    where judged_on > $1 and deleted_at is null
      and not exists (select from publication_failures f where f.agreement_id = id)
    order by judged_on, id limit $2 for no key update of agreements skip locked`,
  ),
}

/**
 * Evaluates agreements for `today` that were evaluated for a later day, by a clock that was wrong or in another time zone:
 * one batch, without those locked by another process or an editor. A version is published only if the document changes.
 * Failures are recorded and reported to `onFailure`.
 * @returns the number of agreements processed; fewer than `max` does not mean that none is left
 */
const publishJudgedAhead = (db: Database, today: Today, max: number, onFailure: OnFailure): Promise<number> =>
  publishFound(db, today, {
    reason: byClock,
    compare: true,
    onFailure,
    find: (db, day) => db.query(judgedAhead, [day, max]),
  })

interface Finding {
  reason: Reason
  /** See `publishAgain`. Default: false. */
  compare?: boolean
  onFailure: OnFailure
  find: (db: Database, day: Day) => Promise<{ id: string }[]>
}

/** Republishes the agreements that `find` finds and locks, together or, if that fails, one by one. @returns their number */
async function publishFound(
  db: Database,
  today: Today,
  { reason, compare = false, onFailure, find }: Finding,
): Promise<number> {
  let ids: string[] = []
  try {
    await db.transaction(async (db) => {
      ids = (await find(db, today())).map(({ id }) => id)
      await publishAgain(db, ids, today, reason, compare)
    }, batchTimeouts)
  } catch (error) {
    if (ids.length === 0) throw error
    await publishOneByOne(db, ids, today, reason, { error, onFailure })
  }
  return ids.length
}

const inFormerFormat: Statement = {
  name: 'agreements-in-former-format',
  text: asBatch(
    'id',
    `select id, octet_length(document) as size from agreements
    where format < $1 and deleted_at is null
      and not exists (select from publication_failures f where f.agreement_id = id)
    order by format limit $2 for no key update of agreements skip locked`,
  ),
}

/**
 * Republishes agreements whose documents are in a former format: one batch, without those locked by another process or an
 * editor. Failures are recorded and reported to `onFailure`.
 * @returns the number of agreements processed; fewer than `max` does not mean that none is left
 */
const publishFormerFormats = (db: Database, today: Today, max: number, onFailure: OnFailure): Promise<number> =>
  publishFound(db, today, {
    reason: { cause: 'format', actor: null, note: null },
    onFailure,
    find: (db) => db.query(inFormerFormat, [currentFormat(), max]),
  })

/**
 * An agreement that newly depends on another is checked last: a version that follows from a change of the other one then
 * says who made that change. The parts of a change have its place among the others.
 */
const nextChange: Statement = {
  name: 'next-registry-change',
  text: `select id, registry, entry_id as "entryId", done_up_to as "doneUpTo", up_to as "upTo",
      divided_from is not null as "isDivided", actor, note
    from registry_changes order by registry = 'dependent_agreement', coalesce(divided_from, id), id
    limit 1 for update skip locked`,
}

interface RegistryChange {
  id: string
  registry: ChangeName
  entryId: string
  doneUpTo: string | null
  upTo: string | null
  isDivided: boolean
  actor: string | null
  note: string | null
}

/**
 * Deletes changes of agreements on which no other depends, as on most. They cannot be left out when they are stored, since an agreement that depends on them could be stored at the same time.
 */
const withoutDependents: Statement = {
  name: 'changes-without-dependents',
  text: `delete from registry_changes where id in (
      select c.id from registry_changes c
      where c.registry = 'agreement'
        and not exists (select from agreements a where a.ends_with = c.entry_id)
        and not exists (select from agreement_relations r
          where r.related_id = c.entry_id and r.kind in ('supersedes', 'terminates', 'extends'))
        and not exists (select from agreement_relations r where r.agreement_id = c.entry_id)
      order by c.id limit 1000 for update skip locked
    ) returning id`,
}

interface Shown extends Found {
  /** Whether its publication has failed before. */
  failed: boolean
}

const failedBefore: Statement = {
  name: 'failed-before',
  text: 'select agreement_id as id from publication_failures where agreement_id = any($1::uuid[])',
}

/** Finds and locks the next agreements. Their failures are read afterwards: a retry can succeed until they are locked. */
async function findShown(db: Database, { registry, entryId, doneUpTo, upTo }: RegistryChange, max: number) {
  const found = await db.query<Found>(showing(registry), [entryId, doneUpTo, upTo, max])
  if (found.length === 0) return []
  const failures = await db.query<{ id: string }>(failedBefore, [found.map(({ id }) => id)])
  const failed = new Set(failures.map(({ id }) => id))
  return found.map((row): Shown => ({ ...row, failed: failed.has(row.id) }))
}

/**
 * Republishes agreements that show a changed registry entry: one batch of the oldest change, or of the first part of it, that
 * no other process has locked. What is left of a change after its first batch is divided, so that other processes can take
 * parts of it. Failures are recorded, reported to `onFailure` and skipped.
 * @returns the number of changes and agreements processed; 0 when there is nothing to do
 */
export async function publishRegistryChange(
  db: Database,
  today: Day | Today,
  max: number = batch.agreements,
  onFailure: OnFailure = ignore,
): Promise<number> {
  let change: RegistryChange | undefined
  let rows: Shown[] = []
  let isDone = true
  const publish = async (db: Database): Promise<void> => {
    // Those of an attempt before a deadlock may be of another change.
    rows = []
    ;[change] = await db.query<RegistryChange>(nextChange)
    if (!change) return
    if (change.registry === 'agreement') {
      const { id } = change
      const removed = await db.query<{ id: string }>(withoutDependents)
      if (removed.some((one) => one.id === id)) return
    }
    rows = await findShown(db, change, max)
    await publishAgain(db, notFailed(rows), clockOf(today), reasonOf(change), true)
    isDone = await recordProgress(db, change, rows, max)
  }
  try {
    await db.transaction(publish, batchTimeouts)
  } catch (error) {
    if (!change || rows.length === 0) throw error
    const current = change
    await publishOneByOne(db, notFailed(rows), clockOf(today), reasonOf(current), { error, onFailure })
    isDone = await db.transaction((db) => recordProgress(db, current, rows, max))
  }
  if (change && !isDone && !change.isDivided) await divideChange(db, change.id)
  return change ? rows.length + 1 : 0
}

const notFailed = (rows: Shown[]): string[] => rows.filter((row) => !row.failed).map(({ id }) => id)

const reasonOf = ({ registry, actor, note }: RegistryChange): Reason => ({
  cause: agreementChanges.some((one) => one === registry) ? 'agreement' : 'registry',
  actor,
  note,
})

const retrySoon: Statement = {
  name: 'retry-failures-soon',
  text: `update publication_failures set next_try = statement_timestamp(), cause = $4, actor = $2, note = $3
    where agreement_id = any($1::uuid[])`,
}

/**
 * Records that the change, or this part of it, is done up to the last of `rows`. Earlier failures are retried: the change may
 * help.
 * @returns whether all of it is done
 */
async function recordProgress(db: Database, change: RegistryChange, rows: Shown[], max: number): Promise<boolean> {
  const before = rows.filter((row) => row.failed).map(({ id }) => id)
  if (before.length > 0) await db.query(retrySoon, [before, change.actor, change.note, reasonOf(change).cause])
  const found = rows[0]?.found ?? 0
  const last = rows.at(-1)?.id
  if ((found < max && found === rows.length) || (last !== undefined && last === change.upTo)) {
    await db.query({ name: 'change-done', text: 'delete from registry_changes where id = $1' }, [change.id])
    return true
  }
  const text = `update registry_changes set done_up_to = $2 where id = $1 and (done_up_to is null or done_up_to < $2)`
  await db.query({ name: 'change-advanced', text }, [change.id, last])
  return false
}

/** The backlog is counted only up to this number, to limit the cost. */
const maxBacklogCount = 10_000

const backlogStatement: Statement = {
  name: 'backlog',
  text: `select
    (select count(*)::int from (
      select distinct coalesce(divided_from, id) from registry_changes
      where registry = any('{${registries.join()}}') limit $2
    ) c) as "registryChanges",
    (select count(*)::int from (
      select from registry_changes where registry <> all('{${registries.join()}}') limit $2
    ) c) as "agreementChanges",
    (select count(*)::int from (
      select from agreements where (changes_on <= $1 or judged_on > $1) and deleted_at is null
        and not exists (select from publication_failures f where f.agreement_id = id) limit $2
    ) a) as due,
    (select count(*)::int from (select from agreements where format < $3 and deleted_at is null limit $2) f)
      as "formerFormats",
    (select count(*)::int from (select from publication_failures limit $2) f) as failed`,
}

interface Backlog {
  registryChanges: number
  agreementChanges: number
  due: number
  formerFormats: number
  failed: number
}

/**
 * The backlog of the publisher, each counted up to 10,000: registry changes, changes of agreements on which others may
 * depend, agreements due by `today` or evaluated for a later day, documents in a former format, and failures.
 */
export async function backlog(db: Database, today: string): Promise<Backlog> {
  const [row] = await db.query<Backlog>(backlogStatement, [today, maxBacklogCount, currentFormat()])
  return row!
}

export interface Publisher {
  /** Aborts the current batch. */
  stop(): Promise<void>
}

/** How often the publisher checks for work when idle, in milliseconds. */
const pollInterval = 1_000

/**
 * Starts the worker, one in every server, that republishes agreements changed by time, by a registry entry or by a new
 * format. Any number can run at the same time; each skips what another has locked.
 * @param cleanUps each deletes one batch of what is no longer needed, and returns its size; one that fails stops no other
 */
export function startPublisher(
  pooled: Database,
  today: Today,
  log: Pick<FastifyBaseLogger, 'error'>,
  ...cleanUps: ((db: Database) => Promise<number>)[]
): Publisher {
  const stopping = new AbortController()
  const { signal } = stopping
  const db = pooled.during(signal)
  const onFailure: OnFailure = (agreement, error) =>
    log.error({ err: error, agreement }, 'Publishing the agreement failed. It will be retried.')
  const onError = (error: unknown) =>
    signal.aborted || log.error({ err: error }, 'Publishing failed. It will be retried.')
  async function publish(): Promise<number> {
    const { writable, now } = await readDatabase(db)
    if (!writable) return 0
    let cleaned = 0
    for (const cleanUp of cleanUps) cleaned += await cleanUp(db).catch((error: unknown) => (onError(error), 0))
    return cleaned + (await publishBatches(db, (instant = now) => today(instant), onFailure))
  }
  async function run(): Promise<void> {
    while (!signal.aborted) {
      const published = await publish().catch(onError)
      if (!published) await setTimeout(pollInterval, undefined, { signal }).catch(() => {})
    }
  }
  const running = run()
  return {
    stop: () => {
      stopping.abort()
      return running
    },
  }
}

/**
 * Republishes one batch of each kind. Failures are recorded and reported to `onFailure`.
 * @returns the number of changes and agreements processed; 0 when nothing is left
 */
async function publishBatches(db: Database, today: Today, onFailure: OnFailure): Promise<number> {
  let published = await publishRegistryChange(db, today, batch.agreements, onFailure)
  published += await publishDue(db, today, batch.agreements, onFailure)
  published += await publishJudgedAhead(db, today, batch.agreements, onFailure)
  published += await publishFormerFormats(db, today, batch.agreements, onFailure)
  published += await retryFailure(db, today, onFailure)
  return published
}

/**
 * Republishes everything that is due by `today`, in batches, until nothing is left.
 * @returns the number of changes and agreements processed
 */
export async function publishAll(
  db: Database,
  today: Day,
  { onFailure = ignore }: { onFailure?: OnFailure } = {},
): Promise<number> {
  let total = 0
  for (let published = 1; published > 0; total += published) {
    published = await publishBatches(db, () => today, onFailure)
  }
  return total
}
