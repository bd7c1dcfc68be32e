import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { FileError } from './errors.ts'
import { linesOf } from './json-items.ts'
import { bytesOf, type Source } from './source.ts'
import { type SheetAnswer, type SheetRefusal, type SheetRow, workerProgram } from './spreadsheet-worker.ts'
import { openText } from './encoding.ts'
import { type HeaderOptions, type Table, tableOf } from './table.ts'
import { onlyEntries } from './zip.ts'

const require = createRequire(import.meta.url)
const reader = require.resolve('read-excel-file/node')

/** A sheet that takes longer to read, in milliseconds, is refused. */
const timeLimit = 60_000

/** The largest heap of the worker, in MiB: about ten million cells. */
const maxHeap = 384

interface SpreadsheetOptions extends HeaderOptions {
  /** Name of the sheet, or its number from 1. By default the first one. */
  sheet?: string | number | undefined
}

/**
 * The table of a sheet of an XLSX file. Formulas count by their stored value; days are `YYYY-MM-DD`, with the time if there is
 * one. Formulas without a stored value and errors such as `#DIV/0!` are blank. The sheet is read in a worker, and its rows are kept as compact text.
 * @throws FileError
 */
export async function readSpreadsheet(source: Source, options: SpreadsheetOptions): Promise<Table> {
  const archive = await onlyEntries(await bytesOf(source), (name) =>
    /^xl\/(?:[^/]+|_rels\/[^/]+|worksheets\/[^/]+)\.(?:xml|rels)$/.test(name),
  )
  const answer = await read(archive, options.sheet ?? 1)
  if ('error' in answer) throw fileErrorOf(answer, options.sheet)
  if (answer.rows.length === 0) throw new FileError('empty_file', 'The sheet has no rows.')
  const rows = await textOf(answer.rows)
  return tableOf('xlsx', () => records(rows), options)
}

/** The text of the rows may be larger than a file may be. */
const textOf = async (rows: Uint8Array) => {
  const bytes = Buffer.from(rows.buffer)
  const slices = async function* () {
    for (let start = 0; start < bytes.length; start += 65_536) yield bytes.subarray(start, start + 65_536)
  }
  return openText({ size: bytes.length, chunks: slices }, 'utf-8')
}

async function read(archive: Buffer, sheet: string | number): Promise<SheetAnswer> {
  const worker = new Worker(workerProgram, {
    eval: true,
    workerData: { archive, reader, sheet },
    resourceLimits: { maxOldGenerationSizeMb: maxHeap },
    env: {},
    execArgv: [],
  })
  try {
    return await answerOf(worker)
  } finally {
    await worker.terminate()
  }
}

/** A worker that ends without an answer had too little memory. */
function answerOf(worker: Worker): Promise<SheetAnswer> {
  return new Promise((resolve) => {
    const refuse = () => resolve({ error: 'TooLarge', message: '' })
    const timer = setTimeout(refuse, timeLimit)
    worker.once('message', resolve).once('error', refuse)
    worker.once('exit', () => {
      clearTimeout(timer)
      refuse()
    })
  })
}

function fileErrorOf({ error, message, sheets }: SheetRefusal, sheet?: string | number): FileError {
  if (error === 'TooLarge') {
    return new FileError('too_large', 'The sheet is too large to be read. Save it as CSV, or split it.')
  }
  if (error === 'SheetNotFoundError') {
    const names = (sheets ?? []).map((name) => `\`${name}\``).join(', ')
    return new FileError('no_such_sheet', `There is no sheet \`${sheet}\`. The file has: ${names}.`)
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
