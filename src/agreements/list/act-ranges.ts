import type { Day } from '../../shared/calendar.ts'
import type { LifecycleEvent } from '../time/lifecycle.ts'

/** A period, both bounds inclusive; null where open. */
interface Days {
  firstDay: Day | null
  lastDay: Day | null
}

/**
 * The days of acts as an `int4multirange` literal, so that one operator can match acts and days. A day of an act with the
 * number `n` is `n × 10,000,000` plus the number of days since 2000-01-01; an open end is 4,000,000 days away.
 */
export const actDays = (acts: readonly (Days & { event: LifecycleEvent })[]): string =>
  `{${acts.map(({ event, firstDay, lastDay }) => `[${at(event, firstDay, -openEnd)},${at(event, lastDay, openEnd)}]`).join(',')}}`

/** The number of each act. It is stored, so it never changes; a new act gets the next one, whatever its place in the order. */
const numbers: Record<LifecycleEvent, number> = {
  negotiation_started: 0,
  initialled: 1,
  adopted: 2,
  signed: 3,
  signed_definitively: 4,
  notes_exchanged: 5,
  ratified: 6,
  accepted: 7,
  approved: 8,
  acceded: 9,
  succeeded: 10,
  notified_completion: 11,
  provisionally_applied: 12,
  entered_into_force: 13,
  registered: 14,
  reserved: 15,
  declared: 16,
  amended: 17,
  extended: 18,
  suspended: 19,
  resumed: 20,
  denounced: 21,
  withdrawn: 22,
  expired: 23,
  superseded: 24,
  terminated: 25,
  corrected: 26,
  instruments_exchanged: 27,
  denunciation_revoked: 28,
}

/** The number of an act in `act_spans`. */
export const lineOf = (event: LifecycleEvent): number => numbers[event]

const daysPerAct = 10_000_000
const openEnd = 4_000_000

const at = (event: LifecycleEvent, day: Day | null, otherwise: number): number =>
  lineOf(event) * daysPerAct + (day === null ? otherwise : (Date.parse(day) - Date.UTC(2000, 0)) / 86_400_000)
