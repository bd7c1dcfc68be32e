/** How the worker's text writes a cell that is a day: an instant in UTC. */
interface DayCell {
  day: string
}

/** A row of the worker's text. */
export type SheetRow = (string | number | boolean | DayCell | null)[]

/** The worker's answer: the rows of the sheet as NDJSON, or why it cannot be read. */
export type SheetAnswer = { rows: Uint8Array } | SheetRefusal

export interface SheetRefusal {
  error: string
  message: string
  sheets?: string[]
}

/**
 * The program of the worker. It is a text because a worker of Node 20 cannot load TypeScript, from which the tests and
 * `npm run dev` run.
 */
export const workerProgram = `
const { parentPort, workerData } = require('node:worker_threads')
const { readSheet } = require(workerData.reader)

const cellOf = (cell) => (cell instanceof Date ? { day: cell.toISOString() } : cell)

readSheet(Buffer.from(workerData.archive), workerData.sheet, { trim: false }).then(
  (rows) => {
    const lines = Buffer.concat(rows.map((row) => Buffer.from(JSON.stringify(row.map(cellOf)) + '\\n')))
    const bytes = new Uint8Array(lines)
    parentPort.postMessage({ rows: bytes }, [bytes.buffer])
  },
  (error) => parentPort.postMessage({ error: error.name, message: error.message, sheets: error.sheets }),
)
`
