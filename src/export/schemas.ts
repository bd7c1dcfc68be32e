import { z } from 'zod'
import { AgreementFilter } from '../agreements/filter.ts'

export const exportFormats = ['csv', 'ndjson', 'json'] as const

export const ExportQuery = AgreementFilter.extend({
  format: z.enum(exportFormats).optional().describe('`csv` unless said: one row an agreement.'),
  bom: z
    .enum(['true', 'false'])
    .optional()
    .describe('`true` for a spreadsheet: CSV then begins with a byte order mark, which says that it is UTF-8.'),
})
export type ExportQuery = z.infer<typeof ExportQuery>

/** The export as text; its media type is that of the format. */
export const Exported = z
  .string()
  .meta({ id: 'Exported', description: 'The whole selection, in the order of its ids.' })
