import type { Day } from '../../shared/calendar.ts'
import type { Duration } from '../../shared/durations.ts'
import { groupedBy } from '../../shared/grouped.ts'

/**
 * The lifecycle acts, named as in the Vienna Convention on the Law of Treaties (1969), in their usual order.
 * A new one also needs a number in `act-ranges.ts`.
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
  'instruments_exchanged',
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
  'denunciation_revoked',
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

/**
 * What a status rests on. `recorded`: an act falls on the day, a later act or the end of the term bounds the status, or an
 * act or the term ended the agreement. `stated`: a source states it. `presumed`: no later change is known.
 */
export const statusBases = ['recorded', 'stated', 'presumed'] as const
export type StatusBasis = (typeof statusBases)[number]

/** The statuses that a source can state. */
export const statedStatuses = [
  'negotiating',
  'signed',
  'provisionally_applied',
  'in_force',
  'suspended',
  'terminated',
] as const satisfies Status[]
export type StatedStatus = (typeof statedStatuses)[number]

export const endings = ['expired', 'denounced', 'withdrawn', 'superseded', 'terminated'] as const
export type Ending = (typeof endings)[number]

/** What happens at the end of a term. */
export const afterTerm = ['ends', 'renews', 'extended_if_agreed', 'open_ended'] as const
type AfterTerm = (typeof afterTerm)[number]

/** What an agreement can tie its entry into force to. */
export const triggers = [
  'signature',
  'notes_exchanged',
  'last_notification',
  'last_ratification',
  'instruments_exchanged',
] as const
export type Trigger = (typeof triggers)[number]

export const noticeFrom = ['any', 'after_minimum'] as const
export const exitEffects = ['at_once', 'month_end', 'year_end', 'term_end'] as const

export const dueKinds = ['expiry', 'renewal', 'notice', 'minimum_term', 'sunset'] as const
export type DueKind = (typeof dueKinds)[number]

/** The possible days of a date, inclusive; null where open or unknown. */
export interface Span {
  /** The date as its source gives it. */
  text: string
  firstDay: Day | null
  lastDay: Day | null
  /** Whether it is one exact day. */
  exact: boolean
}

/** A date of a lifecycle act, reduced to what the rules of time need. */
export interface Act {
  event: LifecycleEvent
  /** Id of the signatory whose act it is; null for an act of the agreement as a whole. */
  signatory: string | null
  /** The party for which it acts, and its side, 1 or 2; null for an act of the agreement as a whole, and of others. */
  party: string | null
  side: number | null
  occurrence: number
  date: Span
  /** When the act takes effect, if not on its own day. */
  effective: Span | null
  preferred: boolean
  /** Of an extension: by how long, or until when. Null when not known: then as long as a renewal. */
  extension: Extension | null
  /** Of an amendment: the term from then on. Null when it leaves the term as it is. */
  term: Term | null
}

/** `Length` is how durations are given: as texts on the wire. At most one of the fields is known. */
export interface ExtensionOf<Length> {
  length: Length | null
  /** The last day in force. */
  lastDay: Day | null
}
export type Extension = ExtensionOf<Duration>

/** `Length` is how durations are given: as texts on the wire. */
export interface EntryIntoForceOf<Length> {
  on: Trigger
  /** How long after the trigger; null when on the same day. */
  delay: Length | null
  /** `month`: on the first day of the month that follows; null when not rounded. */
  roundedUp: 'month' | null
}

/** `Length` is how durations are given: as texts on the wire. */
export interface TermOf<Length> {
  /** From when `length` is counted: `signature`, `entry_into_force` or a day. */
  runsFrom: string
  /** Null when unknown or unlimited, and when the text gives the last day. */
  length: Length | null
  /** The last day in force that the text gives. */
  lastDay: Day | null
  /** Null when unknown: the term then counts as one that ends. */
  atEnd: AfterTerm | null
  renewal: {
    /** Of each renewal; null when the same as `length`. */
    length: Length | null
    /** How often at most; null when without limit. */
    most: number | null
    /** Before the expiry; null when unknown or not needed. */
    notice: Length | null
  } | null
  /** Termination by notice; null when the text does not allow or mention it. */
  exit: {
    /** Null when unknown. */
    notice: Length | null
    from: (typeof noticeFrom)[number]
    takesEffect: (typeof exitEffects)[number]
  } | null
  /** How long what was made under the agreement lives on after its end. */
  sunset: Length | null
}

/** What of an agreement matters to others. */
export interface Outlook {
  /** The ids of its parties, sorted. */
  parties: string[]
  /** The first possible day of its signature or, if unknown, of its entry into force; null when both are unknown. */
  begins: Day | null
  /** The last possible day of its first entry into force; null when unknown. */
  entry: { day: Day; exact: boolean } | null
  /** Each time it ends, and when it is in force again (exclusive; null when never). */
  ends: { day: Day; exact: boolean; until: Day | null }[]
  /** Whether an extension of it is recorded. */
  isExtended: boolean
}

export type EntryIntoForce = EntryIntoForceOf<Duration>
export type Term = TermOf<Duration>

