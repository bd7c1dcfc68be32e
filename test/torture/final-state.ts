import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { backlog } from '../../src/agreements/publication/republish-worker.ts'
import { type ConnectedDatabase, connect } from '../../src/database/connect.ts'
import { withoutLimits } from '../../src/database/time-limits.ts'
import { buildIndependently } from '../support/independent.ts'
import { isDeepStrictEqual } from 'node:util'
import type { FeedItem, FinalState, StoredVersion } from './history.ts'

/** Runs `work` with connections of its own, past any proxy. */
export async function withDatabase<Result>(
  url: string,
  work: (db: ConnectedDatabase) => Promise<Result>,
): Promise<Result> {
  const db = connect({ url, pool: 4, limits: withoutLimits })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

/** How long the register may take until nothing writes any more, in milliseconds. */
const patience = 60_000

/** The day of the register: that of its database, in UTC. */
async function todayOf(db: ConnectedDatabase): Promise<string> {
  const [row] = await db.query<{ day: string }>(sql`select (clock_timestamp() at time zone 'UTC')::date::text as day`)
  return row!.day
}

/** Waits until no transaction of the API is open, and all that is due is published. @throws Error when that does not come */
async function rest(db: ConnectedDatabase): Promise<void> {
  const today = await todayOf(db)
  for (const until = performance.now() + patience; ;) {
    const open = await db.query<{ state: string; query: string }>(sql`
      select state, query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and xact_start is not null and backend_type = 'client backend'`)
    const { failed: _, ...due } = await backlog(db, today)
    if (open.length === 0 && Object.values(due).every((count) => count === 0)) return
    if (performance.now() > until) throw new Error(`No rest: ${JSON.stringify({ open, due })}`)
    await setTimeout(100)
  }
}

/**
 * What the register has once nothing writes any more.
 * @param url of the database, past any proxy
 * @param origin of a server, which gives the feed
 */
export const readFinalState = (url: string, origin: string): Promise<FinalState> =>
  withDatabase(url, async (db) => {
    await rest(db)
    const versions = await db.query<StoredVersion>(sql`
      select agreement_id as agreement, version, cause, note, case when document is not null then json_build_object(
        'summary', document::json ->> 'summary', 'sources', json_array_length(document::json -> 'sources')) end as shown
      from agreement_versions order by 1, 2`)
    return { versions, feed: await readFeed(origin), untrue: await untrueOf(db) }
  })

/** The ids of all agreements. */
export const agreementsOf = (url: string): Promise<string[]> =>
  withDatabase(url, async (db) => {
    const rows = await db.query<{ id: string }>(sql`select id from agreements`)
    return rows.map(({ id }) => id)
  })

/** The whole feed, read by pages as a follower does. */
async function readFeed(origin: string): Promise<FeedItem[]> {
  const items: FeedItem[] = []
  for (let cursor = '0', more = true; more;) {
    const answer = await fetch(`${origin}/v1/changes?after=${cursor}&limit=200`)
    if (!answer.ok) throw new Error(`The feed: ${answer.status} ${await answer.text()}`)
    const page = (await answer.json()) as { items: FeedItem[]; cursor: string; more: boolean }
    items.push(...page.items.map(({ sequence, kind, id, version }) => ({ sequence, kind, id, version })))
    ;({ cursor, more } = page)
  }
  return items
}

interface Stored {
  id: string
  document: string
  deleted: boolean
  version: number
  last: number
  same: boolean
}

/** Agreements whose document is not what their parts give, or not that of their last version. */
async function untrueOf(db: ConnectedDatabase): Promise<string[]> {
  const today = await todayOf(db)
  const rows = await db.query<Stored>(sql`
    select a.id, a.document, a.deleted_at is not null as deleted, a.version, v.version as last,
      coalesce(v.document = a.document, a.deleted_at is not null) as same
    from agreements a join lateral (
      select version, document from agreement_versions where agreement_id = a.id order by version desc limit 1
    ) v on true`)
  const untrue: string[] = []
  for (let from = 0; from < rows.length; from += 500) {
    const some = rows.slice(from, from + 500)
    const ids = some.map(({ id }) => id)
    const built = await buildIndependently(db, ids, today)
    for (const { id, document, deleted, version, last, same } of some) {
      const isTrue = deleted || isDeepStrictEqual(JSON.parse(document), built.get(id)?.document)
      if (!isTrue || !same || version !== last) untrue.push(id)
    }
  }
  return untrue
}
