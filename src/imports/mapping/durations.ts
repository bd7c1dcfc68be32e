import { fold } from '../../shared/text.ts'

const units: [unit: 'Y' | 'M' | 'W' | 'D', words: RegExp][] = [
  ['Y', /^(?:years?|yrs?|y|ans?|annees?|anos?|jahre?|jahren)$/],
  ['M', /^(?:months?|mos?|mois|mes|meses|monate?|monaten)$/],
  ['W', /^(?:weeks?|semaines?|semanas?|wochen?)$/],
  ['D', /^(?:days?|jours?|dias?|tage?|tagen)$/],
]
const numbers =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' ',
  )
const tens = new Map(Object.entries({ a: 1, an: 1, thirty: 30, forty: 40, fifty: 50, sixty: 60, ninety: 90 }))
const unitLetters = { years: 'Y', months: 'M', weeks: 'W', days: 'D' } as const

/**
 * A duration as ISO 8601 of years, months, weeks and days: `5 years`, `one year and six months`, `90 days' notice`, `P5Y`.
 * Undefined when it is not one, or not one only (`5 years unless 6 months before`).
 * @param unit the unit of a number without one
 */
export function durationIn(text: string, unit?: keyof typeof unitLetters): string | undefined {
  const trimmed = text.trim()
  if (/^P(?=\d)(?:\d{1,4}Y)?(?:\d{1,5}M)?(?:\d{1,5}W)?(?:\d{1,6}D)?$/.test(trimmed)) return trimmed
  if (unit && /^\d{1,6}$/.test(trimmed)) return `P${Number(trimmed)}${unitLetters[unit]}`
  const words: string[] = fold(trimmed).match(/[a-z]+|\d+(?:[.,]\d+)?/g) ?? []
  const found = new Map<string, number>()
  let at = 0
  while (at < words.length) {
    const [number, letter] = [numberOf(words[at]!), unitOf(words[at + 1])]
    if (number === undefined || letter === undefined || found.has(letter)) break
    found.set(letter, number)
    at += words[at + 2] === 'and' ? 3 : 2
  }
  if (found.size === 0 || words.slice(at).some((word) => numberOf(word) !== undefined && !/^an?$/.test(word)))
    return undefined
  return `P${['Y', 'M', 'W', 'D'].flatMap((letter) => (found.has(letter) ? [`${found.get(letter)}${letter}`] : [])).join('')}`
}

function numberOf(word: string): number | undefined {
  if (/^\d{1,6}$/.test(word)) return Number(word)
  const index = numbers.indexOf(word)
  return index >= 0 ? index : tens.get(word)
}

const unitOf = (word: string | undefined) =>
  word === undefined ? undefined : units.find(([, words]) => words.test(word))?.[0]
