import { EdtfError, parseEdtf } from '../../shared/edtf.ts'
import { fold } from '../../shared/text.ts'
import { compileDayFormat, type DayFormat, type Parts } from './day-formats.ts'
import type { DayRule } from './text-schemas.ts'

/** Reads the days in a cell as EDTF. */
export interface DayReader {
  several: NonNullable<DayRule['several']>
  /** @param likeYear the year of the right century, if the rule names one */
  read: (cell: string, likeYear?: number) => ReadDays
  /** Whether a cell is one day. */
  fits: (cell: string) => boolean
}

interface ReadDays {
  /** In the order of the cell; more than one only when `several` is `each`. */
  days: string[]
  /** Why the cell has no day, with what would do. */
  problem?: { code: 'not_a_day' | 'several_days'; message: string; wouldDo: string }
  /** Whether the century was corrected. */
  corrected: boolean
}

const defaultFormats = ['yyyy-MM-dd', 'yyyy-MM', 'yyyy', 'edtf']
/** A cell with more characters has no days. */
const maxLength = 200
/** The largest number of a day in Excel: 9999-12-31. */
const lastSerial = 2_958_465

/** Thrown when a format cannot be used. */
export class DayFormatError extends Error {
  override name = 'DayFormatError'
  readonly index: number

  constructor(format: string, index: number) {
    super(
      `\`${format}\` is not a format of days. Use d, dd, M, MM, MMM, MMMM, yy and yyyy, each once, with a year; or excel, or edtf.`,
    )
    this.index = index
  }
}

/** @throws DayFormatError */
export function dayReaderOf(rule: Omit<DayRule, 'column'>): DayReader {
  const names = rule.formats ?? defaultFormats
  const months = monthNumbers(rule.language ?? 'en')
  const formats = names.flatMap((name, index) => {
    if (name === 'excel' || name === 'edtf') return []
    const format = compileDayFormat(name)
    if (!format) throw new DayFormatError(name, index)
    return [format]
  })
  const several = rule.several ?? 'refuse'
  const context: Context = {
    formats,
    months,
    several,
    isExcel: names.includes('excel'),
    isEdtf: names.includes('edtf'),
    tolerance: rule.century?.years ?? 50,
    written: names.map((name) => `\`${name}\``).join(', '),
  }
  return {
    several,
    read: (cell, likeYear) => readDays(cell.trim(), context, likeYear),
    fits: (cell) => cell.length <= maxLength && oneDay(cell.trim(), context) !== undefined,
  }
}

interface Context {
  formats: DayFormat[]
  months: Map<string, number>
  several: NonNullable<DayRule['several']>
  isExcel: boolean
  isEdtf: boolean
  /** Years. */
  tolerance: number
  /** The formats, for messages. */
  written: string
}

/** The names of the months, long and short, folded. @throws RangeError when the language is no BCP 47 tag */
function monthNumbers(language: string): Map<string, number> {
  const numbers = new Map<string, number>()
  for (const style of ['long', 'short'] as const) {
    const format = new Intl.DateTimeFormat(language, { month: style, day: 'numeric', timeZone: 'UTC' })
    for (let month = 1; month <= 12; month += 1) {
      const parts = format.formatToParts(Date.UTC(2000, month - 1, 1))
      const name = fold(parts.find(({ type }) => type === 'month')?.value ?? '').replace('.', '')
      numbers.set(name, month)
      if (name.length > 3 && !numbers.has(name.slice(0, 3))) numbers.set(name.slice(0, 3), month)
    }
  }
  return language.startsWith('en') ? numbers.set('sept', 9) : numbers
}

function readDays(cell: string, context: Context, likeYear?: number): ReadDays {
  let corrected = false
  const finish = (edtf: string): string => {
    const better = likeYear === undefined ? edtf : inCentury(edtf, likeYear, context.tolerance)
    corrected ||= better !== edtf
    return better
  }
  if (cell.length <= maxLength) {
    const one = oneDay(cell, context)
    if (one) return { days: [finish(one)], corrected }
    const all = severalDays(cell, context)?.map(finish)
    if (all) return chosen(all, context.several, corrected)
  }
  const message = `${JSON.stringify(cell.slice(0, 100))} is not a day as the mapping expects it${impossible(cell, context)}.`
  const wouldDo = `One of the formats ${context.written}; or add the format of this cell to the mapping, or the value to \`unknown\`.`
  return { days: [], corrected, problem: { code: 'not_a_day', message, wouldDo } }
}

