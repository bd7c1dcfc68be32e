import { z } from 'zod'
import { pageOf, pageParameters } from '../http/paging.ts'
import { Actor, Bom, closedEnum, Id, Instant, SeparatorOption, Text } from '../shared/schemas.ts'
import { SimilarityReason } from '../similar/schemas.ts'
import { CellSeparator, FileEncoding } from './mapping/schemas.ts'
import { importModes, importStatuses, phases, rowVerdicts, unknownPartyRules, verdicts } from './tables.ts'

// They have names since the options are both parameters and parts of a form: generators would name them twice alike.
const Flag = z.enum(['true', 'false']).meta({ id: 'ImportFlag', [closedEnum]: true })
const ImportMode = z.enum(importModes).meta({ id: 'ImportMode' })
const UnknownPartyRule = z.enum(unknownPartyRules).meta({ id: 'UnknownPartyRule' })

/** A small file and its mapping, which run against the sample register. */
const exampleFile = `No,Title,Kind,Party 1,Party 2,Signed,Place
A-1,Agreement on Ice,Agreement,THROW-AWAY-1,THROW-AWAY-2,05/02/2024,Geneva
A-2,Exchange of Notes on Snow,Exchange of Notes,THROW-AWAY-1,THROW-AWAY-2,2024,
`
const exampleMapping = JSON.stringify({
  title: { column: 'Title' },
  type: { column: 'Kind' },
  parties: [
    { column: 'Party 1', side: 1 },
    { column: 'Party 2', side: 2 },
  ],
  dates: [{ event: 'signed', date: { column: 'Signed', formats: ['dd/MM/yyyy', 'yyyy'] }, place: { column: 'Place' } }],
})

/** The parameters of an import, in a query or as parts of a form. */
const options = {
  mapping: z
    .string()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(
      'How the columns become agreements: a mapping as JSON text, or the name of one at `/v1/mappings`. Required.',
    ),
  collection: Text(200)
    .optional()
    .describe(
      'Id or code of the collection to which the rows belong. Default: the one named after the file, which is created when there is none.',
    ),
  mode: ImportMode.optional().describe(
    '`create`: a row that was imported before and differs, or whose reference or identifier is taken, is refused. `upsert`: it updates the agreement: what the row has is replaced, all else is left alone. Default: `create`.',
  ),
  atomic: Flag.optional().describe(
    '`true`: if any row is refused, nothing is stored. `false`: the other rows are stored. Default: `true`.',
  ),
  dryRun: Flag.optional().describe(
    '`true`: nothing is stored; the verdicts are those that would be. Default: `false`.',
  ),
  unknownParties: UnknownPartyRule.optional().describe(
    'What becomes of a party whose name no signatory has: `refuse` refuses the row, `create` adds a signatory of the kind `other`. Default: `refuse`.',
  ),
  partial: Flag.optional().describe(
    '`true`: the file has only some rows of its collection, so that none of the others is `gone`. Default: `true` for a file of rows that an import gave back, otherwise `false`.',
  ),
  fileName: Text(300).optional().describe('Name of the file. Its ending tells the format where the content does not.'),
  encoding: FileEncoding.optional().describe(
    'Default: the `charset` of the media type; otherwise UTF-8, or UTF-16 if the file says so.',
  ),
  separator: CellSeparator.optional().describe(
    "What separates the cells of a row of CSV. Default: found from the first rows. With curl: `--form-string 'separator=;'`, because `-F` cuts the semicolon off.",
  ),
  sheet: Text(100).optional().describe('Name or number of the sheet of an XLSX file. Default: the first.'),
  headerRow: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'Must be a whole number from 1 to 999.')
    .optional()
    .describe('The row with the names of the columns. Default: the first that is not blank.'),
}

export const ImportOptions = z.strictObject(options)

const { fileName, encoding, separator, sheet, headerRow } = options
const readingOptions = { fileName, encoding, separator, sheet, headerRow }

/** The parameters of a suggestion. */
export const SuggestionOptions = z.strictObject(readingOptions)

