import type { agreementTypes, bindings, relationKinds } from '../../agreements/tables.ts'
import type { LifecycleEvent, StatedStatus } from '../../agreements/time/lifecycle.ts'
import type { Identifier } from '../../shared/schemas.ts'
import type { MappedSignatory } from './parties.ts'
import type { Origin } from './row-reader.ts'
import type { MappedEntryIntoForce, MappedTerm } from './term.ts'

/** A date whose party is still to be matched with a body. */
export interface MappedDate {
  event: LifecycleEvent
  occurrence: number
  date: string
  effectiveDate: string | null
  place: string | null
  note: string | null
  /** The name of the party whose act it is; null for an act of the agreement as a whole. */
  party: string | null
}

/**
 * An agreement as POST takes it, except that bodies are names still to be matched. A field without a rule is missing; one
 * whose rule finds nothing is null or an empty list.
 */
export interface MappedAgreement {
  reference?: string | null
  title?: string
  titleIsDescriptive?: boolean
  alternativeTitles?: { language: string; title: string }[]
  type?: (typeof agreementTypes)[number]
  binding?: (typeof bindings)[number]
  summary?: string | null
  languages?: string[]
  signatories: MappedSignatory[]
  dates?: MappedDate[]
  entryIntoForce?: MappedEntryIntoForce | null
  term?: MappedTerm | null
  identifiers?: Identifier[]
  documents?: { title: string; url: string; language?: string }[]
  sources?: { key: string; title: string; publisher: string | null; url: string | null }[]
  /** Ids or codes. */
  researchDomains?: string[]
}

/** A status that the list states. `on` is null when it is that of the collection's day. */
export interface MappedStatement extends Origin {
  status: StatedStatus
  on: string | null
}

/** A relation to an agreement that may be in a later row. Without a scheme, `to` is a reference. */
export interface MappedRelation extends Origin {
  kind: (typeof relationKinds)[number]
  to: string
  scheme?: string
}