/** An act with the days of its preferred date. */
export interface DatedAct {
  event: LifecycleEvent
  signatory: string | null
  party: string | null
  side: number | null
  occurrence: number
  /** The first and the last day on which it can have taken effect, inclusive; equal when only one is known. */
  first: Day
  last: Day
  /** Whether that is one exact day. */
  exact: boolean
  /** Whether these are the days of the act itself because the day of its effect is unknown. */
  ofTheAct: boolean
  /** The first possible day of the act itself; that of its effect when unknown. */
  done: Day
  extension: Extension | null
  term: Term | null
  /** Position among the acts; -1 when it is derived. */
  at: number
}

/** The acts by which an agreement is signed. The day of the first kind that has a known day is the day of signature. */
export const signingEvents = ['signed', 'signed_definitively', 'notes_exchanged'] as const satisfies LifecycleEvent[]

/** The signature of an agreement. */
export interface Signature {
  /** The first and the last possible day, inclusive; null where open or unknown. */
  first: Day | null
  last: Day | null
  /** The date that decides, as its source gives it. */
  text: string
}

/**
 * The signature: that of the agreement as a whole, otherwise that of its last party. An exchange of notes counts as a
 * signature. Null when no day is known.
 */
export function signatureOf(acts: readonly Act[]): Signature | null {
  const known = acts.filter(({ preferred, date }) => preferred && (date.firstDay ?? date.lastDay) !== null)
  const ofKind = (isUsable: (act: Act) => boolean): Act[] | undefined =>
    signingEvents
      .map((event) => known.filter((act) => act.event === event && isUsable(act)))
      .find(({ length }) => length > 0)
  const signings = ofKind(({ date }) => date.firstDay !== null) ?? ofKind(() => true)
  if (!signings) return null
  const byDay = signings.toSorted(
    (a, b) => compare(a.date.firstDay, b.date.firstDay) || compare(a.date.lastDay ?? '~', b.date.lastDay ?? '~'),
  )
  const whole = byDay.find(({ signatory }) => signatory === null)
  const { firstDay, text } = (whole ?? byDay.at(-1)!).date
  const lastDays = (whole ? [whole] : byDay).map(({ date }) => date.lastDay)
  return { first: firstDay, last: lastDays.includes(null) ? null : lastDays.toSorted(compare).at(-1)!, text }
}

const compare = (a: string | null, b: string | null): number => ((a ?? '') < (b ?? '') ? -1 : a === b ? 0 : 1)

/** Acts that every party performs: they are complete when the last party has performed them. */
export const jointActs: readonly LifecycleEvent[] = [
  'signed',
  'signed_definitively',
  'notes_exchanged',
  'instruments_exchanged',
  'provisionally_applied',
  'entered_into_force',
]

const appliedActs: readonly LifecycleEvent[] = ['provisionally_applied', 'entered_into_force']

/** The acts with their preferred dates. Acts without a known day are left out; joint acts are merged into one. */
export function datedActsOf(acts: readonly Act[]): DatedAct[] {
  const all = acts.flatMap((act, at) => (act.preferred ? (datedActOf(act, at) ?? []) : []))
  const isJoint = ({ event }: DatedAct): boolean => jointActs.includes(event)
  const keyOf = ({ event, occurrence }: DatedAct): string => `${event} ${occurrence}`
  const joint = groupedBy(all.filter(isJoint), keyOf)
  return [...all.filter((act) => !isJoint(act)), ...[...joint.values()].map(merged)]
}

function datedActOf(act: Act, at: number): DatedAct | undefined {
  const { event, signatory, party, side, occurrence, date, effective, extension, term } = act
  const ofTheAct = !effective?.firstDay && !effective?.lastDay
  const { firstDay, lastDay, exact } = ofTheAct ? date : effective
  const [first, last] = [firstDay ?? lastDay, lastDay ?? firstDay]
  if (!first || !last) return undefined
  const done = date.firstDay ?? date.lastDay ?? first
  return { event, signatory, party, side, occurrence, first, last, exact, ofTheAct, done, extension, term, at }
}

/**
 * Merges a joint act: the date for the whole agreement if there is one, otherwise that of the last party. An agreement
 * applies as soon as one party of each side applies it.
 */
function merged(acts: DatedAct[]): DatedAct {
  const whole = acts.filter(({ signatory }) => signatory === null)
  if (whole.length > 0) return lastOf(whole)
  if (!appliedActs.includes(acts[0]!.event)) return lastOf(acts)
  const parties = groupedBy(acts, ({ party, signatory }) => party ?? signatory)
  const sides = groupedBy([...parties.values()].map(lastOf), ({ side }) => side)
  return lastOf([...sides.values()].map((each) => each.reduce((a, b) => (b.first < a.first ? b : a))))
}

/** An act that is complete when the last of these is. */
function lastOf(acts: DatedAct[]): DatedAct {
  const latest = (days: Day[]): Day => days.reduce((a, b) => (b > a ? b : a))
  return {
    ...acts[0]!,
    first: latest(acts.map(({ first }) => first)),
    last: latest(acts.map(({ last }) => last)),
    exact: acts.every(({ exact }) => exact),
  }
}
