import { addMonths, type Day, monthsBetween } from '../../shared/calendar.ts'
import type { DueKind, Moment, Term } from './lifecycle.ts'

/** What one entry into force begins: the term runs from it, until another entry into force starts it anew. */
export interface Run {
  /** The first and the last day on which it can have entered into force, both included. */
  first: Day
  last: Day
  /** Whether that is one certain day. */
  exact: boolean
  /** How many acts have extended it. */
  extensions: number
  /** The day of the next entry into force; null when there is none. */
  next: Day | null
}

/** The runs of an agreement in order; none when no entry into force is known, since nothing else starts a term. */
export function runsOf(moments: readonly Moment[]): Run[] {
  const starts = moments
    .filter(({ event }) => event === 'entered_into_force')
    .toSorted((a, b) => compare(a.first, b.first) || compare(a.last, b.last))
    .filter(({ first }, i, all) => first !== all[i + 1]?.first)
  return starts.map(({ first, last, exact }, i) => {
    const next = starts[i + 1]?.first ?? null
    const extensions = moments.filter(
      (act) => act.event === 'extended' && (i === 0 || act.first >= first) && (next === null || act.first < next),
    )
    return { first, last, exact, extensions: new Set(extensions.map(({ occurrence }) => occurrence)).size, next }
  })
}

const compare = (a: Day, b: Day): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The day on which a term that runs from `start` ends for the `n`th time, from 0, not itself in force; null without
 * end, or beyond the calendar. Counted from the start with ever more months, never from the expiry before: the 31st
 * stays the 31st.
 */
export function expiry(term: Term, start: Day, n: number): Day | null {
  if (term.months === null || term.renewal === 'indefinite') return null
  return addMonths(start, term.months + n * (term.renewalMonths ?? term.months))
}

/** The number of the first expiry after `day` of a term that renews itself. */
export function nextExpiryNumber(term: Term, start: Day, day: Day): number {
  const each = term.renewalMonths ?? term.months ?? 1
  const guess = Math.max(0, Math.floor((monthsBetween(start, day) - (term.months ?? 0)) / each))
  const reached = expiry(term, start, guess)
  return reached !== null && reached <= day ? guess + 1 : guess
}

/**
 * The last day on which notice stops the renewal at `expiry`, or null when nothing renews or no notice is known.
 * Counted back from the expiry, never forward from the signature: a month is not thirty days, and 31 May less three
 * months is 28 or 29 February.
 */
export const noticeDeadline = (term: Term, expiry: Day | null): Day | null =>
  term.renewal !== 'tacit' || term.noticeMonths === null || expiry === null
    ? null
    : addMonths(expiry, -term.noticeMonths)

interface Due {
  expiry: Day
  /** The last day for notice; it can lie before the entry into force when the notice is longer than the term. */
  notice: Day | null
}

/**
 * The `n`th end of the term in a run. Of an imprecise entry into force, the expiry is counted from the last possible
 * day, since an end closes a period, and the notice from the first: given by then, it is in time whichever day it was.
 */
function due(term: Term, run: Run, n: number): Due | null {
  const end = expiry(term, run.last, n)
  if (end === null || (run.next !== null && end >= run.next)) return null
  return { expiry: end, notice: noticeDeadline(term, run.first === run.last ? end : expiry(term, run.first, n)) }
}

/** The end of a term that does not renew itself; each extension adds one renewal to it. Null where it has no end. */
export const endOfTerm = (term: Term | null, run: Run): Day | null =>
  term === null || term.renewal === 'tacit' ? null : (due(term, run, run.extensions)?.expiry ?? null)

/**
 * The end of the term that runs on `day`, and the last day on which notice stops its renewal; null when none comes.
 * A notice day before the entry into force is none: that renewal nobody can stop.
 */
export function nextDue(term: Term, run: Run, day: Day): Due | null {
  const n = term.renewal === 'tacit' ? nextExpiryNumber(term, run.last, day) : run.extensions
  const found = due(term, run, n)
  if (found === null || found.expiry <= day) return null
  return { ...found, notice: noticeWithin(run, found) }
}

const noticeWithin = (run: Run, { notice }: Due): Day | null => (notice !== null && notice >= run.first ? notice : null)

