import type { Core } from './core.ts'
import type { Body, Names, Topic } from './names.ts'
import type { Confidence } from './parties.ts'
import type { Reading, Span } from './reading/reading.ts'
import { keySet, keysOf } from './reading/tokens.ts'

/** A research domain that the text speaks of. */
export interface TopicFound {
  code: string
  at: Span
  confidence: Confidence
}

/** Words that say that a sentence speaks of what the agreement covers. */
const covering = keySet(
  'cover covers covering cooperation cooperate collaboration collaborate partnership research develop development focus focuses focused centered centred joint projects include includes including areas fields areas technology coopération recherche domaine cooperación cooperação investigación pesquisa investigação ámbito zusammenarbeit forschung bereich gebiet сотрудничество сотрудничестве области исследования 협력 연구 분야 合作 研究 领域',
)
const ofBodies = keySet(
  'minister ministers ministry ministries department secretary agency directorate institute office authority commission committee ministre ministère ministro ministerio ministerium minister министр министерство',
)

/** The research domains of sentences about the agreement; a broader one only if the agreement itself is about it. */
export function topicsOf(reading: Reading, core: readonly Core[], names: Names, bodies: readonly Body[]): TopicFound[] {
  const isCore = new Set(core.map(({ sentence }) => sentence))
  const first = core[0]?.sentence ?? 0
  const found = new Map<string, TopicFound & { isCore: boolean }>()
  for (const [sentence, span] of reading.sentences.entries()) {
    const own = isCore.has(sentence)
    if (!own && !(sentence >= first - 2 && isCovering(reading, span))) continue
    for (const topic of topicsIn(reading, span, names)) {
      if (!names.canHaveTopicsOf(schemeOf(topic.code), bodies)) continue
      const known = found.get(topic.code)
      if (!known || (own && !known.isCore))
        found.set(topic.code, { ...topic, isCore: own, confidence: own ? 'medium' : 'low' })
    }
  }
  return narrowest([...found.values()], names)
}

const schemeOf = (code: string): string => code.split(':', 1)[0]!

function isCovering(reading: Reading, { from, to }: Span): boolean {
  for (let i = from; i < to; i++) if (covering.has(reading.tokens[i]!.key) || reading.nounAt(i)) return true
  return false
}

function topicsIn(reading: Reading, { from, to }: Span, names: Names): { code: string; at: Span }[] {
  const found: { code: string; at: Span }[] = []
  for (const { from: i, to: end, values } of names.topics.in(reading.tokens, from, to)) {
    if (reading.mentionAt(i) || isOfBody(reading, { from: i, to: end }, from)) continue
    const words = reading.tokens
      .slice(i, end)
      .map(({ key }) => key)
      .join(' ')
    for (const { code } of preferred(values, words)) found.push({ code, at: { from: i, to: end } })
  }
  return found
}

/** Of domains with the same words, a theme rather than a field or a mission area of that name. */
const preferred = (topics: readonly Topic[], words: string): Topic[] => {
  const isTheme = topics.some(({ code }) => code.startsWith('theme:'))
  const isNamed = ({ label }: Topic) => keysOf(label).join(' ') === words
  return topics.filter((topic) => !isTheme || topic.code.startsWith('theme:') || !isNamed(topic))
}

/** Whether words are part of the name of an office or a body: `Minister of Health`, `space secretary`. */
function isOfBody({ tokens }: Reading, { from, to }: Span, begin: number): boolean {
  if (ofBodies.has(tokens[to]?.key ?? '')) return true
  for (let i = from - 1; i >= begin && from - i < 10 && tokens[i + 1]!.gap.trim() === ''; i--) {
    if (ofBodies.has(tokens[i]!.key)) return true
    if (!tokens[i]!.isCapital && !/^(?:of|for|and|the|de|du|des|et|la|l|y|del|fur|und|и)$/.test(tokens[i]!.key))
      return false
  }
  return false
}

function narrowest(found: (TopicFound & { isCore: boolean })[], names: Names): TopicFound[] {
  const broader = new Set<string>()
  for (const { code } of found)
    for (let above = names.topic(code)?.broader; above; above = names.topic(above)?.broader) broader.add(above)
  return found
    .filter(({ code, isCore }) => isCore || !broader.has(code))
    .map(({ code, at, confidence }) => ({ code, at, confidence }))
}
