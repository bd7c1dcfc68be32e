import { periods } from '../../src/agreements/time/status.ts'
import type { Act, LifecycleEvent, Span, Term } from '../../src/agreements/time/lifecycle.ts'
import { parseEdtf } from '../../src/shared/edtf.ts'

const span = (edtf: string): Span => {
  const { firstDay, lastDay } = parseEdtf(edtf)
  return { firstDay, lastDay, exact: firstDay === edtf && lastDay === edtf }
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

/** Periods as short texts: `in_force 2001-01-01..2005-01-01`, with the act that ended it, and `~` when approximate. */
export const shortPeriods = (acts: Act[], of: Term | null = null): string[] =>
  periods(acts, of).map(
    ({ status, from, until, endedBy, approximate }) =>
      `${status} ${from ?? ''}..${until ?? ''}${endedBy ? ` ${endedBy}` : ''}${approximate ? ' ~' : ''}`,
  )
