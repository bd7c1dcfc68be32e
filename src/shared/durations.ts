import { addMonths, type Day, daysIn } from './calendar.ts'

/** A duration of calendar months (years included) and days (weeks included); the months are counted first. */
export interface Duration {
  months: number
  days: number
}

const iso = /^P(?=[0-9])(?:([0-9]{1,6})Y)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})W)?(?:([0-9]{1,6})D)?$/
const words = /^([0-9]{1,6}) ?([Yy]ear|[Mm]onth|[Ww]eek|[Dd]ay)s?$/

/** The pattern of all accepted texts, for the OpenAPI document. It includes `P` alone, which is refused. */
export const durationPattern =
  '^(?:P(?:[0-9]{1,6}Y)?(?:[0-9]{1,6}M)?(?:[0-9]{1,6}W)?(?:[0-9]{1,6}D)?|[0-9]{1,6} ?(?:[Yy]ear|[Mm]onth|[Ww]eek|[Dd]ay)s?)$'

/** An ISO 8601 duration for words such as `5 years` or `90 days`; any other text is returned unchanged. */
export function isoDuration(text: string): string {
  const [, number, unit] = words.exec(text) ?? []
  return number === undefined ? text : `P${Number(number)}${unit![0]!.toUpperCase()}`
}

/** The duration that an ISO 8601 text of years, months, weeks and days means; undefined for any other text. */
export function parseDuration(text: string): Duration | undefined {
  const parts = iso.exec(text)
  if (!parts) return undefined
  const [years = 0, months = 0, weeks = 0, days = 0] = parts.slice(1).map((digits) => Number(digits ?? 0))
  return { months: 12 * years + months, days: 7 * weeks + days }
}

/** The longest accepted duration: a thousand years. */
const longest = { months: 12_000, days: 365_250 }

export const isTooLong = ({ months, days }: Duration): boolean => months > longest.months || days > longest.days

const dayLength = 86_400_000

/** The day `days` later, or earlier if negative. Null outside the years 0001 to 9999. */
export function addDays(day: Day, days: number): Day | null {
  if (days === 0) return day
  const text = new Date(Date.parse(day) + days * dayLength).toISOString()
  return /^[0-9]{4}-/.test(text) && !text.startsWith('0000') ? text.slice(0, 10) : null
}

/** Number of days from `from` to `to`. */
export const daysBetween = (from: Day, to: Day): number => (Date.parse(to) - Date.parse(from)) / dayLength

/** The day after a duration. If the month is too short, its last day; null outside the years 0001 to 9999. */
export function plus(day: Day, { months, days }: Duration): Day | null {
  const later = addMonths(day, months)
  return later === null ? null : addDays(later, days)
}

/** The day before a duration: 90 days before 1 May 2027 is 31 January. Null outside the years 0001 to 9999. */
export const minus = (day: Day, { months, days }: Duration): Day | null => plus(day, { months: -months, days: -days })

/** The last day of the month of a day. */
export const endOfMonth = (day: Day): Day =>
  `${day.slice(0, 8)}${daysIn(Number(day.slice(0, 4)), Number(day.slice(5, 7)))}`

/** Mean length of a month in the Gregorian calendar, in days. */
export const meanMonth = 146_097 / 4800
