import { z } from 'zod'
import { AgreementFilter, asOf } from '../agreements/list/filter.ts'
import { Agreement } from '../agreements/schemas.ts'
import { Bom, SeparatorOption } from '../shared/schemas.ts'

export const ExportQuery = AgreementFilter.extend({
  asOf,
  bom: Bom,
  separator: SeparatorOption,
  escapeFormulas: z
    .enum(['true', 'false'])
    .optional()
    .describe(
      'Whether CSV puts an apostrophe before everything that a spreadsheet could interpret as a formula, whichever separator it assumes. Default: `true`. Use `false` for programs that need the exact values.',
    ),
})
export type ExportQuery = z.infer<typeof ExportQuery>

export const ExportedCsv = z
  .string()
  .describe(
    'One row per agreement; the first line has the column names. `signed` is the day of signature by which lists are sorted, as its source gives it: where each party has a day of its own, the latest. `…FirstDay` and `…LastDay` are the first and the last possible day. Several values in a cell are joined with ` | `; names are in the order of the codes.',
  )

export const ExportedLines = z.string().describe('One JSON document per line, one line per agreement.')

export const ExportedWorkbook = z.string().meta({
  format: 'binary',
  description:
    'An Excel workbook with the sheets `agreements`, `dates`, `signatories` and `sources`: days are days, and texts such as `007` stay texts. At most 10,000 agreements, and 150,000 rows of all sheets together. Days before March 1900 and imprecise ones are texts. A text of more than 32,767 characters is cut.',
})

export const Exported = z
  .object({ items: z.array(Agreement) })
  .meta({ id: 'AgreementExport', description: 'All agreements that match.' })
