import type { Day } from '../../shared/calendar.ts'
import {
  type Act,
  type DueKind,
  type Ending,
  endings,
  type LifecycleEvent,
  lifecycleEvents,
  type DatedAct,
  datedActsOf,
  type Status,
  type Term,
} from './lifecycle.ts'
import {
  dayOf,
  endAfterNotice,
  endOfTerm,
  nextDue,
  numbersWithin,
  renewalsOf,
  type Run,
  runsOf,
  type Series,
} from './term.ts'

/** A period with one status: `from` inclusive, `until` exclusive; null where unbounded. */
export interface StatusPeriod {
  status: Status
  from: Day | null
  until: Day | null
  endedBy: Ending | null
  /** Whether one of its bounds depends on a date that is not an exact day. */
  approximate: boolean
}

/** The status of an agreement on a day. */
export interface DatedStatus {
  status: Status
  statusSince: Day | null
  statusUntil: Day | null
  endedBy: Ending | null
  approximate: boolean
  nextExpiry: Day | null
  noticeDeadline: Day | null
  /** The next day on which any of these values changes; null when they never change without an edit. */
  changesOn: Day | null
}

/** An act that can change the status, or the end of the term. */
interface StatusChange {
  event: LifecycleEvent
  occurrence: number
  day: Day
  exact: boolean
}

type Rule = (status: Status, beforeSuspension: Status) => Status

const toNegotiating: Rule = (status) => (status === 'unknown' ? 'negotiating' : status)
/** Consent to be bound (Articles 11 to 17) is not yet entry into force (Article 24). */
const toSigned: Rule = (status) => (status === 'unknown' || status === 'negotiating' ? 'signed' : status)
const toTerminated: Rule = () => 'terminated'

/** How each act changes the current status; other acts do not change it. */
const rules: Partial<Record<LifecycleEvent, Rule>> = {
  negotiation_started: toNegotiating,
  initialled: toNegotiating,
  adopted: toNegotiating,
  signed: toSigned,
  signed_definitively: toSigned,
  notes_exchanged: toSigned,
  ratified: toSigned,
  accepted: toSigned,
  approved: toSigned,
  acceded: toSigned,
  notified_completion: toSigned,
  provisionally_applied: (status) =>
    status === 'unknown' || status === 'negotiating' || status === 'signed' ? 'provisionally_applied' : status,
  entered_into_force: () => 'in_force',
  suspended: (status) => (status === 'in_force' || status === 'provisionally_applied' ? 'suspended' : status),
  resumed: (status, beforeSuspension) => (status === 'suspended' ? beforeSuspension : status),
  denounced: toTerminated,
  withdrawn: toTerminated,
  expired: toTerminated,
  superseded: toTerminated,
  terminated: toTerminated,
}

/**
 * All past and future statuses of an agreement, without gaps or overlaps, each different from the previous one. They
 * follow from its preferred dates (the effective date where there is one) and its term.
 */
export function periods(acts: readonly Act[], term: Term | null): StatusPeriod[] {
  const dated = datedActsOf(acts)
  return periodsOf(statusStartsOf(statusChangesOf(dated, runsOf(dated), term)))
}

const periodsOf = (starts: StatusStart[]): StatusPeriod[] =>
  starts.map(({ status, from, endedBy, exact }, i) => {
    const next = starts[i + 1]
    return { status, from, until: next?.from ?? null, endedBy, approximate: !exact || next?.exact === false }
  })

/** A status and the day on which it begins. */
interface StatusStart {
  status: Status
  from: Day | null
  endedBy: Ending | null
  exact: boolean
}

function statusStartsOf(changes: StatusChange[]): StatusStart[] {
  const starts: StatusStart[] = [{ status: 'unknown', from: null, endedBy: null, exact: true }]
  let beforeSuspension: Status = 'in_force'
  for (const { event, day, exact } of changes) {
    const current = starts.at(-1)!
    const status: Status = rules[event]?.(current.status, beforeSuspension) ?? current.status
    if (status === current.status) continue
    if (status === 'suspended') beforeSuspension = current.status
    if (current.from === day) starts.pop()
    if (starts.at(-1)!.status === status) continue
    starts.push({ status, from: day, endedBy: status === 'terminated' ? (event as Ending) : null, exact })
  }
  return starts
}

