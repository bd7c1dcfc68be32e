import type { Day } from '../../shared/calendar.ts'
import { daysBetween, type Duration, meanMonth, minus, plus } from '../../shared/durations.ts'
import type { DueKind } from './lifecycle.ts'

/**
 * Days at regular intervals: the `n`th is `months + n × every` months and then `days + n × everyDays` days after `start`,
 * minus `back` months and then `backDays` days. Always counted from the start, never from the previous day: the 31st stays
 * the 31st.
 */
export interface Series {
  kind: DueKind
  start: Day
  months: number
  days: number
  every: number
  everyDays: number
  back: number
  backDays: number
  /** The numbers of its first and its last day, inclusive. */
  first: number
  last: number
}

/** A single day. */
export const once = (kind: DueKind, start: Day): Series => ({
  kind,
  start,
  months: 0,
  days: 0,
  every: 1,
  everyDays: 0,
  back: 0,
  backDays: 0,
  first: 0,
  last: 0,
})

/** By how many days a mean interval can differ from the exact one: the lengths of months, leap years, short months. */
const slack = 8

const inDays = ({ months, days }: Duration): number => months * meanMonth + days

const interval = ({ every, everyDays }: Series): number => inDays({ months: every, days: everyDays })

/** Where `day` is in a series, counted in intervals from its day number 0, by mean months. */
const placeOf = (series: Series, day: Day): number => {
  const { start, months, days, back, backDays } = series
  return (daysBetween(start, day) - inDays({ months: months - back, days: days - backDays })) / interval(series)
}

/** The `n`th day of a series; null outside the years 0001 to 9999. */
export function dayOf({ start, months, days, every, everyDays, back, backDays }: Series, n: number): Day | null {
  const day = plus(start, { months: months + n * every, days: days + n * everyDays })
  return day === null ? null : minus(day, { months: back, days: backDays })
}

/** The smallest number, from `first` on, whose day is `day` or later; the day can be outside the calendar. */
export function numberFrom(series: Series, day: Day): number {
  const margin = slack / interval(series)
  let n = Math.max(series.first, Math.floor(placeOf(series, day) - margin))
  for (let at = dayOf(series, n); at !== null && at < day; at = dayOf(series, n)) n += 1
  return n
}

/** The number of the last day in the calendar; -1 if none. */
export function lastInCalendar(series: Series): number {
  const margin = slack / interval(series)
  let n = Math.ceil(placeOf(series, '9999-12-31') + margin)
  while (n >= 0 && dayOf(series, n) === null) n -= 1
  return n
}

/** The numbers of the days of a series from `from` to `to`, inclusive. The cost does not depend on the age of the series. */
export function numbersWithin(series: Series, from: Day, to: Day): number[] {
  const margin = slack / interval(series)
  const min = Math.max(series.first, Math.floor(placeOf(series, from) - margin))
  const max = Math.min(series.last, Math.ceil(placeOf(series, to) + margin))
  return Array.from({ length: Math.max(0, max - min + 1) }, (_, i) => min + i).filter((n) => {
    const day = dayOf(series, n)
    return day !== null && from <= day && day <= to
  })
}