function chosen(days: string[], several: Context['several'], corrected: boolean): ReadDays {
  const sorted = days.toSorted()
  const [first, last] = [sorted[0]!, sorted.at(-1)!]
  if (several === 'refuse') {
    const message = `The cell has several days: ${days.join(', ')}.`
    const wouldDo = 'One day; or say in the mapping what several days mean (`several`).'
    return { days: [], corrected, problem: { code: 'several_days', message, wouldDo } }
  }
  if (several === 'each') return { days, corrected }
  if (several === 'range') return { days: [first === last ? first : `${first}/${last}`], corrected }
  return { days: [several === 'first' ? first : last], corrected }
}

function oneDay(text: string, context: Context): string | undefined {
  for (const format of context.formats) {
    const edtf = edtfOf(format.read(text), context)
    if (edtf) return edtf
  }
  if (context.isExcel && /^[0-9]{1,7}(?:\.[0-9]{1,15})?$/.test(text)) return excelDay(Math.floor(Number(text)))
  return context.isEdtf && isEdtf(text) ? text : undefined
}

/** Divided by the words and signs between days; a part that a day lacks is that of its neighbour. */
function severalDays(cell: string, context: Context): string[] | undefined {
  const pieces = cell
    .split(/;|\||\n|&|\+|(?<!\p{L})(?:and|et|und|y)(?!\p{L})/iu)
    .map((piece) => piece.trim().replace(/,$/, ''))
  if (pieces.length < 2 || pieces.length > 20) return undefined
  for (const format of context.formats) {
    const parts = pieces.map((piece) => format.read(piece) ?? format.readPart(piece))
    const days = completed(parts).map((one) => edtfOf(one, context))
    if (days.every((day) => day !== undefined)) return days
  }
  return undefined
}

/** The year comes from the next day that has one, the month from the previous one, otherwise from the next. */
function completed(days: (Parts | undefined)[]): (Parts | undefined)[] {
  return days.map((one, index) => {
    if (!one) return undefined
    const others = [...days.slice(0, index).toReversed(), ...days.slice(index + 1)]
    const later = [...days.slice(index + 1), ...days.slice(0, index).toReversed()]
    const year = (one.year ?? one.shortYear) ? {} : partsLike(later, ['year', 'shortYear'])
    const month = (one.month ?? one.monthName) ? {} : partsLike(others, ['month', 'monthName'])
    return { ...year, ...month, ...one }
  })
}

function partsLike(days: (Parts | undefined)[], names: (keyof Parts)[]): Parts {
  const found = days.find((day) => day && names.some((name) => day[name]))
  return Object.fromEntries(names.flatMap((name) => (found?.[name] ? [[name, found[name]]] : [])))
}

/** Years of two digits are those from 1950 to 2049. */
function edtfOf(parts: Parts | undefined, { months }: Pick<Context, 'months'>): string | undefined {
  if (!parts) return undefined
  const short = parts.shortYear && `${Number(parts.shortYear) < 50 ? '20' : '19'}${parts.shortYear}`
  const month = parts.month ?? (parts.monthName && months.get(fold(parts.monthName)))
  if (parts.monthName && month === undefined) return undefined
  const two = (value: string | number): string => String(value).padStart(2, '0')
  const edtf = [parts.year ?? short, month && two(month), parts.day && two(parts.day)].filter(Boolean).join('-')
  return isEdtf(edtf) ? edtf : undefined
}

function isEdtf(text: string): boolean {
  try {
    return parseEdtf(text).value === text
  } catch (error) {
    if (error instanceof EdtfError) return false
    throw error
  }
}

/** Excel takes 1900 for a leap year, so day 60 does not exist. */
function excelDay(serial: number): string | undefined {
  if (serial < 1 || serial > lastSerial || serial === 60) return undefined
  const days = serial < 60 ? serial - 25_568 : serial - 25_569
  return new Date(days * 86_400_000).toISOString().slice(0, 10)
}

/** The day in the century nearest to `like`, if its year differs by more than `tolerance`. */
function inCentury(edtf: string, like: number, tolerance: number): string {
  const year = Number(edtf.slice(0, 4))
  if (!Number.isInteger(year) || Math.abs(year - like) <= tolerance) return edtf
  const near = year + 100 * Math.round((like - year) / 100)
  const better = String(near).padStart(4, '0') + edtf.slice(4)
  return Math.abs(near - like) <= tolerance && isEdtf(better) ? better : edtf
}

/** Why a text that has the form of a day is none: `June 1976 has 30 days`. */
function impossible(cell: string, context: Context): string {
  for (const { read } of context.formats) {
    const { year, month, day } = read(cell) ?? {}
    if (!year || !month || !day) continue
    try {
      parseEdtf(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`)
    } catch (error) {
      const [, reason] = /: (\w+ \d+ has \d+ days)\.$/.exec((error as Error).message) ?? []
      if (reason) return `: ${reason}`
    }
  }
  return ''
}
