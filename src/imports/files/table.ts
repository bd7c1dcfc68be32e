import { FileError, type RowError } from './errors.ts'
import { readingOfReturned } from './returned.ts'

/** The largest number of columns. */
const maxColumns = 1000

/** The largest row, in characters. */
export const maxRowSize = 1024 * 1024

export type Format = 'csv' | 'tsv' | 'ndjson' | 'json' | 'xlsx'

export interface Row {
  /** From 1; the header and blank rows do not count. */
  number: number
  /** One text for each column, empty where the row has none. The object has no prototype. */
  cells: Record<string, string>
  /** What the file says: a list of cells, or an object. Can be written as JSON. */
  raw: unknown
  /** Why the row cannot be used. */
  errors: RowError[]
}

/** The content of a file. */
export interface Table {
  format: Format
  columns: string[]
  /** Whether its rows were given back by an import, to be mended. */
  isReturned: boolean
  /** The row that is probably the header, from 1, where the first rows are a title; undefined when it is the one that was read. */
  likelyHeader?: number | undefined
  /** Whether a sheet of the file has merged cells, of which only the first has the content. */
  hasMergedCells?: boolean
  /** May be read more than once, from the start each time. Throws FileError. */
  rows: AsyncIterable<Row>
}

/** Rows as lists of cells, blank ones included. */
export type Records = () => AsyncIterable<string[]>

export interface HeaderOptions {
  /** The row with the names of the columns, from 1. By default the first that is not blank. */
  headerRow?: number | undefined
}

/**
 * The table of rows of which one is the header.
 * @throws FileError `empty_file`, `no_header`, `column_repeated`, `too_many_columns`
 */
export async function tableOf(format: Format, records: Records, { headerRow }: HeaderOptions = {}): Promise<Table> {
  const { at, cells } = await headerOf(records, headerRow)
  const reading = readingOfReturned(cells)
  const columns = columnsOf(reading ? reading(cells) : cells, at)
  const first = reading ? () => readBy(reading, records) : records
  return {
    format,
    columns,
    isReturned: reading !== undefined,
    likelyHeader: headerRow === undefined && columns.length < 3 ? await widestOf(records, at) : undefined,
    rows: { [Symbol.asyncIterator]: () => rowsBelow(first, at, columns) },
  }
}

async function* readBy(reading: (cells: string[]) => string[], records: Records): AsyncGenerator<string[]> {
  for await (const cells of records()) yield reading(cells)
}

const isBlank = (cells: string[]): boolean => cells.every((cell) => cell.trim() === '')

async function headerOf(records: Records, headerRow?: number): Promise<{ at: number; cells: string[] }> {
  let at = 0
  for await (const cells of records()) {
    at += 1
    if (headerRow === undefined ? !isBlank(cells) : at === headerRow) {
      if (isBlank(cells))
        throw new FileError('no_header', `Row ${at} must have the names of the columns, but is blank.`, { row: at })
      return { at, cells }
    }
  }
  if (headerRow === undefined || at === 0) throw new FileError('empty_file', 'The file has no rows.')
  throw new FileError('no_header', `The header must be in row ${headerRow}, but the file has ${at} rows.`)
}

/** How many rows there may be above the header. */
const maxTitleRows = 15

/** The first of the rows with the most filled cells, if these are at least three and it is below row `at`. */
async function widestOf(records: Records, at: number): Promise<number | undefined> {
  let [row, widest, filled] = [0, 0, 2]
  for await (const cells of records()) {
    row += 1
    const count = cells.filter((cell) => cell.trim() !== '').length
    if (count > filled) [widest, filled] = [row, count]
    if (row === at + maxTitleRows) break
  }
  return widest > at ? widest : undefined
}

/** The names of the columns. One without a name is `column 3`; blank ones at the end are left out. */
function columnsOf(header: string[], row: number): string[] {
  const last = header.findLastIndex((name) => name.trim() !== '')
  const names = header.slice(0, last + 1).map((name) => name.trim().replaceAll(/\s+/g, ' '))
  const columns = names.map((name, index) => name || `column ${index + 1}`)
  refuseTooMany(columns.length)
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index)
  if (repeated === undefined) return columns
  const places = columns.flatMap((name, index) => (name === repeated ? [index + 1] : [])).join(' and ')
  const message = `Columns ${places} have the same name, \`${repeated}\`. Each column must have a name of its own.`
  throw new FileError('column_repeated', message, { row, column: repeated })
}

/** @throws FileError `too_many_columns` */
export function refuseTooMany(columns: number): void {
  if (columns > maxColumns) {
    throw new FileError('too_many_columns', `The file must have at most ${maxColumns} columns.`)
  }
}

async function* rowsBelow(records: Records, header: number, columns: string[]): AsyncGenerator<Row> {
  let [at, number] = [0, 0]
  for await (const raw of records()) {
    at += 1
    if (at <= header || isBlank(raw)) continue
    number += 1
    const cells = cellsOfRecord(raw, columns)
    yield { number, cells, raw, errors: [...tooLong(raw, columns.length), ...notText(cells)] }
  }
}

/** The cells of a row, from what is kept of it as `raw`. */
export const cellsOfRecord = (raw: readonly string[], columns: readonly string[]): Record<string, string> =>
  cellsOf(columns.map((name, index) => [name, raw[index] ?? ''] as const))

/** An object without a prototype, so that a column may be named like one of its properties. */
export function cellsOf(pairs: Iterable<readonly [string, string]>): Record<string, string> {
  const cells: Record<string, string> = Object.create(null)
  for (const [name, value] of pairs) cells[name] = value
  return cells
}

function tooLong(raw: string[], columns: number): RowError[] {
  if (raw.length <= columns || isBlank(raw.slice(columns))) return []
  const message = `The row has ${raw.length} cells, but the header has ${columns} columns. Put a cell that contains the separator in double quotes.`
  return [{ code: 'too_many_cells', message }]
}

/** Cells that are no text: a database cannot store NUL characters and halves of characters. */
export function notText(cells: Record<string, string>): RowError[] {
  return Object.entries(cells).flatMap(([column, cell]) =>
    cell.includes('\0') || !cell.isWellFormed()
      ? [
          {
            code: 'not_text' as const,
            message: 'The cell must not contain NUL characters or unpaired surrogates.',
            column,
          },
        ]
      : [],
  )
}
