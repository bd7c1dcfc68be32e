import { z } from 'zod'
import { assessments } from '../agreements/sources/tables.ts'
import { founding } from '../openapi/examples.ts'
import { ReferenceInBody, Text } from '../shared/schemas.ts'

export const ClaimCheckInput = z
  .strictObject({
    statement: Text(2000).describe(
      'What is claimed: “the 13th bilateral of DHS”, “first since 2013”, “in force since 2016”, “signed on 27 October 2019”, “DHS has signed 16 agreements”. In English; acts with a day also in the languages of drafts.',
    ),
    agreement: Text(100)
      .nullable()
      .default(null)
      .describe('Id or reference of the agreement of which it is claimed; null when it is claimed of a body.'),
    signatory: ReferenceInBody('signatory', 'US-DHS')
      .nullable()
      .default(null)
      .describe('Id or code of the body whose agreements are counted. Default: the one that the statement names.'),
  })
  .meta({
    id: 'ClaimCheckInput',
    description: 'A claim that the register can count.',
    examples: [{ statement: 'It is the 13th bilateral of DHS.', agreement: founding.agreement, signatory: 'US-DHS' }],
  })
export type ClaimCheckInput = z.infer<typeof ClaimCheckInput>

const ClaimFinding = z
  .object({
    what: z.string().describe('What was counted or read, in words.'),
    claimed: z.string().describe('What the statement says.'),
    found: z.string().nullable().describe('What the register has; null when it has nothing.'),
    agrees: z.boolean().nullable().describe('Whether the two agree; null when this cannot be said.'),
    note: z.string().nullable().describe('What else is to know, such as competing dates; null when nothing is.'),
    url: z.string().describe('URL at which anyone can count or read again.'),
  })
  .meta({ id: 'ClaimFinding', description: 'One way to count or read a claim, and what it gives.' })
export type ClaimFinding = z.infer<typeof ClaimFinding>

export const ClaimCheck = z
  .object({
    assessment: z
      .enum(assessments)
      .describe(
        '`supported`: one of the ways to count agrees. `contradicted`: none does. `unverified`: the register cannot say. Unverified does not mean wrong.',
      ),
    kind: z
      .enum(['position', 'first_since', 'count', 'date'])
      .nullable()
      .describe('The kind of claim; null when the statement is of no kind that the register can count.'),
    message: z.string().describe('The result, in words.'),
    findings: z
      .array(ClaimFinding)
      .describe('The ways to count or read it. A number means nothing without its selection.'),
  })
  .meta({ id: 'ClaimCheck', description: 'Whether the register bears a claim out, with the figures.' })
export type ClaimCheck = z.infer<typeof ClaimCheck>
