import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Database, Statement } from '../../database/connect.ts'
import { isWritable } from '../../database/writable.ts'
import { type Failed, patient, publishAgain, publishOneByOne, type Reason, retryFailure } from './republish.ts'
import { currentFormat } from './upcast.ts'

/**
 * How much one transaction publishes: an editor of one of the agreements waits that long, and no longer. So many
 * agreements at most, and no more once their documents hold so many bytes.
 */
const batch = { agreements: 200, bytes: 1024 * 1024 }

const nobody: Failed = () => {}

/** The first of the agreements that `found` finds and locks, with the `size` of their documents: a batch. */
const asBatch = (order: string, found: string): string => `
  select * from (
    select *, count(*) over ()::int as found, row_number() over in_order as place, sum(size) over in_order as bytes
    from (${found}) found window in_order as (order by ${order} rows unbounded preceding)
  ) found where place = 1 or bytes <= ${batch.bytes} order by ${order}`

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
 * Publishes agreements that the passing of time changes by `today`: one batch, without those that another process or
 * an editor holds. One that cannot be published is put aside, and `failed` is told.
 * @returns how many were dealt with; fewer than asked for does not mean that none is left
 */
export const publishDue = (
  db: Database,
  today: string,
  most: number = batch.agreements,
  failed: Failed = nobody,
): Promise<number> =>
  publishFound(db, today, { cause: 'clock', actor: null, note: null }, failed, (db) => db.query(due, [today, most]))

