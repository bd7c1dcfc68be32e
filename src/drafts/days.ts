import * as chrono from 'chrono-node'
import * as de from 'chrono-node/de'
import * as es from 'chrono-node/es'
import * as fr from 'chrono-node/fr'
import * as pt from 'chrono-node/pt'
import * as ru from 'chrono-node/ru'
import * as zh from 'chrono-node/zh'
import { isDay } from '../shared/calendar.ts'
import { addDays } from '../shared/durations.ts'
import type { Reading, Span } from './reading/reading.ts'
import type { Language } from './reading/language.ts'

/** A day, a month or a year that a text names. */
export interface DayFound extends Span {
  /** EDTF: `2019-10-27`, `2019-10`, `2019`, or an interval of two days. */
  date: string
  start: number
  end: number
  /** `told`: the text gives it with its year; `counted`: from the day of publication (`yesterday`, `on 3 May`). */
  basis: 'told' | 'counted'
}

const parsers: Partial<Record<Language, Pick<typeof chrono.casual, 'parse'>>> = {
  en: chrono.casual,
  fr: fr.casual,
  es: es.casual,
  de: de.casual,
  pt: pt.casual,
  ru: ru.casual,
  zh: zh.casual,
}

/** British texts write the day first where all is in digits; texts that do not are few and are told by a day over 12. */
const dayFirst = chrono.en.GB

/** Longer sentences are read up to here, in UTF-16 units: chrono takes time in proportion. */
const maxRead = 2000

/** A sentence without a digit and without one of these words has no day. */
const dayWords =
  /\d|today|yesterday|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|month|hier|aujourd|demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|ayer|hoy|ontem|hoje|segunda|ter[cç]a|quarta|quinta|sexta|ma[nñ]ana|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|gestern|heute|morgen|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|вчера|сегодня|понедельник|вторник|сред|четверг|пятниц|суббот|воскресенье|昨|今|明|어제|오늘/i

/**
 * The days of a sentence. Those that need one are counted from the day of publication; without it they are left out, and
 * `needsPublication` is true.
 */
export function daysIn(
  reading: Reading,
  sentence: Span,
  published: string | undefined,
): { days: DayFound[]; needsPublication: boolean } {
  const { start, end } = reading.place(sentence)
  const text = reading.text.slice(start, Math.min(end, start + maxRead)).replace(/\s/g, ' ')
  if (!dayWords.test(text)) return { days: [], needsPublication: false }
  const found = [
    ...numericIn(text, reading.language),
    ...koreanIn(text, published),
    ...parsed(text, reading.language, published),
  ]
  let needsPublication = false
  const days: DayFound[] = []
  for (const { from, to, date } of found) {
    if (days.some((day) => start + from < day.end && day.start < start + to)) continue
    if (date === undefined) {
      needsPublication = true
      continue
    }
    const span = reading.tokensIn(sentence, start + from, start + to)
    if (span) days.push({ ...span, start: start + from, end: start + to, ...date })
  }
  return { days: days.toSorted((a, b) => a.from - b.from), needsPublication }
}

interface Parsed {
  from: number
  to: number
  date: { date: string; basis: DayFound['basis'] } | undefined
}

const two = (number: number | string): string => String(number).padStart(2, '0')

/** Days that chrono does not read: Korean ones, ISO 8601, and `3 and 9 February 1998`. */
function numericIn(text: string, language: Language): Parsed[] {
  const told = (match: RegExpMatchArray, date: string): Parsed[] => {
    const days = date.split('/')
    if (!days.every((day) => /^\d{4}(?:-\d\d)?$/.test(day) || isDay(day))) return []
    return [{ from: match.index!, to: match.index! + match[0].length, date: { date, basis: 'told' } }]
  }
  const iso = [...text.matchAll(/\b(\d{4})-(\d\d)-(\d\d)\b/g)].flatMap((m) => told(m, `${m[1]}-${m[2]}-${m[3]}`))
  const east = [...text.matchAll(/(\d{4}) ?[년年] ?(?:(\d{1,2}) ?[월月] ?(?:(\d{1,2}) ?[일日])?)?/g)].flatMap((m) =>
    told(m, [m[1], m[2] && two(m[2]), m[3] && two(m[3])].filter(Boolean).join('-')),
  )
  const pairs =
    language === 'en' ? [...text.matchAll(/\b(\d{1,2})(?: and | & |–|-)(\d{1,2}) ([A-Z][a-z]{2,8}),? (\d{4})\b/g)] : []
  const spans = pairs.flatMap((m) => {
    const month = monthOf(m[3]!)
    return month ? told(m, `${m[4]}-${two(month)}-${two(m[1]!)}/${m[4]}-${two(month)}-${two(m[2]!)}`) : []
  })
  return [...iso, ...spans, ...east]
}

