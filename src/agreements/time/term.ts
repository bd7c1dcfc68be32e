import type { Day } from '../../shared/calendar.ts'
import { addDays, type Duration, endOfMonth, minus, plus } from '../../shared/durations.ts'
import type { DatedAct, Signature, Term } from './lifecycle.ts'
import { dayOf, lastInCalendar, numberFrom, once, type Series } from './series.ts'

/** The possible days of a beginning, inclusive. */
interface Beginning {
  first: Day
  last: Day
  /** Whether that is one exact day. */
  exact: boolean
}

/**
 * A run of the term: it begins with an entry into force and lasts until the next one. A term that does not depend on the
 * entry into force also runs without one.
 */
export interface Run extends Beginning {
  /** The beginning from which its term is counted; null when unknown. */
  counted: Beginning | null
  /** Number of extensions. */
  extensions: number
  /** The day of the next entry into force; null when there is none. */
  next: Day | null
}

/** The runs of an agreement in order. */
export function runsOf(dated: readonly DatedAct[], term: Term | null, signature: Signature | null): Run[] {
  const entries = dated
    .filter(({ event }) => event === 'entered_into_force')
    .toSorted((a, b) => compare(a.first, b.first) || compare(a.last, b.last))
    .filter(({ first }, i, all) => first !== all[i + 1]?.first)
  const fixed = fixedBeginning(term, signature)
  const starts = entries.length > 0 ? entries : withoutEntry(dated, term, fixed)
  return starts.map((start, i) => {
    const counted = i === 0 && fixed !== undefined ? fixed : start
    const first = i === 0 && counted !== null && counted.first < start.first ? counted.first : start.first
    const next = starts[i + 1]?.first ?? null
    const extensions = dated.filter(
      (act) => act.event === 'extended' && (i === 0 || act.first >= first) && (next === null || act.first < next),
    )
    const { last, exact } = start
    return {
      first,
      last,
      exact,
      counted,
      extensions: new Set(extensions.map(({ occurrence }) => occurrence)).size,
      next,
    }
  })
}

const compare = (a: Day, b: Day): number => (a < b ? -1 : a > b ? 1 : 0)

/** The beginning of a term that does not run from the entry into force; undefined for other terms. */
function fixedBeginning(term: Term | null, signature: Signature | null): Beginning | null | undefined {
  if (term === null || term.runsFrom === 'entry_into_force') return undefined
  if (term.runsFrom !== 'signature') return { first: term.runsFrom, last: term.runsFrom, exact: true }
  if (signature === null) return null
  const { first, last, text } = signature
  const [earliest, latest] = [first ?? last, last ?? first]
  return earliest === null || latest === null ? null : { first: earliest, last: latest, exact: text === earliest }
}

/** The run of an agreement whose entry into force is not known: from its signature or first act, if its term has a known end. */
function withoutEntry(dated: readonly DatedAct[], term: Term | null, fixed: Beginning | null | undefined): Beginning[] {
  if (fixed) return [fixed]
  if (term === null || term.lastDay === null) return []
  const first = dated.map((act) => act.first).toSorted(compare)[0] ?? '0001-01-01'
  return [{ first, last: first, exact: true }]
}

/** The ends of a term in a run: see `Series`. */
interface Course {
  /** The first and the last possible day from which it is counted. */
  first: Day
  last: Day
  length: Duration
  /** The length of each renewal; null when unknown. */
  each: Duration | null
  /** Whether the text gives its last day, from which notice is then counted. */
  isFixed: boolean
  /** Whether it is counted from one exact day. */
  exact: boolean
}

const none: Duration = { months: 0, days: 0 }
const isNone = ({ months, days }: Duration): boolean => months === 0 && days === 0

/** The course of the term in a run, with its extensions; null when its end is not known. */
export function courseOf(term: Term | null, run: Run): Course | null {
  if (term === null) return null
  const each = term.renewal?.length ?? term.length
  const lastDay = term.lastDay !== null && term.lastDay >= run.first ? addDays(term.lastDay, 1) : null
  const base =
    lastDay === null ? lengthOf(term, run) : { first: lastDay, last: lastDay, length: none, isFixed: true, exact: true }
  if (base === null) return null
  if (term.atEnd === 'renews' || run.extensions === 0) return { ...base, each }
  // How long an extension lasts is not known, so neither is the end.
  if (each === null) return null
  const { months, days } = base.length
  const n = run.extensions
  return { ...base, each, length: { months: months + n * each.months, days: days + n * each.days } }
}

