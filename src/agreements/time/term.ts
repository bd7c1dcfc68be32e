import type { Day } from '../../shared/calendar.ts'
import { addDays, type Duration, endOfMonth, minus, plus } from '../../shared/durations.ts'
import type { DatedAct, Term } from './lifecycle.ts'
import { dayOf, lastInCalendar, numberFrom, once, type Series } from './series.ts'

/** The possible days of a beginning, inclusive. */
export interface Beginning {
  first: Day
  last: Day
  /** Whether that is one exact day. */
  exact: boolean
}

/** The ends of a term: see `Series`. */
export interface Course {
  /** The first and the last possible day from which it is counted. */
  first: Day
  last: Day
  length: Duration
  /** The length of each renewal; null when unknown. */
  each: Duration | null
  /** How often it still renews itself; infinite when without limit, 0 when it does not. */
  most: number
  /** Whether it goes on without an end, so that its only end is that of a minimum term. */
  isOpen: boolean
  /** Whether its first end is that of the first term, which an extension after a renewal no longer moves. */
  isFirst: boolean
  /** Whether the text gives its last day, from which notice is then counted. */
  isFixed: boolean
  /** Whether it is counted from one exact day. */
  exact: boolean
}

/**
 * A run of the term. It begins with an entry into force, an extension or an amendment of the term, and lasts until the next
 * of them. A term that does not depend on the entry into force also runs without one.
 */
export interface Run extends Beginning {
  /** The term in this run; null when unknown. */
  term: Term | null
  /** Its ends; null when none is known. */
  course: Course | null
  /** Whether it is known from when the length of its term is counted. */
  isCounted: boolean
  /** The extension or amendment by which it begins; null for an entry into force. */
  change: DatedAct | null
  /** The first day of the run that began with the entry into force, or that needs none. */
  began: Day
  /** The day on which the next run begins; null when there is none. */
  next: Day | null
  /** The day of the next entry into force; null when there is none. */
  nextEntry: Day | null
}

const none: Duration = { months: 0, days: 0 }
const isNone = ({ months, days }: Duration): boolean => months === 0 && days === 0
const compare = (a: Day, b: Day): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The course of a term without its extensions; null when its end is not known.
 * @param counted from when its length is counted; null when unknown
 * @param from the first day on which it can apply
 */
export function courseOf(term: Term | null, counted: Beginning | null, from: Day): Course | null {
  if (term === null) return null
  const end = term.lastDay !== null && term.lastDay >= from ? addDays(term.lastDay, 1) : null
  if (end !== null) return endingOn(end, term)
  if (term.length === null || term.lastDay !== null || counted === null) return null
  const { first, last, exact } = counted
  return { first, last, length: term.length, isFixed: false, exact, ...goingOn(term) }
}

/** A course whose first end is on a day that the text gives. */
const endingOn = (end: Day, term: Term | null): Course => ({
  first: end,
  last: end,
  length: none,
  isFixed: true,
  exact: true,
  ...goingOn(term),
})

/** How a term goes on after its first end. */
const goingOn = (term: Term | null): Pick<Course, 'each' | 'most' | 'isOpen' | 'isFirst'> => ({
  each: term === null ? null : (term.renewal?.length ?? term.length),
  most: term?.atEnd === 'renews' ? (term.renewal?.most ?? Infinity) : 0,
  isOpen: term?.atEnd === 'open_ended',
  isFirst: true,
})

/**
 * The course after an extension that decides from `day` on. One without a length of its own lasts as long as a renewal, and
 * does not count for a term that renews itself. Null when its end is not known.
 */
export function extended(course: Course | null, { extension }: DatedAct, day: Day, term: Term | null): Course | null {
  if (extension?.lastDay) return extendedUntil(course, extension.lastDay, day, term)
  if (course === null) return null
  const isRenewed = course.most > 0
  const length = extension?.length ?? (isRenewed ? none : course.each)
  return length === null
    ? null
    : isNone(length)
      ? course
      : longer(course, length, isRenewed ? numberOn(course, day) : 0)
}

