/** `memorandum_of_understanding` as `Memorandum of understanding`. */
export function inWords(code: string): string {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** A day, month or year of EDTF as people write it: `2016-04-01` as `1 April 2016`. Anything less simple stays as it is. */
export function dayInWords(text: string): string {
  const [, year, month, day, doubt] = /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-([0-3]\d))?)?([?~%]?)$/.exec(text) ?? []
  if (year === undefined) return text
  const words = [day && String(Number(day)), month && months[Number(month) - 1], year].filter(Boolean).join(' ')
  return doubt ? `${words} (${doubts[doubt]})` : words
}

const doubts: Record<string, string> = { '?': 'uncertain', '~': 'approximate', '%': 'uncertain and approximate' }

/** An instant of RFC 3339 in UTC, to the minute, in short: `2026-01-01T09:00:00.000Z` as `2026-01-01 09:00`. */
export const instantInDigits = (instant: string): string => instant.slice(0, 16).replace('T', ' ')

/** An instant of RFC 3339, to the minute: `1 November 2024, 00:00 UTC`. */
export function instantInWords(instant: string): string {
  const utc = new Date(instant).toISOString()
  return `${dayInWords(utc.slice(0, 10))}, ${utc.slice(11, 16)} UTC`
}

const plurals = new Intl.PluralRules('en', { type: 'ordinal' })
const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' }

/** `13th`. */
export const ordinal = (number: number): string => `${grouped(number)}${endings[plurals.select(number)] ?? 'th'}`

/** `1,234`. */
export const grouped = (count: number): string => count.toLocaleString('en-GB')

/** `1 agreement`, `1,234 agreements`. */
export const counted = (count: number, what: string, several = `${what}s`): string =>
  `${grouped(count)} ${count === 1 ? what : several}`

/** `a, b and c`. */
export const listed = (texts: string[]): string =>
  texts.length < 2 ? texts.join() : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`

const units: Record<string, string> = { Y: 'year', M: 'month', W: 'week', D: 'day' }

/** A duration of ISO 8601 in years, months, weeks and days: `P1Y6M` as `1 year and 6 months`. */
export const durationInWords = (duration: string): string =>
  listed([...duration.matchAll(/(\d{1,6})([YMWD])/g)].map(([, count, unit]) => counted(Number(count), units[unit!]!)))
