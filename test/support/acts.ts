import type { StatusPeriod } from '../../src/agreements/time/status.ts'
import type { Act, LifecycleEvent, Span, Term } from '../../src/agreements/time/lifecycle.ts'
import * as timelines from '../../src/agreements/time/timeline.ts'
import type { Duration } from '../../src/shared/durations.ts'
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
  party: over.signatory ?? null,
  side: over.signatory ? (over.signatory === 'US' ? 1 : 2) : null,
  occurrence: 1,
  date: span(date),
  effective: effective === undefined ? null : span(effective),
  preferred: true,
  extension: null,
  term: null,
  ...over,
})

interface Months {
  renewalMonths: number | null
  noticeMonths: number | null
}

const monthly = (months: number | null): Duration | null => (months === null ? null : { months, days: 0 })

const atEnd = { none: 'ends', tacit: 'renews', express: 'extended_if_agreed', indefinite: 'open_ended' } as const

/** A term of `months` months from the entry into force. Notice is that before a renewal if it renews itself. */
export function term(months: number | null, renewal: keyof typeof atEnd, over: Partial<Months> = {}): Term {
  const { renewalMonths = null, noticeMonths = null } = over
  const isTacit = renewal === 'tacit'
  return {
    ...unlimited,
    length: monthly(months),
    atEnd: atEnd[renewal],
    renewal: { length: monthly(renewalMonths), most: null, notice: isTacit ? monthly(noticeMonths) : null },
    exit: isTacit ? null : { notice: monthly(noticeMonths), from: 'any', takesEffect: 'at_once' },
  }
}

/** A term of which nothing is known. */
export const unlimited: Term = {
  runsFrom: 'entry_into_force',
  length: null,
  lastDay: null,
  atEnd: null,
  renewal: null,
  exit: null,
  sunset: null,
}

const unitedStatesAndKorea = [
  { id: 'US', side: 1, isSuccessor: false },
  { id: 'KR', side: 2, isSuccessor: false },
]

/** The timeline of a binding agreement between the United States and Korea. */
export const lifeOf = (acts: readonly Act[], of: Term | null, over: Partial<timelines.Life> = {}): timelines.Timeline =>
  timelines.timelineOf({
    acts,
    term: of,
    entryIntoForce: null,
    parties: unitedStatesAndKorea,
    isBinding: true,
    statements: [],
    ends: [],
    ...over,
  })

/** The status on a day, and the next day on which it changes. */
export function statusOn(acts: Act[], of: Term | null, day: string) {
  const timeline = lifeOf(acts, of)
  return { ...timelines.statusOn(timeline, day), changesOn: timelines.changesAfter(timeline, day) }
}

const periods = (acts: Act[], of: Term | null): StatusPeriod[] => lifeOf(acts, of).periods

export const occurrences = (acts: Act[], of: Term | null, from: string, to: string): timelines.Occurrence[] =>
  timelines.occurrences(lifeOf(acts, of), from, to)

/** Periods as short texts: `in_force 2001-01-01..2005-01-01`, with the act that ended it, and `~` when approximate. */
export const shortPeriods = (acts: Act[], of: Term | null = null): string[] =>
  periods(acts, of).map(
    ({ status, from, until, endedBy, approximate }) =>
      `${status} ${from ?? ''}..${until ?? ''}${endedBy ? ` ${endedBy}` : ''}${approximate ? ' ~' : ''}`,
  )
