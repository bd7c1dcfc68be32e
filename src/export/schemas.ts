import { z } from 'zod'
import { AgreementFilter } from '../agreements/list/filter.ts'
import { Agreement } from '../agreements/schemas.ts'
import { Bom, SeparatorOption } from '../shared/schemas.ts'

export const exportFormats = ['csv', 'ndjson', 'json'] as const

export const ExportQuery = AgreementFilter.extend({
  format: z
    .enum(exportFormats, 'Must be `csv`, `ndjson` or `json`. For a spreadsheet use `csv`, for Excel with `bom=true`.')
    .optional()
    .describe('Default: `csv`, one row per agreement.'),
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

/** The response by media type. */
export const Exported = {
  description: 'All agreements that match, ordered by id.',
  content: {
    'text/csv': {
      schema: z
        .string()
        .describe(
          'One row per agreement; the first line has the column names. `signed` is the day of signature by which lists are sorted, as its source gives it: where each party has a day of its own, the latest. `…FirstDay` and `…LastDay` are the first and the last possible day. Several values in a cell are joined with ` | `; names are in the order of the codes.',
        ),
    },
    'application/x-ndjson': { schema: z.string().describe('One JSON document per line, one line per agreement.') },
    'application/json': {
      schema: z
        .object({ items: z.array(Agreement) })
        .meta({ id: 'AgreementExport', description: 'All agreements that match.' }),
    },
  },
}
