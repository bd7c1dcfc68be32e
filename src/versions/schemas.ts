import { z } from 'zod'
import { Agreement } from '../agreements/schemas.ts'
import { causes, operations } from '../agreements/tables.ts'
import { founding } from '../openapi/examples.ts'
import { pageOf, pageParameters } from '../http/paging.ts'
import { Actor, AgreementHandle, closedEnum, example, Instant, Version } from '../shared/schemas.ts'

const FieldChange = z
  .object({
    pointer: z
      .string()
      .describe('JSON Pointer to the field in this document; for an item that was removed, in the previous one.'),
    label: z.string().describe('The field in words, such as `Dates (signed 2019-10-23): place`.'),
    computed: z
      .boolean()
      .describe('False when a client can write the field; true when the register derives it from others.'),
    from: z.unknown().describe('The previous value; null when there was none.'),
    to: z.unknown().describe('The value now; null when there is none.'),
  })
  .meta({ id: 'FieldChange', description: 'One field that differs from the previous version, for people to read.' })

const PatchOperation = z
  .object({
    op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']).meta({ [closedEnum]: true }),
    path: z.string().describe('JSON Pointer to what changed.'),
    from: z.string().optional().describe('JSON Pointer to the source of a move or copy.'),
    value: z.unknown().optional().describe('The new value.'),
  })
  .meta({ id: 'PatchOperation', description: 'One operation of a JSON Patch (RFC 6902).' })

const entry = {
  version: Version,
  operation: z
    .enum(operations)
    .meta({ id: 'VersionOperation', description: 'The operation on the agreement as a whole.' }),
  cause: z.enum(causes).meta({
    id: 'Cause',
    description:
      'Why it was published: an edit, a registry entry that it shows, another agreement by which or with which it ends, or that has a relation to it (`agreement`), the passing of time (`clock`), or an upgrade of the server that changes what agreements show (`format`).',
  }),
  actor: Actor.describe(
    'Who made the edit, or changed the registry entry or the other agreement: `key:<public part> (<name>)`, `oidc:<subject>@<issuer>`, or `operator`, who runs the server; null when the caller was not identified, and for `clock` and `format`.',
  ),
  note: z.string().nullable().describe('The note of the editor (`X-Change-Note`).'),
  publishedAt: Instant,
}

export const VersionEntry = z
  .object({
    ...entry,
    changes: z
      .array(FieldChange)
      .describe(
        'What differs from the previous version, for people to read: first the fields that a client can write, then those that the register derives; `version` and `updatedAt` are left out. Empty for the first version and a deletion.',
      ),
    patch: z
      .array(PatchOperation)
      .describe(
        'JSON Patch (RFC 6902) from the previous document to this one; empty for the first version and a deletion.',
      ),
  })
  .meta({
    id: 'VersionEntry',
    description: 'One publication of an agreement: what was changed, by whom, when and why.',
  })
export type VersionEntry = z.infer<typeof VersionEntry>

export const VersionPage = pageOf(VersionEntry, 'VersionPage')

export const VersionDocument = z
  .object({ ...entry, document: Agreement.nullable().describe('The agreement as it was; null for a deletion.') })
  .meta({ id: 'VersionDocument', description: 'One version of an agreement with its complete document.' })

export const VersionsQuery = z.strictObject(pageParameters)
export type VersionsQuery = z.infer<typeof VersionsQuery>

export const VersionParams = z.strictObject({
  id: example(AgreementHandle, founding.agreement),
  version: example(z.string().regex(/^[1-9]\d{0,8}$/, 'Must be a version number, from 1.'), '1').describe(
    'The number of the version, from 1.',
  ),
})
