import { z } from 'zod'
import { mergeable } from '../openapi/examples.ts'
import { SignatoryReference } from '../registry/signatories/schemas.ts'
import { Actor, example, Instant, Reference, ReferenceInBody } from '../shared/schemas.ts'

export const NewMerge = z
  .strictObject({
    into: ReferenceInBody('signatory', 'KR-MSIT').describe('Id or code of the signatory that stays.'),
  })
  .meta({
    id: 'MergeInput',
    description: 'The signatory that another is merged into.',
    examples: [{ into: mergeable.into }],
  })

export const Merge = z
  .object({
    lost: SignatoryReference.describe('The signatory that was merged, as it was.'),
    into: SignatoryReference.describe('The signatory that its id and its code mean now.'),
    mergedAt: Instant,
    mergedBy: Actor,
    note: z.string().nullable().describe('Reason for the merge; null when none was given.'),
  })
  .meta({ id: 'Merge', description: 'The merge of a signatory into another one.' })
export type Merge = z.infer<typeof Merge>

const lost = Reference('signatory', 'KR-MSIP')
export const MergeParams = z.strictObject({ id: example(lost, mergeable.signatory) })
export const MergedParams = z.strictObject({ id: example(lost, mergeable.merged) })
