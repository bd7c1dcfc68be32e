import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import type { Separator } from './schemas.ts'

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

/** How CSV is written. */
interface CsvForm {
  /** Whether an apostrophe is put before everything that a spreadsheet could interpret as a formula. Default: true. */
  escapeFormulas?: boolean
  separator?: Separator | undefined
}

/** Rows as CSV (RFC 4180). */
export const csvOf = (
  rows: readonly (readonly (string | number | null)[])[],
  { escapeFormulas = true, separator = ',' }: CsvForm = {},
): string =>
  stringify(
    rows.map((row) => row.map((cell) => (escapeFormulas && typeof cell === 'string' ? withoutFormula(cell) : cell))),
    { delimiter: separator === 'tab' ? '\t' : separator, record_delimiter: 'windows', quoted_match: /[\r\n]/ },
  )

/** What a spreadsheet ignores at the beginning of a cell, or takes as the end of one, and the character after it. */
const cellStart = /([\s\p{C}"',;]+|^)(.?)/gsu

/** Whether `cellStart` has anything to find: a sign at the beginning or after such a character. */
const mayBeFormula = /(?:^|[\s\p{C}"',;])[=+\-@＝＋－＠]|^[\t\r]/u

const startsFormula = /[=+\-@＝＋－＠]/

/**
 * A cell that no spreadsheet interprets as a formula, whichever separator it assumes: an apostrophe is put at its
 * beginning, and after the last separator or line break before the sign. Takes linear time.
 */
function withoutFormula(cell: string): string {
  if (!mayBeFormula.test(cell)) return cell
  return cell.replace(cellStart, (all: string, before: string, next: string, offset: number) => {
    const isFormula = startsFormula.test(next)
    const atStart = offset === 0 && (isFormula || /^[\t\r]/.test(before)) ? "'" : ''
    return atStart + (isFormula ? afterSeparator(before) + next : all)
  })
}

/** The text with an apostrophe after its last separator or line break, if it has any. */
function afterSeparator(text: string): string {
  const last = Math.max(...[',', ';', '\t', '\r', '\n'].map((end) => text.lastIndexOf(end))) + 1
  return last === 0 ? text : `${text.slice(0, last)}'${text.slice(last)}`
}

/** An apostrophe after a separator or line break, before a sign. */
const escapedWithin = /([,;\t\r\n])'(?=(?:(?![,;\t\r\n])[\s\p{C}"'])*[=+\-@＝＋－＠])/gu

/**
 * The cell of which `csvOf` makes this one by putting apostrophes before formulas; this one if there is no such cell. An
 * apostrophe before a tab or a carriage return at the beginning counts as put there.
 */
export function withFormula(cell: string): string {
  if (!cell.includes("'")) return cell
  const within = cell.replaceAll(escapedWithin, '$1')
  const candidates = [within.replace(/^'/, ''), within, cell.replace(/^'/, '')]
  return candidates.find((candidate) => candidate !== cell && withoutFormula(candidate) === cell) ?? cell
}
