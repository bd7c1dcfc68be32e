import { z } from 'zod'
import { isDay } from '../shared/calendar.ts'
import { durationPattern, isoDuration, isTooLong, parseDuration } from '../shared/durations.ts'
import { Day } from '../shared/day-schemas.ts'
import { Id, Text } from '../shared/schemas.ts'
import { afterTerm, exitEffects, noticeFrom, triggers } from './time/lifecycle.ts'

const howToWrite = 'Must be a duration, such as `P5Y`, `P18M`, `P2W` or `P90D`, or `5 years`, `18 months`, `90 days`.'

/** A duration in a write, stored as ISO 8601. `min` is the least number of days or months. */
const NewDuration = (min: 0 | 1) =>
  z
    .string()
    .max(40, howToWrite)
    .overwrite(isoDuration)
    .superRefine((text, context) => {
      const duration = parseDuration(text)
      if (duration === undefined) {
        // `P` alone has the shape of the published pattern, but is none.
        context.addIssue({
          code: 'custom',
          message: howToWrite,
          ...(text === 'P' && { params: { rule: 'no_duration' } }),
        })
      } else if (duration.months + duration.days < min) {
        const message = 'Must be at least one day.'
        context.addIssue({ code: 'custom', message, params: { rule: 'too_short' } })
      } else if (isTooLong(duration)) {
        const message = 'Must be at most 1,000 years.'
        context.addIssue({ code: 'custom', message, params: { rule: 'too_long' } })
      }
    })
    .meta({ pattern: durationPattern })

const iso = 'ISO 8601, such as `P5Y` or `P90D`'

const Trigger = z.enum(triggers).meta({
  id: 'EntryTrigger',
  description:
    'The act on which an agreement enters into force: the signature, the exchange of notes, the later notification of completed procedures, or the later ratification (acceptance, approval, accession).',
})
const Rounding = z.enum(['month']).meta({
  id: 'EntryRounding',
  description: '`month`: the first day of the month that follows.',
})

const entryFields = {
  on: Trigger,
  delay: (text: z.ZodType<string>) =>
    text.nullable().describe(`How long after that act, ${iso}; null when on the same day.`),
  roundedUp: Rounding.nullable().describe('Null when the day is not rounded.'),
}

export const NewEntryIntoForce = z
  .strictObject({
    on: entryFields.on,
    delay: entryFields.delay(NewDuration(1)).default(null),
    roundedUp: entryFields.roundedUp.default(null),
  })
  .meta({
    id: 'EntryIntoForceInput',
    description:
      'What the text ties the entry into force to. The day is derived when both sides have performed the act, unless a date `entered_into_force` gives it.',
    examples: [{ on: 'last_notification', delay: 'P1M', roundedUp: 'month' }],
  })

export const EntryIntoForcePatch = z
  .strictObject({ on: entryFields.on, delay: entryFields.delay(NewDuration(1)), roundedUp: entryFields.roundedUp })
  .partial()
  .nullable()

export const EntryIntoForce = z
  .object({ on: Trigger, delay: entryFields.delay(z.string()), roundedUp: entryFields.roundedUp })
  .meta({ id: 'EntryIntoForce', description: 'What the text ties the entry into force to.' })

const AfterTerm = z.enum(afterTerm).meta({
  id: 'AfterTerm',
  description:
    'What happens at the end of the term: the agreement `ends`, `renews` itself unless notice is given, ends unless `extended_if_agreed`, or goes on without an end (`open_ended`).',
})
const NoticeFrom = z.enum(noticeFrom).meta({
  id: 'NoticeFrom',
  description: 'When notice of termination may be given: at `any` time, or `after_minimum`, the end of the first term.',
})
const ExitEffect = z.enum(exitEffects).meta({
  id: 'ExitEffect',
  description:
    'When the agreement ends after notice: as soon as the notice has run (`at_once`), at the end of the calendar month or year for which it is in time, or at the end of the term.',
})

const runsFrom = z
  .string()
  .max(20)
  .superRefine((text, context) => {
    if (['signature', 'entry_into_force'].includes(text) || isDay(text)) return
    const isShaped = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)
    const message = 'Must be `signature`, `entry_into_force` or a day, year first: `2019-10-23`.'
    context.addIssue({ code: 'custom', message, ...(isShaped && { params: { rule: 'no_day' } }) })
  })
  .meta({ pattern: '^(?:signature|entry_into_force|[0-9]{4}-[0-9]{2}-[0-9]{2})$' })

const most = z.int().min(1).max(1000).nullable().describe('How often at most; null when without limit.')

/** The fields of a term, with a schema for its durations. `zero` also takes a duration of no days. */
const fieldsOf = <Text extends z.ZodType<string>, Zero extends z.ZodType<string>>(text: Text, zero: Zero) => ({
  length: text
    .nullable()
    .describe(`Length of the term, ${iso}; null when unknown or unlimited, and when the text gives the last day.`),
  atEnd: AfterTerm.nullable().describe('Null when unknown; the days are then those of an agreement that ends.'),
  sunset: text
    .nullable()
    .describe(
      `How long what was made under the agreement lives on after its end, ${iso}; null when unknown or not at all.`,
    ),
  renewal: {
    length: text.nullable().describe(`Length of each renewal, ${iso}; null when the same as that of the term.`),
    most,
    notice: zero
      .nullable()
      .describe(`How long before the expiry notice prevents the renewal, ${iso}; null when unknown or not needed.`),
  },
  exit: {
    notice: zero.nullable().describe(`The notice of termination, ${iso}; null when unknown.`),
    from: NoticeFrom,
    takesEffect: ExitEffect,
  },
})

