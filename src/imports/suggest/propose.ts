import { asProblem, readOptions, type ReceivedFile, requireSheets } from '../receive.ts'
import { readFile } from '../files/read-file.ts'
import type { Row, Table } from '../files/table.ts'
import type { ImportOptions } from '../schemas.ts'
import { suggest, type Suggestion } from './suggest.ts'

/** So many rows are looked at. */
const headRows = 1000

/**
 * Proposes a mapping for a file from its first rows. Where these are a title, the header is looked for below.
 * @throws Problem 400 when it is not right, 413
 */
export const proposeMapping = (file: ReceivedFile, options: ImportOptions): Promise<Suggestion> =>
  asProblem(async () => {
    const name = options.fileName ?? file.name
    const reading = { name, signal: file.signal, ...readOptions(options, {}) }
    const first = await readFile(file.handle, reading)
    requireSheets(options, first)
    const headerRow = first.likelyHeader
    const table = headerRow === undefined ? first : await readFile(file.handle, { ...reading, headerRow })
    const { mapping, notes, ...seen } = await suggest({ columns: table.columns, rows: await headOf(table) })
    const title = `The names of the columns are taken from row ${headerRow}; the rows above it look like a title.`
    return {
      ...seen,
      mapping: headerRow === undefined ? mapping : { file: { headerRow }, ...mapping },
      notes: [...(headerRow === undefined ? [] : [title]), ...notes, ...(table.hasMergedCells ? [mergedCells] : [])],
    }
  })

const mergedCells =
  'The file has merged cells. Only the first of them has the content, the others are blank: fill them in if they are rows of the table.'

async function headOf({ rows }: Table): Promise<Row[]> {
  const head: Row[] = []
  for await (const row of rows) {
    head.push(row)
    if (head.length === headRows) break
  }
  return head
}
