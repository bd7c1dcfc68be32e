import type { Day } from '../../shared/calendar.ts'
import { groupedBy } from '../../shared/grouped.ts'

/**
 * The lifecycle acts, as the Vienna Convention on the Law of Treaties (1969) names them, in the order they can come.
 * Their places are stored (`act-days.ts`): a new one among them needs a migration.
 */
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

export const dueKinds = ['expiry', 'renewal', 'notice'] as const
export type DueKind = (typeof dueKinds)[number]

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

/** A preferred act as the rules of time read it. */
export interface Moment {
  event: LifecycleEvent
  signatory: string | null
  occurrence: number
  /** The first and the last day on which it can have taken effect, both included; one day where only one is known. */
  first: Day
  last: Day
  /** Whether that is one certain day. */
  exact: boolean
  /** Whether these are the days of the act itself, because no day of its effect is known. */
  ofTheAct: boolean
}

/** Acts that each party does for itself: only when the last has done it, the agreement is there. */
const joint: readonly LifecycleEvent[] = [
  'signed',
  'signed_definitively',
  'notes_exchanged',
  'provisionally_applied',
  'entered_into_force',
]

/** What the preferred acts say. One of which no day is known says nothing; of joint acts, the last one counts. */
export function momentsOf(acts: readonly Act[]): Moment[] {
  const all = acts.flatMap((act) => (act.preferred ? (momentOf(act) ?? []) : []))
  const isJoint = ({ event }: Moment): boolean => joint.includes(event)
  const keyOf = ({ event, occurrence }: Moment): string => `${event} ${occurrence}`
  const jointly = groupedBy(all.filter(isJoint), keyOf)
  return [...all.filter((moment) => !isJoint(moment)), ...[...jointly.values()].map(together)]
}

function momentOf({ event, signatory, occurrence, date, effective }: Act): Moment | undefined {
  const ofTheAct = !effective?.firstDay && !effective?.lastDay
  const { firstDay, lastDay, exact } = ofTheAct ? date : effective
  const [first, last] = [firstDay ?? lastDay, lastDay ?? firstDay]
  return first && last ? { event, signatory, occurrence, first, last, exact, ofTheAct } : undefined
}

/** The one moment of a joint act: that of the whole agreement where there is one, else when the last party did it. */
function together(each: Moment[]): Moment {
  const whole = each.filter(({ signatory }) => signatory === null)
  const counted = whole.length > 0 ? whole : each
  const latest = (days: Day[]): Day => days.toSorted().at(-1)!
  return {
    ...counted[0]!,
    first: latest(counted.map(({ first }) => first)),
    last: latest(counted.map(({ last }) => last)),
    exact: counted.every(({ exact }) => exact),
  }
}
