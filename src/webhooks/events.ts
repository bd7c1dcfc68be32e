import { z } from 'zod'
import { causes } from '../agreements/tables.ts'
import { changeKinds } from '../registry/tables.ts'
import { Id, Instant } from '../shared/schemas.ts'

/** What each type of event tells; its name is that of the kind and the operation in `/v1/changes`. */
export const eventTypes = {
  'agreement.created': 'An agreement was created.',
  'agreement.updated':
    'An agreement has a new version: it was edited, or published again for another `cause`. With `inSelection: false`, it no longer matches the selection of the webhook.',
  'agreement.deleted': 'An agreement was deleted.',
  'agreement.restored': 'A deleted agreement was restored.',
  'signatory.deleted': 'A signatory was deleted.',
  'signatory.merged': 'A signatory was merged into another one.',
  'signatory.restored': 'The merge of a signatory was undone.',
  'research_domain.deleted': 'A research domain was deleted.',
  'collection.deleted': 'A collection was deleted.',
  ping: 'A test: nothing has changed.',
} as const
export type EventType = keyof typeof eventTypes

export const EventType = z.enum(Object.keys(eventTypes) as [EventType, ...EventType[]]).meta({
  id: 'WebhookEventType',
  description: 'What an event tells.',
})

const EventData = z
  .object({
    webhook: Id.describe('Id of the webhook.'),
    sequence: z
      .int()
      .nullable()
      .describe(
        'The place of the change in `/v1/changes`: it has the same change after the cursor before it. Null for a ping, and so are all of the following.',
      ),
    kind: z.enum(changeKinds).nullable().describe('What was changed.'),
    id: z.string().nullable().describe('Id of the agreement or the registry entry.'),
    reference: z.string().nullable().describe('Reference of the agreement; null when it has none.'),
    version: z.int().nullable().describe('The version of the agreement; null for a registry entry.'),
    cause: z.enum(causes).nullable().describe('Why the agreement was published; null for a registry entry.'),
    inSelection: z
      .boolean()
      .nullable()
      .describe('Whether it is there and matches the selection of the webhook. `false`: remove your copy.'),
    code: z.string().nullable().describe('The code of the registry entry; null for an agreement.'),
    mergedInto: z.string().nullable().describe('Id of the signatory that it was merged into; otherwise null.'),
  })
  .meta({ id: 'WebhookEventData', description: 'What was changed. Read the rest from the API.' })

export const WebhookEvent = z
  .object({
    type: EventType,
    timestamp: Instant.describe('When the change was written, RFC 3339 in UTC.'),
    data: EventData,
  })
  .meta({
    id: 'WebhookEvent',
    description: 'The body of each request to a webhook. Events can arrive late, twice and out of order.',
    examples: [
      {
        type: 'agreement.updated',
        timestamp: '2026-01-31T12:00:00.000Z',
        data: {
          webhook: '01a0c452-2000-7000-8000-000000000031',
          sequence: 4711,
          kind: 'agreement',
          id: '01a0c451-6218-7549-96ad-388bcf6f4db3',
          reference: 'DHS-ST-2019-KR',
          version: 3,
          cause: 'edit',
          inSelection: true,
          code: null,
          mergedInto: null,
        },
      },
    ],
  })
export type WebhookEvent = z.infer<typeof WebhookEvent>

/** The data of a ping. */
export const nothing = {
  sequence: null,
  kind: null,
  id: null,
  reference: null,
  version: null,
  cause: null,
  inSelection: null,
  code: null,
  mergedInto: null,
} as const

/** The headers of each request to a webhook, by the Standard Webhooks specification. */
export const WebhookHeaders = z.object({
  'webhook-id': z
    .string()
    .describe('Identifies the event for this webhook. The same in each retry: ignore an id that you have processed.'),
  'webhook-timestamp': z.string().describe('When this attempt began, in seconds since 1970. Refuse one that is old.'),
  'webhook-signature': z
    .string()
    .describe(
      'Signatures of id, timestamp and body, separated by spaces: `v1,` and an HMAC-SHA256 in Base64. One of them must be valid; there are two while a secret is rotated.',
    ),
})
