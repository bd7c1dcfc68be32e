import { daysIn, isDay } from './calendar.ts'

/** A date in EDTF level 1 (ISO 8601-2:2019), with the days that it can mean. */
export interface Edtf {
  /** Exactly as given. */
  value: string
  /** The first possible day, `YYYY-MM-DD`; null when open or unknown. A sentinel such as `9999` has neither day. */
  firstDay: string | null
  /** The last possible day, `YYYY-MM-DD`, inclusive; null when open or unknown. */
  lastDay: string | null
  /** False only for one exact, certain day. */
  approximate: boolean
}

/** Why a text is not a date. `rule` is set when the text has the right shape but breaks a rule. */
export class EdtfError extends Error {
  override name = 'EdtfError'
  readonly rule: string | undefined

  constructor(message: string, rule?: string) {
    super(message)
    this.rule = rule
  }
}

/** Longer texts are not parsed; the longest valid one, an interval, has 23 characters. */
const maxLength = 40

const years = '(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])'
const leapYears = '(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)'
const months = '(?:0[1-9]|1[0-2])'
const shortDays = '(?:0[1-9]|1[0-9]|2[0-8])'
const days = `(?:${months}(?:-${shortDays})?|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)`
const dates = `(?:${years}(?:-${days})?|${leapYears}-02-29)[?~%]?`
const intervals = `${dates}/(?:${dates}|\\.\\.)?|(?:\\.\\.)?/${dates}`
const unspecifiedDates = `${years}-(?:XX(?:-XX)?|${months}-XX)|[0-9]{2}XX|[0-9]{3}X`
const seasons = `${years}-2[1-4]`

/**
 * The pattern of all accepted dates, for the OpenAPI document: linear and without lookaround. It does not exclude an
 * interval that ends before it starts, or whose days are all unknown.
 */
export const edtfPattern = `^(?:${dates}|${intervals}|${unspecifiedDates}|${seasons})$`
const shape = new RegExp(edtfPattern)

/**
 * Parses a date in EDTF level 1: `2019-10-23`, `2019-10`, `2019`, each also with `?`, `~` or `%`; `201X`, `20XX`,
 * `2019-XX`, `2019-XX-XX`, `2019-10-XX`; seasons; intervals, open (`2019/..`) or with an unknown end (`2019/`).
 *
 * Restricted in three ways: days only, no time of day; years 0001 to 9999, since PostgreSQL has no year 0000; an interval
 * must have a start or an end. A qualifier does not change the bounds, because EDTF does not say by how much.
 *
 * A season can mean any day of its year, because 21 to 24 do not specify a hemisphere or when spring begins. Registers
 * use the year 9999 for an unknown end: such a value is stored, but has no days.
 * @throws EdtfError
 */
export function parseEdtf(text: string): Edtf {
  const { first, last } = isDay(text) ? { first: text, last: text } : parseDays(text)
  if (first !== null && last !== null && last < first) {
    throw new EdtfError(`The end of ${text} is before its start.`, 'ends_before_it_begins')
  }
  const [firstDay, lastDay] = [known(first), known(last)]
  if (firstDay === null && lastDay === null && text.includes('/')) {
    throw new EdtfError(`${text} must have a start or an end.`, 'no_ends')
  }
  return { value: text, firstDay, lastDay, approximate: firstDay !== text }
}

/** First and last day, inclusive; null when open or unknown. */
interface Days {
  first: string | null
  last: string | null
}

/** The days of a date that is not a plain day. @throws EdtfError */
function parseDays(text: string): Days {
  if (text.length > maxLength) throw new EdtfError(`A date must be at most ${maxLength} characters.`)
  refuseImpossible(text)
  if (!shape.test(text)) throw new EdtfError(`${JSON.stringify(text)} is not a valid date: ${reasonAgainst(text)}.`)
  const [from = '', to = from] = text.split('/')
  return { first: daysOf(from).first, last: daysOf(to).last }
}