/**
 * The status changes in the order of their days. On the same day, first occurrences come before second ones (resumed, then
 * suspended again), and otherwise the usual order of acts applies.
 */
function statusChangesOf(dated: DatedAct[], runs: Run[], term: Term | null): StatusChange[] {
  const acts = dated.flatMap((act) => statusChangeOf(act, dated, runs, term) ?? [])
  const expiries = runs.flatMap((run): StatusChange[] => {
    const day = endOfTerm(term, run)
    return day === null ? [] : [{ event: 'expired', occurrence: 1, day, exact: run.exact }]
  })
  return [...acts, ...expiries].toSorted(
    (a, b) =>
      (a.day < b.day ? -1 : a.day > b.day ? 1 : 0) ||
      a.occurrence - b.occurrence ||
      lifecycleEvents.indexOf(a.event) - lifecycleEvents.indexOf(b.event) ||
      Number(b.exact) - Number(a.exact),
  )
}

function statusChangeOf(act: DatedAct, dated: DatedAct[], runs: Run[], term: Term | null): StatusChange | undefined {
  const { event, occurrence, first, exact, ofTheAct } = act
  if (!rules[event]) return undefined
  if ((event === 'denounced' || event === 'withdrawn') && ofTheAct) return denunciation(act, dated, runs, term)
  return { event, occurrence, day: endingActs.includes(event) ? endOfPeriod(act, dated) : first, exact }
}

/** Acts that end a period: an imprecise date counts by its last possible day. All others count by the first. */
const endingActs: readonly LifecycleEvent[] = [...endings, 'resumed']

/** The last day on which the act can have ended a period, which is not after the start of the next such period. */
function endOfPeriod({ event, occurrence, first, last }: DatedAct, dated: DatedAct[]): Day {
  const opening = event === 'resumed' ? 'suspended' : 'entered_into_force'
  const again = dated.filter((act) => act.event === opening && act.occurrence > occurrence && act.first >= first)
  return [last, ...again.map((act) => act.first)].toSorted()[0]!
}

/**
 * The end caused by a denunciation without an effective date. Before the entry into force, provisional application ends
 * immediately (Article 25, paragraph 2); an agreement in force ends after notice.
 */
function denunciation(
  { event, occurrence, last, exact }: DatedAct,
  dated: DatedAct[],
  runs: Run[],
  term: Term | null,
): StatusChange | undefined {
  const run = runs.findLast(({ first }) => first <= last)
  const provisional = dated.some((act) => act.event === 'provisionally_applied' && act.first <= last)
  const ends = run ?? runs[0] ?? null
  const day = !run && provisional ? last : endAfterNotice(term, ends, last)
  const countsFromForce = term?.renewal === 'tacit' && ends?.exact === false
  return day === null ? undefined : { event, occurrence, day, exact: exact && !countsFromForce }
}

/** The status of the agreement on `day`. */
export function statusOn(acts: readonly Act[], term: Term | null, day: Day): DatedStatus {
  const dated = datedActsOf(acts)
  const runs = runsOf(dated)
  const all = periodsOf(statusStartsOf(statusChangesOf(dated, runs, term)))
  const now = evaluate(all, runs, term, day)
  const candidates = [now.statusUntil, now.nextExpiry, ...runs.map(({ first }) => first)]
  const changesOn = candidates
    .flatMap((later) => (later !== null && later > day ? later : []))
    .toSorted()
    .find((later) => differs(now, evaluate(all, runs, term, later)))
  return { ...now, changesOn: changesOn ?? null }
}

type CurrentStatus = Omit<DatedStatus, 'changesOn'>

const differs = (a: CurrentStatus, b: CurrentStatus): boolean =>
  (Object.keys(a) as (keyof CurrentStatus)[]).some((key) => a[key] !== b[key])

