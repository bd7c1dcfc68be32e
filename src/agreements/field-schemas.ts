import { z } from 'zod'
import { Id, LanguageTag, Text, WebAddress } from '../shared/schemas.ts'
import { SourceKey } from './sources/schemas.ts'
import { assessments } from './sources/tables.ts'
import { relationKinds } from './tables.ts'

export const RelationKind = z.enum(relationKinds).meta({ id: 'RelationKind' })
const Assessment = z
  .enum(assessments)
  .meta({ id: 'Assessment', description: 'Whether the evidence in the register supports the claim.' })

export const NewAlternativeTitle = z
  .strictObject({ language: LanguageTag, title: Text(2000) })
  .meta({ id: 'AlternativeTitleInput', description: 'The title in another language.' })
export const AlternativeTitle = z
  .object({ language: z.string().describe('BCP 47.'), title: z.string().describe('The title in this language.') })
  .meta({ id: 'AlternativeTitle', description: 'The title in another language.' })

const mediaType = z
  .string()
  .max(100)
  .regex(/^[a-z]+\/[a-z0-9.+-]+$/, 'Must be a media type, such as `application/pdf`.')
  .nullable()

export const NewDocument = z
  .strictObject({
    title: Text(500),
    url: WebAddress,
    language: LanguageTag.nullable().default(null),
    mediaType: mediaType.default(null),
  })
  .meta({ id: 'AgreementDocumentInput', description: 'A link to a text of the agreement.' })
export const Document = z
  .object({
    title: z.string().describe('What the document is.'),
    url: z.string().describe('Its address.'),
    language: z.string().nullable().describe('BCP 47; null when unknown.'),
    mediaType: z.string().nullable().describe('Such as `application/pdf`; null when unknown.'),
  })
  .meta({ id: 'AgreementDocument', description: 'A link to a text of the agreement.' })

export const NewRelation = z
  .strictObject({
    kind: RelationKind,
    agreement: Text(100).describe('The other agreement: id or reference.'),
  })
  .meta({ id: 'RelationInput', description: 'How this agreement affects another.' })
export const Relation = z
  .object({ kind: RelationKind, agreement: Id.describe('Id of the other agreement.') })
  .meta({ id: 'Relation', description: 'How this agreement affects another.' })

export const NewClaim = z
  .strictObject({
    statement: Text(2000),
    source: SourceKey.nullable().default(null).describe('Key of the source.'),
    assessment: Assessment.default('unverified'),
    note: Text(2000).nullable().default(null).describe('Reason for the assessment.'),
  })
  .meta({ id: 'ClaimInput', description: 'A claim about the agreement.' })
export const Claim = z
  .object({
    statement: z.string().describe('What is claimed.'),
    source: z.string().nullable().describe('Key of the source; null when none is known.'),
    assessment: Assessment,
    note: z.string().nullable().describe('Reason for the assessment; null when none is given.'),
  })
  .meta({
    id: 'Claim',
    description: 'A claim about the agreement, and whether the evidence in the register supports it.',
  })
