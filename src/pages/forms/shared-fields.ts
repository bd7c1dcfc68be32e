import { Text } from '../../shared/schemas.ts'
import { Problem } from '../../problems/problems.ts'
import { type Field, type JsonObject, isEmptyAt, setAt, typed, type Values } from './fields.ts'
import { bindingForces, endsOfTerm, entries, exits, noticeTimes, roundings, startsOfTerm, types } from './options.ts'

const dayHint = 'Such as `3 March 2024`, `March 2024` or `2024`.'

export const day = (name: string, label: string, at: string | null, hint = dayHint): Field => ({
  name,
  label,
  kind: 'day',
  at,
  hint,
})

export const line = (name: string, label: string, at: string | null, more: Partial<Field> = {}): Field => ({
  name,
  label,
  kind: 'line',
  at,
  ...more,
})

export const agreementField = (name: string, label: string, at: string, more: Partial<Field> = {}): Field => ({
  name,
  label,
  kind: 'agreement',
  at,
  wide: true,
  hint: 'Its title, its reference, or one of its numbers such as `TIAS 04-601`.',
  ...more,
})

export const partyField = (name: string, at: string | null): Field => ({
  name,
  label: 'Country or organization',
  kind: 'signatory',
  at,
  required: true,
  hint: 'Its name in any language, or its code.',
})

export const bodyField = (name: string, within: string): Field => ({
  name,
  label: 'Body that signed for it',
  kind: 'body',
  at: null,
  within,
  hint: 'Such as a ministry, if the text names one.',
})

/** The codes, with those of bodies at the fields of their parties: the body is what signs. */
export function withBodies(fields: readonly Field[], codes: ReadonlyMap<string, string>): Map<string, string> {
  const all = new Map(codes)
  for (const { name, within } of fields) {
    const code = codes.get(name)
    if (within !== undefined && code !== undefined) all.set(within, code)
  }
  return all
}

/** What an agreement is. */
export const kindFields: Field[] = [
  line('title', 'Title', '/title', { required: true, wide: true }),
  {
    name: 'described',
    label: 'The official title is not known: this describes it',
    kind: 'check',
    at: '/titleIsDescriptive',
  },
  { name: 'type', label: 'Type', kind: 'choice', options: types, required: true, at: '/type' },
  {
    name: 'binding',
    label: 'Binding under international law',
    kind: 'choice',
    options: bindingForces,
    required: true,
    at: '/binding',
  },
]

export const collectionField: Field = {
  name: 'collection',
  label: 'Collection',
  kind: 'collection',
  hint: 'The list from which it is taken, if there is one.',
  at: '/collection',
}

const entryChoice: Field = {
  name: 'entry',
  label: 'Enters into force',
  kind: 'choice',
  options: entries,
  required: true,
  at: '/entryIntoForce/on',
}

const duration = (name: string, label: string, at: string | null, hint?: string): Field => ({
  name,
  label,
  kind: 'duration',
  at,
  ...(hint !== undefined && { hint }),
})

/** What the text ties the entry into force to. */
export const entryFields: Field[] = [entryChoice]

export const allEntryFields: Field[] = [
  entryChoice,
  duration('entryDelay', 'How long after that', '/entryIntoForce/delay', 'Such as `30 days`. Empty: on the same day.'),
  { name: 'entryRounded', label: 'Counted', kind: 'choice', options: roundings, at: '/entryIntoForce/roundedUp' },
]

/** How long an agreement runs. */
export const termFields: Field[] = [
  duration(
    'length',
    'Runs for',
    '/term/length',
    'Such as `5 years` or `18 months`. Empty: not known, or without an end.',
  ),
  {
    name: 'runsFrom',
    label: 'Counted from',
    kind: 'choice',
    options: startsOfTerm,
    required: true,
    at: '/term/runsFrom',
  },
  { name: 'atEnd', label: 'After that', kind: 'choice', options: endsOfTerm, at: '/term/atEnd' },
  duration(
    'renewal',
    'Each renewal is for',
    '/term/renewal/length',
    'Such as `1 year`. Empty: as long as the first term.',
  ),
  duration(
    'notice',
    'Notice against the renewal, at the latest',
    '/term/renewal/notice',
    'Before the end of the term, such as `3 months`.',
  ),
]