/** The days of a valid date, or of one end of an interval. A season is treated like an unknown month. */
function daysOf(point: string): Days {
  if (point === '' || point === '..') return { first: null, last: null }
  const [year = '', month = 'XX', day = 'XX'] = point.replace(/[?~%]$/, '').split('-')
  const isMonth = month <= '12'
  const [firstYear, lastYear] = [year.replaceAll('X', '0'), year.replaceAll('X', '9')]
  if (!isMonth) return { first: `${firstYear === '0000' ? '0001' : firstYear}-01-01`, last: `${lastYear}-12-31` }
  if (day !== 'XX') return { first: `${year}-${month}-${day}`, last: `${year}-${month}-${day}` }
  return { first: `${year}-${month}-01`, last: `${year}-${month}-${daysIn(Number(year), Number(month))}` }
}

const known = (day: string | null): string | null => (day === null || day >= '9999' ? null : day)

/** Refuses days that do not exist, and the year 0000, with a specific reason. @throws EdtfError */
function refuseImpossible(text: string): void {
  if (/(?:^|\/)0000/.test(text)) {
    throw new EdtfError(
      `${JSON.stringify(text)} is not a valid date: there is no year 0000. Omit a date that is unknown.`,
    )
  }
  for (const [day] of text.matchAll(/(?<![0-9])[0-9]{4}-(?:0[1-9]|1[0-2])-[0-9]{2}(?![0-9])/g)) {
    if (isDay(day)) continue
    const [year = 0, month = 0] = day.split('-').map(Number)
    throw new EdtfError(`${day} is not a day: ${monthNames[month - 1]} ${year} has ${daysIn(year, month)} days.`)
  }
}

const monthNames = 'January February March April May June July August September October November December'.split(' ')

const reasonAgainst = (text: string): string =>
  reasons.find(([mistake]) => mistake.test(text))?.[1] ??
  'it must be EDTF level 1, such as 2019-10-23, 2019-10, 2019, 2019-10-23? or 2012-05-03/2012-05-11'

/** The first match is reported. */
const reasons: [mistake: RegExp, reason: string][] = [
  [/^$/, 'it must not be empty'],
  [/[\s\p{Cc}]/u, 'it must not contain spaces or control characters; write the year first, as in 2019-10-23'],
  [/(?![0-9])\p{Nd}/u, 'digits must be 0 to 9'],
  [/[0-9]T/, 'it must not contain a time of day'],
  [/(?:^|\/)[Y+-]/, 'years must be 0001 to 9999, without a sign or a Y'],
  [/[[\]{}]/, 'sets of days (EDTF level 2) are not supported; use an interval, or one date for each day'],
  [/^(?:\.\.)?\/(?:\.\.)?$/, 'an interval must have a start or an end'],
  [/^[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{4}$/, 'the year must come first, as in 2019-10-23'],
  [/^[0-9]{4}([./])[0-9]{1,2}\1[0-9]{1,2}$/, 'year, month and day must be joined by hyphens, as in 2019-10-23'],
  [/^[^/]+\.\.|\.\.[^/]+$/, 'the start and the end of an interval must be joined by a slash, as in 1981-09/1981-10'],
  [/\/.*\//, 'an interval must have exactly one slash'],
  [/[0-9X]-(?:$|[-/?~%])/, 'nothing follows a hyphen'],
  [/[?~%](?!$|\/)/, 'only one qualifier (?, ~ or %) is allowed, at the end of a date'],
  [/[-0-9xu][xu]/, 'an unspecified digit must be a capital X'],
  [/XXX/, 'the year is unknown; omit a date that is unknown'],
  [/X.*\/|\/.*X|X[?~%]/, 'X must not be combined with an interval or a qualifier (EDTF level 1)'],
  [/X/, 'X may replace only the rightmost digits, as in 201X, 2019-XX, 2019-XX-XX or 2019-10-XX (EDTF level 1)'],
  [/[0-9]-2[1-4](?![0-9])/, 'a season must not be combined with a day, an interval or a qualifier (EDTF level 1)'],
  [/(?:^|\/)[0-9]{4}-(?:00|1[3-9]|[2-9][0-9])(?![0-9])/, 'months must be 01 to 12, and seasons 21 to 24'],
  [/^[0-9]+(?:-[0-9]+)*[?~%]?$/, 'a year must have four digits, a month and a day two, as in 1953-05-05'],
]
