import type { Day } from '../../shared/calendar.ts'
import {
  type Act,
  type DueKind,
  type Ending,
  endings,
  type LifecycleEvent,
  lifecycleEvents,
  type Moment,
  momentsOf,
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
  occurrence: number
  day: Day
  exact: boolean
}

type Rule = (status: Status, beforeSuspension: Status) => Status

const negotiated: Rule = (status) => (status === 'unknown' ? 'negotiating' : status)
/** Consent to be bound (Articles 11 to 17) is no entry into force (Article 24). */
const consented: Rule = (status) => (status === 'unknown' || status === 'negotiating' ? 'signed' : status)
const ended: Rule = () => 'terminated'

/** What each act makes of the status that it finds; what it does not speak of, it leaves. */
const rules: Partial<Record<LifecycleEvent, Rule>> = {
  negotiation_started: negotiated,
  initialled: negotiated,
  adopted: negotiated,
  signed: consented,
  signed_definitively: consented,
  notes_exchanged: consented,
  ratified: consented,
  accepted: consented,
  approved: consented,
  acceded: consented,
  notified_completion: consented,
  provisionally_applied: (status) =>
    status === 'unknown' || status === 'negotiating' || status === 'signed' ? 'provisionally_applied' : status,
  entered_into_force: () => 'in_force',
  suspended: (status) => (status === 'in_force' || status === 'provisionally_applied' ? 'suspended' : status),
  resumed: (status, beforeSuspension) => (status === 'suspended' ? beforeSuspension : status),
  denounced: ended,
  withdrawn: ended,
  expired: ended,
  superseded: ended,
  terminated: ended,
}

/**
 * The statuses that an agreement has had and will have, without gap or overlap and each unlike the one before, from its
 * preferred dates (where an act has an effective date, that one) and its term.
 */
export function periods(acts: readonly Act[], term: Term | null): StatusPeriod[] {
  const moments = momentsOf(acts)
  return periodsOf(entriesOf(turnsOf(moments, runsOf(moments), term)))
}

const periodsOf = (entries: Entry[]): StatusPeriod[] =>
  entries.map(({ status, from, endedBy, exact }, i) => {
    const next = entries[i + 1]
    return { status, from, until: next?.from ?? null, endedBy, approximate: !exact || next?.exact === false }
  })

/** A status from the day on which it begins. */
interface Entry {
  status: Status
  from: Day | null
  endedBy: Ending | null
  exact: boolean
}

function entriesOf(turns: Turn[]): Entry[] {
  const entries: Entry[] = [{ status: 'unknown', from: null, endedBy: null, exact: true }]
  let beforeSuspension: Status = 'in_force'
  for (const { event, day, exact } of turns) {
    const current = entries.at(-1)!
    const status: Status = rules[event]?.(current.status, beforeSuspension) ?? current.status
    if (status === current.status) continue
    if (status === 'suspended') beforeSuspension = current.status
    if (current.from === day) entries.pop()
    if (entries.at(-1)!.status === status) continue
    entries.push({ status, from: day, endedBy: status === 'terminated' ? (event as Ending) : null, exact })
  }
  return entries
}

/**
 * The turns in the order of their days. On one day, what happens for the first time comes before what happens for the
 * second (resumed, then suspended again), and then the acts come as they follow one another.
 */
