import { z } from 'zod'
import { pageOf, pageParameters } from '../http/paging.ts'
import { Actor, Id, Instant, listOf, Text, Version, WebAddress } from '../shared/schemas.ts'
import { EventType, WebhookEvent } from './events.ts'
import { deliveryStatuses, disabledReasons } from './tables.ts'

const fields = {
  url: WebAddress.describe(
    'Where events are sent by POST: an https URL of a public address. Redirects are not followed.',
  ),
  description: Text(200).nullable().default(null).describe('What it is for.'),
  events: listOf(EventType, 20).nullable().default(null).describe('The types of events that are sent. Null: all.'),
  selection: z
    .string()
    .max(4000)
    .regex(/^\/v1\/agreements\?[^\s\u0000]+$/, 'Must be the address of a list, such as `/v1/agreements?party=KR`.')
    .refine((text) => text.isWellFormed(), 'Must not contain an unpaired surrogate.')
    .nullable()
    .default(null)
    .describe(
      'The address of a list with filters, such as `/v1/agreements?signatory=US-DHS`: only changes of agreements that match are sent, and once when one no longer does. Null: every change of the register.',
    ),
  enabled: z
    .boolean()
    .default(true)
    .describe(
      'Whether events are sent. While it is `false`, they wait: nothing is lost. Set it to `true` after the server has disabled the webhook and the receiver works again.',
    ),
}

export const WebhookInput = z.strictObject(fields).meta({
  id: 'WebhookInput',
  description: 'Where events are sent, and which.',
  examples: [
    {
      url: 'https://example.org/entente',
      description: 'Catalogue of the library',
      events: ['agreement.created', 'agreement.updated', 'agreement.deleted', 'agreement.restored'],
      selection: '/v1/agreements?signatory=US-DHS',
    },
  ],
})
export type WebhookInput = z.infer<typeof WebhookInput>

const shown = {
  id: Id,
  url: z.string().describe('Where events are sent by POST.'),
  description: z.string().nullable().describe('What it is for.'),
  events: z.array(EventType).nullable().describe('The types of events that are sent. Null: all.'),
  selection: z.string().nullable().describe('The list whose changes are sent. Null: every change of the register.'),
  enabled: z.boolean().describe('Whether events are sent. While it is `false`, they wait.'),
  disabledReason: z
    .enum(disabledReasons)
    .nullable()
    .describe(
      'Why the server has disabled it; otherwise null. `gone`: the receiver answered 410. `failing`: a delivery failed for good, and none succeeded meanwhile. `selection_invalid`: the selection names something that no longer exists. `changes_gone`: changes that were not sent yet are no longer kept; once it is enabled, later changes are sent.',
    ),
  previousSecretUntil: Instant.nullable().describe(
    'Until when events are also signed with the secret before the last rotation; null if it was never rotated.',
  ),
  version: Version.describe('Increases by one with each change; the ETag is this number in double quotes.'),
  createdAt: Instant,
  updatedAt: Instant,
  updatedBy: Actor.describe('Who changed it last; null when the server disabled it.'),
}

export const Webhook = z
  .object(shown)
  .meta({ id: 'Webhook', description: 'Who is told of changes, without its secret.' })
export type Webhook = z.infer<typeof Webhook>

export const WebhookWithSecret = z
  .object({
    ...shown,
    secret: z
      .string()
      .describe('The key of the signatures, `whsec_` and Base64. Shown only once: store it at the receiver.'),
  })
  .meta({ id: 'WebhookWithSecret', description: 'A webhook with its new secret.' })
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>

export const SecretReplacement = z
  .strictObject({
    overlapHours: z
      .int()
      .min(0)
      .max(720)
      .default(24)
      .describe('Hours for which events are also signed with the old secret.'),
  })
  .meta({ id: 'SecretReplacement', description: 'How a secret is replaced.', examples: [{ overlapHours: 48 }] })

export const WebhookQuery = z.strictObject(pageParameters)
export type WebhookQuery = z.infer<typeof WebhookQuery>
export const WebhookPage = pageOf(Webhook, 'WebhookPage')
export const WebhookParams = z.strictObject({ id: Id.describe('Id of the webhook.') })

/** Why an attempt had no response. */
const attemptErrors = ['address_not_allowed', 'host_not_found', 'connection_failed', 'tls_failed', 'timeout'] as const

const Attempt = z
  .object({
    at: Instant.describe('When it began.'),
    milliseconds: z.int().min(0).describe('How long it took.'),
    status: z.int().nullable().describe('The status of the response; null when there was none.'),
    error: z.enum(attemptErrors).nullable().describe('Why there was no response; otherwise null.'),
  })
  .meta({ id: 'DeliveryAttempt', description: 'One attempt to deliver an event.' })
export type Attempt = z.infer<typeof Attempt>

const DeliveryStatus = z.enum(deliveryStatuses)

export const Delivery = z
  .object({
    id: Id.describe('The `webhook-id` of the event.'),
    type: EventType,
    status: DeliveryStatus.describe(
      '`pending`: to be sent, or to be tried again. `delivered`: the receiver answered with a status from 200 to 299. `failed`: no attempt succeeded, and there will be no further one.',
    ),
    nextTry: Instant.nullable().describe('When it is tried next, unless the webhook is disabled; null when it is not.'),
    attempts: z.array(Attempt).describe('The latest attempts, at most 30, in their order.'),
    event: WebhookEvent,
    createdAt: Instant,
    finishedAt: Instant.nullable().describe('When it was delivered, or had failed; null while it is pending.'),
  })
  .meta({ id: 'Delivery', description: 'An event that is or was sent to a webhook.' })
export type Delivery = z.infer<typeof Delivery>

export const DeliveryQuery = z.strictObject({
  status: DeliveryStatus.optional().describe('Only deliveries with this status.'),
  ...pageParameters,
})
export type DeliveryQuery = z.infer<typeof DeliveryQuery>
export const DeliveryPage = pageOf(Delivery, 'DeliveryPage')
export const DeliveryParams = z.strictObject({
  id: Id.describe('Id of the webhook.'),
  deliveryId: Id.describe('Id of the delivery.'),
})
