import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'

export type CsvRow = Record<string, string>

/** The text of a file below `data/`. */
export const readData = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../data/${file}`, import.meta.url)), 'utf8')

/** The rows of a file below `data/`, by the names in its first line. */
export const readRows = (file: string): CsvRow[] => parse(readData(file), { columns: true, skip_empty_lines: true })

/** A cell, or null when it is empty: unknown. */
export const cell = (row: CsvRow, name: string): string | null => row[name] || null

/** The values of a cell that holds several, joined with ` | `. */
export const cells = (row: CsvRow, name: string): string[] => (row[name] ?? '').split(' | ').filter(Boolean)
