import type { Reading, Span } from '../reading/reading.ts'
import { keySet, keysOf } from '../reading/tokens.ts'

/** A duration that a text names: ISO 8601, and its words. */
export interface DurationFound extends Span {
  duration: string
}

const numberWords = [
  'zero',
  'one a an un une una uno um uma ein eine einem einen einer один одного один одна',
  'two deux dos dois duas zwei два двух две',
  'three trois tres três drei три трех',
  'four quatre cuatro quatro vier четыре четырех',
  'five cinq cinco fünf пять пяти',
  'six six seis sechs шесть шести',
  'seven sept siete sete sieben семь семи',
  'eight huit ocho oito acht восемь восьми',
  'nine neuf nueve nove neun девять девяти',
  'ten dix diez dez zehn десять десяти',
  'eleven onze once elf одиннадцать',
  'twelve douze doce zwölf двенадцать двенадцати',
]
const numbers = new Map(
  numberWords.flatMap((words, i) => words.split(' ').flatMap((word) => keysOf(word).map((key) => [key, i] as const))),
)
const tens =
  'fifteen 15 quinze 15 quince 15 funfzehn 15 пятнадцать 15 eighteen 18 dixhuit 18 dieciocho 18 achtzehn 18 twenty 20 vingt 20 veinte 20 zwanzig 20 двадцать 20 thirty 30 trente 30 treinta 30 dreißig 30 тридцать 30 sixty 60 soixante 60 sesenta 60 sechzig 60 шестьдесят 60 ninety 90 noventa 90 neunzig 90 девяносто 90 fifty 50 cinquante 50 cincuenta 50 funfzig 50 forty 40'.split(
    ' ',
  )
for (let i = 0; i < tens.length; i += 2) for (const key of keysOf(tens[i]!)) numbers.set(key, Number(tens[i + 1]))

const units: Record<'Y' | 'M' | 'W' | 'D', string> = {
  Y: 'year years yr yrs an ans année années año años ano anos jahr jahre jahren jahres год года лет 년 年',
  M: 'month months mois mes meses mês monat monate monaten monats месяц месяца месяцев 개월 个月',
  W: 'week weeks semaine semaines semana semanas woche wochen неделя недели недель 주 周',
  D: 'day days jour jours día días dia dias tag tage tagen день дня дней 일 天',
}
const unitOf = new Map<string, 'Y' | 'M' | 'W' | 'D'>()
for (const [unit, words] of Object.entries(units) as ['Y', string][])
  for (const word of words.split(' ')) unitOf.set(keysOf(word).join(' '), unit)

/** Words between a number and its unit: `five (5) further years`, `30 calendar days`. */
const between = keySet(
  'consecutive successive further additional more calendar full working another aufeinanderfolgende weitere weiteren neue nouvelles autres supplémentaires',
)

/** The durations among tokens, from left to right. */
export function durationsIn({ tokens }: Reading, { from, to }: Span): DurationFound[] {
  const found: DurationFound[] = []
  for (let i = from; i + 1 < to; i++) {
    const number = numberOf(tokens[i]!.key)
    if (number === undefined || number === 0) continue
    let next = i + 1
    while (next < to && next < i + 4 && (between.has(tokens[next]!.key) || numberOf(tokens[next]!.key) === number))
      next += 1
    const unit = unitAt(next)
    // `1979 year` is no duration.
    if (!unit || number > 999) continue
    found.push({ from: i, to: next + unit.length, duration: `P${number}${unit.unit}` })
    i = next + unit.length - 1
  }
  return found

  function unitAt(i: number): { unit: string; length: number } | undefined {
    for (const length of [2, 1]) {
      const unit =
        i + length <= to
          ? unitOf.get(
              tokens
                .slice(i, i + length)
                .map(({ key }) => key)
                .join(' '),
            )
          : undefined
      if (unit) return { unit, length }
    }
    return undefined
  }
}

/** The number that a word means, up to 999. */
export const numberOf = (key: string): number | undefined => (/^\d{1,3}$/.test(key) ? Number(key) : numbers.get(key))
