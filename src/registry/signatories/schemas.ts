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
  description: 'Kind of body. An agency acts for the party above it; every other kind can be a party.',
})

const SignatoryCode = z
  .string()
  .min(2)
  .max(40)
  .regex(/^[A-Z0-9]+(-[A-Z0-9]+)*$/, 'Must be upper-case letters, digits and hyphens, such as `US-DHS-ST`.')

/** The short form of a body in other documents. */
export const SignatoryReference = z
  .object({
    id: Id.describe('Id of the body.'),
    code: z.string().describe('Its code, such as `KR`.'),
    name: z.string().describe('Its usual name.'),
    kind: SignatoryKind,
  })
  .meta({ id: 'SignatoryReference', description: 'Short form of a signatory.' })
export type SignatoryReference = z.infer<typeof SignatoryReference>

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
  .meta({ id: 'SignatoryNameInput', description: 'A name of a body in one language.' })

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
    'Kind of succession. After `continuation`, `renaming`, `succession` and `re_establishment` the successor is the same body, or has taken its place as a whole. After all other kinds it is a different body, which came from the predecessor, absorbed it, or took a part of it.',
})

const day = 'Date of the succession, EDTF; null when unknown.'

const NewPredecessor = z
  .strictObject({
    signatory: ReferenceInBody('signatory', 'EUROPEAN-COMMUNITY').describe('Id or code of the predecessor.'),
    date: EdtfDate.nullable().default(null).describe(day),
    kind: SuccessionKind.nullable().default(null),
    source: Text(300).nullable().default(null).describe('Where the succession is found.'),
  })
  .meta({ id: 'PredecessorInput', description: 'A predecessor of a signatory.' })

const Succession = z
  .object({
    signatory: SignatoryReference,
    date: z.string().nullable().describe(day),
    kind: SuccessionKind.nullable().describe('Null when unknown.'),
    source: z.string().nullable().describe('Where the succession is found; null when unknown.'),
  })
  .meta({ id: 'Succession', description: 'A predecessor or successor of a signatory.' })
export type Succession = z.infer<typeof Succession>

const fields = {
  code: SignatoryCode.describe(
    'Unique. ISO 3166-1 alpha-2 for a state, ISO 3166-3 for a former state, a readable code for any other body.',
  ),
  name: Name(300),
  kind: SignatoryKind,
  parent: ReferenceInBody('signatory', 'US-DHS')
    .nullable()
    .describe('Id or code of the body above it; null when there is none.'),
  aliases: listOf(Text(300), 100).describe(
    'Other names and abbreviations. Searches for signatories and for agreements find it by them.',
  ),
  names: listOf(NewSignatoryName, 100).describe(
    'Names by language, with their sources. Searches for signatories find it by them.',
  ),
  identifiers: listOf(NewIdentifier, 50),
  validFrom: EdtfDate.nullable().describe('When it began to exist, EDTF; null when unknown.'),
  validTo: EdtfDate.nullable().describe('When it ceased to exist, EDTF; null when it still exists.'),
  predecessors: listOf(NewPredecessor, 50).describe('Its direct predecessors.'),
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
      'Unique. ISO 3166-1 alpha-2 for a state, ISO 3166-3 for a former one. Default for any other body: made from the code of the parent and the initials of the name, such as `KR-NDMRI`.',
    ),
  })
  .meta({
    id: 'SignatoryInput',
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
    description: 'JSON Merge Patch (RFC 7396): omitted fields stay unchanged, null clears a field.',
    examples: [{ aliases: ['Throw-away body, by another name'] }],
  })

export const Signatory = z
  .object({
    id: Id,
    code: z.string(),
    name: z.string(),
    kind: SignatoryKind,
    parent: SignatoryReference.nullable().describe('The body above it; null when there is none.'),
    party: SignatoryReference.describe(
      'The party for which it acts: itself or the nearest body above it that is a state, a former state, a territory, a supranational body or an intergovernmental organization; otherwise the topmost body.',
    ),
    aliases: z.array(z.string()).describe('Other names and abbreviations.'),
    names: z.array(SignatoryName).describe('Names by language.'),
    identifiers: z.array(Identifier),
    validFrom: z.string().nullable().describe('When it began to exist, EDTF; null when unknown.'),
    validTo: z.string().nullable().describe('When it ceased to exist, EDTF; null when it still exists.'),
    predecessors: z.array(Succession).describe('Its direct predecessors.'),
    successors: z.array(Succession).describe('Its direct successors, ordered by date.'),
    version: Version.describe('Increases by one with each change of its own fields.'),
    createdAt: Instant,
    updatedAt: Instant,
    updatedBy: Actor.describe(
      'Who changed it last; null if the caller was not identified, or the entry came with the register.',
    ),
  })
  .meta({ id: 'Signatory', description: 'A body that can sign agreements.' })
export type Signatory = z.infer<typeof Signatory>

export const SignatoryPage = searchPageOf(Signatory, 'SignatoryPage')

export const SignatoryQuery = z.strictObject({
  q: Text(200)
    .optional()
    .describe(
      'Words of the code or of a name, in any language. Accents are ignored; a misspelt word is corrected if the search finds nothing.',
    ),
  kind: repeatable(SignatoryKind).describe('Kind of body; several values match any of them.'),
  parent: NameOrReference('signatory', 'US-DHS')
    .optional()
    .describe('Bodies directly under this one, such as `US-DHS`.'),
  ...pageParameters,
})
export type SignatoryQuery = z.infer<typeof SignatoryQuery>

const bodyOf = ({ signatory }: { signatory: string }) =>
  z.strictObject({ id: example(Reference('signatory', 'US-DHS-ST'), signatory) })
export const SignatoryParams = bodyOf(founding)
export const EditedSignatoryParams = bodyOf(throwAway)
export const DeletedSignatoryParams = bodyOf(deletable)