function turnsOf(moments: Moment[], runs: Run[], term: Term | null): Turn[] {
  const acts = moments.flatMap((moment) => turnOf(moment, moments, runs, term) ?? [])
  const expiries = runs.flatMap((run): Turn[] => {
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

function turnOf(moment: Moment, moments: Moment[], runs: Run[], term: Term | null): Turn | undefined {
  const { event, occurrence, first, exact, ofTheAct } = moment
  if (!rules[event]) return undefined
  if ((event === 'denounced' || event === 'withdrawn') && ofTheAct) return denunciation(moment, moments, runs, term)
  return { event, occurrence, day: closing.includes(event) ? closes(moment, moments) : first, exact }
}

/** Acts that close a period: of an imprecise date, the last day that it can mean. All others open one: the first. */
const closing: readonly LifecycleEvent[] = [...endings, 'resumed']

/** The last day on which it can have closed a period: not after the next time that what it closes begins. */
function closes({ event, occurrence, first, last }: Moment, moments: Moment[]): Day {
  const opening = event === 'resumed' ? 'suspended' : 'entered_into_force'
  const again = moments.filter((act) => act.event === opening && act.occurrence > occurrence && act.first >= first)
  return [last, ...again.map((act) => act.first)].toSorted()[0]!
}

/**
 * The end that a denunciation brings which names no day of its own. Before the entry into force, provisional
 * application ends with it at once (Article 25, paragraph 2); what is in force, after notice.
 */
function denunciation(
  { event, occurrence, last, exact }: Moment,
  moments: Moment[],
  runs: Run[],
  term: Term | null,
): Turn | undefined {
  const run = runs.findLast(({ first }) => first <= last)
  const provisional = moments.some((act) => act.event === 'provisionally_applied' && act.first <= last)
  const ends = run ?? runs[0] ?? null
  const day = !run && provisional ? last : endAfterNotice(term, ends, last)
  const countsFromForce = term?.renewal === 'tacit' && ends?.exact === false
  return day === null ? undefined : { event, occurrence, day, exact: exact && !countsFromForce }
}

/** Where the agreement stands on `day`. */
export function standing(acts: readonly Act[], term: Term | null, day: Day): Standing {
  const moments = momentsOf(acts)
  const runs = runsOf(moments)
  const all = periodsOf(entriesOf(turnsOf(moments, runs, term)))
  const now = judge(all, runs, term, day)
  const candidates = [now.statusUntil, now.nextExpiry, ...runs.map(({ first }) => first)]
  const changesOn = candidates
    .flatMap((later) => (later !== null && later > day ? later : []))
    .toSorted()
    .find((later) => differs(now, judge(all, runs, term, later)))
  return { ...now, changesOn: changesOn ?? null }
}

type Judgement = Omit<Standing, 'changesOn'>

const differs = (a: Judgement, b: Judgement): boolean =>
  (Object.keys(a) as (keyof Judgement)[]).some((key) => a[key] !== b[key])

function judge(all: StatusPeriod[], runs: Run[], term: Term | null, day: Day): Judgement {
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

/** The day on which the agreement ends in this run, by whatever act; null when no end is known. */
const endOf = (all: StatusPeriod[], run: Run): Day | null =>
  all.find(({ status, until }) => status === 'terminated' && isBefore(run.first, until))?.from ?? null

/** What is due after `day`: nothing where another act ends the agreement before its term does, or has done so. */
function dueBeforeEnd(term: Term, run: Run, end: Day | null, day: Day): ReturnType<typeof nextDue> {
  const due = nextDue(term, run, day)
  if (due === null || (end !== null && end < due.expiry)) return null
  return due.expiry === end ? { ...due, notice: null } : due
}

/** A series of days on which something is due, with what is said of each of its days. */
export interface Due extends Series {
  /** Which run or which end it is of, from 1. */
  of: number
  /** What ends the agreement then; null unless it is an expiry. */
  endedBy: Ending | null
  /** Whether it rests on a date that is not one certain day. */
  approximate: boolean
  /** The renewals that it is the notice for; null unless it is a notice. */
  stops: Series | null
}

/**
 * All that is due in the life of the agreement, from its term and from its acts: each end, whatever brings it, each
 * renewal, and each last day for notice that would stop one.
 */
export function dueOf(acts: readonly Act[], term: Term | null): Due[] {
  const moments = momentsOf(acts)
  const runs = runsOf(moments)
  const entries = entriesOf(turnsOf(moments, runs, term))
  const ends = entries.filter(({ status }) => status === 'terminated')
  const all = periodsOf(entries)
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
      const said = { of: i + 1, endedBy: null, approximate: !run.exact }
      return series.map((one): Due => ({ ...one, ...said, stops: one.kind === 'notice' ? series[0]! : null }))
    }),
  ]
}

const once = (start: Day): Series => ({ kind: 'expiry', start, months: 0, every: 1, back: 0, first: 0, last: 0 })

/** One day on which something is due. */
export interface Occurrence {
  kind: DueKind
  day: Day
  /** Which one of its kind it is: the same whatever its day becomes. */
  number: string
  endedBy: Ending | null
  approximate: boolean
  /** Of a notice, the day of the renewal that it stops; else null. */
  renewal: Day | null
}

/**
 * What is due from `from` to `to`, both included, in the order of the days. It takes as long as there are such days,
 * however old the agreement.
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

/** The periods in force: neither provisional application (Article 25) nor suspension (Article 57) is. */
export const inForcePeriods = (all: readonly StatusPeriod[]): StatusPeriod[] =>
  all.filter(({ status }) => status === 'in_force')
