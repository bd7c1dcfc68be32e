import { withFormula } from '../../shared/csv.ts'

/** The last column of rows that are given back as CSV, with an apostrophe before each formula or without. */
export const errorColumns = { escaped: 'import errors', unescaped: 'import errors (formulas not escaped)' } as const

/** How the cells of a row that comes back are read. */
type Reading = (cells: string[]) => string[]

/**
 * How a file is read whose header says that its rows were given back by an import: as they were in the first file, without the
 * apostrophes and without the last column. Undefined for any other file.
 */
export function readingOfReturned(header: readonly string[]): Reading | undefined {
  const last = header.findLastIndex((name) => name.trim() !== '')
  const name = header[last]?.trim()
  if (name === errorColumns.unescaped) return (cells) => cells.toSpliced(last, 1)
  if (name === errorColumns.escaped) return (cells) => cells.toSpliced(last, 1).map(withFormula)
  return undefined
}
