import type { Cell, SheetName } from './sheets.ts'

/** What the worker is sent: rows of each sheet, any number of times, and then the end. */
export type ToWorker = { rows: Record<SheetName, Cell[][]> } | 'end'

/** The worker's answer: the file, or the name of the error that kept it from being written. */
export type FromWorker = { file: Uint8Array } | { error: string }

/**
 * The program of the worker. It is a text because a worker of Node 20 cannot load TypeScript, from which the tests and
 * `npm run dev` run. `workerData` has the path of the writer, the columns of each sheet, and the most characters that a
 * cell can have.
 */
export const workerProgram = `
const { parentPort, workerData } = require('node:worker_threads')
const writeWorkbook = require(workerData.writer)

const cellOf = (value) => {
  if (value === null) return null
  if (typeof value === 'number') return { value, type: Number }
  if (typeof value === 'object') return { value: new Date(value.day + 'T00:00:00Z'), type: Date, format: 'yyyy-mm-dd' }
  if (value.length <= workerData.maxCell) return { value, type: String }
  return { value: value.slice(0, workerData.maxCell - 1) + '…', type: String }
}

const sheets = Object.entries(workerData.sheets).map(([sheet, columns]) => ({
  sheet,
  stickyRowsCount: 1,
  columns: columns.map(() => ({ width: 20 })),
  data: [columns.map((value) => ({ value, type: String, fontWeight: 'bold' }))],
}))

parentPort.on('message', async (message) => {
  if (message !== 'end') {
    for (const { sheet, data } of sheets) for (const row of message.rows[sheet]) data.push(row.map(cellOf))
    return
  }
  try {
    const file = new Uint8Array(await writeWorkbook(sheets).toBuffer())
    parentPort.postMessage({ file }, [file.buffer])
  } catch (error) {
    parentPort.postMessage({ error: error.name })
  }
})
`
