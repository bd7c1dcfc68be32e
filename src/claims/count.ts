import type { agreementTypes } from '../agreements/tables.ts'
import { type DayFound, daysIn } from '../drafts/days.ts'
import type { Body } from '../drafts/names.ts'
import { isAsserted } from '../drafts/negation.ts'
import type { Mention, Reading, Span } from '../drafts/reading/reading.ts'
import { numberOf } from '../drafts/words/durations.ts'
import type { Day } from '../shared/calendar.ts'

export type AgreementType = (typeof agreementTypes)[number]
type Bound = 'exactly' | 'at least' | 'at most' | 'more than' | 'fewer than' | 'about'

/** A number of agreements of a body, or of two bodies with each other. */
export interface CountStatement {
  kind: 'count'
  number: number
  bound: Bound
  /** The types that are counted; empty for all. */
  types: readonly AgreementType[]
  isBilateral: boolean
  body: Body
  with: Body | undefined
  /** The days of signature, inclusive. */
  period: { signedFrom?: Day; signedTo?: Day }
}

/** A statement that cannot be checked, and why. */
export interface Unread {
  kind: 'unread'
  of: 'count' | 'position' | 'first_since' | 'date' | null
  reason: string
}

export const notAsserted = (of: Unread['of']): Unread => ({
  kind: 'unread',
  of,
  reason: 'The statement is negated or uncertain. Send it as a positive statement.',
})

const nouns = new Map<string, readonly AgreementType[]>([
  ...['agreements', 'bilaterals', 'accords', 'pacts', 'deals'].map((noun) => [noun, []] as const),
  ['treaties', ['treaty']],
  ['conventions', ['convention']],
  ['protocols', ['protocol']],
  ['arrangements', ['arrangement', 'implementing_arrangement', 'project_arrangement']],
  ['memoranda', ['memorandum_of_understanding', 'memorandum_of_agreement']],
  ['memorandums', ['memorandum_of_understanding', 'memorandum_of_agreement']],
  ['mous', ['memorandum_of_understanding']],
])

/** What may stand around a number without changing what is counted. */
const neutral = new Set(
  'the a an of with between and by in has have had sign signs signed conclude concludes concluded made undertaken undertook entered into holds held is are was were been there that these such all both its their s bilateral international separate different total altogether exactly only just precisely so far to date now already currently'.split(
    ' ',
  ),
)

const boundsBefore: readonly [RegExp, Bound][] = [
  [/\b(?:at least|(?:no|not) (?:fewer|less) than|a minimum of)$/, 'at least'],
  [/\b(?:at most|up to|(?:no|not) more than|a maximum of)$/, 'at most'],
  [/\b(?:over|more than|above|exceeding)$/, 'more than'],
  [/\b(?:fewer than|less than|under|below)$/, 'fewer than'],
  [/\b(?:about|around|approximately|nearly|almost|roughly|some|circa|close to|estimated|perhaps|probably)$/, 'about'],
]
const boundsAfter: readonly [RegExp, Bound][] = [
  [/^or more\b/, 'at least'],
  [/^or (?:fewer|less)\b/, 'at most'],
  [/^or so\b/, 'about'],
]

/** `DHS has signed 16 agreements`, `at least 3 treaties between Peru and Chile since 2004`. */
export function countIn(reading: Reading, today: Day): CountStatement | Unread | undefined {
  const { tokens } = reading
  let days: DayFound[] | undefined
  for (const [at, { key }] of tokens.entries()) {
    const number = numberOf(key)
    if (number === undefined || key === 'a' || key === 'an') continue
    const sentence = reading.sentenceOf(at)
    const noun = tokens.slice(at + 1, Math.min(sentence.to, at + 6)).findIndex((token) => nouns.has(token.key))
    const mentions = reading.mentions.filter(({ from }) => from >= sentence.from && from < sentence.to)
    if (noun < 0 || mentions.every(({ isAdjective }) => isAdjective)) continue
    days ??= daysIn(reading, { from: 0, to: tokens.length }, today).days
    if (days.some(({ from, to }) => from <= at && at < to)) continue
    return statementOf(reading, { number, at, noun: at + 1 + noun, sentence, mentions })
  }
  return undefined
}

interface Parts {
  number: number
  at: number
  noun: number
  sentence: Span
  mentions: readonly Mention[]
}

