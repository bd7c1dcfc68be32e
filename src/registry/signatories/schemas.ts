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
  LanguageTag,
  listOf,
  Name,
  NameOrReference,
  NewIdentifier,
  Reference,
  ReferenceInBody,
  repeatable,
  Text,
  Version,
} from '../../shared/schemas.ts'
import { nameKinds, signatoryKinds, successionKinds } from './tables.ts'

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

const NameKind = z.enum(nameKinds).meta({
  id: 'NameKind',
  description:
    '`short`: the usual name; `long`: the official one; `variant`: another spelling or usage; `older`: a name that the same body had before.',
})

const NewSignatoryName = z
  .strictObject({
    language: LanguageTag,
    name: Name(300),
    kind: NameKind.default('variant'),
    source: Text(300).nullable().default(null).describe('Where the name is found.'),
  })
  .meta({ id: 'NewSignatoryName', description: 'A name of a body in one language.' })

const SignatoryName = z
  .object({
    language: z.string().describe('BCP 47 language tag.'),
    name: z.string(),
    kind: NameKind,
    source: z.string().nullable().describe('Where the name is found; null when unknown.'),
  })
  .meta({ id: 'SignatoryName', description: 'A name of a body in one language.' })

const SuccessionKind = z.enum(successionKinds).meta({
  id: 'SuccessionKind',
  description:
    'How the successor came after its predecessor. `continuation`, `renaming`, `succession` and `re_establishment`: it is the same body, or took its place as a whole. Every other kind: it came out of the other, joined it, or took a part of it.',
})

const day = 'The day or the year of the succession, EDTF; null when unknown.'

const NewPredecessor = z
  .strictObject({
    signatory: ReferenceInBody('signatory', 'EUROPEAN-COMMUNITY').describe('The body before this one, id or code.'),
    date: EdtfDate.nullable().default(null).describe(day),
    kind: SuccessionKind.nullable().default(null),
    source: Text(300).nullable().default(null).describe('Where the succession is found.'),
  })
  .meta({ id: 'NewPredecessor', description: 'The body that came before another.' })

const Succession = z
  .object({
    signatory: BodyReference,
    date: z.string().nullable().describe(day),
    kind: SuccessionKind.nullable().describe('Null when unknown.'),
    source: z.string().nullable().describe('Where the succession is found; null when unknown.'),
  })
  .meta({ id: 'Succession', description: 'The body that came before another, or after it.' })
export type Succession = z.infer<typeof Succession>

const fields = {
  code: SignatoryCode.describe(
    'Unique. ISO 3166-1 alpha-2 for a state, ISO 3166-3 for a former one, a readable code for any other body.',
  ),
  name: Name(300),
  kind: SignatoryKind,
  parent: ReferenceInBody('signatory', 'US-DHS')
    .nullable()
    .describe('The body above it, id or code; null for a party.'),
  aliases: listOf(Text(300), 100).describe(
    'Other names and abbreviations: the search for bodies finds it by them, and the search for agreements finds what it signed.',
  ),
  names: listOf(NewSignatoryName, 100).describe(
    'Names by language, each with its source: the search for bodies finds it by them.',
  ),
  identifiers: listOf(NewIdentifier, 50),
  validFrom: EdtfDate.nullable().describe('Since when it exists, EDTF; null when unknown or always.'),
  validTo: EdtfDate.nullable().describe('Until when it existed, EDTF; null when it still does.'),
  predecessors: listOf(NewPredecessor, 50).describe('The bodies that came before it.'),
}

const whole = {
  ...fields,
  parent: fields.parent.default(null),
  aliases: fields.aliases.default([]),
  names: fields.names.default([]),
  identifiers: fields.identifiers.default([]),
  validFrom: fields.validFrom.default(null),
  validTo: fields.validTo.default(null),
  predecessors: fields.predecessors.default([]),
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
  .strictObject({
    ...fields,
    aliases: fields.aliases.nullable(),
    names: fields.names.nullable(),
    identifiers: fields.identifiers.nullable(),
    predecessors: fields.predecessors.nullable(),
  })
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
    aliases: z.array(z.string()).describe('Other names and abbreviations.'),
    names: z.array(SignatoryName).describe('Names by language.'),
    identifiers: z.array(Identifier),
    validFrom: z.string().nullable().describe('EDTF; null when unknown or always.'),
    validTo: z.string().nullable().describe('EDTF; null when it still exists.'),
    predecessors: z.array(Succession).describe('The bodies that came before it.'),
    successors: z.array(Succession).describe('The bodies that came after it, by date.'),
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