/** What the Vienna Convention asks where the treaty is silent: twelve months' notice (Article 56, paragraph 2). */
const silentNotice = 12

/**
 * The day on which a denunciation of `day` ends the agreement when the act itself names none: at the next expiry that
 * its notice still reaches, where the term renews itself (Article 54 (a)); else when the notice of the term, or twelve
 * months, have run. Null beyond the calendar.
 * @param run the run in which it is denounced; null when no entry into force is known
 */
export function endAfterNotice(term: Term | null, run: Run | null, day: Day): Day | null {
  if (term?.renewal !== 'tacit' || term.months === null || run === null) {
    return addMonths(day, term?.noticeMonths ?? silentNotice)
  }
  const reach = addMonths(day, term.noticeMonths ?? 0)
  if (reach === null) return null
  const n = nextExpiryNumber(term, run.first, reach)
  const earlier = n > 0 ? noticeDeadline(term, expiry(term, run.first, n - 1)) : null
  return expiry(term, run.last, earlier !== null && earlier >= day ? n - 1 : n)
}

/** Days at even distances: the `n`th is `months + n × every` months after `start`, less `back` months. */
export interface Series {
  kind: DueKind
  start: Day
  months: number
  every: number
  back: number
  /** The numbers of its first and its last day, both included. */
  first: number
  last: number
}

const monthsOfCalendar = monthsBetween('0001-01-01', '9999-12-31')

/**
 * The renewals of a run that renews itself, and the last days for notice that would stop them; none of any other run,
 * since its one expiry is an end of the agreement.
 * @param end the day on which the agreement ends, not itself in force; null when no end is known
 */
export function renewalsOf(term: Term | null, run: Run, end: Day | null): Series[] {
  if (term?.renewal !== 'tacit' || term.months === null) return []
  const series = { months: term.months, every: term.renewalMonths ?? term.months, last: lastRenewal(term, run, end) }
  const all: Series[] = [{ ...series, kind: 'renewal', start: run.last, back: 0, first: 0 }]
  if (term.noticeMonths !== null) {
    const first = firstNotice(term, run, term.noticeMonths)
    all.push({ ...series, kind: 'notice', start: run.first, back: term.noticeMonths, first })
  }
  return all.filter(({ first, last }) => first <= last)
}

/** The number of the last renewal before the run or the agreement ends, or else before the calendar does; -1: none. */
function lastRenewal(term: Term, run: Run, end: Day | null): number {
  const before = [run.next, end].filter((day) => day !== null).toSorted()[0]
  if (before === undefined) {
    const left = monthsOfCalendar - monthsBetween('0001-01-01', run.last) - (term.months ?? 0)
    return Math.floor(left / (term.renewalMonths ?? term.months ?? 1))
  }
  const last = nextExpiryNumber(term, run.last, before) - 1
  return expiry(term, run.last, last) === before ? last - 1 : last
}

/** The number of the first expiry of which notice can be given at all: not before the entry into force. */
function firstNotice(term: Term, run: Run, noticeMonths: number): number {
  const months = noticeMonths - (term.months ?? 0)
  const number = Math.max(0, Math.ceil(months / (term.renewalMonths ?? term.months ?? 1)))
  const notice = noticeDeadline(term, expiry(term, run.first, number))
  return notice !== null && notice < run.first ? number + 1 : number
}

/** The `n`th day of a series; null beyond the calendar. */
export function dayOf({ start, months, every, back }: Series, n: number): Day | null {
  const day = addMonths(start, months + n * every)
  return day === null || back === 0 ? day : addMonths(day, -back)
}

/** The numbers of the days of a series from `from` to `to`, both included; as quickly of an old series as of a new. */
export function numbersWithin(series: Series, from: Day, to: Day): number[] {
  const { start, months, every, back, first, last } = series
  const numberOf = (day: Day) => (monthsBetween(start, day) - months + back) / every
  const least = Math.max(first, Math.ceil(numberOf(from)))
  const most = Math.min(last, Math.floor(numberOf(to)))
  return Array.from({ length: Math.max(0, most - least + 1) }, (_, i) => least + i).filter((n) => {
    const day = dayOf(series, n)
    return day !== null && from <= day && day <= to
  })
}
