import { addMonths, type Day, monthsBetween } from '../../shared/calendar.ts'
import type { DueKind, DatedAct, Term } from './lifecycle.ts'

/** A run of the term: it begins with an entry into force and lasts until the next one. */
export interface Run {
  /** The first and the last possible day of the entry into force, inclusive. */
  first: Day
  last: Day
  /** Whether that is one exact day. */
  exact: boolean
  /** Number of extensions. */
  extensions: number
  /** The day of the next entry into force; null when there is none. */
  next: Day | null
}

/** The runs of an agreement in order; empty when no entry into force is known, since nothing else starts a term. */
export function runsOf(dated: readonly DatedAct[]): Run[] {
  const starts = dated
    .filter(({ event }) => event === 'entered_into_force')
    .toSorted((a, b) => compare(a.first, b.first) || compare(a.last, b.last))
    .filter(({ first }, i, all) => first !== all[i + 1]?.first)
  return starts.map(({ first, last, exact }, i) => {
    const next = starts[i + 1]?.first ?? null
    const extensions = dated.filter(
      (act) => act.event === 'extended' && (i === 0 || act.first >= first) && (next === null || act.first < next),
    )
    return { first, last, exact, extensions: new Set(extensions.map(({ occurrence }) => occurrence)).size, next }
  })
}

const compare = (a: Day, b: Day): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The `n`th expiry (from 0) of a term that runs from `start`: the first day no longer covered. Null when the term has no
 * end, or after 9999-12-31. Always counted from the start, never from the previous expiry: the 31st stays the 31st.
 */
export function expiry(term: Term, start: Day, n: number): Day | null {
  if (term.months === null || term.renewal === 'indefinite') return null
  return addMonths(start, term.months + n * (term.renewalMonths ?? term.months))
}

/** The number of the first expiry after `day`, for tacit renewal. */
export function nextExpiryNumber(term: Term, start: Day, day: Day): number {
  const interval = term.renewalMonths ?? term.months ?? 1
  const guess = Math.max(0, Math.floor((monthsBetween(start, day) - (term.months ?? 0)) / interval))
  const reached = expiry(term, start, guess)
  return reached !== null && reached <= day ? guess + 1 : guess
}

/**
 * The last day on which notice prevents the renewal at `expiry`; null without tacit renewal or a known notice period.
 * Counted back from the expiry, never forward from the signature: a month is not thirty days, and 31 May minus three
 * months is 28 or 29 February.
 */
export const noticeDeadline = (term: Term, expiry: Day | null): Day | null =>
  term.renewal !== 'tacit' || term.noticeMonths === null || expiry === null
    ? null
    : addMonths(expiry, -term.noticeMonths)

interface Due {
  expiry: Day
  /** The last day for notice; before the entry into force if the notice period is longer than the term. */
  notice: Day | null
}

/**
 * The `n`th end of the term in a run. If the entry into force is imprecise, the expiry is counted from its last possible
 * day, and the notice day from its first, so that notice by then is in time in any case.
 */
function due(term: Term, run: Run, n: number): Due | null {
  const end = expiry(term, run.last, n)
  if (end === null || (run.next !== null && end >= run.next)) return null
  return { expiry: end, notice: noticeDeadline(term, run.first === run.last ? end : expiry(term, run.first, n)) }
}

/** The end of a term without tacit renewal; each extension adds one renewal period. Null when there is no end. */
export const endOfTerm = (term: Term | null, run: Run): Day | null =>
  term === null || term.renewal === 'tacit' ? null : (due(term, run, run.extensions)?.expiry ?? null)

/**
 * The end of the term that is current on `day`, and the last day on which notice prevents its renewal; null when there is
 * none. A notice day before the entry into force does not count: that renewal cannot be prevented.
 */
