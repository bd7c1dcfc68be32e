import { z } from 'zod'
import { Digits, Id } from '../shared/schemas.ts'
import { reasonCodes } from './score.ts'

export const defaultLimit = 10

export const SimilarQuery = z.strictObject({
  limit: Digits(1, 50).optional().describe(`Maximum number of agreements, from 1 to 50. Default: \`${defaultLimit}\`.`),
})

export const SimilarityReason = z
  .object({
    code: z.enum(reasonCodes).describe('The reason, for programs. More reasons may be added.'),
    message: z.string().describe('The reason, in words.'),
  })
  .meta({ id: 'SimilarityReason', description: 'A reason why two agreements may be the same.' })

/** By which an agreement is recognized. */
export const shortForm = {
  id: Id,
  reference: z.string().nullable().describe('Null when there is none.'),
  title: z.string(),
  signed: z
    .string()
    .nullable()
    .meta({ format: 'date' })
    .describe('The first possible day of signature; null when unknown.'),
}

const SimilarAgreement = z
  .object({
    agreement: z
      .object(shortForm)
      .meta({ id: 'SimilarAgreementReference', description: 'Short form of an agreement.' }),
    score: z
      .number()
      .min(0)
      .max(1)
      .describe(
        'How similar it is: 1 for the same parties, day of signature and title; more if the two are from different collections, less if they are from the same one. At least 0.5.',
      ),
    why: z.array(SimilarityReason),
  })
  .meta({ id: 'SimilarAgreement', description: 'An agreement that may be the same as another.' })
export type SimilarAgreement = z.infer<typeof SimilarAgreement>

export const SimilarAgreements = z
  .object({ items: z.array(SimilarAgreement).describe('The most similar first.') })
  .meta({ id: 'SimilarAgreements', description: 'Agreements that may be the same as one agreement.' })
