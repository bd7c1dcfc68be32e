import { z } from 'zod'
import { pageOf, pageParameters } from '../../http/paging.ts'
import { Actor, Id, Instant, AnyInstant, Role, Text } from '../../shared/schemas.ts'

const expiresAt = AnyInstant.nullable().default(null).describe('When the key expires. Null: never.')

export const NewKey = z
  .strictObject({
    name: Text(100).describe('Who or what the key is for. Shown in histories.'),
    role: Role,
    expiresAt,
  })
  .meta({
    id: 'KeyInput',
    description: 'A new API key.',
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
      .describe('Hours for which the old key still works, unless it expires earlier.'),
    expiresAt,
  })
  .meta({
    id: 'KeyReplacement',
    description: 'How a key is replaced.',
    examples: [{ overlapHours: 48 }],
  })
export type KeyReplacement = z.infer<typeof KeyReplacement>

const fields = {
  id: Id,
  publicId: z.string().describe('The public part of the key: `ent_<publicId>_…`.'),
  name: z.string(),
  role: Role,
  createdAt: Instant,
  createdBy: Actor.describe('Who created the key; null if unknown.'),
  expiresAt: Instant.nullable().describe('When the key expires or expired. Null: never.'),
  lastUsedAt: Instant.nullable().describe('When the key was last used, to the minute. Null: never.'),
  revokedAt: Instant.nullable().describe('When the key was revoked; null unless it was.'),
  revokedBy: Actor.describe('Who revoked the key; null unless it was revoked.'),
  replaces: Id.nullable().describe('The id of the key that it replaced; null if none.'),
}

export const Key = z.object(fields).meta({ id: 'ApiKey', description: 'An API key, without its secret.' })
export type Key = z.infer<typeof Key>

export const KeyWithSecret = z
  .object({ ...fields, key: z.string().describe('The whole key. Store it: it is shown only once.') })
  .meta({ id: 'KeyWithSecret', description: 'A new API key, with its secret.' })
export type KeyWithSecret = z.infer<typeof KeyWithSecret>

export const KeyPage = pageOf(Key, 'KeyPage')

const states = ['live', 'expired', 'revoked'] as const

export const KeyQuery = z.strictObject({
  state: z.enum(states).optional().describe('Only valid (`live`), expired or revoked keys. Default: all.'),
  ...pageParameters,
})
export type KeyQuery = z.infer<typeof KeyQuery>

export const KeyParams = z.strictObject({
  id: z
    .string()
    .max(130)
    .regex(/^[0-9A-Za-z][0-9A-Za-z-]*$/, 'Must be the id or the public part of a key.')
    .describe('Id or public part of a key.'),
})