function lengthOf({ length, lastDay }: Term, { counted }: Run): Omit<Course, 'each'> | null {
  if (length === null || lastDay !== null || counted === null) return null
  return { ...counted, length, isFixed: false }
}

/** The ends of the term: the first days no longer covered, counted from the last possible beginning. */
const expiries = (course: Course): Series => ({
  ...once('renewal', course.last),
  ...course.length,
  every: course.each?.months ?? 0,
  everyDays: course.each?.days ?? 0,
  last: course.each === null || isNone(course.each) ? 0 : Infinity,
})

/**
 * The last days for notice before each end of the term. Counted back from the last day where the text gives one, otherwise
 * from the expiry, never forward: a month is not thirty days, and 31 May minus three months is 28 or 29 February. Counted
 * from the first possible beginning, so that notice by then is in time in any case.
 */
function notices(course: Course, notice: Duration): Series {
  const { months, days } = course.length
  return {
    ...expiries(course),
    kind: 'notice',
    start: course.first,
    months,
    // Without any length of notice, it is in time until the day before.
    days: course.isFixed || isNone(notice) ? days - 1 : days,
    back: notice.months,
    backDays: notice.days,
  }
}

/** The number of the end at which the term no longer renews itself; infinite when it always does. */
const mostRenewals = (term: Term): number => (term.atEnd === 'renews' ? (term.renewal?.most ?? Infinity) : 0)

/** The `n`th end of the term, from 0: the first day no longer covered. Null when unknown, or after 9999-12-31. */
const expiry = (course: Course, n: number): Day | null =>
  n > expiries(course).last ? null : dayOf(expiries(course), n)

/** The smallest number of a day of `series` that is `day` or later; null when there is none. */
function firstFrom(series: Series, day: Day): number | null {
  if (series.last === Infinity) return numberFrom(series, day)
  const only = dayOf(series, 0)
  return only !== null && only >= day ? 0 : null
}

const dayAfter = (day: Day): Day => addDays(day, 1) ?? '~'

interface Due {
  expiry: Day
  /** The last day for notice to prevent the renewal at `expiry`; null when there is none. */
  notice: Day | null
}

const isWithin = ({ next }: Run, end: Day | null): end is Day => end !== null && (next === null || end < next)

/** The end of a term that does not renew itself any more. Null when there is no end. */
export function endOfTerm(term: Term | null, run: Run): Day | null {
  const course = courseOf(term, run)
  if (term === null || course === null || term.atEnd === 'open_ended') return null
  const most = mostRenewals(term)
  const end = most === Infinity ? null : expiry(course, most)
  return isWithin(run, end) ? end : null
}

/**
 * The end of the term that is current on `day`, and the last day on which notice prevents its renewal; null when there is
 * none. A notice day before the run begins does not count: that renewal cannot be prevented.
 */
export function nextDue(term: Term, run: Run, day: Day): Due | null {
  const course = courseOf(term, run)
  if (course === null || term.atEnd === 'open_ended') return null
  const most = mostRenewals(term)
  const n = most === 0 ? 0 : firstFrom(expiries(course), dayAfter(day))
  if (n === null) return null
  const end = expiry(course, Math.min(n, most))
  if (!isWithin(run, end) || end <= day) return null
  const notice = n < most && term.renewal?.notice ? dayOf(notices(course, term.renewal.notice), n) : null
  return { expiry: end, notice: notice !== null && notice >= run.first ? notice : null }
}

/** The end of the minimum term of an agreement that then has no end; null when there is none. */
export function endOfMinimum(term: Term | null, run: Run): Day | null {
  if (term?.atEnd !== 'open_ended') return null
  const course = courseOf(term, run)
  const end = course && expiry(course, 0)
  return isWithin(run, end) ? end : null
}

/** Notice when a treaty does not specify any (Vienna Convention, Article 56, paragraph 2). */
export const noticeOfConvention: Duration = { months: 12, days: 0 }

/**
 * The first day no longer in force if notice is given on `day`: the end of the first term whose renewal it prevents
 * (Article 54 (a)), or the end by termination if that is earlier. Null when no text gives the notice.
 * @param run the run in which it is given; null when no entry into force is known
 */
