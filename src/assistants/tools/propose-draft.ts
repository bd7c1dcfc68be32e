import { z } from 'zod'
import type { Draft } from '../../drafts/schemas.ts'
import { maxText } from '../../drafts/schemas.ts'
import { nameOf, Short, shortOf } from '../from-agreement.ts'
import { words } from '../inputs.ts'
import { tool } from '../tool.ts'

const Json = z.record(z.string(), z.unknown())

export const proposeDraft = tool({
  name: 'propose_draft',
  title: 'Propose a draft from a text',
  description:
    'Reads a news article or another text by rules, and proposes an agreement: parties, type, dates, places, claims, each with the words that it was read from. Says which agreements of the register the text may describe, and whether its date is a new one for a known act. Stores nothing. Needs a key.',
  input: z.strictObject({
    text: z.string().min(1).max(maxText).describe('The text, plain or HTML, at most 200 kB.'),
    title: words(500).optional(),
    publisher: words(300).optional(),
    url: words(2000).optional(),
    publishedOn: words(60).optional().describe('Day of publication: `yesterday` is counted from it.'),
    language: words(35).optional().describe('BCP 47. Default: detected.'),
  }),
  answer: z.object({
    result: z.string().describe('`agreement`: there is a draft. Any other value says why there is none.'),
    message: z.string(),
    language: z.string(),
    agreement: Json.nullable().describe('The draft. A person must check it before it is stored.'),
    values: z
      .array(z.object({ pointer: z.string(), confidence: z.string(), words: z.string() }))
      .describe('For each value of `agreement`, by JSON Pointer, the words of the text that it was read from.'),
    missing: z.array(z.object({ pointer: z.string(), message: z.string() })),
    similar: z
      .array(
        z.object({
          agreement: Short,
          isProbablyTheSame: z.boolean(),
          score: z.number(),
          dates: z.array(Json).describe('`competing`: the register prefers another date for this act.'),
          differences: z.array(Json),
        }),
      )
      .describe('Agreements of the register that the text may describe.'),
  }),
  run: async (given, context) => {
    const path = '/v1/drafts'
    const draft = await context.ask<Draft>(path, given)
    const { result, message, language, agreement, values, missing, similar } = draft
    const same = similar.filter(({ isProbablyTheSame }) => isProbablyTheSame).map((one) => nameOf(one.agreement))
    const known = same.length === 0 ? '' : ` The register probably has it already: ${same.join(', ')}.`
    const { title = 'The text that was given', publisher = null, publishedOn = null, url = null } = given
    return {
      answer: {
        result,
        message,
        language,
        agreement,
        values: values.map(({ pointer, confidence, evidence }) => ({ pointer, confidence, words: evidence.words })),
        missing,
        similar: similar.map(({ agreement: one, isProbablyTheSame, score, dates, differences }) => ({
          agreement: shortOf(one, context),
          isProbablyTheSame,
          score,
          dates,
          differences,
        })),
      },
      sources: [{ agreement: null, key: null, title, publisher, publishedOn, url }],
      path,
      page: null,
      cite: null,
      asOf: context.now,
      summary: `${message}${known} Nothing was stored; \`answer\` is a proposal that a person must check.`,
    }
  },
})
