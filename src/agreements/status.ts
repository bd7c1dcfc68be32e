import type { Day } from '../calendar.ts'
import {
  type Act,
  type Ending,
  endings,
  type LifecycleEvent,
  lifecycleEvents,
  type Span,
  type Status,
  type Term,
} from './lifecycle.ts'
import { endAfterNotice, expiry, nextExpiryNumber, noticeDeadline } from './term.ts'

/** A stretch of days with one status: `from` counts, `until` does not; null where there is no bound. */
export interface StatusPeriod {
  status: Status
  from: Day | null
  until: Day | null
  endedBy: Ending | null
  /** Whether one of its ends rests on a date that is not one certain day. */
  approximate: boolean
}

/** Where an agreement stands on some day. */
export interface Standing {
  status: Status
  statusSince: Day | null
  statusUntil: Day | null
  endedBy: Ending | null
  approximate: boolean
  nextExpiry: Day | null
  noticeDeadline: Day | null
  /** The first later day on which any of these differs; null when time alone changes nothing more. */
  changesOn: Day | null
}

/** A turn in the life of an agreement: an act that counts, or the end of its term. */
interface Turn {
  event: LifecycleEvent
  day: Day
  exact: boolean
}

/** What each act makes of the status that it finds; what it does not speak of, it leaves. */
const turns: Partial<Record<LifecycleEvent, (status: Status, before: Status) => Status>> = {
  negotiation_started: (status) => (status === 'unknown' ? 'negotiating' : status),
  initialled: (status) => (status === 'unknown' ? 'negotiating' : status),
  adopted: (status) => (status === 'unknown' ? 'negotiating' : status),
  ...Object.fromEntries(
    (
      [
        'signed',
        'signed_definitively',
        'notes_exchanged',
        'ratified',
        'accepted',
        'approved',
        'acceded',
        'notified_completion',
      ] as const
    ).map((event) => [event, toSigned]),
  ),
  provisionally_applied: (status) =>
    ['unknown', 'negotiating', 'signed'].includes(status) ? 'provisionally_applied' : status,
  entered_into_force: () => 'in_force',
  suspended: (status) => (status === 'in_force' || status === 'provisionally_applied' ? 'suspended' : status),
  resumed: (status, before) => (status === 'suspended' ? before : status),
  ...Object.fromEntries(endings.map((event) => [event, () => 'terminated'])),
}

function toSigned(status: Status): Status {
  return status === 'unknown' || status === 'negotiating' ? 'signed' : status
}

/** Acts that close a period: of an imprecise date, the last day that it can mean. All others open one: the first. */
const closing: readonly LifecycleEvent[] = [...endings, 'resumed']

/** Acts that each party does for itself: only when the last has done it, the agreement is there. */
const joint: readonly LifecycleEvent[] = ['signed', 'entered_into_force', 'provisionally_applied']

/**
 * The statuses that an agreement has had and will have, without gap or overlap, from its preferred dates (where an act
 * has an effective date, that one) and its term.
 */
export function periods(acts: readonly Act[], term: Term | null): StatusPeriod[] {
  const found: StatusPeriod[] = [{ status: 'unknown', from: null, until: null, endedBy: null, approximate: false }]
  let beforeSuspension: Status = 'in_force'
  for (const { event, day, exact } of turnsOf(acts, term)) {
    const current = found.at(-1)!
    const status: Status = turns[event]?.(current.status, beforeSuspension) ?? current.status
    if (status === current.status) continue
    if (status === 'suspended') beforeSuspension = current.status
    current.until = day
    current.approximate ||= !exact
    if (current.from === day) found.pop()
    const endedBy = status === 'terminated' ? (event as Ending) : null
    found.push({ status, from: day, until: null, endedBy, approximate: !exact })
  }
  return found
}

/** The turns in the order of their days; on one day, in the order in which acts follow one another. */
function turnsOf(acts: readonly Act[], term: Term | null): Turn[] {
  const found = counted(acts).flatMap((act) => turnOf(act, term, startOf(acts)) ?? [])
  const expired = expiryOf(acts, term)
  return [...found, ...(expired ? [expired] : [])].toSorted(
    (a, b) =>
      (a.day < b.day ? -1 : a.day > b.day ? 1 : 0) ||
      lifecycleEvents.indexOf(a.event) - lifecycleEvents.indexOf(b.event),
  )
}