export function exitDay(term: Term | null, run: Run | null, day: Day): Day | null {
  if (term === null) return null
  const course = run && courseOf(term, run)
  const ends = [
    term.renewal?.notice ? endByRenewal(term, course, day) : null,
    term.exit?.notice ? endByExit(term.exit, term.exit.notice, term, course, day) : null,
  ]
  return ends.filter((end) => end !== null).toSorted(compare)[0] ?? null
}

/** The end of the first term for whose renewal notice on `day` is in time. */
function endByRenewal(term: Term, course: Course | null, day: Day): Day | null {
  if (term.atEnd !== 'renews' || course === null) return null
  const notice = term.renewal?.notice
  const n = notice
    ? firstFrom(notices(course, notice), day)
    : firstFrom(expiries({ ...course, last: course.first }), dayAfter(day))
  return n === null ? null : expiry(course, Math.min(n, mostRenewals(term)))
}

function endByExit(
  exit: NonNullable<Term['exit']>,
  notice: Duration,
  term: Term,
  course: Course | null,
  day: Day,
): Day | null {
  const minimum = exit.from === 'after_minimum' ? course && expiry(course, 0) : day
  if (minimum === null) return null
  const given = day < minimum ? minimum : day
  const runsOut = plus(given, notice)
  if (runsOut === null || exit.takesEffect === 'at_once') return runsOut
  if (exit.takesEffect === 'term_end') {
    const n = course && firstFrom(notices(course, notice), given)
    return course === null || n === null ? null : expiry(course, Math.min(n, mostRenewals(term)))
  }
  const endOfPeriod = (of: Day): Day => (exit.takesEffect === 'year_end' ? `${of.slice(0, 4)}-12-31` : endOfMonth(of))
  let last = endOfPeriod(minus(runsOut, { months: 1, days: 0 }) ?? runsOut)
  while ((minus(last, notice) ?? '') < given) {
    const next = addDays(last, 1)
    if (next === null) return null
    last = endOfPeriod(next)
  }
  return addDays(last, 1)
}

/**
 * The day on which a denunciation on `day` without an effective date ends the agreement. Where no text gives the notice: at
 * the end of the first term that it prevents from being renewed, otherwise after `silent`. Null when that is null too, and
 * after 9999-12-31.
 */
export function endAfterNotice(term: Term | null, run: Run | null, day: Day, silent: Duration | null): Day | null {
  const known = exitDay(term, run, day)
  if (known !== null) return known
  const course = run && courseOf(term, run)
  if (term?.atEnd === 'renews' && course) return endByRenewal(term, course, day)
  const notice = term?.exit?.notice ?? term?.renewal?.notice ?? silent
  return notice && plus(day, notice)
}

/**
 * The renewals of a run whose term renews itself, and the last days for notice to prevent them. Empty for other runs, whose
 * only expiry is an end of the agreement.
 * @param end the day on which the agreement ends, exclusive; null when no end is known
 */
export function renewalsOf(term: Term | null, run: Run, end: Day | null): Series[] {
  const course = courseOf(term, run)
  if (term?.atEnd !== 'renews' || course === null) return []
  const renewals = expiries(course)
  const last = Math.min(lastRenewal(renewals, run, end), mostRenewals(term) - 1)
  // A single day has any interval.
  const shared = { last, ...(renewals.last === 0 && { every: 1 }) }
  const all: Series[] = [{ ...renewals, ...shared }]
  if (term.renewal?.notice) {
    const notice = notices(course, term.renewal.notice)
    all.push({ ...notice, ...shared, first: firstFrom(notice, run.first) ?? 1 })
  }
  return all.filter(({ first, last }) => first <= last)
}

/** The number of the last renewal before the run, the agreement or the calendar ends; -1 if none. */
function lastRenewal(renewals: Series, run: Run, end: Day | null): number {
  const before = [run.next, end].filter((day) => day !== null).toSorted(compare)[0]
  if (renewals.last === 0) {
    const only = dayOf(renewals, 0)
    return only === null || (before !== undefined && only >= before) ? -1 : 0
  }
  return before === undefined
    ? lastInCalendar(renewals)
    : Math.min(numberFrom(renewals, before) - 1, lastInCalendar(renewals))
}
