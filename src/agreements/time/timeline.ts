import type { Day } from '../../shared/calendar.ts'
import {
  type Act,
  type DatedAct,
  datedActsOf,
  type DueKind,
  type Ending,
  type EntryIntoForce,
  type Signature,
  signatureOf,
  type Status,
  type StatusBasis,
  type Term,
} from './lifecycle.ts'
import { hasKnownEnd, isNotice, lateRevocations, periodsOf, type StatusPeriod, type StatusStart } from './status.ts'
import { forceByParty, type Party, type PartyInForce } from './parties.ts'
import { dayOf, numbersWithin, once, type Series } from './series.ts'
import { countingEnds, type EndByOther } from './other-agreements.ts'
import { type LateChange, lateChanges, runsOf, termOn } from './runs.ts'
import { endOfMinimum, exitDay, nextDue, noticeOfConvention, renewalsOf, type Run } from './term.ts'
import { plus } from '../../shared/durations.ts'
import { type Difference, differences, periodOn, type Standing, standingsOf, type Statement } from './basis.ts'
import { derivedEntry } from './entry.ts'

/** Everything from which the days of an agreement follow. */
export interface Life {
  acts: readonly Act[]
  term: Term | null
  entryIntoForce: EntryIntoForce | null
  parties: readonly Party[]
  /** Whether the law of treaties applies where its text is silent. */
  isBinding: boolean
  statements: readonly Statement[]
  /** The ends that follow from other agreements, in the order of their days. */
  ends: readonly EndByOther[]
}

/**
 * Everything about the time of an agreement that does not depend on today. It is computed once; the document, warnings,
 * lists, exports and deadlines all read it.
 */
export interface Timeline {
  /** The term on a day, as amended by then; null when unknown. */
  termOn: (day: Day) => Term | null
  signature: Signature | null
  /** The first entry into force; null when none is known. */
  entry: DatedAct | null
  /** The statuses that follow from the acts and the term alone. */
  periods: StatusPeriod[]
  /** The parties, in the order in which they are given, each with the periods in which it is in force for them. */
  parties: PartyInForce[]
  /** The statuses of the agreement: those of the acts and the term, and those that sources state. */
  standings: Standing[]
  /** The statements that differ from what the acts and the term give. */
  differences: Difference[]
  runs: Run[]
  due: Due[]
  /** The ends that follow from other agreements, also those that a date of its own overrides. */
  ends: readonly EndByOther[]
  /** The positions of denunciations that end it on an unknown day, because no text gives the notice. */
  endless: number[]
  /** The positions of revocations that come after the denunciation has taken effect. */
  lateRevocations: number[]
  /** Whether its term has a length, and the day from which it runs is not known. */
  startIsUnknown: boolean
  lateChanges: LateChange[]
  /** Whether an extension of a known day is among its acts. */
  isExtended: boolean
}

export function timelineOf(life: Life): Timeline {
  const { acts, term, entryIntoForce, parties, isBinding, statements, ends } = life
  const derived = derivedEntry(acts, entryIntoForce)
  const dated = [...datedActsOf(acts), ...(derived ? [derived] : [])]
  const signature = signatureOf(acts)
  const runs = runsOf(dated, term, signature)
  const termOnDay = (day: Day) => termOn(dated, term, day)
  const silent = isBinding ? noticeOfConvention : null
  const rules = { runs, termOn: termOnDay, silent, ends: countingEnds(ends, dated) }
  const { starts, counting, partiesOver } = forceByParty(acts, dated, parties, rules)
  const periods = periodsOf(starts)
  const standings = standingsOf(starts, acts, statements)
  const entries = dated.filter(({ event }) => event === 'entered_into_force')
  const isEndless = (act: DatedAct): boolean =>
    isNotice(act) && !counting.some((own) => own.some(({ at }) => at === act.at) && hasKnownEnd(act, own, rules))
  const late = new Set(counting.flatMap((own) => lateRevocations(own, rules).map(({ at }) => at)))
  return {
    termOn: termOnDay,
    signature,
    endless: dated.flatMap((act) => (isEndless(act) ? [act.at] : [])),
    lateRevocations: dated.flatMap(({ at }) => (late.has(at) ? [at] : [])),
    startIsUnknown: term !== null && term.length !== null && !runs.some(({ isCounted }) => isCounted),
    lateChanges: lateChanges(runs),
    isExtended: dated.some(({ event }) => event === 'extended'),
    entry: entries.toSorted((a, b) => (a.first < b.first ? -1 : 1))[0] ?? null,
    periods,
    parties: partiesOver(standings),
    standings,
    differences: differences(statements, periods, standings),
    runs,
    ends,
    due: dueOf(starts, periods, runs, termOnDay),
  }
}

/** The status of an agreement on a day. */
export interface DatedStatus {
  status: Status
  statusSince: Day | null
  statusUntil: Day | null
  endedBy: Ending | null
  approximate: boolean
  statusBasis: StatusBasis
  statedOn: Day | null
  nextExpiry: Day | null
  noticeDeadline: Day | null
}

/** The status on `day`. */
export function statusOn(timeline: Timeline, day: Day): DatedStatus {
  const { periods, standings, runs } = timeline
  const { status, statusSince, statusUntil, endedBy, approximate, basis, statedOn } = periodOn(standings, day)
  const run = runs.findLast(({ first }) => first <= day)
  const due = run ? dueBeforeEnd(run, endAfter(periods, day), day) : null
  return {
    status,
    statusSince,
    statusUntil,
    endedBy,
    approximate,
    statusBasis: basis,
    statedOn,
    nextExpiry: due?.expiry ?? endWithOther(timeline, day),
    noticeDeadline: due?.notice ?? null,
  }
}

