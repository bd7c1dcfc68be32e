import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant, literals } from '../database/sql.ts'

/** Why the server has disabled a webhook. */
export const disabledReasons = ['gone', 'failing', 'selection_invalid', 'changes_gone'] as const
export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const

/** Who is told of changes. Each follows the feed of changes by its own position: see docs/decisions/webhooks.md. */
export const webhooks = pgTable(
  'webhooks',
  {
    id: uuid().primaryKey(),
    url: text().notNull(),
    description: text(),
    /** The types that are sent; null: all. */
    events: text().array(),
    /** The address of a list with filters; null: every change. */
    selection: text(),
    enabled: boolean().notNull(),
    disabledReason: text('disabled_reason', { enum: disabledReasons }),
    /** In plain text, since each delivery is signed with it. */
    secret: text().notNull(),
    /** Also signs, until `previousSecretUntil`. */
    previousSecret: text('previous_secret'),
    previousSecretUntil: instant('previous_secret_until'),
    /** The last change in the feed for which deliveries were stored. */
    position: bigint({ mode: 'number' }).notNull(),
    /** The first failed attempt since the last success. */
    failingSince: instant('failing_since'),
    version: integer().notNull().default(1),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    updatedBy: text('updated_by'),
  },
  (table) => [
    index('webhooks_position_index')
      .on(table.position)
      .where(sql`enabled`),
    check('webhooks_reason_check', sql`${table.disabledReason} in (${literals(disabledReasons)})`),
    check('webhooks_disabled_check', sql`${table.disabledReason} is null or not ${table.enabled}`),
  ],
)

/** What is sent, and the log of what was: one row for an event and a webhook. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    /** The `webhook-id`. */
    id: uuid().primaryKey(),
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    type: text().notNull(),
    /** The exact text that is signed and sent. */
    body: text().notNull(),
    status: text({ enum: deliveryStatuses }).notNull().default('pending'),
    /** Whether somebody asked for it: it is tried once, also while the webhook is disabled. */
    byHand: boolean('by_hand').notNull().default(false),
    /** When it is due; while a process works on it, when another one may take it over. */
    nextTry: instant('next_try').defaultNow(),
    /** The process that works on it. */
    claimedBy: uuid('claimed_by'),
    /** Number of attempts that the schedule counts, and when the first of them began. */
    tries: integer().notNull().default(0),
    firstTry: instant('first_try'),
    /** The latest attempts. */
    attempts: jsonb().notNull().default([]),
    createdAt: instant('created_at').notNull().defaultNow(),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    index('webhook_deliveries_webhook_index').on(table.webhookId, table.id),
    index('webhook_deliveries_due_index')
      .on(table.webhookId, table.nextTry)
      .where(sql`status = 'pending'`),
    index('webhook_deliveries_finished_index')
      .on(table.finishedAt)
      .where(sql`status <> 'pending'`),
    check('webhook_deliveries_status_check', sql`${table.status} in (${literals(deliveryStatuses)})`),
    check('webhook_deliveries_next_check', sql`(${table.status} = 'pending') = (${table.nextTry} is not null)`),
    check('webhook_deliveries_finished_check', sql`(${table.status} = 'pending') = (${table.finishedAt} is null)`),
  ],
)
