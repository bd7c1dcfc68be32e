import { and, desc, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database, Statement } from '../database/connect.ts'
import { when } from '../database/sql.ts'
import { type Listed, limitOf, readCursor, totalOf } from '../http/paging.ts'
import { Problem } from '../problems/problems.ts'
import { nothing, type WebhookEvent } from './events.ts'
import { readWebhook } from './queries.ts'
import type { Attempt, Delivery, DeliveryQuery } from './schemas.ts'
import { webhookDeliveries } from './tables.ts'

type Row = typeof webhookDeliveries.$inferSelect

/** A page of the log of a webhook, latest first. @throws Problem 404 */
export async function listDeliveries(
  db: Database,
  webhook: string,
  query: DeliveryQuery,
): Promise<{ rows: Listed[]; total: number | undefined }> {
  const after = readCursor(`webhooks/${webhook}/deliveries`, query, 'text')
  await readWebhook(db, webhook)
  const matches = and(
    eq(webhookDeliveries.webhookId, webhook),
    when(query.status, (status) => eq(webhookDeliveries.status, status)),
  )
  const rows = await db.orm
    .select()
    .from(webhookDeliveries)
    .where(
      and(
        matches,
        when(after, ({ id }) => sql`${webhookDeliveries.id} < ${id}::uuid`),
      ),
    )
    .orderBy(desc(webhookDeliveries.id))
    .limit(limitOf(query) + 1)
  return {
    rows: rows.map((row) => ({ id: row.id, key: '', document: JSON.stringify(representation(row)) })),
    total: await totalOf(query, () => db.orm.$count(webhookDeliveries, matches)),
  }
}

/** @throws Problem 404 */
export async function readDelivery(db: Database, webhook: string, id: string): Promise<Delivery> {
  const [row] = await db.orm.select().from(webhookDeliveries).where(ofWebhook(webhook, id))
  if (!row) throw notFound(id)
  return representation(row)
}

/** Sends a test event to a webhook, once. @throws Problem 404 */
export async function addPing(db: Database, webhook: string): Promise<Delivery> {
  await readWebhook(db, webhook)
  const event: WebhookEvent = { type: 'ping', timestamp: new Date().toISOString(), data: { webhook, ...nothing } }
  const values = { id: uuidv7(), webhookId: webhook, type: event.type, body: JSON.stringify(event), byHand: true }
  const [row] = await db.transaction((db) => db.orm.insert(webhookDeliveries).values(values).returning())
  return representation(row!)
}

/**
 * Sends an event again, with the same id. One that waits for a retry is tried now, and goes on as before.
 * @throws Problem 404
 */
export async function redeliver(db: Database, webhook: string, id: string): Promise<Delivery> {
  const isPending = sql`status = 'pending'`
  const [row] = await db.transaction((db) =>
    db.orm
      .update(webhookDeliveries)
      .set({
        byHand: sql`by_hand or not (${isPending} and (select enabled from webhooks w where w.id = webhook_id))`,
        nextTry: sql`case when claimed_by is null then now() else next_try end`,
        tries: sql`case when ${isPending} then tries else 0 end`,
        firstTry: sql`case when ${isPending} then first_try end`,
        status: 'pending',
        finishedAt: null,
      })
      .where(ofWebhook(webhook, id))
      .returning(),
  )
  if (!row) throw notFound(id)
  return representation(row)
}

const ofWebhook = (webhook: string, id: string) =>
  and(eq(webhookDeliveries.webhookId, webhook), eq(webhookDeliveries.id, id))

const notFound = (id: string): Problem => new Problem('not_found', `There is no delivery ${id} to this webhook.`)

const utc = (instant: string | null): string | null => instant && new Date(instant).toISOString()

const representation = (row: Row): Delivery => ({
  id: row.id,
  type: row.type as Delivery['type'],
  status: row.status,
  nextTry: utc(row.nextTry),
  attempts: row.attempts as Attempt[],
  event: JSON.parse(row.body) as WebhookEvent,
  createdAt: utc(row.createdAt)!,
  finishedAt: utc(row.finishedAt),
})

const deleteStatement: Statement = {
  name: 'delete-old-deliveries',
  text: `delete from webhook_deliveries where id in (
      select id from webhook_deliveries
      where status <> 'pending' and finished_at < statement_timestamp() - make_interval(days => $1)
      order by finished_at limit 1000 for update skip locked
    ) returning 1`,
}

/** Deletes deliveries that ended more than `days` ago from the log, at most 1,000. @returns their number */
export const deleteOldDeliveries = async (db: Database, days: number): Promise<number> =>
  (await db.query(deleteStatement, [days])).length

const waitingStatement: Statement = {
  name: 'waiting-deliveries',
  text: `select count(*)::int as waiting from (
      select from webhook_deliveries d join webhooks w on w.id = d.webhook_id
      where d.status = 'pending' and (w.enabled or d.by_hand) limit 10000
    ) counted`,
}

/** Number of deliveries that are to be sent or tried again, counted up to 10,000. */
export async function waitingDeliveries(db: Database): Promise<number> {
  const [row] = await db.query<{ waiting: number }>(waitingStatement)
  return row!.waiting
}
