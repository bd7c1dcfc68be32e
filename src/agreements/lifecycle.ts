import type { Day } from '../calendar.ts'

/** The lifecycle acts, as the Vienna Convention on the Law of Treaties (1969) names them, in the order they can come. */
export const lifecycleEvents = [
  'negotiation_started',
  'initialled',
  'adopted',
  'signed',
  'signed_definitively',
  'notes_exchanged',
  'ratified',
  'accepted',
  'approved',
  'acceded',
  'succeeded',
  'notified_completion',
  'provisionally_applied',
  'entered_into_force',
  'registered',
  'reserved',
  'declared',
  'amended',
  'extended',
  'suspended',
  'resumed',
  'denounced',
  'withdrawn',
  'expired',
  'superseded',
  'terminated',
  'corrected',
] as const
export type LifecycleEvent = (typeof lifecycleEvents)[number]

export const statuses = [
  'negotiating',
  'signed',
  'provisionally_applied',
  'in_force',
  'suspended',
  'terminated',
  'unknown',
] as const
export type Status = (typeof statuses)[number]

export const endings = ['expired', 'denounced', 'withdrawn', 'superseded', 'terminated'] as const
export type Ending = (typeof endings)[number]

export const renewals = ['none', 'tacit', 'express', 'indefinite'] as const
type Renewal = (typeof renewals)[number]

/** The days that a date can mean; null where open or unknown. */
export interface Span {
  firstDay: Day | null
  lastDay: Day | null
  /** Whether it is one certain day. */
  exact: boolean
}

/** One value for one lifecycle act, as far as the rules of time need it. */
export interface Act {
  event: LifecycleEvent
  /** Code of the body whose act it is; null for an act of the whole agreement. */
  signatory: string | null
  occurrence: number
  date: Span
  /** When the act takes effect, where that is another day. */
  effective: Span | null
  preferred: boolean
}

export interface Term {
  /** From the entry into force; null when unknown or without end. */
  months: number | null
  renewal: Renewal
  /** Of each renewal; null when as long as the term. */
  renewalMonths: number | null
  /** Before the expiry; null when unknown or not needed. */
  noticeMonths: number | null
}