export const SuggestionForm = z
  .strictObject({ file: z.string().meta({ format: 'binary' }).describe('The file, at most 64 MB.'), ...readingOptions })
  .meta({ id: 'SuggestionForm', description: 'A file, and how to read it.', examples: [{ file: exampleFile }] })

export const SuggestedMapping = z
  .object({
    mapping: z.record(z.string(), z.unknown()).describe('A mapping, to be corrected and sent with the file.'),
    columns: z.array(
      z.object({
        name: z.string(),
        seen: z.object({
          filled: z.int().describe('Rows in which it has content.'),
          distinct: z.int().describe('Different contents, whatever the letter case.'),
          examples: z.array(z.string()).describe('The most frequent contents.'),
          looksLike: z.string().describe('What most contents look like.'),
        }),
      }),
    ),
    notes: z.array(z.string()).describe('What to check.'),
  })
  .meta({ id: 'SuggestedMapping', description: 'A proposed mapping, and what was seen in each column.' })
export type ImportOptions = z.infer<typeof ImportOptions>

export const ImportForm = z
  .strictObject({ file: z.string().meta({ format: 'binary' }).describe('The file, at most 64 MB.'), ...options })
  .meta({
    id: 'ImportForm',
    description: 'A file and how to import it.',
    examples: [{ file: exampleFile, mapping: exampleMapping }],
  })

const text = z.string().nullable()

const RowError = z
  .object({
    column: text.describe('The column from which the value comes; null when none does.'),
    value: text.describe('The value, cut to 200 characters.'),
    code: z.string().describe('The kind of error, for programs.'),
    message: z.string().describe('What is wrong, in words.'),
    wouldDo: text.describe('What would do; null when that is not known.'),
  })
  .meta({ id: 'ImportRowError', description: 'Why a row was refused.' })
export type RowError = z.infer<typeof RowError>

const RowWarning = z
  .object({ column: text, value: text, code: z.string(), message: z.string() })
  .meta({ id: 'ImportRowWarning', description: 'What looks wrong in a row, but was accepted.' })
export type RowWarning = z.infer<typeof RowWarning>

const SimilarToRow = z
  .object({
    agreement: Id.describe('Id of the other agreement.'),
    score: z.number().min(0).max(1).describe('How similar it is, as at `/v1/agreements/{id}/similar`. At least 0.7.'),
    why: z.array(SimilarityReason),
  })
  .meta({ id: 'SimilarToRow', description: 'An agreement that is probably the same as the one of a row.' })

const count = z.int().min(0)

export const ImportCounts = z
  .object({
    ...(Object.fromEntries(verdicts.map((verdict) => [verdict, count])) as Record<
      (typeof verdicts)[number],
      typeof count
    >),
    pending: count.describe('Rows without a verdict yet; 0 when the import has ended.'),
  })
  .meta({ id: 'ImportCounts', description: 'Rows by verdict. They add up to the rows of the file.' })
export type ImportCounts = z.infer<typeof ImportCounts>

const rowsTouched = {
  rows: count.describe('How many rows it touches.'),
  firstRows: z.array(z.int()).describe('The first ten of them.'),
}

const UnmatchedParty = z
  .object({
    party: z.string().describe('The name in the file.'),
    problem: z.enum(['unknown', 'ambiguous']).describe('Whether no signatory has the name, or several have it.'),
    candidates: z
      .array(z.string())
      .describe('`ambiguous`: the signatories that have it. `unknown`: codes of those with the most similar names.'),
    ...rowsTouched,
  })
  .meta({ id: 'UnmatchedParty', description: 'A name of a party that is not that of one signatory.' })

const AddedParty = z
  .object({ party: z.string().describe('The name in the file.'), ...rowsTouched })
  .meta({ id: 'AddedParty', description: 'A party that no signatory has the name of, so that one is added.' })

const UnusedColumn = z
  .object({ column: z.string(), ...rowsTouched })
  .meta({ id: 'UnusedColumn', description: 'A column with content that no rule of the mapping uses.' })

const OtherValue = z
  .object({ table: z.string(), value: z.string(), became: z.string(), ...rowsTouched })
  .meta({ id: 'OtherValue', description: 'A value that a table of the mapping does not have, and what it became.' })