/** Publishes the agreements that `find` finds and locks, all at once, or else one by one. @returns how many they are */
async function publishFound(
  db: Database,
  today: string,
  reason: Reason,
  failed: Failed,
  find: (db: Database) => Promise<{ id: string }[]>,
): Promise<number> {
  let ids: string[] = []
  try {
    await db.transaction(async (db) => {
      ids = (await find(db)).map(({ id }) => id)
      await publishAgain(db, ids, today, reason, false)
    }, patient)
  } catch (error) {
    if (ids.length === 0) throw error
    await publishOneByOne(db, ids, today, reason, { error, failed })
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
 * Publishes agreements whose documents are in a former format: one batch, without those that another process or an
 * editor holds. One that cannot be published is put aside, and `failed` is told.
 * @returns how many were dealt with; fewer than asked for does not mean that none is left
 */
const publishFormerFormats = (db: Database, today: string, most: number, failed: Failed): Promise<number> =>
  publishFound(db, today, { cause: 'format', actor: null, note: null }, failed, (db) =>
    db.query(inFormerFormat, [currentFormat(), most]),
  )

const nextChange: Statement = {
  name: 'next-registry-change',
  text: `select id, registry, entry_id as "entryId", done_up_to as "doneUpTo", actor, note from registry_changes
    order by id limit 1 for update skip locked`,
}

interface RegistryChange {
  id: string
  registry: 'signatory' | 'research_domain'
  entryId: string
  doneUpTo: string | null
  actor: string | null
  note: string | null
}

interface Shown {
  id: string
  /** How many there are, of which these are the first. */
  found: number
  /** Whether it could not be published before. */
  failed: boolean
}

const shown = `a.id, octet_length(a.document) as size,
  exists (select from publication_failures f where f.agreement_id = a.id) as failed`

/** The agreements that show an entry or what stands under it, after `$2`, in the order of their ids. */
const showing: Record<RegistryChange['registry'], Statement> = {
  signatory: {
    name: 'agreements-showing-signatory',
    text: asBatch(
      'id',
      `with recursive under (id) as (
        select $1::uuid union select s.id from under join signatories s on s.parent_id = under.id
      ), touched (id) as (
        select agreement_id from signatures where signatory_id in (select id from under)
        union select agreement_id from dates where signatory_id in (select id from under)
      )
      select ${shown} from agreements a join touched using (id)
      where ($2::uuid is null or a.id > $2) and a.deleted_at is null order by a.id limit $3 for no key update of a`,
    ),
  },
  research_domain: {
    name: 'agreements-showing-domain',
    text: asBatch(
      'id',
      `with recursive under (id) as (
        select $1::uuid union select d.id from under join research_domains d on d.broader_id = under.id
      )
      select ${shown} from agreements a
      where a.id in (select agreement_id from agreement_domains where domain_id in (select id from under))
        and ($2::uuid is null or a.id > $2) and a.deleted_at is null order by a.id limit $3 for no key update of a`,
    ),
  },
}

/**
 * Publishes agreements that show a changed registry entry: one batch of the oldest change that no other process has. One
 * that cannot be published is put aside, and `failed` is told; the change goes on past it.
 * @returns how many changes and agreements were dealt with; 0 when nothing is left to this process
 */
export async function publishRegistryChange(
  db: Database,
  today: string,
  most: number = batch.agreements,
  failed: Failed = nobody,
): Promise<number> {
  let change: RegistryChange | undefined
  let rows: Shown[] = []
  const publish = async (db: Database): Promise<void> => {
    ;[change] = await db.query<RegistryChange>(nextChange)
    if (!change) return
    rows = await db.query<Shown>(showing[change.registry], [change.entryId, change.doneUpTo, most])
    await publishAgain(db, unfailed(rows), today, reasonOf(change), true)
    await advance(db, change, rows, most)
  }
  try {
    await db.transaction(publish, patient)
  } catch (error) {
    if (!change || rows.length === 0) throw error
    const taken = change
    await publishOneByOne(db, unfailed(rows), today, reasonOf(taken), { error, failed })
    await db.transaction((db) => advance(db, taken, rows, most))
  }
  return change ? rows.length + 1 : 0
}

const unfailed = (rows: Shown[]): string[] => rows.filter((row) => !row.failed).map(({ id }) => id)

const reasonOf = ({ actor, note }: RegistryChange): Reason => ({ cause: 'registry', actor, note })

const retrySoon: Statement = {
  name: 'retry-failures-soon',
  text: `update publication_failures set next_try = clock_timestamp(), cause = 'registry', actor = $2, note = $3
    where agreement_id = any($1::uuid[])`,
}

/** The change is done up to the last of `rows`. What could not be published before it is tried again: it may help. */
async function advance(db: Database, change: RegistryChange, rows: Shown[], most: number): Promise<void> {
  const before = rows.filter((row) => row.failed).map(({ id }) => id)
  if (before.length > 0) await db.query(retrySoon, [before, change.actor, change.note])
  const found = rows[0]?.found ?? 0
  if (found < most && found === rows.length) {
    await db.query({ name: 'change-done', text: 'delete from registry_changes where id = $1' }, [change.id])
  } else {
    const text = `update registry_changes set done_up_to = $2 where id = $1 and (done_up_to is null or done_up_to < $2)`
    await db.query({ name: 'change-advanced', text }, [change.id, rows.at(-1)!.id])
  }
}

/** Counted no further than this: what it costs to know is bounded. */
const backlogCounted = 10_000

const backlogStatement: Statement = {
  name: 'backlog',
  text: `select
    (select count(*)::int from (select from registry_changes limit $2) c) as "registryChanges",
    (select count(*)::int from (
      select from agreements where changes_on <= $1 and deleted_at is null
        and not exists (select from publication_failures f where f.agreement_id = id) limit $2
    ) a) as due,
    (select count(*)::int from (select from agreements where format < $3 and deleted_at is null limit $2) f)
      as "formerFormats",
    (select count(*)::int from (select from publication_failures limit $2) f) as failed`,
}

interface Backlog {
  registryChanges: number
  due: number
  formerFormats: number
  failed: number
}

/**
 * What waits to be published, at most 10,000 of each: registry changes, agreements that are due by `today`, and those
 * whose documents are in a former format, or that could not be published.
 */
export async function backlog(db: Database, today: string): Promise<Backlog> {
  const [row] = await db.query<Backlog>(backlogStatement, [today, backlogCounted, currentFormat()])
  return row!
}

export interface Publisher {
  /** Gives up the batch under way. */
  stop(): Promise<void>
}

/** How often the publisher looks for work, in milliseconds. */
const pause = 1_000

/**
 * The worker in every server that publishes what no editor does: documents that time changes, and those that show a
 * changed registry entry. Any number may run at once; each takes what no other has.
 */
export function startPublisher(
  pooled: Database,
  today: () => string,
  log: Pick<FastifyBaseLogger, 'error'>,
): Publisher {
  const stopping = new AbortController()
  const { signal } = stopping
  const db = pooled.during(signal)
  const failed: Failed = (agreement, error) =>
    log.error({ err: error, agreement }, 'The agreement cannot be published again. It is tried again later.')
  const onError = (error: unknown) => signal.aborted || log.error({ err: error }, 'publishing failed')
  async function publish(): Promise<number> {
    return (await isWritable(db)) ? publishAll(db, today(), { signal, failed }) : 0
  }
  async function run(): Promise<void> {
    while (!signal.aborted) {
      const published = await publish().catch(onError)
      if (!published) await setTimeout(pause, undefined, { signal }).catch(() => {})
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
 * Publishes all that is due, in batches, until nothing is left or `signal` says stop. `failed` is told of each agreement
 * that cannot be published. @returns how many were dealt with
 */
export async function publishAll(
  db: Database,
  today: string,
  { signal, failed = nobody }: { signal?: AbortSignal; failed?: Failed } = {},
): Promise<number> {
  let all = 0
  for (let published = 1; published > 0 && !signal?.aborted; all += published) {
    published = await publishRegistryChange(db, today, batch.agreements, failed)
    published += await publishDue(db, today, batch.agreements, failed)
    published += await publishFormerFormats(db, today, batch.agreements, failed)
    published += await retryFailure(db, today, failed)
  }
  return all
}
