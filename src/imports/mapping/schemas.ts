import { z } from 'zod'
import { LifecycleEvent } from '../../agreements/dates/schemas.ts'
import { signatureRoles } from '../../agreements/signatures/tables.ts'
import { relationKinds } from '../../agreements/tables.ts'
import { statedStatuses } from '../../agreements/time/lifecycle.ts'
import { Day } from '../../shared/day-schemas.ts'
import { LanguageTag, listOf, ruleIssue, Text } from '../../shared/schemas.ts'
import {
  AnyText,
  ColumnName,
  Condition,
  DayRule,
  DurationRule,
  hasOneOf,
  hasOneSource,
  MappingText,
  oneSource,
  PatternText,
  TableName,
  textFields,
  TextRule,
} from './text-schemas.ts'

const list = <Item extends z.ZodType>(item: Item, max = 100) => listOf(item, max).optional()

const atLeastOne = <Item extends z.ZodType>(item: Item, max: number) =>
  listOf(item, max)
    .refine((items) => items.length > 0, 'Must have at least one item.')
    .meta({ minItems: 1 })

const MappedTable = z
  .strictObject({
    entries: z
      .record(AnyText, AnyText)
      .optional()
      .describe('Value in the file → value in the register, whatever the letter case. An empty text means unknown.'),
    file: MappingText.optional().describe('Name of a second file that is sent along and has these values.'),
    key: ColumnName.optional().describe('Column of the second file with the values of the first one.'),
    value: ColumnName.optional().describe('Column of the second file with the values in the register.'),
    otherwise: AnyText.optional().describe(
      'What every other value becomes; these are counted. Default: such a value is an error.',
    ),
    keepOthers: z.boolean().optional().describe('True: every other value stays as it is; these are counted.'),
    changes: list(
      z.strictObject({ from: MappingText, before: Day, to: MappingText }).meta({
        id: 'ChangedMeaning',
        description: 'A value that meant something else before a day.',
        examples: [{ from: 'BOREAL', before: '1991-01-01', to: 'Polaria' }],
      }),
      1000,
    ),
    day: DayRule.optional().describe('The day that decides which meaning a value with `changes` has.'),
  })
  .meta({ id: 'MappedTable', description: 'A table of values.' })
export type MappedTable = z.infer<typeof MappedTable>

const DerivedColumn = z
  .strictObject({
    as: ColumnName.optional().describe('Name of the new column. With `pattern`, each named group becomes a column.'),
    ...textFields,
    pattern: PatternText.optional(),
    every: z.boolean().optional().describe('True: all matches of the pattern, one on each line. Default: the first.'),
    required: z.boolean().optional().describe('True: a row in which nothing is found is an error.'),
    when: list(Condition).describe('Only in rows where all of this is true.'),
  })
  .refine(hasOneSource, oneSource)
  .refine(
    (rule) => rule.as !== undefined || rule.pattern !== undefined,
    ruleIssue('required', 'Must have `as`, or a `pattern` with named groups.'),
  )
  .meta({
    id: 'DerivedColumn',
    description:
      'A column made from others. Several values are kept one on each line. A column that already has content in a row keeps it.',
    examples: [{ column: 'title', pattern: '^(?<partner>.+?) \\((?<number>[0-9.-]+)\\) – (?<name>.+)$' }],
  })
export type DerivedColumn = z.infer<typeof DerivedColumn>

const PartyRule = z
  .strictObject({
    ...textFields,
    codeColumn: ColumnName.optional().describe('The column with the code of the party.'),
    side: z.int().min(1).max(2).optional().describe('The side on which it stands, if `sides` does not decide this.'),
    role: z.enum(signatureRoles).optional().describe('Default: `signed`.'),
    representative: TextRule.optional().describe('Name of who signed for it.'),
    office: TextRule.optional().describe('Office of who signed for it.'),
    when: list(Condition).describe('Only in rows where all of this is true.'),
  })
  .refine(hasOneSource, oneSource)
  .meta({ id: 'MappedParty', description: 'Where signatories come from. Each value is matched with a body.' })
export type PartyRule = z.infer<typeof PartyRule>

