/** How the worker's text writes a cell that is a day: an instant in UTC. */
interface DayCell {
  day: string
}

/** A row of the worker's text. */
export type SheetRow = (string | number | boolean | DayCell | null)[]

/** What the worker says: some rows of the sheet as NDJSON, that these were all, or why it cannot be read. */
export type SheetAnswer = { rows: Uint8Array } | { isComplete: true } | SheetRefusal

export interface SheetRefusal {
  error: string
  message: string
  sheets?: string[]
  /** Numbers from 1. */
  row?: number
  column?: number
}

/** What the worker is given. Sizes are those of the text that it makes, which a small file can make large. */
export interface SheetTask {
  archive: Uint8Array
  reader: string
  sheet: string | number
  /** In UTF-16 units. */
  maxRowSize: number
  /** In bytes. */
  maxSize: number
}

/**
 * The program of the worker. It is a text because a worker of Node 20 cannot load TypeScript, from which the tests and
 * `npm run dev` run.
 */
export const workerProgram = `
const { parentPort, workerData } = require('node:worker_threads')
const { archive, reader, sheet, maxRowSize, maxSize } = workerData

// A cell can have its day as a text, mostly without a time zone. It is not that of the server: in the east, the day would be the one before.
const isLocal = (given) => typeof given === 'string' && /[T ]\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?\\s*$/.test(given)
globalThis.Date = class extends Date {
  constructor(...given) {
    super(...given.map((one) => (isLocal(one) ? one.trimEnd() + 'Z' : one)))
  }
}
const { readSheet } = require(reader)

const refuse = (error, place) => parentPort.postMessage({ error, message: '', ...place })

const [firstDay, endOfDays] = [Date.UTC(1899, 11, 30), Date.UTC(10000, 0, 1)]
const isNoDay = (cell) => cell instanceof Date && !(cell >= firstDay && cell < endOfDays)
const cellOf = (cell) => (cell instanceof Date ? { day: cell.toISOString() } : cell)
const sizeOf = (row) => row.reduce((sum, cell) => sum + (typeof cell === 'string' ? cell.length + 3 : 8), 0)

function send(rows) {
  let [lines, size, sent] = [[], 0, 0]
  const flush = () => {
    const bytes = new Uint8Array(Buffer.from(lines.join('')))
    sent += bytes.length
    parentPort.postMessage({ rows: bytes }, [bytes.buffer])
    ;[lines, size] = [[], 0]
  }
  for (const [i, row] of rows.entries()) {
    const column = row.findIndex(isNoDay)
    if (column >= 0) return refuse('NoDay', { row: i + 1, column: column + 1 })
    if (sizeOf(row) > maxRowSize) return refuse('RowTooLarge', { row: i + 1 })
    const line = JSON.stringify(row.map(cellOf)) + '\\n'
    lines.push(line)
    size += line.length
    if (size >= 1024 * 1024) flush()
    if (sent > maxSize) return refuse('TooLarge')
  }
  flush()
  parentPort.postMessage({ isComplete: true })
}

readSheet(Buffer.from(archive), sheet, { trim: false }).then(send, (error) =>
  parentPort.postMessage({ error: error.name, message: error.message, sheets: error.sheets }),
)
`
