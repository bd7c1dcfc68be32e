import type { Day } from '../../shared/calendar.ts'
import { type LifecycleEvent, lifecycleEvents } from '../time/lifecycle.ts'

/** A period, both bounds inclusive; null where open. */
interface Days {
  firstDay: Day | null
  lastDay: Day | null
}

/**
 * The days of acts as an `int4multirange` literal, so that one operator can match acts and days. A day of the `n`th of
 * `lifecycleEvents` is `n × 10,000,000` plus the number of days since 2000-01-01; an open end is 4,000,000 days away.
 */
export const actDays = (acts: readonly (Days & { event: LifecycleEvent })[]): string =>
  `{${acts.map(({ event, firstDay, lastDay }) => `[${at(event, firstDay, -openEnd)},${at(event, lastDay, openEnd)}]`).join(',')}}`

/** The number of an act in `act_spans`. */
export const lineOf = (event: LifecycleEvent): number => lifecycleEvents.indexOf(event)

const daysPerAct = 10_000_000
const openEnd = 4_000_000

const at = (event: LifecycleEvent, day: Day | null, otherwise: number): number =>
  lineOf(event) * daysPerAct + (day === null ? otherwise : (Date.parse(day) - Date.UTC(2000, 0)) / 86_400_000)
