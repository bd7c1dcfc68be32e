import { z } from 'zod'
import { AgreementFilter } from '../agreements/list/filter.ts'
import { Agreement } from '../agreements/schemas.ts'

export const exportFormats = ['csv', 'ndjson', 'json'] as const

export const ExportQuery = AgreementFilter.extend({
  format: z
    .enum(exportFormats, 'Spreadsheets open `csv`; add `bom=true` for Excel.')
    .optional()
    .describe('`csv` unless said: one row an agreement.'),
  bom: z
    .enum(['true', 'false'])
    .optional()
    .describe('`true` for a spreadsheet: CSV then begins with a byte order mark, which says that it is UTF-8.'),
  escapeFormulas: z
    .enum(['true', 'false'])
    .optional()
    .describe(
      'Whether CSV puts an apostrophe before what a spreadsheet would take for a formula. It does unless told not to: `false` is for programs that read the very values.',
    ),
})
export type ExportQuery = z.infer<typeof ExportQuery>

/** The export by the media type of the format. */
export const Exported = {
  description: 'The whole selection, in the order of its ids.',
  content: {
    'text/csv': { schema: z.string().describe('A row an agreement; the first line names the columns.') },
    'application/x-ndjson': { schema: z.string().describe('A line an agreement, each a JSON document.') },
    'application/json': {
      schema: z.object({ items: z.array(Agreement) }).meta({ id: 'Export', description: 'The whole selection.' }),
    },
  },
}
