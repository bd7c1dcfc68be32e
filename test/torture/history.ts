/** What a request does to an agreement: `edit` sets its summary to the name of the write, `source` adds a source. */
export type WriteKind = 'create' | 'edit' | 'source' | 'delete' | 'restore'

/** `unknown`: no response, or `outcome_unknown`. `refused`: a response that says that nothing was written. */
export type Outcome = 'done' | 'refused' | 'unknown'

/** One attempt of a write. Attempts with the same Idempotency-Key have the same name. Times are in milliseconds of `performance.now`. */
export interface Attempt {
  /** The name of the write: it is sent as `X-Change-Note`, so that the history of the register shows it. */
  write: string
  kind: WriteKind
  /** Null for a creation. */
  agreement: string | null
  /** The version that If-Match named; null: `*` or none. */
  ifMatch: number | null
  began: number
  ended: number
  outcome: Outcome
  /** 0: no response. */
  status: number
  code: string | null
  /** What a success reports; null: nothing. */
  id: string | null
  version: number | null
}

/** A read of an agreement that was there. */
export interface Read {
  agreement: string
  version: number
  began: number
  ended: number
}

export interface History {
  attempts: Attempt[]
  reads: Read[]
  /** Agreements that were there before, and that no attempt is about. */
  others: string[]
}

/** A version as the register has it in the end. */
export interface StoredVersion {
  agreement: string
  version: number
  cause: string
  note: string | null
  /** Null when the version has no document: the agreement is deleted. */
  shown: { summary: string | null; sources: number } | null
}

export interface FeedItem {
  sequence: number
  kind: string
  id: string
  version: number | null
}

/** The register once nothing writes any more. */
export interface FinalState {
  versions: StoredVersion[]
  feed: FeedItem[]
  /** Agreements whose document is not what their parts give, or not that of their last version. */
  untrue: string[]
}