const lastDay = Day.nullable().describe('The last day in force, where the text gives it: “until 31 December 2026”.')
const counted = 'From when the length is counted: `signature`, `entry_into_force` or a day.'
const description = 'How long the agreement runs, what happens at the end, and how it can be terminated.'
const renewalOf = 'Null when the text does not speak of renewals or extensions.'
const exitOf = 'Termination by notice; null when the text does not speak of it.'

const endsWith = Text(100).nullable().describe('The agreement with which it ends at the latest: id or reference.')

const written = fieldsOf(NewDuration(1), NewDuration(0))
const { renewal, exit } = written

const newFields = {
  runsFrom: runsFrom.default('entry_into_force').describe(counted),
  length: written.length.default(null),
  lastDay: lastDay.default(null),
  atEnd: written.atEnd.default(null),
  renewal: z
    .strictObject({
      length: renewal.length.default(null),
      most: renewal.most.default(null),
      notice: renewal.notice.default(null),
    })
    .nullable()
    .default(null)
    .describe(renewalOf),
  exit: z
    .strictObject({
      notice: exit.notice.default(null),
      from: exit.from.default('any'),
      takesEffect: exit.takesEffect.default('at_once'),
    })
    .nullable()
    .default(null)
    .describe(exitOf),
  sunset: written.sunset.default(null),
}

function refuseTwoEnds(
  { length, lastDay }: { length: string | null; lastDay: string | null },
  context: z.core.$RefinementCtx,
): void {
  if (length === null || lastDay === null) return
  const message = 'Must not be given together with `length`: the last day follows from it.'
  context.addIssue({ code: 'custom', path: ['lastDay'], message, params: { rule: 'two_ends' } })
}

/** The term as an amendment makes it. With which agreement it ends is a matter of the agreement itself. */
export const NewAmendedTerm = z
  .strictObject(newFields)
  .superRefine(refuseTwoEnds)
  .meta({
    id: 'AmendedTermInput',
    description: 'The term as it is from an amendment on.',
    examples: [{ length: 'P10Y' }],
  })

export const NewTerm = z
  .strictObject({ ...newFields, endsWith: endsWith.default(null) })
  .superRefine(refuseTwoEnds)
  .meta({
    id: 'TermInput',
    description,
    examples: [{ length: 'P5Y', atEnd: 'renews', renewal: { length: 'P1Y', notice: 'P90D' } }],
  })

export const TermPatch = z
  .strictObject({
    runsFrom: runsFrom.describe(counted),
    length: written.length,
    lastDay,
    atEnd: written.atEnd,
    renewal: z.strictObject(renewal).partial().nullable(),
    exit: z.strictObject(exit).partial().nullable(),
    sunset: written.sunset,
    endsWith,
  })
  .partial()
  .nullable()

const extendedUntil = 'The last day in force to which it is extended.'

export const NewExtension = z
  .strictObject({
    length: NewDuration(1).nullable().default(null).describe(`By how long, ${iso}.`),
    lastDay: Day.nullable().default(null).describe(extendedUntil),
  })
  .superRefine(({ length, lastDay }, context) => {
    if ((length === null) !== (lastDay === null)) return
    const message = 'Must have either a `length` or a `lastDay`.'
    context.addIssue({
      code: 'custom',
      path: [length === null ? 'length' : 'lastDay'],
      message,
      params: { rule: 'length_or_last_day' },
    })
  })
  .meta({
    id: 'TermExtensionInput',
    description: 'By how long the term is extended, or until when: one of the two.',
    examples: [{ length: 'P6M' }],
  })

export const Extension = z
  .object({
    length: z.string().nullable().describe(`By how long, ${iso}; null when it has a last day.`),
    lastDay: z.string().nullable().meta({ format: 'date' }).describe(`${extendedUntil} Null when it has a length.`),
  })
  .meta({ id: 'TermExtension', description: 'By how long the term is extended, or until when.' })

const read = fieldsOf(z.string(), z.string())

const readFields = {
  runsFrom: z.string().describe(counted),
  length: read.length,
  lastDay: z.string().nullable().meta({ format: 'date' }).describe('The last day in force, where the text gives it.'),
  atEnd: read.atEnd,
  renewal: z.object(read.renewal).nullable().describe(renewalOf),
  exit: z.object(read.exit).nullable().describe(exitOf),
  sunset: read.sunset,
}

export const AmendedTerm = z
  .object(readFields)
  .meta({ id: 'AmendedTerm', description: 'The term as it is from an amendment on.' })

export const Term = z
  .object({
    ...readFields,
    endsWith: Id.nullable().describe('Id of the agreement with which it ends at the latest; null when there is none.'),
  })
  .meta({ id: 'Term', description })