const Sides = z
  .strictObject({
    rule: z
      .enum(['as_given', 'home', 'first_two', 'first_against_others'])
      .describe(
        'Each party has its side; the home party on side 1 and all others on side 2; the first name on side 1 and the second on side 2, and no third; the first name on side 1 and all others on side 2.',
      ),
    home: MappingText.optional().describe('Name of the home party, as it shall be matched.'),
    homeNames: list(MappingText).describe('Other names of the home party in the file.'),
    homeImplied: z
      .boolean()
      .optional()
      .describe(
        'True: the home party is on side 1 even if the row does not name it. Otherwise such a row has its first party on side 1.',
      ),
  })
  .refine(
    ({ rule, home }) => rule !== 'home' || home !== undefined,
    ruleIssue('required', 'Must have `home`, the name of the home party.'),
  )
  .meta({ id: 'MappedSides', description: 'Which party stands on which side. Default: `as_given`.' })

const DateRule = z
  .strictObject({
    event: LifecycleEvent.optional(),
    eventFrom: TextRule.optional().describe('The act, if another cell chooses it.'),
    date: DayRule,
    effectiveDate: DayRule.optional(),
    place: TextRule.optional(),
    party: TextRule.optional().describe('The party whose act it is.'),
    note: TextRule.optional(),
    when: list(Condition).describe('Only in rows where all of this is true.'),
  })
  .refine(hasOneOf('event', 'eventFrom'), ruleIssue('one_event', 'Must have either `event` or `eventFrom`.'))
  .meta({ id: 'MappedDate', description: 'A date of a lifecycle act. A row without the day has no such date.' })
export type DateRule = z.infer<typeof DateRule>

