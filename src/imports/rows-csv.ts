import { Readable } from 'node:stream'
import type { Database } from '../database/connect.ts'
import { invalidQuery, type Problem } from '../problems/problems.ts'
import { csvOf } from '../shared/csv.ts'
import { cellsOfItem } from './files/json.ts'
import { errorColumns } from './files/returned.ts'
import { allRows, type FileShape, shapeOf } from './queries.ts'
import type { ImportRow, ImportRowQuery } from './schemas.ts'

/**
 * The rows of an import as CSV, in their original columns, with the reasons in a last one, which is not read when the file is
 * sent again. Rows are read as the client reads.
 * @throws Problem 400 when there is a cursor, 404
 */
export async function rowsAsCsv(db: Database, id: string, query: ImportRowQuery): Promise<Readable> {
  if (query.cursor !== undefined) throw noPages()
  const shape = await shapeOf(db, id)
  const form = { separator: query.separator, escapeFormulas: query.escapeFormulas !== 'false' }
  async function* lines(): AsyncGenerator<string> {
    const { columns } = shape
    const errorColumn = form.escapeFormulas ? errorColumns.escaped : errorColumns.unescaped
    yield (query.bom === 'true' ? '\uFEFF' : '') + csvOf([[...columns, errorColumn]], form)
    for await (const rows of allRows(db, id, query.verdict)) {
      yield csvOf(
        rows.flatMap((row) =>
          row.row === null
            ? []
            : [[...cellsIn(row.raw, shape, columns), reasonsIn(row), ...cellsBeyond(row.raw, shape)]],
        ),
        form,
      )
    }
  }
  return Readable.from(lines(), { objectMode: false })
}

const noPages = (): Problem =>
  invalidQuery([{ parameter: 'cursor', code: 'invalid_value', message: 'Must not be given: CSV has no pages.' }])

/** The cells of a row in some of its columns. */
export function cellsIn(raw: unknown, { format, columns }: FileShape, shown: string[]): string[] {
  if (format === 'json' || format === 'ndjson') {
    const cells = cellsOfItem(raw, columns)
    return shown.map((column) => cells[column] ?? '')
  }
  const cells = Array.isArray(raw) ? (raw as string[]) : []
  return shown.map((column) => cells[columns.indexOf(column)] ?? '')
}

/** The cells of a row beyond the last column. They stand after the reasons, so that the row comes back as it was: refused, not cut off. */
function cellsBeyond(raw: unknown, { columns }: FileShape): string[] {
  const beyond = Array.isArray(raw) ? (raw as string[]).slice(columns.length) : []
  return beyond.some((cell) => cell.trim() !== '') ? beyond : []
}

/** With the text of an item that has no cells. */
const reasonsIn = (row: ImportRow): string =>
  reasonsOf(row) + (typeof row.raw === 'string' ? ` The row: ${row.raw}` : '')

const reasonsOf = ({ reason, errors }: ImportRow): string =>
  errors.length === 0
    ? (reason ?? '')
    : errors
        .map(({ column, message, wouldDo }) => {
          const instead = wouldDo === null ? '' : ` Would do: ${wouldDo}`
          return `${column === null ? '' : `${column}: `}${message}${instead}`
        })
        .join(' | ')
