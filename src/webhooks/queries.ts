import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { desc, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../database/connect.ts'
import { when } from '../database/sql.ts'
import { type AsShown, compareShown } from '../http/as-shown.ts'
import { type Listed, limitOf, readCursor, totalOf } from '../http/paging.ts'
import { requireMatch } from '../http/responses.ts'
import { type BodyError, Problem, ruleBroken } from '../problems/problems.ts'
import type { Receivers } from './receivers.ts'
import type { Webhook, WebhookInput, WebhookQuery, WebhookWithSecret } from './schemas.ts'
import { selectionErrors } from './selection.ts'
import { webhookDeliveries, webhooks } from './tables.ts'

type Row = typeof webhooks.$inferSelect

const notFound = (id: string): Problem => new Problem('not_found', `There is no webhook ${id}.`)

/** @throws Problem 404 */
export async function readWebhook(db: Database, id: string): Promise<Webhook> {
  const [row] = await db.orm.select().from(webhooks).where(eq(webhooks.id, id))
  if (!row) throw notFound(id)
  return representation(row)
}

/** A page of webhooks, newest first. */
export async function listWebhooks(
  db: Database,
  query: WebhookQuery,
): Promise<{ rows: Listed[]; total: number | undefined }> {
  const after = readCursor('webhooks', query, 'text')
  const rows = await db.orm
    .select()
    .from(webhooks)
    .where(when(after, ({ id }) => sql`${webhooks.id} < ${id}::uuid`))
    .orderBy(desc(webhooks.id))
    .limit(limitOf(query) + 1)
  return {
    rows: rows.map((row) => ({ id: row.id, key: '', document: JSON.stringify(representation(row)) })),
    total: await totalOf(query, () => db.orm.$count(webhooks)),
  }
}

/** 256 random bits, as the Standard Webhooks specification writes them. */
const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`

interface Creation {
  input: WebhookInput
  receivers: Receivers
  /** The last change that is not sent. */
  position: number
  actor: string | null
}

/** The rules that a webhook breaks. */
const errorsIn = async (db: Database, { url, selection }: WebhookInput, receivers: Receivers): Promise<BodyError[]> => [
  ...receivers.errorsOf(url),
  ...(await selectionErrors(db, selection)),
]

/** Creates a webhook. @throws Problem 422 for a URL that cannot be sent to, and a selection that is not valid */
export async function createWebhook(
  db: Database,
  { input, receivers, position, actor }: Creation,
): Promise<WebhookWithSecret> {
  const errors = await errorsIn(db, input, receivers)
  if (errors.length > 0) throw ruleBroken(errors)
  const secret = newSecret()
  const values = { id: uuidv7(), ...input, secret, position, updatedBy: actor }
  const [row] = await db.transaction((db) => db.orm.insert(webhooks).values(values).returning(), {
    toFindOut: 'If GET /v1/webhooks lists the webhook, delete it, because its secret is lost, and create another.',
  })
  return { ...representation(row!), secret }
}

interface Replacement {
  input: WebhookInput
  receivers: Receivers
  asShown: AsShown | undefined
  ifMatch: string | undefined
  actor: string | null
}

/**
 * Replaces a webhook; nothing changes when it is the same. One that is enabled again goes on where it was.
 * @throws Problem 404, 412, 422
 */
export async function replaceWebhook(
  db: Database,
  id: string,
  { input, receivers, asShown, ifMatch, actor }: Replacement,
): Promise<Webhook> {
  requireMatch(ifMatch, (await readWebhook(db, id)).version)
  const wrong = await errorsIn(db, input, receivers)
  return db.transaction(async (db) => {
    const before = await lock(db, id, ifMatch)
    const errors = [...wrong, ...compareShown(asShown, representation(before)).errors]
    if (errors.length > 0) throw ruleBroken(errors)
    const { url, description, events, selection, enabled } = before
    if (isDeepStrictEqual({ url, description, events, selection, enabled }, input)) return representation(before)
    if (input.enabled && !before.enabled) await startAgain(db, before)
    const disabledReason = input.enabled ? null : before.disabledReason
    return store(db, before, { ...input, disabledReason }, actor)
  })
}

/** Deliveries that waited are due at once, whatever failed before. */
async function startAgain(db: Database, { id, disabledReason }: Row): Promise<void> {
  const last = sql`(select coalesce(max(sequence), 0) from changes where sequence is not null)`
  await db.orm
    .update(webhooks)
    .set({ failingSince: null, ...(disabledReason === 'changes_gone' && { position: last }) })
    .where(eq(webhooks.id, id))
  await db.query(sql`update ${webhookDeliveries} set next_try = now()
    where webhook_id = ${id} and status = 'pending' and claimed_by is null`)
}

/** Deletes a webhook and its log. @throws Problem 404, 412 */
export const deleteWebhook = (db: Database, id: string, ifMatch: string | undefined): Promise<void> =>
  db.transaction(async (db) => {
    await lock(db, id, ifMatch)
    await db.orm.delete(webhooks).where(eq(webhooks.id, id))
  })

/**
 * Gives a webhook a new secret. The old one also signs for another `overlapHours`; one that is still older no longer does.
 * @throws Problem 404
 */
export const rotateSecret = (
  db: Database,
  id: string,
  overlapHours: number,
  actor: string | null,
): Promise<WebhookWithSecret> =>
  db.transaction(
    async (db) => {
      const before = await lock(db, id, '*')
      const secret = newSecret()
      const previousSecretUntil = sql`statement_timestamp() + make_interval(hours => ${overlapHours})`
      const changed = await store(db, before, { secret, previousSecret: before.secret, previousSecretUntil }, actor)
      return { ...changed, secret }
    },
    {
      toFindOut: 'If the `version` of the webhook has increased, rotate the secret again, because the new one is lost.',
    },
  )

async function store(db: Database, { id, version }: Row, changed: object, actor: string | null): Promise<Webhook> {
  const [row] = await db.orm
    .update(webhooks)
    .set({ ...changed, version: version + 1, updatedAt: sql`statement_timestamp()`, updatedBy: actor })
    .where(eq(webhooks.id, id))
    .returning()
  return representation(row!)
}

async function lock(db: Database, id: string, ifMatch: string | undefined): Promise<Row> {
  const [row] = await db.orm.select().from(webhooks).where(eq(webhooks.id, id)).for('update')
  if (!row) throw notFound(id)
  requireMatch(ifMatch, row.version)
  return row
}

const utc = (instant: string): string => new Date(instant).toISOString()

const representation = (row: Row): Webhook => ({
  id: row.id,
  url: row.url,
  description: row.description,
  events: row.events as Webhook['events'],
  selection: row.selection,
  enabled: row.enabled,
  disabledReason: row.disabledReason,
  previousSecretUntil: row.previousSecretUntil && utc(row.previousSecretUntil),
  version: row.version,
  createdAt: utc(row.createdAt),
  updatedAt: utc(row.updatedAt),
  updatedBy: row.updatedBy,
})

/** Moves all webhooks in the feed, together with the changes that they know. */
export async function moveWebhooks(db: Database, step: number): Promise<void> {
  await db.query(sql`update ${webhooks} set position = position + ${step}`)
}
