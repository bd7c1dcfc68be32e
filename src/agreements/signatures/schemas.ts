import { z } from 'zod'
import { deletable, founding, throwAway } from '../../openapi/examples.ts'
import { example, Id, Reference, Text } from '../../shared/schemas.ts'
import { BodyReference } from '../../registry/signatories/schemas.ts'
import { SourceKey } from '../sources/schemas.ts'
import { signatureRoles } from './tables.ts'

const SignatureRole = z.enum(signatureRoles).meta({ id: 'SignatureRole' })

const Side = z.literal([1, 2]).describe('1 or 2: which of the two sides.')

export const NewSignature = z
  .strictObject({
    side: Side,
    signatory: Reference('signatory', 'KR-MSIT'),
    role: SignatureRole.default('signed').describe('What the body does: signs, carries it out, or witnesses.'),
    representative: z
      .strictObject({ name: Text(300), office: Text(500).nullable().default(null) })
      .nullable()
      .default(null)
      .describe('Who signed for it; null when unknown.'),
    source: SourceKey.nullable().default(null).describe('Key of the source that says so.'),
  })
  .meta({
    id: 'NewSignature',
    description: 'A body on one side of an agreement.',
    examples: [{ side: 2, signatory: 'JP', role: 'responsible' }],
  })
export type NewSignature = z.infer<typeof NewSignature>

export const SignatureReplacement = NewSignature.extend({
  id: Id.optional().describe('Id of the signature that this one replaces; without it, it is a new one.'),
}).meta({ id: 'SignatureReplacement', description: 'A signature within the replacement of a whole agreement.' })

export const Signature = z
  .object({
    id: Id,
    side: z.int().min(1).max(2).describe('1 or 2: which of the two sides.'),
    signatory: BodyReference,
    party: BodyReference.describe('The party that the body acts for: the root of its chain.'),
    ancestors: z.array(BodyReference).describe('The bodies above the signatory, the nearest first.'),
    role: SignatureRole,
    representative: z
      .object({ name: z.string(), office: z.string().nullable().describe('Null when unknown.') })
      .nullable()
      .describe('Who signed for it; null when unknown.'),
    source: z.string().nullable().describe('Key of the source that says so; null when none is known.'),
  })
  .meta({ id: 'Signature', description: 'A body on one side of an agreement.' })
export type Signature = z.infer<typeof Signature>

export const SignatureList = z.object({ items: z.array(Signature) }).meta({ id: 'SignatureList' })

const signatureOf = ({ agreement, signature }: { agreement: string; signature: string }) =>
  z.strictObject({ id: example(Id, agreement), signatureId: example(Id, signature) })
export const SignatureParams = signatureOf(founding)
export const EditedSignatureParams = signatureOf(throwAway)
export const DeletedSignatureParams = signatureOf(deletable)
