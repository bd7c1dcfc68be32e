/** A calendar day, `YYYY-MM-DD`, 0001-01-01 to 9999-12-31; days can be compared as strings. */
export type Day = string

/** The day in the register's time zone: at an instant of PostgreSQL (RFC 3339), or now if there is none. */
export type Today = (instant?: string) => Day

/** Whether `name` is a time zone of the IANA database. An offset such as `+01:00` is none. */
export function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false
  try {
    dayIn(name)
    return true
  } catch {
    return false
  }
}

/** The day in `timeZone` at an instant, in milliseconds since 1970. @throws RangeError when there is no such zone */
export function dayIn(timeZone: string): (instant: number) => Day {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  return (instant) => {
    const parts = format.formatToParts(instant)
    const part = (type: 'year' | 'month' | 'day') => parts.find((one) => one.type === type)!.value
    return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`
  }
}

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