export function nextDue(term: Term, run: Run, day: Day): Due | null {
  const n = term.renewal === 'tacit' ? nextExpiryNumber(term, run.last, day) : run.extensions
  const found = due(term, run, n)
  if (found === null || found.expiry <= day) return null
  return { ...found, notice: noticeWithin(run, found) }
}

const noticeWithin = (run: Run, { notice }: Due): Day | null => (notice !== null && notice >= run.first ? notice : null)

/** Months of notice when the treaty does not specify any (Vienna Convention, Article 56, paragraph 2). */
const defaultNoticeMonths = 12

/**
 * The day on which a denunciation on `day` without an effective date ends the agreement. With tacit renewal: the next
 * expiry for which the notice is in time (Article 54 (a)). Otherwise: after the notice period of the term, or twelve
 * months. Null after 9999-12-31.
 * @param run the run in which it is denounced; null when no entry into force is known
 */
export function endAfterNotice(term: Term | null, run: Run | null, day: Day): Day | null {
  if (term?.renewal !== 'tacit' || term.months === null || run === null) {
    return addMonths(day, term?.noticeMonths ?? defaultNoticeMonths)
  }
  const reach = addMonths(day, term.noticeMonths ?? 0)
  if (reach === null) return null
  const n = nextExpiryNumber(term, run.first, reach)
  const earlier = n > 0 ? noticeDeadline(term, expiry(term, run.first, n - 1)) : null
  return expiry(term, run.last, earlier !== null && earlier >= day ? n - 1 : n)
}

/** Days at regular intervals: the `n`th is `months + n × every` months after `start`, minus `back` months. */
export interface Series {
  kind: DueKind
  start: Day
  months: number
  every: number
  back: number
  /** The numbers of its first and its last day, inclusive. */
  first: number
  last: number
}

const monthsOfCalendar = monthsBetween('0001-01-01', '9999-12-31')

/**
 * The renewals of a run with tacit renewal, and the last days for notice to prevent them. Empty for other runs, whose
 * only expiry is an end of the agreement.
 * @param end the day on which the agreement ends, exclusive; null when no end is known
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

/** The number of the last renewal before the run, the agreement or the calendar ends; -1 if none. */
function lastRenewal(term: Term, run: Run, end: Day | null): number {
  const before = [run.next, end].filter((day) => day !== null).toSorted()[0]
  if (before === undefined) {
    const left = monthsOfCalendar - monthsBetween('0001-01-01', run.last) - (term.months ?? 0)
    return Math.floor(left / (term.renewalMonths ?? term.months ?? 1))
  }
  const last = nextExpiryNumber(term, run.last, before) - 1
  return expiry(term, run.last, last) === before ? last - 1 : last
}

/** The number of the first expiry whose notice day is not before the entry into force. */
function firstNotice(term: Term, run: Run, noticeMonths: number): number {
  const months = noticeMonths - (term.months ?? 0)
  const number = Math.max(0, Math.ceil(months / (term.renewalMonths ?? term.months ?? 1)))
  const notice = noticeDeadline(term, expiry(term, run.first, number))
  return notice !== null && notice < run.first ? number + 1 : number
}

/** The `n`th day of a series; null after 9999-12-31. */
export function dayOf({ start, months, every, back }: Series, n: number): Day | null {
  const day = addMonths(start, months + n * every)
  return day === null || back === 0 ? day : addMonths(day, -back)
}

/** The numbers of the days of a series from `from` to `to`, inclusive. The cost does not depend on the age of the series. */
export function numbersWithin(series: Series, from: Day, to: Day): number[] {
  const { start, months, every, back, first, last } = series
  const numberOf = (day: Day) => (monthsBetween(start, day) - months + back) / every
  const min = Math.max(first, Math.ceil(numberOf(from)))
  const max = Math.min(last, Math.floor(numberOf(to)))
  return Array.from({ length: Math.max(0, max - min + 1) }, (_, i) => min + i).filter((n) => {
    const day = dayOf(series, n)
    return day !== null && from <= day && day <= to
  })
}
