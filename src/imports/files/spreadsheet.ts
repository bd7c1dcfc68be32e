import { createRequire } from 'node:module'
import type { Worker } from 'node:worker_threads'
import { answerOf, startWorker } from '../../shared/worker.ts'
import { FileError } from './errors.ts'
import { linesOf } from './json-items.ts'
import { bytesOf, type Source } from './source.ts'
import {
  type SheetAnswer,
  type SheetRefusal,
  type SheetRow,
  type SheetTask,
  workerProgram,
} from './spreadsheet-worker.ts'
import { openText, type TextSource } from './encoding.ts'
import { type HeaderOptions, maxRowSize, type Table, tableOf } from './table.ts'
import { onlyEntries } from './zip.ts'

const require = createRequire(import.meta.url)
const reader = require.resolve('read-excel-file/node')

/** A sheet that takes longer to read, in milliseconds, is refused: before the connection of its sender times out. */
const timeLimit = 40_000

/** The largest heap of the worker, in MiB: about ten million cells. */
const maxHeap = 384

/** The largest text of all rows, in bytes. */
const maxSize = 128 * 1024 * 1024

interface SpreadsheetOptions extends HeaderOptions {
  /** Name of the sheet, or its number from 1. By default the first one. */
  sheet?: string | number | undefined
  /** Aborted when the sender is gone: the worker ends. */
  signal?: AbortSignal | undefined
}

/**
 * The table of a sheet of an XLSX file. Formulas count by their stored value; days are `YYYY-MM-DD`, with the time if there is
 * one. Formulas without a stored value and errors such as `#DIV/0!` are blank. The sheet is read in a worker, and its rows are kept as compact text.
 * @throws FileError
 */
export async function readSpreadsheet(source: Source, options: SpreadsheetOptions): Promise<Table> {
  const { archive, hasMergedCells } = await onlyEntries(await bytesOf(source), (name) =>
    /^xl\/(?:[^/]+|_rels\/[^/]+|worksheets\/[^/]+)\.(?:xml|rels)$/.test(name),
  )
  const rows = await read(archive, options)
  if ('error' in rows) throw fileErrorOf(rows, options.sheet)
  if (rows.every(({ length }) => length === 0)) throw new FileError('empty_file', 'The sheet has no rows.')
  const text = await textOf(rows)
  return { ...(await tableOf('xlsx', () => records(text), options)), hasMergedCells }
}

/** The text of the rows may be larger than a file may be. */
function textOf(rows: Uint8Array[]): Promise<TextSource> {
  const size = rows.reduce((sum, { length }) => sum + length, 0)
  const slices = async function* () {
    for (const { buffer, length } of rows) {
      for (let start = 0; start < length; start += 65_536) {
        yield Buffer.from(buffer, start, Math.min(65_536, length - start))
      }
    }
  }
  return openText({ size, chunks: slices }, 'utf-8')
}

async function read(archive: Buffer, { sheet = 1, signal }: SpreadsheetOptions): Promise<Uint8Array[] | SheetRefusal> {
  signal?.throwIfAborted()
  const task: SheetTask = { archive, reader, sheet, maxRowSize, maxSize }
  const worker = startWorker(workerProgram, task, maxHeap)
  const end = () => void worker.terminate()
  signal?.addEventListener('abort', end)
  try {
    return await rowsOf(worker)
  } finally {
    signal?.removeEventListener('abort', end)
    await worker.terminate()
    signal?.throwIfAborted()
  }
}

function rowsOf(worker: Worker): Promise<Uint8Array[] | SheetRefusal> {
  const rows: Uint8Array[] = []
  return answerOf<SheetAnswer, Uint8Array[] | SheetRefusal>(worker, {
    timeLimit,
    otherwise: { error: 'TooLarge', message: '' },
    take: (answer) => {
      if (!('rows' in answer)) return 'error' in answer ? answer : rows
      rows.push(answer.rows)
      return undefined
    },
  })
}

function fileErrorOf({ error, message, sheets, ...at }: SheetRefusal, sheet?: string | number): FileError {
  if (error === 'TooLarge') {
    return new FileError('too_large', 'The sheet is too large to be read. Save it as CSV, or split it.')
  }
  if (error === 'SheetNotFoundError') {
    const names = (sheets ?? []).map((name) => `\`${name}\``).join(', ')
    return new FileError('no_such_sheet', `There is no sheet \`${sheet}\`. The file has: ${names}.`)
  }
  if (error === 'RowTooLarge') {
    return new FileError('row_too_large', `Row ${at.row} is larger than 1 MB.`, { row: at.row! })
  }
  if (error === 'NoDay') {
    const text = `The cell in row ${at.row}, column ${at.column} is formatted as a day, but its number is that of none. Excel's days are those from 1900 to 9999; write others as text, such as \`1850-03-01\`.`
    return new FileError('invalid_spreadsheet', text, { row: at.row!, column: `column ${at.column}` })
  }
  const [, row, column] = /at row (\d+), col (\d+)/.exec(message) ?? []
  if (row && column) {
    const place = { row: Number(row), column: `column ${column}` }
    const text = `The cell in row ${row}, column ${column} cannot be read. Open the file and save it again.`
    return new FileError('invalid_spreadsheet', text, place)
  }
  return new FileError('invalid_spreadsheet', 'The file is not a valid XLSX file.')
}

async function* records(text: () => AsyncIterable<string>): AsyncGenerator<string[]> {
  for await (const line of linesOf(text)) yield (JSON.parse(line) as SheetRow).map(cellText)
}

function cellText(cell: SheetRow[number]): string {
  if (cell === null) return ''
  return typeof cell === 'object' ? dayText(cell.day) : String(cell)
}

/** Excel takes 1900 for a leap year: before 1 March 1900 its days are one more than read. */
function dayText(instant: string): string {
  const shifted = instant < '1900-02-28' ? new Date(Date.parse(instant) + 86_400_000).toISOString() : instant
  const [day = '', time = ''] = shifted.split('T')
  return time.startsWith('00:00:00') ? day : `${day} ${time.slice(0, 8)}`
}