function evaluate(all: StatusPeriod[], runs: Run[], term: Term | null, day: Day): CurrentStatus {
  const { status, from, until, endedBy, approximate } = all.find((period) => isBefore(day, period.until))!
  const run = runs.findLast(({ first }) => first <= day)
  const due = term && run ? dueBeforeEnd(term, run, endOf(all, run), day) : null
  return {
    status,
    statusSince: from,
    statusUntil: until,
    endedBy,
    approximate,
    nextExpiry: due?.expiry ?? null,
    noticeDeadline: due?.notice ?? null,
  }
}

const isBefore = (day: Day, until: Day | null): boolean => until === null || day < until

/** The day on which the agreement ends in this run, by any act; null when no end is known. */
const endOf = (all: StatusPeriod[], run: Run): Day | null =>
  all.find(({ status, until }) => status === 'terminated' && isBefore(run.first, until))?.from ?? null

/** The next expiry and notice day after `day`; null if an act ends the agreement before its term does. */
function dueBeforeEnd(term: Term, run: Run, end: Day | null, day: Day): ReturnType<typeof nextDue> {
  const due = nextDue(term, run, day)
  if (due === null || (end !== null && end < due.expiry)) return null
  return due.expiry === end ? { ...due, notice: null } : due
}

/** A series of deadlines, with the details that all its days share. */
export interface Due extends Series {
  /** Number of the run or the end that it belongs to, from 1. */
  of: number
  /** For an expiry, what ends the agreement; otherwise null. */
  endedBy: Ending | null
  /** Whether it depends on a date that is not an exact day. */
  approximate: boolean
  /** For a notice, the renewals that it would prevent; otherwise null. */
  stops: Series | null
}

/**
 * All deadlines of the agreement, from its term and its acts: each end, whatever its cause, each renewal, and each last
 * day for notice to prevent one.
 */
export function dueOf(acts: readonly Act[], term: Term | null): Due[] {
  const dated = datedActsOf(acts)
  const runs = runsOf(dated)
  const starts = statusStartsOf(statusChangesOf(dated, runs, term))
  const ends = starts.filter(({ status }) => status === 'terminated')
  const all = periodsOf(starts)
  return [
    ...ends.map(({ from, endedBy, exact }, i): Due => ({
      ...once(from!),
      of: i + 1,
      endedBy,
      approximate: !exact,
      stops: null,
    })),
    ...runs.flatMap((run, i) => {
      const series = renewalsOf(term, run, endOf(all, run))
      const shared = { of: i + 1, endedBy: null, approximate: !run.exact }
      return series.map((one): Due => ({ ...one, ...shared, stops: one.kind === 'notice' ? series[0]! : null }))
    }),
  ]
}

const once = (start: Day): Series => ({ kind: 'expiry', start, months: 0, every: 1, back: 0, first: 0, last: 0 })

/** One deadline. */
export interface Occurrence {
  kind: DueKind
  day: Day
  /** Identifies it among those of its kind; does not change when its day does. */
  number: string
  endedBy: Ending | null
  approximate: boolean
  /** For a notice, the day of the renewal that it would prevent; otherwise null. */
  renewal: Day | null
}

/**
 * The deadlines from `from` to `to`, inclusive, ordered by day. The cost depends on the number of these days, not on the
 * age of the agreement.
 */
export const occurrences = (acts: readonly Act[], term: Term | null, from: Day, to: Day): Occurrence[] =>
  dueOf(acts, term)
    .flatMap((due) => numbersWithin(due, from, to).map((n) => occurrence(due, n)))
    .toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))

const occurrence = (due: Due, n: number): Occurrence => ({
  kind: due.kind,
  day: dayOf(due, n)!,
  number: `${due.of}.${n}`,
  endedBy: due.endedBy,
  approximate: due.approximate,
  renewal: due.stops && dayOf(due.stops, n),
})

/** The periods in force; provisional application (Article 25) and suspension (Article 57) do not count. */
export const inForcePeriods = (all: readonly StatusPeriod[]): StatusPeriod[] =>
  all.filter(({ status }) => status === 'in_force')
