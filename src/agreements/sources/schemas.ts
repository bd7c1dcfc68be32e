import { z } from 'zod'
import { EdtfDate } from '../../shared/day-schemas.ts'
import { deletable, founding, throwAway } from '../../openapi/examples.ts'
import { AgreementHandle, example, LanguageTag, Text, WebAddress } from '../../shared/schemas.ts'

export const SourceKey = z
  .string()
  .max(60)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Must be lower-case letters, digits and hyphens, such as `dhs-release`.')
  .describe('Name of the source, chosen by you and unique within the agreement: `article`, `dhs-release`.')

const fields = {
  title: Text(500),
  publisher: Text(300).nullable().default(null),
  url: WebAddress.nullable().default(null),
  publishedOn: EdtfDate.nullable().default(null).describe('Date of publication, EDTF; null when unknown.'),
  language: LanguageTag.nullable().default(null),
  quote: Text(5000).nullable().default(null).describe('The relevant passage, quoted word for word.'),
}

export const NewSource = z.strictObject({ key: SourceKey, ...fields }).meta({
  id: 'SourceInput',
  description: 'A source of information about the agreement.',
})
export type NewSource = z.infer<typeof NewSource>

export const SourceAddition = z
  .strictObject({
    key: SourceKey.optional().describe(
      'Name of the source, unique within the agreement. Default: derived from the title.',
    ),
    ...fields,
  })
  .meta({
    id: 'SourceAddition',
    description: 'A source of information about the agreement.',
    examples: [{ title: 'DHS S&T and Korea sign a memorandum', publisher: 'DHS', publishedOn: '2019-10-24' }],
  })

export const SourceReplacement = z.strictObject(fields).meta({
  id: 'SourceReplacement',
  description: 'A source; its key is in the path.',
  examples: [{ title: 'DHS S&T and Korea sign a memorandum', publisher: 'DHS', publishedOn: '2019-10-24' }],
})

export const Source = z
  .object({
    key: z.string().describe('Unique within the agreement; dates, signatures and claims refer to it.'),
    title: z.string().describe('Its title.'),
    publisher: z.string().nullable().describe('Null when unknown.'),
    url: z.string().nullable().describe('Its address; null when unknown.'),
    publishedOn: z.string().nullable().describe('EDTF; null when unknown.'),
    language: z.string().nullable().describe('BCP 47; null when unknown.'),
    quote: z.string().nullable().describe('The relevant passage, word for word; null when none is quoted.'),
  })
  .meta({ id: 'Source', description: 'A source of information about the agreement.' })

export const SourceList = z.object({ items: z.array(Source) }).meta({ id: 'SourceList' })

const sourceOf = ({ agreement, source }: { agreement: string; source: string }) =>
  z.strictObject({ id: example(AgreementHandle, agreement), key: example(SourceKey, source) })
export const SourceParams = sourceOf(founding)
export const EditedSourceParams = sourceOf(throwAway)
export const DeletedSourceParams = sourceOf(deletable)