export const Import = z
  .object({
    id: Id,
    collection: z
      .object({ id: Id, code: z.string(), name: z.string() })
      .nullable()
      .describe(
        'The collection of its rows. Null when it was to be created and nothing was stored: a dry run, or an import that failed.',
      ),
    fileName: text,
    format: z.string(),
    mode: ImportMode,
    atomic: z.boolean(),
    dryRun: z.boolean(),
    unknownParties: UnknownPartyRule,
    partial: z.boolean(),
    status: z
      .enum(importStatuses)
      .describe('`failed`: nothing was stored, or not everything: `failure` says why. A dry run is `done`.'),
    phase: z
      .enum(phases)
      .nullable()
      .describe(
        'What is done now: `checking`, `writing`, or `relating` rows to each other; null unless it is running.',
      ),
    processed: count.describe('The rows that this phase has done.'),
    rows: count.describe('The rows of the file.'),
    counts: ImportCounts,
    gone: count.describe(
      'Rows of earlier imports of the collection that this file does not have. They are not deleted.',
    ),
    similarRows: count.describe('Rows whose new agreements are probably the same as others: see `similar` of the row.'),
    failure: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .describe('Null unless the status is `failed`.'),
    unmatchedParties: z.array(UnmatchedParty).describe('The 200 that touch the most rows.'),
    addedParties: z
      .array(AddedParty)
      .describe(
        '`unknownParties=create`: the signatories that are added, at most 1,000; in a dry run, those that would be.',
      ),
    unusedColumns: z.array(UnusedColumn),
    otherValues: z.array(OtherValue).describe('The 200 that touch the most rows.'),
    createdAt: Instant,
    createdBy: Actor,
    note: text,
    startedAt: Instant.nullable(),
    finishedAt: Instant.nullable(),
    cancelledBy: Actor.describe('Who cancelled it; null unless somebody did.'),
  })
  .meta({ id: 'ImportJob', description: 'A file that is imported, and what became of its rows.' })
export type Import = z.infer<typeof Import>

export const ImportPage = pageOf(Import, 'ImportPage')

export const ImportQuery = z.strictObject({
  status: z.enum(importStatuses).optional(),
  collection: Text(200).optional().describe('Id or code of a collection.'),
  ...pageParameters,
})
export type ImportQuery = z.infer<typeof ImportQuery>

export const ImportParams = z.strictObject({ id: Id.describe('Id of the import.') })
export type ImportParams = z.infer<typeof ImportParams>

export const ImportRow = z
  .object({
    row: z.int().nullable().describe('Its number in the file, from 1, without the header; null when it is gone.'),
    verdict: z.enum([...rowVerdicts, 'pending']),
    reason: text.describe('Why it was skipped, or is unchanged.'),
    rowKey: text.describe('What identifies the row in its collection.'),
    agreement: Id.nullable().describe('Id of the agreement; null when there is none.'),
    errors: z.array(RowError),
    warnings: z.array(RowWarning),
    similar: z
      .array(SimilarToRow)
      .describe('`created`: agreements of other collections that are probably the same; at most three.'),
    raw: z.unknown().describe('The row as it is in the file: a list of cells, or an object.'),
  })
  .meta({ id: 'ImportRow', description: 'A row of a file, and what became of it.' })

export type ImportRow = z.infer<typeof ImportRow>

export const ImportRowPage = pageOf(ImportRow, 'ImportRowPage')

export const ImportRowQuery = z.strictObject({
  verdict: z
    .enum([...rowVerdicts, 'pending'])
    .optional()
    .describe('`gone`: rows of earlier imports of the collection that this file does not have.'),
  bom: Bom,
  escapeFormulas: Flag.optional().describe(
    'For CSV. `true`: an apostrophe is put before everything that a spreadsheet could interpret as a formula. An import takes exactly these off again, if the last column still has its name. `false`: the values are unchanged. Default: `true`.',
  ),
  separator: SeparatorOption,
  ...pageParameters,
})
export type ImportRowQuery = z.infer<typeof ImportRowQuery>

export const ImportRowsCsv = z
  .string()
  .describe('The rows as CSV, with the reasons in the last column, `import errors`, which an import does not read.')
