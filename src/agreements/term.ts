import { addMonths, type Day, monthsBetween } from '../calendar.ts'
import type { Term } from './lifecycle.ts'

/**
 * The day on which the term ends for the `n`th time, from 0, not itself in force; null without end, or beyond the
 * calendar. Counted from the start with ever more months, never from the expiry before: the 31st stays the 31st.
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

/** What the Vienna Convention asks where the treaty is silent: twelve months' notice (Article 56, paragraph 2). */
const silentNotice = 12

/**
 * The day on which a denunciation of `day` ends the agreement when the act itself names none: at the next expiry that
 * its notice still reaches, where the term renews itself; else when the notice, or twelve months, have run.
 */
export function endAfterNotice(term: Term | null, start: Day | null, day: Day): Day | null {
  if (term?.renewal === 'tacit' && start !== null && term.months !== null) {
    for (let n = nextExpiryNumber(term, start, day); ; n++) {
      const end = expiry(term, start, n)
      if (end === null || day <= (noticeDeadline(term, end) ?? end)) return end
    }
  }
  return addMonths(day, term?.noticeMonths ?? silentNotice)
}

export interface TermDay {
  kind: 'expiry' | 'renewal' | 'notice'
  day: Day
}

/**
 * All days of a term from `from` to `to`, both included: each renewal or the expiry, and the last days for notice.
 * @param end the day on which the agreement ends, not itself in force; null when no end is known
 */
export function termDays(term: Term, start: Day, end: Day | null, from: Day, to: Day): TermDay[] {
  const renews = term.renewal === 'tacit'
  const days: TermDay[] = []
  for (let n = renews ? nextExpiryNumber(term, start, from < start ? start : from) - 1 : 0; ; n++) {
    const day = n < 0 ? null : renews ? expiry(term, start, n) : end
    if (day === null && n >= 0) break
    if (day === null) continue
    const notice = noticeDeadline(term, day)
    if ((notice ?? day) > to || (end !== null && day > end)) break
    const last = !renews || day === end
    if (notice !== null && !last && within(notice, from, to)) days.push({ kind: 'notice', day: notice })
    if (within(day, from, to)) days.push({ kind: last ? 'expiry' : 'renewal', day })
    if (last) break
  }
  return days.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
}

const within = (day: Day, from: Day, to: Day): boolean => from <= day && day <= to