/**
 * The first day no longer in force if notice were given on `day`. Null when it is not in force on that day, and when no
 * text gives the notice.
 */
export function exitDayOn({ periods, standings, runs, termOn }: Timeline, day: Day): Day | null {
  const { status } = periodOn(standings, day)
  if (status !== 'in_force' && status !== 'suspended') return null
  const run = runs.findLast(({ first }) => first <= day) ?? null
  const exit = exitDay(run ? run.term : termOn(day), run, day)
  const end = periods.find(({ status, from }) => status === 'terminated' && from !== null && from > day)?.from
  return exit !== null && end && end < exit ? end : exit
}

/** The next day after `day` on which any of these values changes; null when they never change without an edit. */
export function changesAfter(timeline: Timeline, day: Day): Day | null {
  const now = statusOn(timeline, day)
  const candidates = [
    periodOn(timeline.standings, day).until,
    now.nextExpiry,
    ...timeline.runs.map(({ first }) => first),
  ]
  const later = candidates.flatMap((other) => (other !== null && other > day ? other : [])).toSorted()
  return later.find((other) => differs(now, statusOn(timeline, other))) ?? null
}

const differs = (a: DatedStatus, b: DatedStatus): boolean =>
  (Object.keys(a) as (keyof DatedStatus)[]).some((key) => a[key] !== b[key])

const isBefore = (day: Day, until: Day | null): boolean => until === null || day < until

/** The day on which the agreement has ended on `day`, or ends after it, by any act; null when no end is known. */
const endAfter = (all: StatusPeriod[], day: Day): Day | null =>
  all.find(({ status, until }) => status === 'terminated' && isBefore(day, until))?.from ?? null

/** The day on which it ends with another agreement; null if it does not, and if an act ends it before. */
function endWithOther({ periods, ends }: Timeline, day: Day): Day | null {
  const [now, ...later] = periods.filter(({ until }) => isBefore(day, until))
  const end = later.find(({ status }) => status === 'terminated')
  if (now!.status === 'terminated' || end === undefined || end.endedBy !== 'expired') return null
  if (now!.status === 'unknown' && end !== later[0]) return null
  return ends.find(({ event, day }) => event === 'expired' && day === end.from)?.day ?? null
}

/** The next expiry and notice day after `day`; null if an act ends the agreement before its term does. */
function dueBeforeEnd(run: Run, end: Day | null, day: Day): ReturnType<typeof nextDue> {
  const due = nextDue(run, day)
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

/** All deadlines: each end, whatever its cause, each renewal, and each last day for notice to prevent one. */
function dueOf(starts: StatusStart[], periods: StatusPeriod[], runs: Run[], termOn: (day: Day) => Term | null): Due[] {
  const ends = starts.filter(({ status }) => status === 'terminated')
  return [
    ...ends.map(({ from, endedBy, exact }, i): Due => ({
      ...once('expiry', from!),
      of: i + 1,
      endedBy,
      approximate: !exact,
      stops: null,
    })),
    ...runs.flatMap((run, i) => {
      const end = endAfter(periods, run.first)
      const minimum = endOfMinimum(run)
      const isReached = minimum !== null && (end === null || minimum < end)
      const shared = { of: i + 1, endedBy: null, approximate: run.course?.exact === false, stops: null }
      return [
        ...livesOf(run, periods).flatMap(({ since, until }) => {
          const series = renewalsOf(run, since, until)
          return series
            .filter(({ first, last }) => first <= last)
            .map((one): Due => ({ ...one, ...shared, stops: one.kind === 'notice' ? series[0]! : null }))
        }),
        ...(isReached ? [{ ...once('minimum_term', minimum), ...shared }] : []),
      ]
    }),
    ...ends.flatMap(({ from, exact }, i): Due[] => {
      const sunset = termOn(from!)?.sunset
      const day = sunset ? plus(from!, sunset) : null
      const shared = { of: i + 1, endedBy: null, approximate: !exact, stops: null }
      return day === null || !wasInForce(periods, from!) ? [] : [{ ...once('sunset', day), ...shared }]
    }),
  ]
}

/** The parts of a run in which the agreement has not ended: one, or more where an act revives it within the run. */
function livesOf({ first, next }: Run, periods: StatusPeriod[]): { since: Day; until: Day | null }[] {
  const ended = periods.filter(({ status, until }) => status === 'terminated' && isBefore(first, until))
  const starts = [first, ...ended.flatMap(({ until }) => until ?? [])].filter((day) => isBefore(day, next))
  return starts.map((since, i) => ({ since, until: ended[i]?.from ?? null }))
}

const wasInForce = (periods: StatusPeriod[], before: Day): boolean =>
  periods.some(({ status, from }) => status === 'in_force' && from !== null && from < before)

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
export const occurrences = ({ due }: Timeline, from: Day, to: Day): Occurrence[] =>
  due
    .flatMap((one) => numbersWithin(one, from, to).map((n) => occurrence(one, n)))
    .toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))

const occurrence = (due: Due, n: number): Occurrence => ({
  kind: due.kind,
  day: dayOf(due, n)!,
  number: `${due.of}.${n}`,
  endedBy: due.endedBy,
  approximate: due.approximate,
  renewal: due.stops && dayOf(due.stops, n),
})
