import { z } from 'zod'
import { listOf, ruleIssue, Text } from '../../shared/schemas.ts'

/** The longest text in a mapping, in code points. */
const maxText = 2000

export const MappingText = Text(maxText)
/** A text that may be blank. */
export const AnyText = z
  .string()
  .max(maxText)
  .regex(/^[^\u0000]*$/, 'Must contain no NUL character.')
  .refine((text) => text.isWellFormed(), 'Must not contain an unpaired surrogate.')
/** Values of cells. */
const Values = listOf(AnyText, 1000)
export const ColumnName = Text(500)
export const TableName = Text(100)
export const PatternText = Text(1000).describe(
  'Regular expression in the syntax of RE2: no lookaround and no backreferences. Named groups: `(?<name>…)`.',
)

const splits = ['semicolon', 'comma', 'pipe', 'slash', 'lines', 'numbered_lines', 'and'] as const
export type Split = (typeof splits)[number]

const SplitKind = z.enum(splits).meta({
  id: 'SplitKind',
  description:
    'How the values of a list in a cell are divided: `A ; B`, `A, B`, `A | B`, `A / B`, one on each line, one on each line after `1.`, `A and B`.',
})

export const Condition = z
  .strictObject({
    column: ColumnName,
    is: Values.optional().describe('It has one of these values, whatever the letter case.'),
    isNot: Values.optional().describe('It has none of these values. A blank cell has none.'),
    matches: PatternText.optional(),
    blank: z.boolean().optional().describe('True: it is blank. False: it is not.'),
    split: listOf(SplitKind, splits.length).optional().describe('How its values are divided, to be counted.'),
    moreThan: z.int().min(0).max(1000).optional().describe('It has more values than this.'),
    fewerThan: z.int().min(0).max(1000).optional().describe('It has fewer values than this.'),
  })
  .meta({
    id: 'MappingCondition',
    description: 'A condition on a cell. If several parts are given, all must be true.',
    examples: [{ column: 'laterality', isNot: ['BILAT'] }],
  })
export type Condition = z.infer<typeof Condition>

/** Whether exactly one of the fields is given, which a schema for generators cannot say. */
export const hasOneOf =
  (...names: string[]) =>
  (rule: object): boolean =>
    names.filter((name) => name in rule).length === 1

export const hasOneSource = hasOneOf('column', 'template', 'constant')
export const oneSource = ruleIssue('one_source', 'Must have exactly one of `column`, `template` and `constant`.')

/** The fields by which any rule takes a text from a row. */
export const textFields = {
  column: ColumnName.optional().describe('The column that has it.'),
  template: MappingText.optional().describe(
    'A text with columns in braces, such as `TIAS-{no}`. Blank when one of these columns is blank.',
  ),
  constant: MappingText.optional().describe('The same text for every row.'),
  unknown: Values.optional().describe('Values that mean unknown, in addition to those of the mapping.'),
  split: listOf(SplitKind, splits.length).optional().describe('How the values of a list in a cell are divided.'),
  keep: PatternText.optional().describe('Only values that match are used.'),
  table: TableName.optional().describe('The table in which each value is looked up.'),
  default: MappingText.optional().describe('The text when nothing else is given.'),
}

export const TextRule = z
  .strictObject(textFields)
  .refine(hasOneSource, oneSource)
  .meta({
    id: 'MappedText',
    description: 'Where a text comes from: exactly one of `column`, `template` and `constant`.',
    examples: [{ column: 'Treaty type', table: 'types', default: 'agreement' }],
  })
export type TextRule = z.infer<typeof TextRule>

export const DurationRule = z
  .strictObject({
    ...textFields,
    unit: z.enum(['years', 'months', 'weeks', 'days']).optional().describe('The unit of numbers without one.'),
  })
  .refine(hasOneSource, oneSource)
  .meta({
    id: 'MappedDuration',
    description: 'Where a duration comes from: `5 years`, `six months prior notice`, `P5Y`, or a number with `unit`.',
    examples: [{ column: 'Term', unit: 'months' }],
  })
export type DurationRule = z.infer<typeof DurationRule>

export const DayRule = z
  .strictObject({
    column: ColumnName,
    formats: listOf(Text(100), 20)
      .optional()
      .describe(
        "How days are written, tried in order: `dd/MM/yyyy`, `MM-yyyy`, `MMMM d, yyyy`, `yyyy`; `excel` is the number of a day in Excel, `edtf` is EDTF. `d`, `M`: with or without a leading zero; `MMMM`: name of the month; other words are put between apostrophes, `d 'de' MMMM`. A time of day after it is ignored. Default: `yyyy-MM-dd`, `yyyy-MM`, `yyyy`, `edtf`.",
      ),
    language: Text(35).optional().describe('Language of the names of months, BCP 47. Default: `en`.'),
    unknown: Values.optional().describe('Values that mean unknown, in addition to those of the mapping.'),
    several: z
      .enum(['refuse', 'first', 'last', 'range', 'each'])
      .optional()
      .describe(
        'What several days in a cell mean (`May 1 and 9, 2009`): an error, the first, the last, a period from first to last, or an act on each. Default: `refuse`.',
      ),
    century: z
      .strictObject({
        like: ColumnName.describe('The column with the right century.'),
        years: z.int().min(20).max(99).optional().describe('The largest difference that is left alone. Default: 50.'),
      })
      .optional()
      .describe(
        'Corrects the century when the year differs too much from the year in another column: 2026 becomes 1926 if that is 1925.',
      ),
  })
  .meta({
    id: 'MappedDay',
    description: 'Where a day comes from, and how it is written.',
    examples: [{ column: 'Date of signature', formats: ['dd/MM/yyyy', 'MM-yyyy'] }],
  })
export type DayRule = z.infer<typeof DayRule>
