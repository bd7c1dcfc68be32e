/** A calendar day, `YYYY-MM-DD`, 0001-01-01 to 9999-12-31; days can be compared as strings. */
export type Day = string

/** Today in UTC. */
export const todayInUtc = (): Day => new Date().toISOString().slice(0, 10)

/**
 * The day `months` later, or earlier if negative. If the month is too short, its last day: 31 May minus three months is
 * 28 or 29 February. Null outside the years 0001 to 9999.
 */
export function addMonths(day: Day, months: number): Day | null {
  const all = monthOf(day) + months
  const year = Math.floor(all / 12)
  const month = all - 12 * year + 1
  if (year < 1 || year > 9999) return null
  const last = daysIn(year, month)
  const within = Number(day.slice(8)) > last ? String(last) : day.slice(8)
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${within}`
}

/** Number of calendar months from the month of `from` to the month of `to`; days are ignored. */
export const monthsBetween = (from: Day, to: Day): number => monthOf(to) - monthOf(from)

/** The number of the month of a day, counted from January of the year 0. */
const monthOf = (day: Day): number => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1

/** Whether `text` is a calendar day, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
export function isDay(text: string): boolean {
  if (!/^[0-9]{4}-(?:0[1-9]|1[0-2])-[0-9]{2}$/.test(text)) return false
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  return year >= 1 && day >= 1 && day <= daysIn(year, month)
}

/** Number of days in a month (1 to 12) of the proleptic Gregorian calendar. */
export const daysIn = (year: number, month: number): number => {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}
