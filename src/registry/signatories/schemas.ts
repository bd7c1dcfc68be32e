import { z } from 'zod'
import { EdtfDate } from '../../shared/day-schemas.ts'
import { deletable, founding, throwAway } from '../../openapi/examples.ts'
import { pageParameters, searchPageOf } from '../../http/paging.ts'
import {
  Actor,
  example,
  Id,
  Identifier,
  Instant,
  listOf,
  Name,
  NameOrReference,
  NewIdentifier,
  Reference,
  repeatable,
  Text,
  Version,
} from '../../shared/schemas.ts'
import { signatoryKinds } from './tables.ts'

export const SignatoryKind = z.enum(signatoryKinds).meta({
  id: 'SignatoryKind',
  description: 'What kind of body it is. An agency acts for the party above it; every other kind can be a party.',
})

const SignatoryCode = z
  .string()
  .min(2)
  .max(40)
  .regex(/^[A-Z0-9]+(-[A-Z0-9]+)*$/, 'Must be upper-case letters, digits and hyphens, such as `US-DHS-ST`.')

/** A body as other documents show it. */
export const BodyReference = z
  .object({ id: Id, code: z.string(), name: z.string(), kind: SignatoryKind })
  .meta({ id: 'BodyReference', description: 'A body of the registry, in short.' })
export type BodyReference = z.infer<typeof BodyReference>

const fields = {
  code: SignatoryCode.describe(
    'Unique. ISO 3166-1 alpha-2 for a state, ISO 3166-3 for a former one, a readable code for any other body.',
  ),
  name: Name(300),
  kind: SignatoryKind,
  parent: Reference('signatory', 'US-DHS').nullable().describe('The body above it, id or code; null for a party.'),
  aliases: listOf(Text(300), 100).describe('Other names, in any language: search and import find the body by them.'),
  identifiers: listOf(NewIdentifier, 50),
  validFrom: EdtfDate.nullable().describe('Since when it exists, EDTF; null when unknown or always.'),
  validTo: EdtfDate.nullable().describe('Until when it existed, EDTF; null when it still does.'),
}

const whole = {
  ...fields,
  parent: fields.parent.default(null),
  aliases: fields.aliases.default([]),
  identifiers: fields.identifiers.default([]),
  validFrom: fields.validFrom.default(null),
  validTo: fields.validTo.default(null),
}

export const NewSignatory = z
  .strictObject({
    ...whole,
    code: SignatoryCode.optional().describe(
      'Unique. ISO 3166-1 alpha-2 for a state, ISO 3166-3 for a former one. Any other body may do without: the register then makes one of the code above it and the initials of its name, such as `KR-NDMRI`.',
    ),
  })
  .meta({
    id: 'NewSignatory',
    description: 'A body that can sign agreements.',
    examples: [{ name: 'National Disaster Management Research Institute', kind: 'agency', parent: 'KR' }],
  })
export type NewSignatory = z.infer<typeof NewSignatory>

export const SignatoryReplacement = z.strictObject(whole).meta({
  id: 'SignatoryReplacement',
  description: 'A body that can sign agreements.',
  examples: [{ code: 'THROW-AWAY-1', name: 'Throw-away body 1, replaced', kind: 'other' }],
})
export type SignatoryReplacement = z.infer<typeof SignatoryReplacement>

export const SignatoryPatch = z
  .strictObject({ ...fields, aliases: fields.aliases.nullable(), identifiers: fields.identifiers.nullable() })
  .partial()
  .meta({
    id: 'SignatoryPatch',
    description: 'JSON merge patch (RFC 7396): what is left out stays, null takes away.',
    examples: [{ aliases: ['Throw-away body, by another name'] }],
  })

export const Signatory = z
  .object({
    id: Id,
    code: z.string(),
    name: z.string(),
    kind: SignatoryKind,
    parent: BodyReference.nullable().describe('The body above it; null for a party.'),
    party: BodyReference.describe('The root of its chain: what it signs, this party signs.'),
    aliases: z.array(z.string()),
    identifiers: z.array(Identifier),
    validFrom: z.string().nullable().describe('EDTF; null when unknown or always.'),
    validTo: z.string().nullable().describe('EDTF; null when it still exists.'),
    version: Version.describe('Grows by one with each change of its own fields.'),
    createdAt: Instant,
    updatedAt: Instant,
    updatedBy: Actor.describe('Who changed it last; null when nobody was told apart, or it came with the register.'),
  })
  .meta({ id: 'Signatory', description: 'A body that can sign agreements.' })
export type Signatory = z.infer<typeof Signatory>

export const SignatoryPage = searchPageOf(Signatory, 'SignatoryPage')

export const SignatoryQuery = z.strictObject({
  q: Text(200)
    .optional()
    .describe('Words of the name, of an alias or of the code; accents do not matter, and a misspelt name is mended.'),
  kind: repeatable(SignatoryKind).describe('What kind of body; several values match any of them.'),
  parent: NameOrReference('signatory', 'US-DHS')
    .optional()
    .describe('The bodies directly under this one, such as `US-DHS`.'),
  ...pageParameters,
})
export type SignatoryQuery = z.infer<typeof SignatoryQuery>

const bodyOf = ({ signatory }: { signatory: string }) =>
  z.strictObject({ id: example(Reference('signatory', 'US-DHS-ST'), signatory) })
export const SignatoryParams = bodyOf(founding)
export const EditedSignatoryParams = bodyOf(throwAway)
export const DeletedSignatoryParams = bodyOf(deletable)
