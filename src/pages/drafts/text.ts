import { DraftInput, maxText } from '../../drafts/schemas.ts'
import { invalid } from '../../problems/from-zod.ts'
import { Problem } from '../../problems/problems.ts'
import { type Field, type JsonObject, typed, type Values, writeFields } from '../forms/fields.ts'
import { day, line } from '../forms/shared-fields.ts'

const textName = 'read.text'

/** The fields with a text and what is known of it. Later forms keep them as hidden fields: nothing is stored between. */
export const textFields: readonly Field[] = [
  {
    name: textName,
    label: 'Text',
    kind: 'text',
    at: '/text',
    required: true,
    wide: true,
    hint: `Plain or as HTML, at most ${maxText / 1000} kB.`,
  },
  line('read.title', 'Title of the text', '/title', { required: true, wide: true }),
  line('read.publisher', 'Publisher', '/publisher', { required: true }),
  line('read.url', 'Address', '/url', { required: true, hint: 'Begins with `https://`.' }),
  {
    ...day(
      'read.publishedOn',
      'Published on',
      '/publishedOn',
      'Such as `3 March 2024`. Days such as “yesterday” are counted from it.',
    ),
    required: true,
  },
  line('read.language', 'Language', '/language', {
    kind: 'language',
    required: true,
    hint: 'Such as `Japanese`. Empty: recognized from the text.',
  }),
]

/** The text of a form, as a request of the API has it. @throws Problem 400, 413 */
export function textIn(values: Values): DraftInput {
  const whole: JsonObject = {}
  writeFields(whole, textFields, values, new Map())
  const text = typed(values, textName).replaceAll('\r', '\n')
  const { data, error } = DraftInput.safeParse({ ...whole, ...(text !== '' && { text }) }, { reportInput: true })
  if (error) throw invalid(error, DraftInput, 'body')
  const size = Buffer.byteLength(data.text)
  if (size <= maxText) return data
  const message = `The text must be at most ${maxText / 1000} kB; it has ${Math.ceil(size / 1000)} kB.`
  throw new Problem('content_too_large', message, [{ pointer: '/text', code: 'too_long', message }])
}