/** The acts that count: preferred ones; of what each party does for itself, the last, unless the whole has a date. */
function counted(acts: readonly Act[]): Act[] {
  const preferred = acts.filter((act) => act.preferred)
  return preferred.filter(
    (act) =>
      !joint.includes(act.event) ||
      act.signatory === null ||
      preferred.every(
        (other) => other.event !== act.event || other.occurrence !== act.occurrence || !isLater(other, act),
      ),
  )
}

const isLater = (a: Act, b: Act): boolean => {
  const [first, second] = [opens(a), opens(b)]
  return a.signatory === null || (first !== null && second !== null && first > second)
}

/** When an act counts from: its effective date where it has one. */
const spanOf = ({ effective, date }: Act): Span =>
  effective && (effective.firstDay ?? effective.lastDay) ? effective : date
const opens = (act: Act): Day | null => spanOf(act).firstDay ?? spanOf(act).lastDay
const closes = (act: Act): Day | null => spanOf(act).lastDay ?? spanOf(act).firstDay

function turnOf(act: Act, term: Term | null, start: Day | null): Turn | undefined {
  const { event } = act
  if (!turns[event]) return undefined
  const day = closing.includes(event) ? closes(act) : opens(act)
  const takesNotice = (event === 'denounced' || event === 'withdrawn') && spanOf(act) === act.date
  const counts = takesNotice && day !== null ? endAfterNotice(term, start, day) : day
  return counts === null ? undefined : { event, day: counts, exact: spanOf(act).exact }
}

/** The day on which it entered into force, from which the term runs; null when unknown. */
function startOf(acts: readonly Act[]): Day | null {
  const days = counted(acts).flatMap((act) => (act.event === 'entered_into_force' ? (opens(act) ?? []) : []))
  return days.toSorted()[0] ?? null
}

/** The end of a term that does not renew itself; each extension adds one renewal to it. */
function expiryOf(acts: readonly Act[], term: Term | null): Turn | null {
  const start = startOf(acts)
  if (start === null || term === null || term.renewal === 'tacit') return null
  const extensions = new Set(
    acts.filter((act) => act.preferred && act.event === 'extended').map((act) => act.occurrence),
  )
  const day = expiry(term, start, extensions.size)
  const exact = acts.every((act) => act.event !== 'entered_into_force' || !act.preferred || spanOf(act).exact)
  return day === null ? null : { event: 'expired', day, exact }
}

/** Where the agreement stands on `day`. */
export function standing(acts: readonly Act[], term: Term | null, day: Day): Standing {
  const all = periods(acts, term)
  const current = all.find(({ until }) => until === null || day < until)!
  const ends = all.find(({ status }) => status === 'terminated')?.from ?? null
  const due = nextDue(acts, term, day, ends)
  const next = [current.until, due.nextExpiry].filter((later) => later !== null).toSorted()[0] ?? null
  return {
    status: current.status,
    statusSince: current.from,
    statusUntil: current.until,
    endedBy: current.endedBy,
    approximate: current.approximate,
    ...due,
    changesOn: next,
  }
}

/**
 * The end of the term that runs on `day`, and the last day on which notice stops its renewal. None before the entry
 * into force, nor after the end, nor where another act ends the agreement before its term does.
 */
function nextDue(
  acts: readonly Act[],
  term: Term | null,
  day: Day,
  ends: Day | null,
): Pick<Standing, 'nextExpiry' | 'noticeDeadline'> {
  const start = startOf(acts)
  const none = { nextExpiry: null, noticeDeadline: null }
  if (start === null || term === null || day < start) return none
  const due =
    term.renewal === 'tacit'
      ? expiry(term, start, nextExpiryNumber(term, start, day))
      : (expiryOf(acts, term)?.day ?? null)
  if (due === null || due <= day || (ends !== null && ends < due)) return none
  return { nextExpiry: due, noticeDeadline: due === ends ? null : noticeDeadline(term, due) }
}

/** The periods in force: neither provisional application nor suspension is. */
export const inForcePeriods = (all: readonly StatusPeriod[]): StatusPeriod[] =>
  all.filter(({ status }) => status === 'in_force')
