import { z } from 'zod'
import { assessments } from '../agreements/sources/tables.ts'
import { founding } from '../openapi/examples.ts'
import { ReferenceInBody, Text } from '../shared/schemas.ts'

export const ClaimCheckInput = z
  .strictObject({
    statement: Text(2000).describe(
      'The claim: “the 13th bilateral of DHS”, “first since 2013”, “in force since 2016”, “signed on 27 October 2019”, “DHS has signed 16 agreements”. In English; acts with a date also in the languages of drafts.',
    ),
    agreement: Text(100)
      .nullable()
      .default(null)
      .describe('Id or reference of the agreement that the claim is about; null when it is about a body.'),
    signatory: ReferenceInBody('signatory', 'US-DHS')
      .nullable()
      .default(null)
      .describe('Id or code of the body whose agreements are counted. Default: the one that the statement names.'),
  })
  .meta({
    id: 'ClaimCheckInput',
    description: 'A claim that the register can check.',
    examples: [{ statement: 'It is the 13th bilateral of DHS.', agreement: founding.agreement, signatory: 'US-DHS' }],
  })
export type ClaimCheckInput = z.infer<typeof ClaimCheckInput>

const ClaimFinding = z
  .object({
    what: z.string().describe('What was counted or compared.'),
    claimed: z.string().describe('What the statement says.'),
    found: z.string().nullable().describe('What the register has; null when it has nothing.'),
    agrees: z.boolean().nullable().describe('Whether the two agree; null when this cannot be determined.'),
    note: z.string().nullable().describe('More information, such as competing dates; null when there is none.'),
    url: z.string().describe('URL of the list or the dates that were used.'),
  })
  .meta({ id: 'ClaimFinding', description: 'One way to interpret a claim, and the result.' })
export type ClaimFinding = z.infer<typeof ClaimFinding>

export const ClaimCheck = z
  .object({
    assessment: z
      .enum(assessments)
      .describe(
        '`supported`: one of the ways to count agrees. `contradicted`: none does. `unverified`: the register cannot decide. Unverified does not mean wrong.',
      ),
    kind: z
      .enum(['position', 'first_since', 'count', 'date'])
      .nullable()
      .describe('The kind of claim; null when the statement is of no kind that the register can count.'),
    message: z.string().describe('Explanation of the result.'),
    findings: z
      .array(ClaimFinding)
      .describe('One finding for each way to interpret the claim. `what` says which agreements were counted.'),
  })
  .meta({ id: 'ClaimCheck', description: 'Whether the register supports a claim, with the figures.' })
export type ClaimCheck = z.infer<typeof ClaimCheck>