/** `10월 23일` and `23일`, of the year and the month of publication or before; `3일간` (for three days) is none. */
function koreanIn(text: string, published: string | undefined): Parsed[] {
  return [...text.matchAll(/(?<!\d)(?:(\d{1,2})월 ?)?(\d{1,2})일(?![간\p{N}])/gu)].flatMap((match): Parsed[] => {
    const [words, month, day] = match
    const [from, to] = [match.index, match.index + words.length]
    if (/년 ?$/.test(text.slice(Math.max(0, from - 3), from))) return []
    if (published === undefined) return [{ from, to, date: undefined }]
    const [year, ofMonth] = [published.slice(0, 4), month ? two(month) : published.slice(5, 7)]
    const date = `${year}-${ofMonth}-${two(day!)}`
    return isDay(date) ? [{ from, to, date: { date: nearest(date, published), basis: 'counted' } }] : []
  })
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const monthOf = (name: string): number => months.indexOf(name.slice(0, 3).toLowerCase()) + 1

function parsed(text: string, language: Language, published: string | undefined): Parsed[] {
  const parser = parsers[language] ?? (/\d\/\d/.test(text) ? dayFirst : chrono.casual)
  const reference = new Date(`${published ?? '2000-01-01'}T12:00:00Z`)
  const results = parser.parse(text, { instant: reference, timezone: 0 })
  return [...results.flatMap((result) => partsOf(result, published)), ...yearsIn(text)]
}

/** Words after which a number of four digits is a year. */
const beforeYear = /(?:\b(?:in|since|of|from|en|em|de|depuis|desde|seit|im Jahr|année|año|jahr)|с|в) $/i

/** Years that stand alone, such as `in 2016` and `the 2010 agreement`. */
const yearsIn = (text: string): Parsed[] =>
  [...text.matchAll(/\b(1[6-9]\d\d|20\d\d)\b/g)].flatMap((match) => {
    const isYear =
      beforeYear.test(text.slice(Math.max(0, match.index - 12), match.index)) ||
      /^ (?:[A-Za-z]+ )?(?:agreement|treaty|convention|accord|memorandum|pact|protocol)/i.test(
        text.slice(match.index + 4, match.index + 30),
      )
    return isYear ? [{ from: match.index, to: match.index + 4, date: { date: match[1]!, basis: 'told' as const } }] : []
  })

function partsOf({ index, text: words, start, end }: chrono.ParsedResult, published: string | undefined): Parsed[] {
  const [from, to] = [index, index + words.length]
  if (/^(?:now|at|may|march|sun|sat|mon|second|this|jetzt|mar|mai|ahora|maintenant)$/i.test(words.trim())) return []
  if (/^[\d\s.,:]+$/.test(words) && !/\d[./]\d{1,2}[./]\d{2,4}/.test(words)) return []
  const date = dateOf(start, published, words)
  if (date === null) return []
  if (date !== undefined && end && end.isCertain('day')) {
    const last = dateOf(end, published, words)
    if (last && last.date > date.date)
      return [{ from, to, date: { date: `${date.date}/${last.date}`, basis: date.basis } }]
  }
  return [{ from, to, date }]
}

/** Words that count a day from that of publication; others, such as `within 30 days`, count from something else. */
const countedWords =
  /today|tonight|this (?:morning|afternoon|evening)|yesterday|hier|aujourd|hoy|ayer|hoje|ontem|heute|gestern|сегодня|вчера|今天|昨天|今日|昨日/i

/** The date of a result; undefined when it needs a day of publication, null when it is none. */
function dateOf(
  components: chrono.ParsedComponents,
  published: string | undefined,
  words: string,
): { date: string; basis: DayFound['basis'] } | undefined | null {
  const has = (part: 'year' | 'month' | 'day' | 'weekday') => components.isCertain(part)
  const year = components.get('year') ?? 0
  if (year < 1 || year > 9999) return null
  const month = `${String(year).padStart(4, '0')}-${two(components.get('month') ?? 1)}`
  const day = `${month}-${two(components.get('day') ?? 1)}`
  if (!isDay(day)) return null
  const isCounted = !has('year') || !new RegExp(`${year}|\\d[./-]${two(year % 100)}\\b`).test(words)
  if (!isCounted) return { date: has('day') ? day : has('month') ? month : String(year), basis: 'told' }
  const isByWord = countedWords.test(words)
  if (!isByWord && !has('weekday') && !/\d/.test(words)) return null
  if (!isByWord && has('year') && !has('weekday')) return null
  if (published === undefined) return has('day') || has('month') || has('weekday') ? undefined : null
  if (!isByWord && has('weekday') && !has('month'))
    return { date: lastWeekday(components.get('weekday') ?? 0, published), basis: 'counted' }
  if (has('day')) return { date: nearest(day, published), basis: 'counted' }
  return has('month') ? { date: month, basis: 'counted' } : null
}

/** The last such day of the week on or before a day: news tell of what was. 0 is Sunday. */
function lastWeekday(weekday: number, day: string): string {
  const back = (new Date(`${day}T12:00:00Z`).getUTCDay() - weekday + 7) % 7
  return addDays(day, -back) ?? day
}

/** The year in which a day without one is nearest to the day of publication. */
function nearest(day: string, published: string): string {
  const distance = (one: string) => Math.abs(Date.parse(one) - Date.parse(published))
  const years = [-1, 0, 1].map(
    (step) => `${String(Number(published.slice(0, 4)) + step).padStart(4, '0')}${day.slice(4)}`,
  )
  const fitting = [day, ...years].filter(isDay)
  return fitting.toSorted((a, b) => distance(a) - distance(b))[0] ?? day
}
