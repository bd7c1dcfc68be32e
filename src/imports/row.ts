import { createHash } from 'node:crypto'
import type { SimilarTo } from '../similar/many.ts'
import type { Candidate, UnmatchedParty } from './candidates.ts'
import { cellsOfItem } from './files/json.ts'
import { cellsOfRecord } from './files/table.ts'
import type { Job, PendingRelation, Verdict } from './job.ts'
import type { MappedRow } from './mapping/map-row.ts'
import type { RowError, RowWarning } from './schemas.ts'

/** A row on its way to a verdict. */
export interface Row {
  number: number
  raw: unknown
  mapped: MappedRow
  key: string
  hash: string
  verdict: Verdict['verdict']
  reason: string | null
  agreementId: string | null
  /** A row with errors is refused in the end, when all of them are known. */
  errors: RowError[]
  warnings: RowWarning[]
  unmatched: UnmatchedParty[]
  /** The names of its parties that the import adds as signatories. */
  added: string[]
  /** Whether its cells could not be read, so that nothing more can be judged. */
  isUnreadable: boolean
  rest: Candidate['rest'] | undefined
  /** Whether it is decided, so that no later step looks at it. */
  settled: boolean
  pending: PendingRelation[]
  similar: SimilarTo[]
}

export function settle(row: Row, verdict: NonNullable<Verdict['verdict']>, reason: string | null = null): void {
  row.verdict = verdict
  row.reason = reason
  row.settled = true
}

/** The cells of a row, from what is kept of it. */
export const cellsOfRow = (
  { format, columns }: Pick<Job, 'format' | 'columns'>,
  raw: unknown,
): Record<string, string> =>
  format === 'json' || format === 'ndjson' ? cellsOfItem(raw, columns) : cellsOfRecord(raw as string[], columns)

/** The place of an error that concerns the whole row. */
export const nowhere = { column: null, value: null }

/** An index cannot hold a long key. */
export const shortKey = (key: string): string =>
  key.length <= 200 ? key : createHash('sha256').update(key).digest('hex')
