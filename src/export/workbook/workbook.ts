import { createRequire } from 'node:module'
import type { Agreement } from '../../agreements/schemas.ts'
import { invalidQuery, type Problem } from '../../problems/problems.ts'
import { answerOf, startWorker } from '../../shared/worker.ts'
import { type Cell, rowsOf, type SheetName, sheets } from './sheets.ts'
import { type FromWorker, type ToWorker, workerProgram } from './worker.ts'

const require = createRequire(import.meta.url)
const writer = require.resolve('write-excel-file/node')

export const workbookType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** Maximum number of agreements in a workbook; it is written in memory. */
const maxAgreements = 10_000

/** Maximum number of rows of all sheets together. */
const maxRows = 150_000

/** The largest heap of the worker, in MiB. */
const maxHeap = 512

/** A workbook that takes longer to write, in milliseconds, is given up. */
const timeLimit = 120_000

/** Maximum number of characters of a cell: a limit of Excel. */
const maxCell = 32_767

const tooLarge = (): Problem => {
  const message = `A workbook has at most ${maxAgreements} agreements and ${maxRows} rows. Narrow the filters, or use \`format=csv\`, which has no limit.`
  return invalidQuery([{ parameter: 'format', code: 'too_large_for_xlsx', message }])
}

/** @throws Problem 400 when there are too many agreements for a workbook */
export function assertFits(agreements: number): void {
  if (agreements > maxAgreements) throw tooLarge()
}

/** An XLSX file that is written in a worker thread: in this thread it would hold up other requests for seconds. */
export class Workbook {
  #rows = 0
  readonly #worker = startWorker(workerProgram, { writer, sheets, maxCell }, maxHeap)

  readonly #answer = answerOf(this.#worker, {
    timeLimit,
    otherwise: { error: 'TooLarge' },
    take: (answer: FromWorker) => answer,
  })

  /** Adds agreements, as JSON texts. @throws Problem 400 when there are too many rows */
  add(documents: string[], base: string): void {
    const rows: Record<SheetName, Cell[][]> = { agreements: [], dates: [], signatories: [], sources: [] }
    for (const document of documents) {
      const own = rowsOf(JSON.parse(document) as Agreement, base)
      for (const name of Object.keys(rows) as SheetName[]) {
        rows[name].push(...own[name])
        this.#rows += own[name].length
      }
    }
    if (this.#rows > maxRows) throw tooLarge()
    this.#send({ rows })
  }

  /** The file. @throws Problem 400 when it is too large for the memory of the worker */
  async file(): Promise<Buffer> {
    this.#send('end')
    const answer = await this.#answer
    if ('error' in answer) throw tooLarge()
    return Buffer.from(answer.file.buffer)
  }

  /** Ends the worker, whether or not it has finished. */
  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message, [])
  }
}