/** An extension never shortens a term. */
function extendedUntil(course: Course | null, lastDay: Day, day: Day, term: Term | null): Course | null {
  const end = addDays(lastDay, 1)
  if (end === null) return course
  if (course === null) return endingOn(end, term)
  const n = numberOn(course, day)
  const next = expiry(course, n)
  if (next !== null && next >= end) return course
  return { ...endingOn(end, term), most: course.most - n, isFirst: course.isFirst && n === 0 }
}

/** The course whose `n`th end is so much later, from which renewals are then counted. */
function longer(course: Course, length: Duration, n: number): Course | null {
  const base = n === 0 && isInOrder(course.length, length) ? course : countedFromEnd(course, n)
  if (base === null) return null
  const { months, days } = base.length
  const moved = { ...base, length: { months: months + length.months, days: days + length.days } }
  const isAdded = moved.most === 0 || moved.each === null || isInOrder(moved.length, moved.each)
  return isAdded ? moved : countedFromEnd(moved, 0)
}

/** Whether two lengths can be added up: days are not counted before months. */
const isInOrder = (one: Duration, next: Duration): boolean => one.days === 0 || next.months === 0

/** The course counted from its `n`th end itself. */
function countedFromEnd(course: Course, n: number): Course | null {
  const [first, last] = [expiry({ ...course, last: course.first }, n), expiry(course, n)]
  if (first === null || last === null) return null
  return { ...course, first, last, length: none, most: course.most - n, isFirst: course.isFirst && n === 0 }
}

/** The number of the end that is next on `day`, that day included; that of an unknown end when no known one is. */
const numberOn = (course: Course, day: Day): number =>
  course.most === 0 ? 0 : Math.min(firstFrom(expiries(course), day) ?? 1, course.most)

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

/** The day from which it no longer runs, whatever comes after; null when there is none. */
export const finalEnd = (course: Course | null): Day | null =>
  course === null || course.isOpen || course.most === Infinity ? null : expiry(course, course.most)

interface Due {
  expiry: Day
  /** The last day for notice to prevent the renewal at `expiry`; null when there is none. */
  notice: Day | null
}

const isBefore = (day: Day, end: Day | null): boolean => end === null || day < end

/**
 * The end of a run whose term does not renew itself any more. Null when there is no end, and when an extension, an amendment
 * or an entry into force comes before it. An amendment cannot end it before its own day.
 */
export function endOfTerm({ course, first, next, change }: Run): Day | null {
  const end = finalEnd(course)
  if (end === null || !isBefore(end, next)) return null
  if (change === null || end > first) return end
  return change.event === 'amended' ? first : null
}

/**
 * The end of the term that is current on `day`, as agreed by then, and the last day on which notice prevents its renewal;
 * null when there is none. A notice day before the entry into force does not count: that renewal cannot be prevented.
 */
export function nextDue({ term, course, began, nextEntry }: Run, day: Day): Due | null {
  if (course === null || course.isOpen) return null
  const n = course.most === 0 ? 0 : firstFrom(expiries(course), dayAfter(day))
  if (n === null) return null
  const end = expiry(course, Math.min(n, course.most))
  if (end === null || !isBefore(end, nextEntry) || end <= day) return null
  const notice = n < course.most && term?.renewal?.notice ? dayOf(notices(course, term.renewal.notice), n) : null
  return { expiry: end, notice: notice !== null && notice >= began ? notice : null }
}

/** The end of the minimum term of an agreement that then has no end; null when there is none. */
export function endOfMinimum({ course, first, next, change }: Run): Day | null {
  const end = course?.isOpen ? expiry(course, 0) : null
  return end !== null && isBefore(end, next) && (change === null || end >= first) ? end : null
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
  const course = run && run.course
  const ends = [
    term.renewal?.notice ? endByRenewal(term, course, day) : null,
    term.exit?.notice ? endByExit(term.exit, term.exit.notice, course, day) : null,
  ]
  return ends.filter((end) => end !== null).toSorted(compare)[0] ?? null
}