function statementOf(reading: Reading, { number, at, noun, sentence, mentions }: Parts): CountStatement | Unread {
  const { bound, from, to } = boundAt(reading, at, sentence)
  const isOfUnderstanding = keys(reading, noun + 1, noun + 3) === 'of understanding'
  const end = noun + (isOfUnderstanding ? 3 : 1)
  if (!isAsserted(reading, { from, to: end })) return notAsserted('count')
  const { period, spans } = periodIn(reading, sentence)
  const bodies = bodiesIn(mentions)
  const read: Span[] = [{ from, to }, { from: noun, to: end }, ...spans, ...bodies.flatMap(({ read }) => read)]
  const unread = unreadIn(reading, sentence, read)
  if (unread) return { kind: 'unread', of: 'count', reason: `The register cannot count by “${unread}”.` }
  const [body, other] = bodies
  const types = nouns.get(reading.tokens[noun]!.key)!
  return {
    kind: 'count',
    number,
    bound,
    types: isOfUnderstanding ? ['memorandum_of_understanding'] : types,
    isBilateral: reading.tokens.slice(at, end).some(({ key }) => key.startsWith('bilateral')),
    body: body!.body,
    with: other?.body,
    period,
  }
}

const keys = ({ tokens }: Reading, from: number, to: number): string =>
  tokens
    .slice(from, to)
    .map(({ key }) => key)
    .join(' ')

/** How a number bounds what is counted, and the words that say so. */
function boundAt(reading: Reading, at: number, sentence: Span): Span & { bound: Bound } {
  const before = keys(reading, Math.max(sentence.from, at - 4), at)
  for (const [pattern, bound] of boundsBefore) {
    const found = pattern.exec(before)
    if (found) return { bound, from: at - found[0].split(' ').length, to: at + 1 }
  }
  const after = keys(reading, at + 1, Math.min(sentence.to, at + 3))
  const further = boundsAfter.find(([pattern]) => pattern.test(after))
  if (further) return { bound: further[1], from: at, to: at + 3 }
  if (/[~≈]$/.test(reading.tokens[at]!.gap)) return { bound: 'about', from: at, to: at + 1 }
  const isOpen = reading.tokens[at + 1]?.gap.startsWith('+')
  return { bound: isOpen ? 'at least' : 'exactly', from: at, to: at + 1 }
}

/** The years of signature: `since 2004`, `by 2019`, `in 2012`. */
function periodIn({ tokens }: Reading, { from, to }: Span): { period: CountStatement['period']; spans: Span[] } {
  const period: CountStatement['period'] = {}
  const spans: Span[] = []
  for (let i = from + 1; i < to; i++) {
    const { key } = tokens[i]!
    const preposition = tokens[i - 1]!.key
    if (!/^(?:1[6-9]|20)\d\d$/.test(key)) continue
    const bounds = boundsOf(preposition, Number(key))
    if (!bounds || Object.keys(bounds).some((bound) => bound in period)) continue
    Object.assign(period, bounds)
    spans.push({ from: i - 1, to: i + 1 })
  }
  return { period, spans }
}

function boundsOf(preposition: string, year: number): CountStatement['period'] | undefined {
  if (preposition === 'since') return { signedFrom: `${year}-01-01` }
  if (preposition === 'after') return { signedFrom: `${year + 1}-01-01` }
  if (preposition === 'before') return { signedTo: `${year - 1}-12-31` }
  if (preposition === 'in') return { signedFrom: `${year}-01-01`, signedTo: `${year}-12-31` }
  return /^(?:by|until|till|through)$/.test(preposition) ? { signedTo: `${year}-12-31` } : undefined
}

/** The bodies of up to two parties, and where they are: of `the US Department of Homeland Security`, the narrower body. */
function bodiesIn(mentions: readonly Mention[]): { body: Body; read: Span[] }[] {
  const bodies = new Map<string, { body: Body; read: Span[] }>()
  for (const mention of mentions) {
    const { body, party, isAdjective } = mention
    const known = bodies.get(party.id)
    if (isAdjective) known?.read.push(mention)
    else if (!known) bodies.set(party.id, { body, read: [mention] })
    else if (known.body.id === party.id) bodies.set(party.id, { body, read: [...known.read, mention] })
    else if (body.id === known.body.id || body.id === party.id) known.read.push(mention)
  }
  return [...bodies.values()].slice(0, 2)
}

/** The first words of a sentence that change what is counted and were not read. */
function unreadIn(reading: Reading, sentence: Span, read: readonly Span[]): string | undefined {
  const { tokens } = reading
  const isUnread = (i: number) =>
    i < sentence.to && !read.some(({ from, to }) => from <= i && i < to) && !neutral.has(tokens[i]!.key)
  for (let from = sentence.from; from < sentence.to; from++) {
    if (!isUnread(from)) continue
    let to = from + 1
    while (isUnread(to)) to += 1
    return reading.words({ from, to })
  }
  return undefined
}
