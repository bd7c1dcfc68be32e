import { setImmediate } from 'node:timers/promises'
import { bySentence, type Core } from './core.ts'
import type { Body } from './names.ts'
import type { Mention, Reading } from './reading/reading.ts'

/** How sure a value is. */
export type Confidence = 'high' | 'medium' | 'low'

/** A body on a side of the agreement, with the words that name it. */
export interface SideFound {
  party: Body
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
  /** The order of its first mention, and of the first one in a sentence that tells of the act. */
  order: number
  inCore: number
  between: boolean
}

const prepositions = new Set(
  'in at within into à au aux en im aus nach bei в en em desde'
    .split(' ')
    .map((word) => word.normalize('NFKD').replace(/\p{M}/gu, '')),
)
const articles = new Set('the o os as la le les el los las der die das den dem l'.split(' '))
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

/** Mentions that are weighed between two turns of the event loop. */
const perTurn = 5000

/** The two sides of the agreement, as far as the text names them; `many` when more than two parties signed. */
export async function sidesOf(
  reading: Reading,
  title: Reading | undefined,
  core: readonly Core[],
): Promise<{ sides: SideFound[]; many: boolean }> {
  const candidates = new Candidates()
  for (const mention of title?.mentions ?? [])
    candidates.add(mention, {
      weight: 0.8 * weightOf(title!, mention, true),
      inTitle: true,
      isCore: false,
      between: false,
    })
  const coreSentences = new Set(core.map(({ sentence }) => sentence))
  for (const [i, mention] of reading.mentions.entries()) {
    if (i % perTurn === perTurn - 1) await setImmediate()
    const { sentence } = reading.tokens[mention.from]!
    const isCore = coreSentences.has(sentence)
    const weight = weightOf(reading, mention, isCore)
    const isLead = sentence === 0 && weight > 0 && !isCore
    const between = isCore && weight > 0 && isBetween(reading, mention)
    candidates.add(mention, { weight: weight + (isLead ? 2 : 0) + (between ? 6 : 0), inTitle: false, isCore, between })
  }
  return { sides: candidates.best(), many: isListOfMany(reading, core) }
}

interface Weighed {
  weight: number
  inTitle: boolean
  isCore: boolean
  between: boolean
}

/** The parties that may be sides, with what speaks for each. */
class Candidates {
  readonly #all = new Map<string, Candidate>()
  #order = 0

  add(mention: Mention, { weight, inTitle, isCore, between }: Weighed): void {
    const { party } = mention
    const known = this.#all.get(party.id)
    const own = known ?? {
      party,
      score: 0,
      best: { mention, weight: -1, inTitle },
      order: this.#order,
      inCore: Infinity,
      between,
    }
    this.#order += 1
    // Mentions elsewhere add little, however many there are.
    own.score += weight >= 3 ? weight : Math.min(weight, Math.max(0, 3 - own.score))
    own.between ||= between
    if (isCore && weight > 1) own.inCore = Math.min(own.inCore, this.#order)
    const asEvidence = weight - (inTitle ? 2.5 : 0)
    if (asEvidence > own.best.weight) own.best = { mention, weight: asEvidence, inTitle }
    this.#all.set(party.id, own)
  }

  /** The two for which most speaks, in the order in which sentences about the act name them, otherwise in that of the text. */
  best(): SideFound[] {
    const ranked = [...this.#all.values()]
      .filter(({ score }) => score >= 2)
      .toSorted((a, b) => b.score - a.score || a.order - b.order)
    const [chosen, third] = [ranked.slice(0, 2), ranked[2]]
    const isClose =
      third !== undefined && third.score > 0.8 * chosen[1]!.score && !chosen.every(({ between }) => between)
    const order = chosen.every(({ inCore }) => inCore < Infinity) ? ('inCore' as const) : ('order' as const)
    return chosen
      .toSorted((a, b) => a[order] - b[order])
      .map(({ party, best: { mention, inTitle }, score }) => ({
        party,
        at: mention,
        inTitle,
        confidence: isClose ? 'low' : score >= 5 ? 'high' : 'medium',
      }))
  }
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
