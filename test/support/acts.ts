import type { StatusPeriod } from '../../src/agreements/time/status.ts'
import type { Act, LifecycleEvent, Span, Term } from '../../src/agreements/time/lifecycle.ts'
import * as timelines from '../../src/agreements/time/timeline.ts'
import { parseEdtf } from '../../src/shared/edtf.ts'

const span = (edtf: string): Span => {
  const { firstDay, lastDay } = parseEdtf(edtf)
  return { text: edtf, firstDay, lastDay, exact: firstDay === edtf && lastDay === edtf }
}

/** A preferred act, of the whole agreement and for the first time by default. */
export const act = (
  event: LifecycleEvent,
  date: string,
  { effective, ...over }: Partial<Omit<Act, 'effective'>> & { effective?: string } = {},
): Act => ({
  event,
  signatory: null,
  occurrence: 1,
  date: span(date),
  effective: effective === undefined ? null : span(effective),
  preferred: true,
  ...over,
})

/** A term of `months` months. */
export const term = (months: number | null, renewal: Term['renewal'], over: Partial<Term> = {}): Term => ({
  months,
  renewal,
  renewalMonths: null,
  noticeMonths: null,
  ...over,
})

/** The status on a day, and the next day on which it changes. */
export function statusOn(acts: Act[], of: Term | null, day: string) {
  const timeline = timelines.timelineOf({ acts, term: of })
  return { ...timelines.statusOn(timeline, day), changesOn: timelines.changesAfter(timeline, day) }
}

export const periods = (acts: Act[], of: Term | null): StatusPeriod[] =>
  timelines.timelineOf({ acts, term: of }).periods

export const occurrences = (acts: Act[], of: Term | null, from: string, to: string): timelines.Occurrence[] =>
  timelines.occurrences(timelines.timelineOf({ acts, term: of }), from, to)

/** Periods as short texts: `in_force 2001-01-01..2005-01-01`, with the act that ended it, and `~` when approximate. */
export const shortPeriods = (acts: Act[], of: Term | null = null): string[] =>
  periods(acts, of).map(
    ({ status, from, until, endedBy, approximate }) =>
      `${status} ${from ?? ''}..${until ?? ''}${endedBy ? ` ${endedBy}` : ''}${approximate ? ' ~' : ''}`,
  )
