import { asProblem, readOptions, type ReceivedFile, requireSheets } from '../receive.ts'
import { readFile } from '../files/read-file.ts'
import type { Row } from '../files/table.ts'
import type { ImportOptions } from '../schemas.ts'
import { suggest, type Suggestion } from './suggest.ts'

/** So many rows are looked at. */
const headRows = 1000

/** Proposes a mapping for a file from its first rows. @throws Problem 400 when it is not right, 413 */
export const proposeMapping = (file: ReceivedFile, options: ImportOptions): Promise<Suggestion> =>
  asProblem(async () => {
    const name = options.fileName ?? file.name
    const table = await readFile(file.handle, { name, signal: file.signal, ...readOptions(options, {}) })
    requireSheets(options, table)
    const rows: Row[] = []
    for await (const row of table.rows) {
      rows.push(row)
      if (rows.length === headRows) break
    }
    return suggest({ columns: table.columns, rows })
  })
