import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'

export type CsvRow = Record<string, string>

/** The text of a file below `data/`. */
export const readData = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../data/${file}`, import.meta.url)), 'utf8')

/** The rows of a file below `data/`, keyed by the column names in its first line. */
export const readRows = (file: string): CsvRow[] => parse(readData(file), { columns: true, skip_empty_lines: true })

/** A cell; null (unknown) when it is empty. */
export const cell = (row: CsvRow, name: string): string | null => row[name] || null

/** The values of a cell that has several, joined with ` | `. */
export const cells = (row: CsvRow, name: string): string[] => (row[name] ?? '').split(' | ').filter(Boolean)

/** Rows as CSV (RFC 4180). By default, values that spreadsheets would interpret as formulas get an apostrophe in front. */
export const csvOf = (rows: readonly (readonly (string | number | null)[])[], escapeFormulas = true): string =>
  stringify(
    rows.map((row) => [...row]),
    { escape_formulas: escapeFormulas, record_delimiter: 'windows' },
  )
