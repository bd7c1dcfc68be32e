import { pipeline } from 'node:stream/promises'
import { CsvError, parse } from 'csv-parse'
import type { TextSource } from './encoding.ts'
import { FileError } from './errors.ts'
import { type Format, type HeaderOptions, maxRowSize, type Table, tableOf } from './table.ts'

const cellSeparators = [',', ';', '\t', '|'] as const
type CellSeparator = (typeof cellSeparators)[number]
/** A separator as requests name it. */
export type SeparatorName = Exclude<CellSeparator, '\t'> | 'tab'

/** How much of a file is read to find its separator, in characters. */
const headSize = 64 * 1024

interface SeparatedOptions extends HeaderOptions {
  format: Format & ('csv' | 'tsv')
  /** By default the one that gives the most rows of equal length. */
  separator?: SeparatorName | undefined
}

/** The table of a CSV or TSV file. @throws FileError */
export async function readSeparated(text: TextSource, options: SeparatedOptions): Promise<Table> {
  const name = options.separator ?? (options.format === 'tsv' ? 'tab' : undefined)
  const head = await headOf(text)
  const separator = name === 'tab' ? '\t' : (name ?? separatorOf(head, options.headerRow))
  const ends = lineEndsIn(head)
  return tableOf(separator === '\t' ? 'tsv' : 'csv', () => records(text, separator, ends), options)
}

async function headOf(text: TextSource): Promise<string> {
  let head = ''
  for await (const piece of text()) {
    head += piece
    if (head.length >= headSize) break
  }
  return head.slice(0, headSize)
}

/**
 * What ends a row. Both ends of PCs may occur in one file, such as when a program adds rows to the file of another one. A carriage
 * return alone ends rows only where it ends the first one.
 */
const lineEndsIn = (head: string): string[] => (/^(?:[^"\r\n]|"[^"]*")*\r(?!\n)/.test(head) ? ['\r'] : ['\r\n', '\n'])

async function* records(text: TextSource, separator: CellSeparator, lineEnds: string[]): AsyncGenerator<string[]> {
  const parser = parse({
    delimiter: separator,
    record_delimiter: lineEnds,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: maxRowSize,
  })
  // Its errors reach the loop through the parser; when the loop ends early, it ends with one that nobody needs.
  const feeding = pipeline(text(), parser).catch(() => undefined)
  let row = 1
  try {
    for await (const record of parser) {
      yield record as string[]
      row += 1
    }
  } catch (error) {
    throw error instanceof CsvError ? fileErrorOf(error, row) : error
  } finally {
    parser.destroy()
    await feeding
  }
}

function fileErrorOf({ code }: CsvError, row: number): FileError {
  if (code === 'CSV_QUOTE_NOT_CLOSED') {
    const message = `Row ${row} has a double quote that is not closed. Write a quote inside a quoted cell twice.`
    return new FileError('quote_not_closed', message, { row })
  }
  if (code === 'CSV_MAX_RECORD_SIZE') {
    const message = `Row ${row} is larger than 1 MB. Check whether a double quote is not closed.`
    return new FileError('row_too_large', message, { row })
  }
  return new FileError('invalid_csv', `Row ${row} cannot be read as CSV.`, { row })
}

/**
 * The separator that divides most of the first rows into as many cells as the header; of equals the one with more
 * cells. A comma when no candidate occurs in the header.
 * @param headerRow the row with the header, from 1. By default the first that is not blank
 */
function separatorOf(head: string, headerRow = 1): CellSeparator {
  const scores = cellSeparators.map((separator) => {
    const [first = 1, ...others] = cellCounts(head, separator, headerRow, 50)
    const alike = others.filter((count) => count === first).length
    return { separator, cells: first, share: first < 2 ? -1 : others.length === 0 ? 1 : alike / others.length }
  })
  const [best] = scores.toSorted((a, b) => b.share - a.share || b.cells - a.cells)
  return best && best.share >= 0 ? best.separator : ','
}

/**
 * The number of cells of each of the first rows that is not blank, from the one numbered `from`; the last row may be cut off, and is
 * left out if others exist.
 */
function cellCounts(text: string, separator: string, from: number, rows: number): number[] {
  const counts: number[] = []
  let row = 1
  let [cells, start, quoted] = [1, 0, false]
  let cellStart = 0
  for (let at = 0; at <= text.length && counts.length < rows; at += 1) {
    const character = text[at]
    if (quoted) {
      if (character === '"') quoted = text[at + 1] === '"' && Boolean((at += 1))
    } else if (character === '"' && at === cellStart) quoted = true
    else if (character === separator) {
      cells += 1
      cellStart = at + 1
    } else if (character === '\n' || character === undefined) {
      if (row >= from && text.slice(start, at).trim() !== '') counts.push(cells)
      row += 1
      ;[cells, start, cellStart] = [1, at + 1, at + 1]
    }
  }
  return counts.length > 1 && text.length >= headSize ? counts.slice(0, -1) : counts
}
