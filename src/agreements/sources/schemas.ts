import { z } from 'zod'
import { EdtfDate } from '../../shared/day-schemas.ts'
import { deletable, founding, throwAway } from '../../openapi/examples.ts'
import { example, Id, LanguageTag, Text, WebAddress } from '../../shared/schemas.ts'

export const SourceKey = z
  .string()
  .max(60)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Must be lower-case letters, digits and hyphens, such as `dhs-release`.')
  .describe('Name of a source, chosen by you and unique in its agreement: `article`, `dhs-release`.')

const fields = {
  title: Text(500),
  publisher: Text(300).nullable().default(null),
  url: WebAddress.nullable().default(null),
  publishedOn: EdtfDate.nullable().default(null).describe('When it was published, EDTF; null when unknown.'),
  language: LanguageTag.nullable().default(null),
  quote: Text(5000).nullable().default(null).describe('The words that matter, as they stand there.'),
}

export const NewSource = z.strictObject({ key: SourceKey, ...fields }).meta({
  id: 'NewSource',
  description: 'Where something is known from.',
})
export type NewSource = z.infer<typeof NewSource>

export const SourceAddition = z
  .strictObject({
    key: SourceKey.optional().describe(
      'Name of the source, unique in its agreement. Without it, the register makes one of the title.',
    ),
    ...fields,
  })
  .meta({
    id: 'SourceAddition',
    description: 'Where something is known from.',
    examples: [{ title: 'DHS S&T and Korea sign a memorandum', publisher: 'DHS', publishedOn: '2019-10-24' }],
  })

export const SourceReplacement = z.strictObject(fields).meta({
  id: 'SourceReplacement',
  description: 'A source; its key is in the path.',
  examples: [{ title: 'DHS S&T and Korea sign a memorandum', publisher: 'DHS', publishedOn: '2019-10-24' }],
})

export const Source = z
  .object({
    key: z.string().describe('Unique in its agreement; dates, signatures and claims name it.'),
    title: z.string(),
    publisher: z.string().nullable(),
    url: z.string().nullable(),
    publishedOn: z.string().nullable().describe('EDTF; null when unknown.'),
    language: z.string().nullable(),
    quote: z.string().nullable(),
  })
  .meta({ id: 'Source', description: 'Where something is known from.' })

export const SourceList = z.object({ items: z.array(Source) }).meta({ id: 'SourceList' })

const sourceOf = ({ agreement, source }: { agreement: string; source: string }) =>
  z.strictObject({ id: example(Id, agreement), key: example(SourceKey, source) })
export const SourceParams = sourceOf(founding)
export const EditedSourceParams = sourceOf(throwAway)
export const DeletedSourceParams = sourceOf(deletable)
