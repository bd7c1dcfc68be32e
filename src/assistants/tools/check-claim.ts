import { z } from 'zod'
import type { Agreement } from '../../agreements/schemas.ts'
import type { ClaimCheck } from '../../claims/schemas.ts'
import { registerAsSource, sourcesOf } from '../from-agreement.ts'
import { agreement, agreementPath, words } from '../inputs.ts'
import { type Context, type Source, tool } from '../tool.ts'

export const checkClaim = tool({
  name: 'check_claim',
  title: 'Check a claim',
  description:
    'Compares a statement with the register: “the 13th bilateral of DHS”, “first since 2013”, “in force since 2016”, “signed on 27 October 2019”, “DHS has signed 17 agreements”. The answer is supported, contradicted or unverified, with the figure of each way to count. Needs a key.',
  input: z.strictObject({
    statement: words(2000).describe('The claim, in a sentence.'),
    agreement: agreement.optional().describe('The agreement that it is about, by reference or id, if it is about one.'),
    signatory: words(130)
      .optional()
      .describe('Code of the body whose agreements are counted. Default: the one that is named.'),
  }),
  answer: z.object({
    assessment: z
      .string()
      .describe(
        '`supported`: a way to count agrees. `contradicted`: none does. `unverified`: the register cannot decide; this means neither that the claim is wrong nor that something was not found.',
      ),
    kind: z.string().nullable(),
    message: z.string(),
    findings: z.array(
      z.object({
        what: z.string().describe('What was counted or compared.'),
        claimed: z.string(),
        found: z.string().nullable().describe('What the register has; null when it has nothing to compare with.'),
        agrees: z.boolean().nullable(),
        note: z.string().nullable(),
        url: z.string().describe('Where anyone can count again.'),
      }),
    ),
  }),
  run: async (given, context) => {
    const path = '/v1/claims/check'
    const { assessment, kind, message, findings } = await context.ask<ClaimCheck>(path, given)
    const counted = findings.map((one) => ({ ...one, url: context.absolute(one.url) }))
    return {
      answer: {
        assessment,
        kind,
        message,
        findings: counted,
      },
      sources: [
        ...(given.agreement === undefined ? [] : await sourcesOfNamed(given.agreement, context)),
        ...counted.map(({ url }) => registerAsSource(url)),
      ],
      path,
      page: null,
      cite: null,
      asOf: context.now,
      summary: meanings[assessment],
    }
  },
})

const meanings: Record<ClaimCheck['assessment'], string> = {
  supported: 'Supported: a way to count agrees with the claim.',
  contradicted: 'Contradicted: no way to count agrees with the claim.',
  unverified:
    'Unverified: the register cannot decide. This means neither that the claim is wrong nor that something was not found.',
}

async function sourcesOfNamed(handle: string, { ask }: Context): Promise<Source[]> {
  return sourcesOf(await ask<Agreement>(`/v1${agreementPath(handle)}`))
}
