import { setImmediate, setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Database, Statement } from '../../database/connect.ts'
import { documentOf } from './representation.ts'
import { loadParts, type Parts, type Publication, store, storeWords, type VersionColumns } from './aggregate.ts'
import { isWritable } from '../../database/writable.ts'
import { clock, publicationOf, withOwn, wordsOf } from './publish.ts'
import { lookUp, type References } from './lookup.ts'
import { currentFormat } from './upcast.ts'

/** How many agreements one transaction publishes: an editor of one of them waits that long, and no longer. */
const batch = 200

const due: Statement = {
  name: 'due-agreements',
  text: `select id from agreements where changes_on <= $1 and deleted_at is null
    order by changes_on, id limit $2 for no key update skip locked`,
}

/**
 * Publishes agreements that the passing of time changes by `today`: one batch, without those that another process or
 * an editor holds.
 * @returns how many were published; fewer than asked for does not mean that none is left
 */
export const publishDue = (db: Database, today: string, most: number = batch): Promise<number> =>
  db.transaction(async (db) => {
    const rows = await db.query<{ id: string }>(due, [today, most])
    await publishAgain(
      db,
      rows.map(({ id }) => id),
      today,
      { cause: 'clock', actor: null, note: null },
    )
    return rows.length
  })

const inFormerFormat: Statement = {
  name: 'agreements-in-former-format',
  text: `select id from agreements where format < $1 and deleted_at is null
    order by format limit $2 for no key update skip locked`,
}

/**
 * Publishes agreements whose documents are in a former format: one batch, without those that another process or an
 * editor holds.
 * @returns how many were published; fewer than asked for does not mean that none is left
 */
const publishFormerFormats = (db: Database, today: string, most: number = batch): Promise<number> =>
  db.transaction(async (db) => {
    const rows = await db.query<{ id: string }>(inFormerFormat, [currentFormat(), most])
    await publishAgain(
      db,
      rows.map(({ id }) => id),
      today,
      { cause: 'format', actor: null, note: null },
    )
    return rows.length
  })

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

/** The agreements that show an entry or what stands under it, after `$2`, in the order of their ids. */
const showing: Record<RegistryChange['registry'], Statement> = {
  signatory: {
    name: 'agreements-showing-signatory',
    text: `
      with recursive under (id) as (
        select $1::uuid union select s.id from under join signatories s on s.parent_id = under.id
      ), touched (id) as (
        select agreement_id from signatures where signatory_id in (select id from under)
        union select agreement_id from dates where signatory_id in (select id from under)
      )
      select a.id from agreements a join touched using (id)
      where ($2::uuid is null or a.id > $2) and a.deleted_at is null order by a.id limit $3 for no key update of a`,
  },
  research_domain: {
    name: 'agreements-showing-domain',
    text: `
      with recursive under (id) as (
        select $1::uuid union select d.id from under join research_domains d on d.broader_id = under.id
      )
      select a.id from agreements a
      where a.id in (select agreement_id from agreement_domains where domain_id in (select id from under))
        and ($2::uuid is null or a.id > $2) and a.deleted_at is null order by a.id limit $3 for no key update of a`,
  },
}

/**
 * Publishes agreements that show a changed registry entry: one batch of the oldest change that no other process has.
 * @returns how many changes and agreements were dealt with; 0 when nothing is left to this process
 */
export const publishRegistryChange = (db: Database, today: string, most: number = batch): Promise<number> =>
  db.transaction(async (db) => {
    const [change] = await db.query<RegistryChange>(nextChange)
    if (!change) return 0
    const rows = await db.query<{ id: string }>(showing[change.registry], [change.entryId, change.doneUpTo, most])
    await publishAgain(
      db,
      rows.map(({ id }) => id),
      today,
      { cause: 'registry', actor: change.actor, note: change.note },
    )
    if (rows.length < most)
      await db.query({ name: 'change-done', text: 'delete from registry_changes where id = $1' }, [change.id])
    else {
      const advance = { name: 'change-advanced', text: 'update registry_changes set done_up_to = $2 where id = $1' }
      await db.query(advance, [change.id, rows.at(-1)!.id])
    }
    return rows.length + 1
  })

/**
 * Publishes locked agreements as they are, for a cause other than an edit. What looks the same is left alone, but for the
 * words that it is found by: a body's aliases are among them, and no document shows those.
 */
async function publishAgain(
  db: Database,
  ids: string[],
  today: string,
  reason: Omit<VersionColumns, 'operation'>,
): Promise<void> {
  for (let left = ids; left.length > 0;) {
    const loaded = await loadParts(db, left)
    await publishLoaded(db, loaded, today, reason)
    const done = new Set(loaded.map(({ agreement }) => agreement.id))
    left = done.size > 0 ? left.filter((id) => !done.has(id)) : []
  }
}

/** Requests have a turn between one agreement and the next. */
async function publishLoaded(
  db: Database,
  loaded: Parts[],
  today: string,
  reason: Omit<VersionColumns, 'operation'>,
): Promise<void> {
  const registry = await lookUp(db, loaded.reduce<References>(withOwn, {}))
  const now = await clock(db)
  const history: VersionColumns = { operation: 'updated', ...reason }
  const publications: Publication[] = []
  const words: { id: string; words: string }[] = []
  for (const parts of loaded) {
    await setImmediate()
    const document = reason.cause === 'registry' ? documentOf(parts, registry, today) : undefined
    if (document && looksTheSame(parts.document, document)) {
      words.push({ id: parts.agreement.id, words: wordsOf(document, parts, registry) })
    } else publications.push(publicationOf(parts, registry, { before: parts, now, today, history }))
  }
  if (publications.length > 0) await store(db, publications)
  await storeWords(db, words)
}

/** In whatever order the properties stand: an upcast document need not have that of a new one. */
const looksTheSame = (stored: string, document: object): boolean => isDeepStrictEqual(JSON.parse(stored), document)

/** Counted no further than this: what it costs to know is bounded. */
const backlogCounted = 10_000

const backlogStatement: Statement = {
  name: 'backlog',
  text: `select
    (select count(*)::int from (select from registry_changes limit $2) c) as "registryChanges",
    (select count(*)::int from (select from agreements where changes_on <= $1 and deleted_at is null limit $2) a) as due,
    (select count(*)::int from (select from agreements where format < $3 and deleted_at is null limit $2) f)
      as "formerFormats"`,
}

interface Backlog {
  registryChanges: number
  due: number
  formerFormats: number
}

/**
 * What waits to be published, at most 10,000 of each: registry changes, agreements that are due by `today`, and those
 * whose documents are in a former format.
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
export function startPublisher(pooled: Database, today: () => string, onError: (error: unknown) => void): Publisher {
  const stopping = new AbortController()
  const { signal } = stopping
  const db = pooled.during(signal)
  async function publish(): Promise<number> {
    return (await isWritable(db)) ? publishAll(db, today(), signal) : 0
  }
  async function run(): Promise<void> {
    while (!signal.aborted) {
      const published = await publish().catch((error: unknown) => signal.aborted || onError(error))
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

/** Publishes all that is due, in batches, until nothing is left or `signal` says stop. @returns how many */
export async function publishAll(db: Database, today: string, signal?: AbortSignal): Promise<number> {
  let all = 0
  for (let published = 1; published > 0 && !signal?.aborted; all += published) {
    published = (await publishRegistryChange(db, today)) + (await publishDue(db, today))
    published += await publishFormerFormats(db, today)
  }
  return all
}
