import { v5 as uuidv5, v7 as uuidv7 } from 'uuid'
import { ClaimedValues } from '../agreements/publication/conflicts.ts'
import type { Author } from '../http/routes.ts'
import type { Day } from '../shared/calendar.ts'
import type { SimilarTo } from '../similar/many.ts'
import type { RowError as FileRowError } from './files/errors.ts'
import type { Format } from './files/table.ts'
import type { PreparedMapping } from './mapping/prepare.ts'
import { PartyMatcher } from './parties.ts'
import type { RowError, RowWarning } from './schemas.ts'
import type { importModes, noteKinds, unknownPartyRules, verdicts } from './tables.ts'

/** An import that is worked on. */
export interface Job {
  id: string
  collectionId: string
  mode: (typeof importModes)[number]
  atomic: boolean
  dryRun: boolean
  unknownParties: (typeof unknownPartyRules)[number]
  format: Format
  columns: string[]
  prepared: PreparedMapping
  mappingHash: string
  author: Author
  /** The day of a status that the file states without a day. */
  statedOn: Day
}

/** A row of the file, as it is stored. */
export interface StoredRow {
  number: number
  raw: unknown
  errors: FileRowError[] | null
}

/** A relation to an agreement that was not there yet. */
export interface PendingRelation {
  kind: string
  /** The reference, or scheme and value. */
  to: string
  /** Its key: see `holdersOf`. */
  key: string
  column: string | null
}

/** What became of a row; null when that is not decided in this pass. */
export interface Verdict {
  number: number
  rowKey: string | null
  verdict: (typeof verdicts)[number] | null
  agreementId: string | null
  details: { reason: string | null; errors: RowError[]; warnings: RowWarning[]; similar?: SimilarTo[] }
  pending: PendingRelation[] | null
}

/** What is told once for all rows that it touches. */
export interface Note {
  kind: (typeof noteKinds)[number]
  key: string
  number: number
  details: object
}

/** What one pass over the rows remembers from chunk to chunk. */
export class Pass {
  readonly matcher = new PartyMatcher()
  /** Only where nothing is stored; otherwise the register has the values. */
  readonly claimed = new ClaimedValues()
  /** The signatories that the import adds: the name of each in the file, by the first of its keys. */
  readonly added = new Map<string, string>()
  /** The row that updates each agreement. */
  readonly updatedBy = new Map<string, number>()
  /**
   * `checking`: rows without errors get no verdict. `trying`: they get the one that they would have. `storing`: they are
   * stored.
   */
  readonly how: 'checking' | 'trying' | 'storing'

  constructor(how: Pass['how']) {
    this.how = how
  }

  /**
   * The id of the agreement that is made of a row. Where nothing is stored, it is the same each time, so that a row that is worked
   * on again has not claimed its own values.
   */
  newIdOf({ id }: Job, number: number): string {
    return this.how === 'storing' ? uuidv7() : uuidv5(String(number), id)
  }
}
