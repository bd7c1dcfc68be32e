import { bySentence, type Core } from './core.ts'
import type { Body } from './names.ts'
import type { Mention, Reading } from './reading/reading.ts'

/** How sure a value is. */
export type Confidence = 'high' | 'medium' | 'low'

/** A body on a side of the agreement, with the words that name it. */
export interface SideFound {
  party: Body
  signatory: Body
  at: Mention
  /** Whether the words are in the title instead of the text. */
  inTitle: boolean
  confidence: Confidence
}

interface Candidate {
  party: Body
  score: number
  /** Where it was named best. */
  best: { mention: Mention; weight: number; inTitle: boolean }
  /** The order of its first mention. */
  order: number
  between: boolean
}

const prepositions = new Set(
  'in at within into à au aux en im aus nach bei в en desde'
    .split(' ')
    .map((word) => word.normalize('NFKD').replace(/\p{M}/gu, '')),
)
const articles = new Set('the la le les el los las der die das den dem l'.split(' '))
const companies = new Set(
  'gmbh co inc ltd ag sa corp corporation plc llc company companies firm firms giant maker manufacturer startup bank group striker player coach club team airline university universities club nv bv spa srl kk pty'.split(
    ' ',
  ),
)
const governmental = new Set(
  'government governments minister ministers ministry ministries counterpart counterparts president prime foreign ambassador officials authorities side secretary chancellor premier king queen state department national federal deputy vice embassy delegation agency agencies defence defense space science health finance interior trade environment energy transport education technology and'.split(
    ' ',
  ),
)
const betweens = new Set('between entre zwischen между'.split(' '))
const ands = new Set('and et y e und и'.split(' '))

/** What a mention says for its body being a party. */
function weightOf(reading: Reading, mention: Mention, isCore: boolean): number {
  const { tokens } = reading
  const { from, to } = mention
  let before = from - 1
  while (before >= 0 && articles.has(tokens[before]!.key)) before -= 1
  const previous = tokens[before]
  if (previous && previous.sentence === tokens[from]!.sentence) {
    if (prepositions.has(previous.key)) return 0
    if (companies.has(previous.key) || (previous.key === 'of' && companies.has(tokens[before - 1]?.key ?? ''))) return 0
  }
  const next = tokens[to]
  const sameSentence = next !== undefined && next.sentence === tokens[from]!.sentence && !/[,;:(]/.test(next.gap)
  if (sameSentence && companies.has(next.key)) return 0
  if (sameSentence && next.key === 's' && isPrivateOwned(reading, to + 1)) return 0
  if (
    mention.isAdjective &&
    !(sameSentence && (governmental.has(next.key) || reading.nounAt(to) || reading.mentionAt(to)?.isAdjective))
  )
    return 0.2
  return (isCore ? 5 : 0.5) * (mention.isAdjective ? 0.6 : 1)
}

/** Whether what follows a possessive is the name of something that is not of the state: `Germany's Siemens`. */
function isPrivateOwned({ tokens }: Reading, i: number): boolean {
  const token = tokens[i]
  return token !== undefined && token.isCapital && !governmental.has(token.key) && !token.key.startsWith('minist')
}

/** The two sides of the agreement, as far as the text names them; `many` when more than two parties signed. */
export function sidesOf(
  reading: Reading,
  title: Reading | undefined,
  core: readonly Core[],
): { sides: SideFound[]; many: boolean } {
  const candidates = new Map<string, Candidate>()
  const coreSentences = new Set(core.map(({ sentence }) => sentence))
  let order = 0
  const consider = (from: Reading, mention: Mention, given: number, between = false) => {
    const { party } = mention
    const known = candidates.get(party.id)
    const candidate = known ?? {
      party,
      score: 0,
      best: { mention, weight: -1, inTitle: from === title },
      order: order++,
      between: false,
    }
    // Mentions elsewhere add little, however many there are.
    candidate.score += given >= 3 ? given : Math.min(given, Math.max(0, 3 - candidate.score))
    candidate.between ||= between
    const inTitle = from === title
    const weight = given - (inTitle ? 2.5 : 0)
    if (weight > candidate.best.weight) candidate.best = { mention, weight, inTitle }
    candidates.set(party.id, candidate)
  }
  if (title) for (const mention of title.mentions) consider(title, mention, 0.8 * weightOf(title, mention, true))
  const lead = reading.tokens[0]?.sentence
  for (const mention of reading.mentions) {
    const { sentence } = reading.tokens[mention.from]!
    const isCore = coreSentences.has(sentence)
    const weight = weightOf(reading, mention, isCore)
    const isLead = sentence === lead && weight > 0 && !isCore ? 2 : 0
    const between = isCore && weight > 0 && isBetween(reading, mention)
    consider(reading, mention, weight + isLead + (between ? 6 : 0), between)
  }
  const ranked = [...candidates.values()]
    .filter(({ score }) => score >= 2)
    .toSorted((a, b) => b.score - a.score || a.order - b.order)
  const chosen = ranked.slice(0, 2)
  const third = ranked[2]
  const many = isListOfMany(reading, core)
  const close = third !== undefined && !chosen.every(({ between }) => between) && third.score > 0.8 * chosen[1]!.score
  const sides = chosen
    .toSorted((a, b) => a.order - b.order)
    .map(({ party, best, score }): SideFound => ({
      party,
      signatory: party,
      at: best.mention,
      inTitle: best.inTitle,
      confidence: close ? 'low' : score >= 5 ? 'high' : 'medium',
    }))
  return { sides, many }
}

/** Whether a mention is one of the two after `between`. */
function isBetween(reading: Reading, mention: Mention): boolean {
  const { tokens } = reading
  const { sentence } = tokens[mention.from]!
  const parties = new Set<string>()
  for (let i = mention.from - 1; i >= 0 && i > mention.from - 30 && tokens[i]!.sentence === sentence; i--) {
    if (betweens.has(tokens[i]!.key)) return parties.size < 2
    const other = reading.mentionAt(i)
    if (other && other.party.id !== mention.party.id) parties.add(other.party.id)
  }
  return false
}

/** Whether a core sentence names three parties in one row: `A, B and C signed`. */
function isListOfMany(reading: Reading, core: readonly Core[]): boolean {
  const mentions = bySentence(reading, reading.mentions)
  return core.some(({ sentence }) => {
    const own = (mentions.get(sentence) ?? []).filter(({ isAdjective }) => !isAdjective)
    return own.some((first, i) => {
      const [second, third] = [own[i + 1], own[i + 2]]
      return second !== undefined && third !== undefined && isRow(reading, first, second, third)
    })
  })
}

/** Whether three mentions are joined as `A, B and C`. */
function isRow({ tokens }: Reading, first: Mention, second: Mention, third: Mention): boolean {
  if (new Set([first, second, third].map(({ party }) => party.id)).size < 3) return false
  const between = (one: Mention, other: Mention) =>
    tokens.slice(one.to, Math.min(other.from, one.to + 4)).filter(({ key }) => !articles.has(key))
  const [none, and] = [between(first, second), between(second, third)]
  return none.length === 0 && tokens[first.to]!.gap.includes(',') && and.length === 1 && ands.has(and[0]!.key)
}
