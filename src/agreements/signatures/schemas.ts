import { z } from 'zod'
import { deletable, founding, throwAway } from '../../openapi/examples.ts'
import { AgreementHandle, example, Id, ReferenceInBody, Text } from '../../shared/schemas.ts'
import { SignatoryReference } from '../../registry/signatories/schemas.ts'
import { SourceKey } from '../sources/schemas.ts'
import { signatureRoles } from './tables.ts'

const SignatureRole = z.enum(signatureRoles).meta({ id: 'SignatureRole' })

const Side = z.literal([1, 2]).describe('Side of the agreement: 1 or 2.')

export const NewSignature = z
  .strictObject({
    side: Side,
    signatory: ReferenceInBody('signatory', 'KR-MSIT'),
    role: SignatureRole.default('signed').describe(
      'Role of the signatory: it signed, is responsible for the implementation, succeeded to another party, or witnessed. A witness is no party: it stands on a side, but does not fill it.',
    ),
    representative: z
      .strictObject({ name: Text(300), office: Text(500).nullable().default(null) })
      .nullable()
      .default(null)
      .describe('Who signed for it; null when unknown.'),
    source: SourceKey.nullable().default(null).describe('Key of the source.'),
  })
  .meta({
    id: 'SignatureInput',
    description: 'A signatory on one side of an agreement.',
    examples: [{ side: 2, signatory: 'JP', role: 'responsible' }],
  })
export type NewSignature = z.infer<typeof NewSignature>

export const SignatureReplacement = NewSignature.extend({
  id: Id.optional().describe('Id of the signature to replace. Default: a new signature.'),
}).meta({ id: 'SignatureReplacement', description: 'A signature within the replacement of a whole agreement.' })

export const Signature = z
  .object({
    id: Id.describe('Id of the signature.'),
    side: z.int().min(1).max(2).describe('Side of the agreement: 1 or 2.'),
    signatory: SignatoryReference,
    party: SignatoryReference.describe('The party for which the signatory acts: see `party` of a signatory.'),
    ancestors: z.array(SignatoryReference).describe('The bodies above the signatory, nearest first.'),
    role: SignatureRole,
    representative: z
      .object({ name: z.string(), office: z.string().nullable().describe('Null when unknown.') })
      .nullable()
      .describe('Who signed for it; null when unknown.'),
    source: z.string().nullable().describe('Key of the source; null when none is known.'),
  })
  .meta({ id: 'AgreementSignature', description: 'A signatory on one side of an agreement.' })
export type Signature = z.infer<typeof Signature>

export const SignatureList = z.object({ items: z.array(Signature) }).meta({ id: 'SignatureList' })

const signatureOf = ({ agreement, signature }: { agreement: string; signature: string }) =>
  z.strictObject({ id: example(AgreementHandle, agreement), signatureId: example(Id, signature) })
export const SignatureParams = signatureOf(founding)
export const EditedSignatureParams = signatureOf(throwAway)
export const DeletedSignatureParams = signatureOf(deletable)
