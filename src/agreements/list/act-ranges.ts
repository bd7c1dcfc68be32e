import type { Day } from '../../shared/calendar.ts'
import { type LifecycleEvent, lifecycleEvents } from '../time/lifecycle.ts'

/** The days from the first to the last, both included; null where it is open. */
interface Days {
  firstDay: Day | null
  lastDay: Day | null
}

/**
 * The days of acts as PostgreSQL reads an `int4multirange`, each act on a line of its own: the days of the `n`th of
 * `lifecycleEvents` are `n × 10,000,000` and the days since 2000-01-01; an open end is 4,000,000 days away. So one
 * range tells which acts were when, and one operator compares it with a filter.
 */
export const actDays = (acts: readonly (Days & { event: LifecycleEvent })[]): string =>
  `{${acts.map(({ event, firstDay, lastDay }) => `[${at(event, firstDay, -open)},${at(event, lastDay, open)}]`).join(',')}}`

/** The line of an act, by its number. */
export const lineOf = (event: LifecycleEvent): number => lifecycleEvents.indexOf(event)

const apart = 10_000_000
const open = 4_000_000

const at = (event: LifecycleEvent, day: Day | null, otherwise: number): number =>
  lineOf(event) * apart + (day === null ? otherwise : (Date.parse(day) - Date.UTC(2000, 0)) / 86_400_000)
