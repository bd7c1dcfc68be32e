import { z } from 'zod'
import { EdtfDate } from '../shared/day-schemas.ts'
import { LanguageTag, Text, WebAddress } from '../shared/schemas.ts'
import { shortForm, SimilarityReason } from '../similar/schemas.ts'
import { languages } from './reading/language.ts'

/** The largest text, in bytes of UTF-8. */
export const maxText = 200_000

export const DraftInput = z
  .strictObject({
    text: z
      .string()
      .regex(/^\s*[^\s\u0000][^\u0000]*$/, 'Must contain a visible character and no NUL character.')
      .refine((text) => text.isWellFormed(), 'Must not contain an unpaired surrogate.')
      .meta({ minLength: 1 })
      .describe(`The text, plain or HTML, at most ${maxText / 1000} kB in UTF-8.`),
    title: Text(500).optional().describe('Title of the text, plain.'),
    publisher: Text(300).optional(),
    url: WebAddress.optional(),
    publishedOn: EdtfDate.optional().describe(
      'Date of publication, EDTF. Days such as “yesterday” are counted from it if it is an exact day.',
    ),
    language: LanguageTag.optional().describe(
      `BCP 47 language tag. Texts are read in ${languages.slice(0, -1).join(', ')} and ${languages.at(-1)}. Default: detected from the text.`,
    ),
  })
  .meta({
    id: 'DraftInput',
    description: 'A text that may describe an agreement, and its source.',
    examples: [
      {
        title: 'Norway and Chile sign letter of intent on ocean science',
        publisher: 'Research council',
        publishedOn: '2022-09-14',
        text: "Norway and Chile today signed a letter of intent to cooperate on oceans and biodiversity. The letter, which is not legally binding, was signed in Santiago by Norway's Minister of Fisheries, Ingrid Solbakken.",
      },
    ],
  })
export type DraftInput = z.infer<typeof DraftInput>

/** What can be sent as it is to an operation that validates it. */
const written = z.record(z.string(), z.unknown())

const DraftEvidence = z
  .object({
    in: z.enum(['text', 'title']).describe('Where the words are: in the text or in the title.'),
    start: z.int().min(0).describe('The first character, counted from 0 in Unicode code points.'),
    end: z.int().min(0).describe('The character after the last one.'),
    words: z.string().describe('The words themselves.'),
  })
  .meta({ id: 'DraftEvidence', description: 'The words that a value was read from. See `plainText`.' })

const DraftValue = z
  .object({
    pointer: z.string().describe('JSON Pointer (RFC 6901) to the value in `agreement`.'),
    confidence: z
      .enum(['high', 'medium', 'low'])
      .describe(
        '`high`: the text states the value. `medium`: it follows from the context. `low`: it is only probable.',
      ),
    evidence: DraftEvidence,
  })
  .meta({ id: 'DraftValue', description: 'A value of the draft, its confidence, and the words that it was read from.' })
export type DraftValue = z.infer<typeof DraftValue>

const Missing = z
  .object({
    pointer: z.string().describe('JSON Pointer (RFC 6901) into `agreement`: where the value belongs.'),
    message: z.string().describe('What is missing.'),
  })
  .meta({ id: 'DraftGap', description: 'What the text does not say.' })
export type Missing = z.infer<typeof Missing>

const HeldDate = z
  .object({
    date: z.string().describe('EDTF.'),
    place: z.string().nullable(),
    preferred: z.boolean(),
    source: z.string().nullable().describe('Key of the source; null when none is known.'),
  })
  .meta({ id: 'DraftHeldDate', description: 'A date that the register has for the same act.' })

const DateDifference = z
  .object({
    kind: z
      .enum(['competing', 'further_act', 'same'])
      .describe(
        '`competing`: the register prefers another day or place for this act. `further_act`: the register has no date of this act. `same`: it has this date.',
      ),
    date: written.describe(
      'The date as an `AgreementDateInput`, to be sent to `POST /v1/agreements/{id}/dates` after its source.',
    ),
    held: z.array(HeldDate).describe('The dates that the register has for the act.'),
  })
  .meta({ id: 'DraftDateDifference', description: 'A date of the draft beside those of the register.' })
export type DateDifference = z.infer<typeof DateDifference>

const FieldDifference = z
  .object({
    pointer: z.string().describe('JSON Pointer (RFC 6901) to the value in `agreement`.'),
    draft: z.string().describe('The value of the draft.'),
    register: z.string().nullable().describe('The value of the register; null when it has none.'),
  })
  .meta({ id: 'DraftFieldDifference', description: 'A value of the draft that differs from the register.' })
export type FieldDifference = z.infer<typeof FieldDifference>

const DraftSimilar = z
  .object({
    agreement: z.object(shortForm).meta({ id: 'DraftSimilarReference', description: 'Short form of an agreement.' }),
    score: z.number().min(0).max(1).describe('How similar it is, from 0 to 1.'),
    why: z.array(SimilarityReason),
    isProbablyTheSame: z
      .boolean()
      .describe(
        'Whether the text probably describes this agreement. If so, add its dates there instead of creating an agreement.',
      ),
    source: written.describe(
      'The text as a `SourceAddition`, to be sent to `POST /v1/agreements/{id}/sources`, with a key that is free there.',
    ),
    dates: z.array(DateDifference).describe('The dates of the draft beside those of the register.'),
    differences: z.array(FieldDifference).describe('Other values of the draft that differ.'),
  })
  .meta({ id: 'DraftSimilar', description: 'An agreement of the register that the text may describe.' })
export type DraftSimilar = z.infer<typeof DraftSimilar>

export const Draft = z
  .object({
    result: z
      .enum(['agreement', 'no_agreement', 'no_parties', 'one_party', 'many_parties'])
      .describe(
        '`agreement`: there is a draft. The other values say why there is none. `no_agreement`: the text describes no agreement that was made or changed. `no_parties`, `one_party`: it names no party, or only one, that the register has. `many_parties`: it names more than two.',
      ),
    message: z.string().describe('Explanation of the result.'),
    language: z.enum(languages).describe('The language in which the text was read.'),
    plainText: z
      .string()
      .nullable()
      .describe(
        'For HTML: its text, in which `evidence` is counted. Null when `evidence` is counted in the text that was sent.',
      ),
    agreement: written
      .nullable()
      .describe(
        'The draft as an `AgreementInput`, to be sent to `POST /v1/agreements`; null when there is none. The text is its source.',
      ),
    values: z.array(DraftValue).describe('The values that were read from the text.'),
    missing: z.array(Missing).describe('What to add.'),
    similar: z
      .array(DraftSimilar)
      .describe(
        'Agreements of the register between the same parties that the text may describe, the most probable first.',
      ),
  })
  .meta({
    id: 'Draft',
    description: 'What was read from a text: a proposed agreement, and what the register has already.',
  })
export type Draft = z.infer<typeof Draft>
