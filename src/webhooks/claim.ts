import { v7 as uuidv7 } from 'uuid'
import type { Database, Statement } from '../database/connect.ts'
import type { Outcome } from './send.ts'

/** A delivery that this process works on. */
export interface Claimed {
  id: string
  webhook: string
  url: string
  body: string
  /** The newest first. */
  secrets: string[]
  tries: number
  byHand: boolean
  /** Milliseconds since 1970, by the clock of PostgreSQL. */
  at: number
  worker: string
}

/** Maximum number of deliveries at once: of this process, to one webhook, and to one whose last attempt failed. */
const maxRunning = { all: 64, perWebhook: 4, failing: 1 }

/** How much longer than an attempt a delivery is kept for a process, in seconds: then another one takes it over. */
const allowance = 15

/** Of each webhook the deliveries that are due, as many as it may have at once: a slow one leaves the others their turns. */
const claimStatement: Statement = {
  name: 'claim-deliveries',
  text: `with running as (select * from unnest($1::uuid[], $2::integer[]) r (webhook_id, running)),
    due as materialized (
      select d.id from webhooks w left join running r on r.webhook_id = w.id cross join lateral (
        select id, next_try from webhook_deliveries
        where webhook_id = w.id and status = 'pending' and next_try <= statement_timestamp() and (w.enabled or by_hand)
        order by next_try
        limit greatest(case when w.failing_since is null then ${maxRunning.perWebhook} else ${maxRunning.failing} end
          - coalesce(r.running, 0), 0)
        for update skip locked
      ) d order by d.next_try limit $3
    )
    update webhook_deliveries d set claimed_by = $4, next_try = statement_timestamp() + make_interval(secs => $5)
    from due, webhooks w where d.id = due.id and w.id = d.webhook_id
    returning d.id, w.id as webhook, w.url, d.body, d.tries, d.by_hand as "byHand",
      (extract(epoch from statement_timestamp()) * 1000)::float8 as at, d.claimed_by as worker,
      array_remove(array[w.secret, case when w.previous_secret_until > statement_timestamp() then w.previous_secret end], null)
        as secrets`,
}

/**
 * Takes deliveries that are due, for this process alone until they must have ended.
 * @param running how many are under way, by webhook
 * @param timeout of an attempt, in milliseconds
 */
export async function claimDue(db: Database, running: Map<string, number>, timeout: number): Promise<Claimed[]> {
  const free = maxRunning.all - [...running.values()].reduce((sum, some) => sum + some, 0)
  if (free <= 0) return []
  const lease = timeout / 1000 + allowance
  return db.transaction((db) =>
    db.query<Claimed>(claimStatement, [[...running.keys()], [...running.values()], free, uuidv7(), lease]),
  )
}

const attempt = `attempts = case when jsonb_array_length(attempts) >= 30 then attempts - 0 else attempts end || $3::jsonb,
      tries = tries + 1, first_try = coalesce(first_try, to_timestamp($4::float8 / 1000)), claimed_by = null`

const deliveredStatement: Statement = {
  name: 'store-delivered',
  text: `with stored as (
      update webhook_deliveries set ${attempt}, status = 'delivered', next_try = null, finished_at = statement_timestamp()
      where id = $1 and claimed_by = $2 returning webhook_id
    )
    update webhooks w set failing_since = null from stored s where w.id = s.webhook_id and failing_since is not null`,
}

/**
 * A webhook that answered 410 is disabled, and so is one of which a delivery failed for good and that has received nothing
 * since the first attempt of it: `failing_since` is null or later if it has.
 */
const failedStatement: Statement = {
  name: 'store-failed',
  text: `with stored as (
      update webhook_deliveries set ${attempt},
        status = case when $5::float8 is null then 'failed' else 'pending' end,
        next_try = statement_timestamp() + make_interval(secs => $5::float8),
        finished_at = case when $5::float8 is null then statement_timestamp() end
      where id = $1 and claimed_by = $2 returning webhook_id, first_try, by_hand, status
    ),
    judged as (
      select s.webhook_id, case
          when $6::boolean then 'gone'
          when s.status = 'failed' and not s.by_hand and w.failing_since <= s.first_try then 'failing' end as reason,
        case when s.by_hand then w.failing_since else coalesce(w.failing_since, to_timestamp($4::float8 / 1000)) end
          as failing_since
      from stored s join webhooks w on w.id = s.webhook_id
    )
    update webhooks w set failing_since = j.failing_since,
      enabled = w.enabled and j.reason is null,
      disabled_reason = case when w.enabled then j.reason else w.disabled_reason end,
      version = w.version + (w.enabled and j.reason is not null)::integer,
      updated_at = case when w.enabled and j.reason is not null then statement_timestamp() else w.updated_at end,
      updated_by = case when w.enabled and j.reason is not null then null else w.updated_by end
    from judged j where w.id = j.webhook_id and (w.failing_since is distinct from j.failing_since or j.reason is not null)`,
}

interface Result extends Outcome {
  /** How long the attempt took. */
  milliseconds: number
}

export const isSuccess = ({ status }: Outcome): boolean => status !== null && status >= 200 && status < 300

/**
 * Stores how an attempt ended, unless another process has taken the delivery over.
 * @param retryIn seconds until the next attempt, if this one failed; null: there is none
 */
export async function storeResult(
  db: Database,
  { id, worker, at }: Claimed,
  { status, error, milliseconds }: Result,
  retryIn: number | null,
): Promise<void> {
  const entry = JSON.stringify([{ at: new Date(at).toISOString(), milliseconds, status, error }])
  // Deleting the webhook takes its locks in the other order: a transaction is tried again after a deadlock.
  await db.transaction((db) =>
    isSuccess({ status, error })
      ? db.query(deliveredStatement, [id, worker, entry, at])
      : db.query(failedStatement, [id, worker, entry, at, retryIn, status === 410]),
  )
}

const giveBackStatement: Statement = {
  name: 'give-back-delivery',
  text: `update webhook_deliveries set claimed_by = null, next_try = statement_timestamp() where id = $1 and claimed_by = $2`,
}

/** Leaves a delivery to any process, as if it had not been tried. */
export const giveBack = async (db: Database, { id, worker }: Claimed): Promise<void> =>
  void (await db.query(giveBackStatement, [id, worker]))
