import { fold } from '../../shared/text.ts'
import type { Table } from '../files/table.ts'

/** The values of a second file, by what the first one writes. */
export type FileTable = ReadonlyMap<string, string>

/** The key that spellings of a value share: letter case, accents and spaces do not matter. */
export function valueKey(text: string): string {
  // Folding is slow, and does nothing else to ASCII.
  const folded = /^[ -~]*$/.test(text) ? text.toLowerCase() : fold(text)
  return folded.trim().replaceAll(/\s{2,}|[^\S ]/g, ' ')
}

/** Whether a text is one of some values, whatever the spelling that `valueKey` ignores. */
export function isOneOf(values: readonly string[] = []): (text: string) => boolean {
  if (values.length === 0) return () => false
  const keys = new Set(values.map(valueKey))
  // Most cells are longer than any of the values: folding changes a length at most by a factor.
  const longest = 4 * Math.max(...values.map(({ length }) => length)) + 4
  return (text) => text.length <= longest && keys.has(valueKey(text))
}

/** Why a second file cannot be used as a table. */
export class TableError extends Error {
  override name = 'TableError'
}

/**
 * The table that a second file gives. A row without a key counts for nothing.
 * @param key the column with the values of the first file
 * @param value the column with the values in the register
 * @throws TableError when a column does not exist, or a key has two values
 * @throws FileError
 */
export async function readFileTable(table: Table, key: string, value: string): Promise<FileTable> {
  const missing = [key, value].find((column) => !table.columns.includes(column))
  if (missing !== undefined) throw new TableError(`The file has no column \`${missing}\`.`)
  const values = new Map<string, string>()
  for await (const { cells, number } of table.rows) {
    const [from, to] = [valueKey(cells[key]!), cells[value]!.trim()]
    if (from === '') continue
    if ((values.get(from) ?? to) !== to) {
      throw new TableError(`Row ${number} gives \`${cells[key]}\` another value than an earlier row.`)
    }
    values.set(from, to)
  }
  return values
}
