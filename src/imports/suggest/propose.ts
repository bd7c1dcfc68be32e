import { asProblem, readOptions, type ReceivedFile, requireSheets } from '../receive.ts'
import { readFile } from '../files/read-file.ts'
import type { Row, Table } from '../files/table.ts'
import type { ImportOptions } from '../schemas.ts'
import { type FileHead, suggest, type Suggestion } from './suggest.ts'

/** So many rows are looked at. */
const headRows = 1000

/** What is looked at of a file. */
export interface Head extends FileHead {
  format: Table['format']
  rows: Row[]
  /** The row with the names of the columns, from 1, if it is not the first: the rows above look like a title. */
  headerRow: number | undefined
  hasMergedCells: boolean
}

/**
 * The first rows of a file. Where these are a title, the header is looked for below.
 * @throws Problem 400 when it is not right, 413
 */
export const readHead = (file: ReceivedFile, options: ImportOptions): Promise<Head> =>
  asProblem(async () => {
    const name = options.fileName ?? file.name
    const reading = { name, signal: file.signal, ...readOptions(options, {}) }
    const first = await readFile(file.handle, reading)
    requireSheets(options, first)
    const headerRow = first.likelyHeader
    const table = headerRow === undefined ? first : await readFile(file.handle, { ...reading, headerRow })
    const { format, columns, hasMergedCells = false } = table
    return { format, columns, rows: await headOf(table), headerRow, hasMergedCells }
  })

/** Proposes a mapping for a file from its first rows. */
export async function proposeFrom(head: Head): Promise<Suggestion> {
  const { headerRow, hasMergedCells } = head
  const { mapping, notes, ...seen } = await suggest(head)
  const title = `The names of the columns are taken from row ${headerRow}; the rows above it look like a title.`
  return {
    ...seen,
    mapping: headerRow === undefined ? mapping : { file: { headerRow }, ...mapping },
    notes: [...(headerRow === undefined ? [] : [title]), ...notes, ...(hasMergedCells ? [mergedCells] : [])],
  }
}

/** Proposes a mapping for a file. @throws Problem 400 when it is not right, 413 */
export const proposeMapping = async (file: ReceivedFile, options: ImportOptions): Promise<Suggestion> =>
  proposeFrom(await readHead(file, options))

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
