import type { agreementTypes } from '../agreements/tables.ts'
import type { Core } from './core.ts'
import type { Body, Names } from './names.ts'
import type { Reading, Span } from './reading/reading.ts'
import { tellingness } from './words/types.ts'

type AgreementType = (typeof agreementTypes)[number]

/** The type of the agreement, with the word that tells it. */
export function typeOf(
  reading: Reading,
  core: readonly Core[],
  changed: boolean,
): { type: AgreementType; at: Span } | undefined {
  const [first] = core
  if (!first) return undefined
  const counts = new Map<string, { weight: number; at: Span }>()
  for (const { nouns, acts, sentence } of core)
    for (const { noun, from, to } of nouns) {
      const telling = tellingness(noun)
      if (telling === 0) continue
      const isInstrument = changed && isChanging(reading, { from, to })
      const isFirst = sentence === first.sentence ? 1 : 0
      const made = acts.some(({ act }) => act !== 'agreed') ? 0.5 : 0
      const weight = isInstrument ? 0.1 : telling + isFirst + made
      const known = counts.get(noun)
      if (!known || weight > known.weight) counts.set(noun, { weight, at: { from, to } })
    }
  const [best] = [...counts].toSorted((a, b) => b[1].weight - a[1].weight)
  return best && { type: best[0] as AgreementType, at: best[1].at }
}

/** Whether words say that this agreement changes another: `protocol amending the agreement`, `the amending protocol`. */
function isChanging({ tokens }: Reading, { from, to }: Span): boolean {
  const { sentence } = tokens[from]!
  const isOf = (i: number, pattern: RegExp) => tokens[i]?.sentence === sentence && pattern.test(tokens[i].key)
  return (
    isOf(from - 1, changing) ||
    isOf(to, changing) ||
    isOf(to + 1, changing) ||
    isOf(to, /^(?:terminat|zur$|portant|que$|о$)/)
  )
}

const changing = /^(?:amend|extend|extension|modif|renew|prolong|anderung|изменени)/

const small = new Set('of for on the and in between to a an with from concerning regarding relating by at'.split(' '))

/** A title that the text gives: `Agreement between Canada and … for Cooperation in the Peaceful Uses of Nuclear Energy`. */
export function titleIn(reading: Reading, core: readonly Core[]): Span | undefined {
  if (reading.language !== 'en') return undefined
  for (const { nouns } of core)
    for (const { noun, from, to } of nouns) {
      if (tellingness(noun) === 0 || !reading.tokens[from]!.isCapital) continue
      const title = capitalRun(reading, { from, to })
      if (title) return title
    }
  return undefined
}

function capitalRun(reading: Reading, { from, to }: Span): Span | undefined {
  const { tokens } = reading
  const { to: end } = reading.sentenceOf(from)
  let [last, topics, capitals] = [to, false, 0]
  for (let i = to; i < end && i < from + 60; i++) {
    const { key, isCapital, gap } = tokens[i]!
    if (gap.trim() !== '' && !/^[-’' /&]+$/.test(gap)) break
    if (reading.actAt(i)) break
    if (isCapital) {
      last = i + 1
      if (!reading.mentionAt(i)) capitals += 1
    } else if (!small.has(key)) break
    if (/^(?:on|for|in|concerning|regarding|relating)$/.test(key)) topics = true
  }
  return topics && capitals >= 2 ? { from, to: last } : undefined
}

const typeNames: Partial<Record<AgreementType, string>> = {
  exchange_of_notes: 'Exchange of Notes',
  exchange_of_letters: 'Exchange of Letters',
  memorandum_of_understanding: 'Memorandum of Understanding',
  memorandum_of_agreement: 'Memorandum of Agreement',
  letter_of_intent: 'Letter of Intent',
}

const titleCase = (type: AgreementType): string =>
  typeNames[type] ??
  type
    .split('_')
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join(' ')

const withArticle =
  /^(?:United |Republic |Kingdom |European |Netherlands|Philippines|Russian Fed|Czech Rep|Holy |Dominican Rep|Democratic |Islamic |Bahamas|Gambia|Maldives|Seychelles|Solomon |Marshall |Central African|State |Principality |Department |Ministry |Union |Comoros)/

const called = (name: string): string => (withArticle.test(name) ? `the ${name}` : name)

/** A title that describes the agreement: its type, its parties and at most three topics, the broader ones if there are more. */
export function describedTitle(
  type: AgreementType,
  parties: readonly Body[],
  topics: readonly string[],
  names: Names,
): string {
  const between = parties.length === 2 ? ` between ${parties.map(({ name }) => called(name)).join(' and ')}` : ''
  const themes = topics.filter((code) => code.startsWith('theme:'))
  const own = themes.length > 0 ? themes : topics
  const few = own.length <= 3 ? own : own.map((code) => names.topic(code)?.broader ?? code)
  const labels = [...new Set(few)].slice(0, 3).map((code) => names.topic(code)?.label.toLowerCase() ?? code)
  const last = labels.pop()
  const about = last === undefined ? '' : ` on ${labels.length > 0 ? `${labels.join(', ')} and ` : ''}${last}`
  return `${titleCase(type)}${between}${about}`
}