/** The agreement with which another one ends. */
export const endsWithField = agreementField('endsWith', 'Ends with this agreement at the latest', '/term/endsWith')

export const allTermFields: Field[] = [
  ...termFields.slice(0, 1),
  day('lastDay', 'Or runs until and including', '/term/lastDay', 'If the text gives the last day: `31 December 2026`.'),
  ...termFields.slice(1),
  line('renewals', 'Renewals at most', '/term/renewal/most', { kind: 'number', hint: 'Empty: without limit.' }),
  duration('exitNotice', 'Can be terminated with notice of', '/term/exit/notice', 'Such as `6 months`.'),
  {
    name: 'exitFrom',
    label: 'Notice of termination can be given',
    kind: 'choice',
    options: noticeTimes,
    required: true,
    at: '/term/exit/from',
  },
  {
    name: 'exitEffect',
    label: 'It then ends',
    kind: 'choice',
    options: exits,
    required: true,
    at: '/term/exit/takesEffect',
  },
  duration(
    'sunset',
    'What was made under it lives on for',
    '/term/sunset',
    'After its end, such as `1 year`. Empty: not known, or not at all.',
  ),
]

/** The objects of which a form shows the fields, inner ones first, with the fields that say nothing by themselves. */
const objects: [pointer: string, unless: string[]][] = [
  ['/entryIntoForce', []],
  ['/extension', []],
  ['/term/renewal', []],
  ['/term/exit', ['from', 'takesEffect']],
  ['/term', ['runsFrom']],
]

/**
 * Makes an object null when nothing in it was filled in, unless it was there before like that.
 * @param before the agreement as it is; null for a new one
 * @param within a pointer to what has a term of its own: a date; empty for the agreement
 */
export function tidy(whole: JsonObject, before: JsonObject | null, within = ''): void {
  for (const [place, unless] of objects) {
    const pointer = `${within}${place}`
    const wasEmpty = before !== null && isEmptyAt(before, pointer, unless)
    if (!wasEmpty && isEmptyAt(whole, pointer, unless)) setAt(whole, pointer, null)
  }
}

/**
 * The most used fields, and those of all fields that a form was opened with: it has more only if more is filled in.
 * @param all with the most used ones among them, in their order
 */
export const usedFields = (values: Values, most: readonly Field[], all: readonly Field[]): Field[] =>
  all.filter((field) => most.includes(field) || values.has(field.name))

/** Which act it is, of several of its kind. */
export const occurrenceField = (name: string, at: string | null): Field =>
  line(name, 'Which act of this kind', at, {
    kind: 'number',
    required: true,
    hint: 'A number, if it happened more than once. Empty: the first.',
  })

/** The words of a source. */
export const quoteField = (name: string, at: string | null): Field => ({
  name,
  label: 'The passage, word for word',
  kind: 'text',
  wide: true,
  at,
})

/** What only an extension has: by how long, or until when. */
export const extensionFields = (at: (field: string) => string | null): Field[] => [
  duration('extension.length', 'Extended by', at('extension/length'), 'Such as `5 years`.'),
  day('extension.lastDay', 'Or until and including', at('extension/lastDay'), 'If the text gives the last day.'),
]

/** How long the agreement runs after an amendment. */
export const amendedFields = (at: (field: string) => string): Field[] =>
  allTermFields.map((field) => ({ ...field, name: `amended.${field.name}`, at: at(field.at!.slice(1)) }))

const maxNote = 500

export const noteField: Field = {
  name: 'note',
  label: 'Reason',
  kind: 'line',
  wide: true,
  hint: 'Why you enter or change this. It is shown in the history.',
  at: null,
}

const Note = Text(maxNote)

/** The reason that was given; null when none was. @throws Problem 400 */
export function noteIn(values: Values): string | null {
  const text = typed(values, noteField.name)
  if (text === '') return null
  const { error } = Note.safeParse(text)
  if (!error) return text
  const message = error.issues[0]!.message
  throw new Problem('invalid_request', message, [{ pointer: noteField.name, code: 'invalid_value', message }])
}
