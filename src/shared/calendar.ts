import { Temporal } from 'temporal-polyfill'

/** A calendar day, `YYYY-MM-DD`, 0001-01-01 to 9999-12-31; days compare as text. */
export type Day = string

/** The day in UTC at this moment. */
export const todayInUtc = (): Day => new Date().toISOString().slice(0, 10)

/**
 * The day `months` later, or earlier when negative. Where the month is too short, its last day: 31 May less three
 * months is 28 or 29 February. Null beyond the calendar (0001 to 9999).
 */
export function addMonths(day: Day, months: number): Day | null {
  const from = Temporal.PlainDate.from(day)
  const year = Math.floor((from.year * 12 + from.month - 1 + months) / 12)
  return year < 1 || year > 9999 ? null : from.add({ months }).toString()
}

/** How many calendar months lie from the month of `from` to that of `to`; the days do not count. */
export function monthsBetween(from: Day, to: Day): number {
  const [a, b] = [Temporal.PlainDate.from(from), Temporal.PlainDate.from(to)]
  return (b.year - a.year) * 12 + b.month - a.month
}

/** Whether `text` is a day of the calendar, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
export function isDay(text: string): boolean {
  if (!/^[0-9]{4}-(?:0[1-9]|1[0-2])-[0-9]{2}$/.test(text)) return false
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  return year >= 1 && day >= 1 && day <= daysIn(year, month)
}

/** How many days a month has, 1 to 12. */
export const daysIn = (year: number, month: number): number => Temporal.PlainYearMonth.from({ year, month }).daysInMonth