/** The end of the first term for whose renewal notice on `day` is in time. */
function endByRenewal(term: Term, course: Course | null, day: Day): Day | null {
  if (term.atEnd !== 'renews' || course === null) return null
  const notice = term.renewal?.notice
  return notice
    ? endInTime(course, notices(course, notice), day)
    : endInTime(course, expiries({ ...course, last: course.first }), dayAfter(day))
}

/** The first end whose last day for notice is not before `day`, otherwise the final one. */
function endInTime(course: Course, lastDays: Series, day: Day): Day | null {
  const n = firstFrom(lastDays, day) ?? Infinity
  return n > course.most && course.isOpen ? null : expiry(course, Math.min(n, course.most))
}

/** The end of the first term; `day` when that has been renewed already. */
const endOfFirstTerm = (course: Course, day: Day): Day | null => (course.isFirst ? expiry(course, 0) : day)

function endByExit(exit: NonNullable<Term['exit']>, notice: Duration, course: Course | null, day: Day): Day | null {
  const minimum = exit.from === 'after_minimum' ? course && endOfFirstTerm(course, day) : day
  if (minimum === null) return null
  const given = day < minimum ? minimum : day
  const runsOut = plus(given, notice)
  if (runsOut === null || exit.takesEffect === 'at_once') return runsOut
  if (exit.takesEffect === 'term_end') {
    return course && endInTime(course, notices(course, notice), given)
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
  const course = run && run.course
  if (term?.atEnd === 'renews' && course) return endByRenewal(term, course, day)
  const notice = term?.exit?.notice ?? term?.renewal?.notice ?? silent
  return notice && plus(day, notice)
}

/**
 * The renewals within a run whose term renews itself, and the last days for notice to prevent one; either series may have
 * no day. Empty for other runs, whose only expiry is an end of the agreement.
 * @param since the first day in the run on which the agreement has not ended
 * @param end the day on which the agreement then ends, exclusive; null when no end is known
 */
export function renewalsOf(run: Run, since: Day, end: Day | null): Series[] {
  const { term, course } = run
  if (term?.atEnd !== 'renews' || course === null) return []
  const renewals = expiries(course)
  const most = course.most - 1
  const before = (...ends: (Day | null)[]) => ends.filter((day) => day !== null).toSorted(compare)[0]
  const last = Math.min(lastBefore(renewals, before(run.next, end)), most)
  // A single day has any interval.
  const single = renewals.last === 0 && { every: 1 }
  // By a change that takes effect on the day of a renewal, that renewal is not prevented.
  const from = run.change !== null && since === run.first ? since : dayAfter(since)
  const all: Series[] = [{ ...renewals, ...single, first: firstFrom(renewals, from) ?? Infinity, last }]
  if (term.renewal?.notice) {
    const notice = notices(course, term.renewal.notice)
    // What is renewed after the run, as agreed within it, may still be prevented within it.
    const renewed = Math.min(lastBefore(renewals, before(run.nextEntry, end)), most)
    const given = run.next === run.nextEntry ? renewed : Math.min(lastBefore(notice, run.next ?? undefined), renewed)
    all.push({ ...notice, ...single, last: given, first: firstFrom(notice, since) ?? 1 })
  }
  return all
}

/** The number of the last day of a series before `end` or the end of the calendar; -1 if none. */
function lastBefore(series: Series, end: Day | undefined): number {
  if (series.last === 0) {
    const only = dayOf(series, 0)
    return only === null || (end !== undefined && only >= end) ? -1 : 0
  }
  return end === undefined ? lastInCalendar(series) : Math.min(numberFrom(series, end) - 1, lastInCalendar(series))
}