const StatementRule = z
  .strictObject({
    status: TextRule.describe(
      `One of ${statedStatuses.map((status) => `\`${status}\``).join(', ')}; as text, its table gives one of them. A row without it states nothing.`,
    ),
    on: Day.optional().describe('The day of the list. Default: the day of the collection.'),
    onDay: DayRule.optional().describe('The day on which the status was so, if a column has it.'),
  })
  .meta({ id: 'MappedStatement', description: 'A status that a list states without saying since when.' })

const IdentifierRule = z
  .strictObject({ scheme: Text(40), value: TextRule })
  .meta({ id: 'MappedIdentifier', examples: [{ scheme: 'tias', value: { column: 'TIAS No.' } }] })
const DocumentRule = z
  .strictObject({ url: TextRule, title: TextRule.optional(), language: LanguageTag.optional() })
  .meta({ id: 'MappedDocument', description: 'Links to texts. The title is `Text` by default.' })
const SourceRule = z
  .strictObject({
    key: Text(60).describe('Name of the source within the agreement: lower-case letters, digits and hyphens.'),
    title: TextRule,
    publisher: TextRule.optional(),
    url: TextRule.optional(),
  })
  .meta({
    id: 'MappedSource',
    description: 'A source that a row names. The file itself need not be named.',
    examples: [{ key: 'print', title: { template: '{Series} {Volume}, {Page}' } }],
  })
const RelationRule = z
  .strictObject({
    kind: z.enum(relationKinds),
    to: TextRule.describe('Reference or identifier of the other agreement.'),
    scheme: Text(40).optional().describe('Scheme of the identifier. Default: it is a reference.'),
  })
  .meta({ id: 'MappedRelation', description: 'A relation, made after all rows are stored.' })
const AlternativeTitleRule = z
  .strictObject({ language: LanguageTag, title: TextRule })
  .meta({ id: 'MappedAlternativeTitle' })

const EntryIntoForceRule = z
  .strictObject({
    on: TextRule.describe(
      '`signature`, `notes_exchanged`, `last_notification`, `last_ratification` or `instruments_exchanged`.',
    ),
    delay: DurationRule.optional(),
    roundedUp: TextRule.optional().describe('`month`: on the first day of the next month.'),
  })
  .meta({ id: 'MappedEntryIntoForce', description: 'What the text ties the entry into force to.' })
export type EntryIntoForceRule = z.infer<typeof EntryIntoForceRule>

const TermRule = z
  .strictObject({
    runsFrom: TextRule.optional().describe('`signature`, `entry_into_force` or a day. Default: `entry_into_force`.'),
    length: DurationRule.optional(),
    lastDay: DayRule.optional(),
    atEnd: TextRule.optional().describe('`ends`, `renews`, `extended_if_agreed` or `open_ended`.'),
    renewal: z
      .strictObject({ length: DurationRule, most: TextRule.optional(), notice: DurationRule.optional() })
      .optional()
      .describe('Length of a renewal, how often it is renewed at most, notice before it.'),
    exit: z
      .strictObject({ notice: DurationRule, from: TextRule.optional(), takesEffect: TextRule.optional() })
      .optional()
      .describe('The notice with which it can be ended, from when, and when that takes effect.'),
    sunset: DurationRule.optional().describe('How long earlier investments stay protected after the end.'),
  })
  .meta({ id: 'MappedTerm', description: 'How long an agreement runs. A row that gives none of it has no term.' })
export type TermRule = z.infer<typeof TermRule>

export const FileEncoding = z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']).meta({ id: 'FileEncoding' })
export const CellSeparator = z.enum([',', ';', 'tab', '|']).meta({ id: 'CellSeparator' })

const FileRule = z
  .strictObject({
    encoding: FileEncoding.optional(),
    separator: z
      .preprocess((value) => (value === '\t' ? 'tab' : value), CellSeparator.optional())
      .describe('What separates the cells of a row. Default: found.'),
    sheet: MappingText.optional().describe('Name of the sheet of an XLSX file.'),
    sheetNumber: z.int().min(1).max(1000).optional().describe('Its number. Default: the first.'),
    headerRow: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('The row with the names of the columns. Default: the first that is not blank.'),
  })
  .meta({ id: 'MappedFile', description: 'How the file is to be read, if it differs from what is found.' })

export const Mapping = z
  .strictObject({
    description: MappingText.optional(),
    file: FileRule.optional(),
    optionalColumns: list(ColumnName, 1000).describe('Columns that a file may lack; they are blank then.'),
    ignoredColumns: list(ColumnName, 1000).describe('Columns that are left out on purpose, and not reported.'),
    unknown: list(AnyText).describe('Values that mean unknown in every column: `n/a`, `0000-00-00`.'),
    tables: z.record(TableName, MappedTable).optional().describe('Tables of values, by name.'),
    derived: list(DerivedColumn).describe('New columns, made in this order.'),
    leaveOut: list(
      z
        .strictObject({ when: atLeastOne(Condition, 100), reason: MappingText })
        .meta({ id: 'LeftOutRows', description: 'Rows that are left out, and why.' }),
    ),
    rowKey: TextRule.optional().describe('What identifies a row in its collection. Default: a hash of its content.'),
    reference: TextRule.optional(),
    title: TextRule,
    titleIsDescriptive: z.boolean().optional().describe('True when the titles of the file are descriptions.'),
    alternativeTitles: list(AlternativeTitleRule),
    type: TextRule.describe('Type of the agreement; as text, its table gives the types of the register.'),
    binding: TextRule.optional(),
    summary: TextRule.optional(),
    languages: TextRule.optional().describe('Languages of the authentic texts, BCP 47.'),
    parties: atLeastOne(PartyRule, 20),
    sides: Sides.optional(),
    dates: list(DateRule),
    statements: list(StatementRule),
    entryIntoForce: EntryIntoForceRule.optional(),
    term: TermRule.optional(),
    identifiers: list(IdentifierRule),
    documents: list(DocumentRule),
    sources: list(SourceRule),
    researchDomains: list(TextRule).describe('Codes of research domains, such as `ford:2.1`.'),
    relations: list(RelationRule),
  })
  .meta({
    id: 'ImportMapping',
    description:
      'Describes a file of another register: where each field of an agreement comes from. Columns that no rule uses are reported.',
    examples: [
      {
        title: { column: 'Title' },
        type: { column: 'Type', table: 'types' },
        tables: { types: { entries: { MoU: 'memorandum_of_understanding' }, otherwise: 'other' } },
        parties: [
          { column: 'Party 1', side: 1 },
          { column: 'Party 2', side: 2 },
        ],
        dates: [{ event: 'signed', date: { column: 'Signed', formats: ['dd/MM/yyyy'] }, place: { column: 'Place' } }],
        identifiers: [{ scheme: 'tias', value: { column: 'TIAS' } }],
      },
    ],
  })
export type Mapping = z.infer<typeof Mapping>
