/** The columns of an entry that every change of it changes. */
interface Changed {
  id: string
  version: number
  updated_at: string
  updated_by: string | null
}

/** The columns of the entry that stays that a merge changes. */
interface Kept extends Changed {
  aliases: string[]
  names: unknown
  identifiers: unknown
  words: string
}

/** A use of the lost entry. */
interface Use {
  id: string
  agreement_id: string
}

/** A date of the lost entry, with whether it was preferred before and after the merge. */
interface DateUse extends Use {
  event: string
  occurrence: number
  was_preferred: boolean
  preferred: boolean
}

/** Rows of the database as JSON, with the names of their columns. */
type Row = Record<string, unknown>

/** The state before a merge, as far as it changed it, and what it left: enough to undo it, and to know whether it can be. */
export interface Undo {
  lost: Row & { id: string; code: string; name: string; kind: string; parent_id: string | null }
  kept: Kept
  /** The version of the entry that stays, after the merge. */
  keptVersion: number
  /** The entries below the lost one, and its successors, before the merge; the merge adds one to their versions. */
  children: Changed[]
  successors: Changed[]
  /** The ids of the entries below the one that stays, and of its successors, after the merge. */
  childrenAfter: string[]
  successorsAfter: string[]
  /** The links of both entries to their predecessors, and the links of successors to the lost one. */
  links: Row[]
  /** The ids of the successors that got a link to the entry that stays. */
  linked: string[]
  signatures: Use[]
  dates: DateUse[]
  /** The ids of former merges into the lost entry. */
  merges: number[]
}

/** A merge that can be undone, if nothing has changed since. */
export interface StoredMerge {
  id: string
  lostId: string
  keptId: string
  signatoryId: string
  mergedAt: string
  undo: Undo
}
