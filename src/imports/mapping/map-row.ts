import { createHash } from 'node:crypto'
import type { Row } from '../files/table.ts'
import { derive } from './derive.ts'
import type { MappedAgreement, MappedRelation, MappedStatement } from './mapped.ts'
import { maxWork } from './patterns.ts'
import type { PreparedMapping } from './prepare.ts'
import { RowMapper } from './row-mapper.ts'
import { type Elsewhere, maxRead, type Origin, RowReader, type RowRemark } from './row-reader.ts'

export interface MappedRow {
  rowKey: string
  /** Why a condition leaves the row out; null when none does. Everything else is empty then. */
  skipped: string | null
  agreement: MappedAgreement
  /** Where each part comes from, by its JSON Pointer in the agreement: `/dates/0/date`. */
  origins: Record<string, Origin>
  statements: MappedStatement[]
  relations: MappedRelation[]
  /** All reasons why the row cannot be used. */
  errors: RowRemark[]
  warnings: RowRemark[]
  /** The values that a table turned into what everything else becomes. */
  elsewhere: Elsewhere[]
  /** The columns with content that no rule uses. */
  leftOver: string[]
  /** How much was done for the row, as `Work` counts it. */
  work: number
}

/** What a row says, by a mapping. Never throws: all that is wrong is in `errors`. */
export function mapRow(prepared: PreparedMapping, file: Pick<Row, 'cells' | 'errors'>): MappedRow {
  const row = new RowReader(prepared, file.cells)
  for (const { code, message, column } of file.errors) {
    row.error({ column: column ?? null, value: column === undefined ? null : file.cells[column]! }, code, message)
  }
  const leftOver = row.filledColumns().filter((column) => !prepared.accounted.has(column))
  derive(row, prepared)
  const { mapping } = prepared
  const skipped = mapping.leaveOut?.find(({ when }) => row.fulfils(when))?.reason ?? null
  const mapped = new RowMapper(row, mapping)
  const parts = skipped === null ? mapped.parts() : { agreement: { signatories: [] }, statements: [], relations: [] }
  return {
    rowKey: row.value(mapping.rowKey)?.text ?? contentHash(file.cells),
    skipped,
    ...parts,
    origins: mapped.origins,
    errors: skipped === null ? row.errors : [],
    warnings: skipped === null ? row.warnings : [],
    elsewhere: skipped === null ? row.elsewhere : [],
    leftOver,
    work: maxWork - row.work.left + maxRead - row.text.left,
  }
}

/** SHA-256 of the content, whatever the order of the columns and the format of the file. */
export function contentHash(cells: Readonly<Record<string, string>>): string {
  const filled = Object.entries(cells).filter(([, cell]) => cell !== '')
  const sorted = filled.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex')
}
