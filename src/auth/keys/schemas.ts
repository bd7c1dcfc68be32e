import { z } from 'zod'
import { pageOf, pageParameters } from '../../http/paging.ts'
import { Actor, Id, Instant, AnyInstant, Role, Text } from '../../shared/schemas.ts'

const expiresAt = AnyInstant.nullable().default(null).describe('When it ends; null: never, until it is revoked.')

export const NewKey = z
  .strictObject({
    name: Text(100).describe('Who or what it is for: histories show it.'),
    role: Role,
    expiresAt,
  })
  .meta({
    id: 'NewKey',
    description: 'An API key to be.',
    examples: [{ name: 'Nightly import', role: 'editor', expiresAt: '2099-12-31T00:00:00Z' }],
  })
export type NewKey = z.infer<typeof NewKey>

export const KeyReplacement = z
  .strictObject({
    overlapHours: z
      .int()
      .min(1)
      .max(720)
      .default(24)
      .describe('For how many hours the old key still works beside the new one, unless it ends before.'),
    expiresAt,
  })
  .meta({
    id: 'KeyReplacement',
    description: 'How one key takes the place of another.',
    examples: [{ overlapHours: 48 }],
  })
export type KeyReplacement = z.infer<typeof KeyReplacement>

const fields = {
  id: Id,
  publicId: z.string().describe('The part of the key that is no secret: `ent_<publicId>_…`.'),
  name: z.string(),
  role: Role,
  createdAt: Instant,
  createdBy: Actor.describe('Who gave it out; null when nobody was told apart.'),
  expiresAt: Instant.nullable().describe('When it ends or ended; null: never, until it is revoked.'),
  lastUsedAt: Instant.nullable().describe('When it was last used, to the minute; null: never.'),
  revokedAt: Instant.nullable().describe('Null unless it was revoked.'),
  revokedBy: Actor.describe('Who revoked it; null unless it was revoked.'),
  replaces: Id.nullable().describe('The key that it took the place of; null for the first.'),
}

export const Key = z.object(fields).meta({ id: 'Key', description: 'An API key, without its secret.' })
export type Key = z.infer<typeof Key>

export const KeyWithSecret = z
  .object({ ...fields, key: z.string().describe('The whole key: keep it, it is shown only now.') })
  .meta({ id: 'KeyWithSecret', description: 'An API key that was just made, with its secret.' })
export type KeyWithSecret = z.infer<typeof KeyWithSecret>

export const KeyPage = pageOf(Key, 'KeyPage')

const states = ['live', 'expired', 'revoked'] as const

export const KeyQuery = z.strictObject({
  state: z
    .enum(states)
    .optional()
    .describe('Only those that work, that expired, or that were revoked; all unless said.'),
  ...pageParameters,
})
export type KeyQuery = z.infer<typeof KeyQuery>

export const KeyParams = z.strictObject({
  id: z
    .string()
    .max(130)
    .regex(/^[0-9A-Za-z][0-9A-Za-z-]*$/, 'Must be the id of a key, or its public part.')
    .describe('Id or public part of a key.'),
})
