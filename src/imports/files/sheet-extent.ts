import { FileError } from './errors.ts'

/** The last row that a cell can be in: a file has at most 500,000 rows, which begin within the first thousand. */
const maxRow = 501_000

/** The last column of Excel, `XFD`. */
const maxColumn = 16_384

/** The most cells, blank ones included, up to the last row and the last column. */
const maxCells = 20_000_000

/** The place that a row or a cell states, wherever its attribute stands. */
const placeOf = /<(?:\w{1,10}:)?(?:row|c)\s[^<>]{0,400}?\br\s*=\s*["']([^"'<>]{0,40})/g

/** A tag that begins in one piece of the text may end in the next one. */
const maxTag = 500

/**
 * Follows the XML of a sheet up to its last row and its last column. A reader of spreadsheets makes all blank cells in between,
 * so that a few bytes can keep it busy for long.
 */
export class SheetExtent {
  #rest = ''
  /** Whether there are merged cells. */
  hasMergedCells = false
  #row = 1
  #column = 1

  /** @throws FileError `too_large` */
  read(piece: Buffer): void {
    const text = this.#rest + piece.toString('latin1')
    this.hasMergedCells ||= /<(?:\w{1,10}:)?mergeCell\s/.test(text)
    let end = 0
    for (const match of text.matchAll(placeOf)) {
      end = match.index + match[0].length
      this.#extend(match[1]!)
    }
    this.#rest = text.slice(Math.max(end, text.length - maxTag))
    const [row, column] = [this.#row, this.#column]
    if (row > maxRow || column > maxColumn || row * column > maxCells) throw tooFar(row, column)
  }

  #extend(place: string): void {
    const [, letters = '', digits = ''] = /^([A-Za-z]{0,10})(\d{0,20})$/.exec(place) ?? ['', 'ZZZZZZ', '']
    const column = letters
      .toUpperCase()
      .split('')
      .reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0)
    this.#row = Math.max(this.#row, Number(digits))
    this.#column = Math.max(this.#column, column)
  }
}

const tooFar = (row: number, column: number): FileError =>
  new FileError(
    'too_large',
    `The sheet goes as far as row ${row} and column ${column}, which is too far to be read. Delete what stands apart from the table, or save the table as CSV.`,
  )
