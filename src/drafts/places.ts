import type { Language } from './reading/language.ts'
import type { ActMention, Reading, Span } from './reading/reading.ts'

/** Without accents. */
const prepositions: Record<Language, ReadonlySet<string>> = {
  en: new Set(['in', 'at']),
  fr: new Set(['a', 'en', 'au']),
  es: new Set(['en']),
  pt: new Set(['em', 'no', 'na']),
  de: new Set(['in', 'im', 'zu']),
  ru: new Set(['в']),
  ko: new Set(),
  zh: new Set(),
}
/** Words after which `in` tells a topic: `cooperation in Science`. */
const topical = new Set(
  'cooperation collaboration research matters field fields area areas uses interest interests experts expertise training investment invest officials believe cooperacion materia bereich forschung experience progress role participate participation engage hospitals unions'.split(
    ' ',
  ),
)
const joining = new Set('de del la las los da do of am an der upon le les d den'.split(' '))
const noPlace = new Set(
  'january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday januar februar marz juni juli oktober dezember kraft english french spanish german russian korean chinese accordance parliament congress english minister president the it both each his her its their this these vigor vigueur'.split(
    ' ',
  ),
)

/** The words nearest to an act, in its sentence, that say where it was done: `in Ottawa`. */
export function placeOf(reading: Reading, act: ActMention, topics: (i: number) => boolean): Span | undefined {
  const sentence = reading.sentenceOf(act.from)
  if (reading.language === 'ko') return koreanPlace(reading, act, sentence)
  if (reading.language === 'zh') return chinesePlace(reading, act, sentence)
  const found: { span: Span; distance: number }[] = []
  const [begin, end] = [Math.max(sentence.from, act.from - 25), Math.min(sentence.to, act.to + 40)]
  for (let i = begin; i + 1 < end; i++) {
    const span = prepositions[reading.language].has(reading.tokens[i]!.key)
      ? namedAfter(reading, i, sentence, topics)
      : undefined
    if (span) found.push({ span, distance: i >= act.to ? i - act.to : 3 + act.from - i })
  }
  return found.toSorted((a, b) => a.distance - b.distance)[0]?.span
}

/** The capitalized words after a preposition, if they can be a place. */
function namedAfter(
  reading: Reading,
  preposition: number,
  { from, to }: Span,
  topics: (i: number) => boolean,
): Span | undefined {
  const { tokens } = reading
  const first = preposition + 1
  if (!canBePlace(first) || tokens[first]!.gap.trim() !== '') return undefined
  let end = first + 1
  while (end < to && end - first < 4 && tokens[end]!.gap.trim() === '') {
    if (canBePlace(end)) end += 1
    else if (joining.has(tokens[end]!.key) && end + 1 < to && canBePlace(end + 1) && tokens[end + 1]!.gap.trim() === '')
      end += 2
    else break
  }
  if (preposition > from && topical.has(tokens[preposition - 1]!.key) && !isBeforeDay()) return undefined
  // `in Science and Technology` is a topic.
  if (/^(?:and|et|y|und)$/.test(tokens[end]?.key ?? '') && topics(first)) return undefined
  return topics(first) && !reading.mentionAt(first) ? undefined : { from: first, to: end }

  function isBeforeDay(): boolean {
    return /^(?:on|am|le|el|last|this)$/.test(tokens[end]?.key ?? '') || /^\d{1,2}$/.test(tokens[end]?.key ?? '')
  }

  function canBePlace(i: number): boolean {
    const token = tokens[i]
    return token !== undefined && token.isCapital && /^\p{L}/u.test(token.key) && !noPlace.has(token.key)
  }
}

/** `서울에서`: what stands before 에서 in one word. */
function koreanPlace({ tokens }: Reading, act: Span, { from }: Span): Span | undefined {
  for (let i = act.from - 1; i > from; i--) {
    const [at, particle] = [tokens[i]!, tokens[i - 1]!]
    if (at.key !== keyOf('서') || particle.key !== keyOf('에') || at.gap !== '') continue
    let begin = i - 1
    while (begin > from && tokens[begin]!.gap === '') begin -= 1
    return begin < i - 1 ? { from: begin, to: i - 1 } : undefined
  }
  return undefined
}

const keyOf = (letter: string): string => letter.normalize('NFKD')

/** `在首尔签署`: the two to four letters between 在 and the act. */
function chinesePlace({ tokens }: Reading, act: Span, { from }: Span): Span | undefined {
  for (let i = act.from - 1; i > from && act.from - i < 8; i--)
    if (tokens[i]!.key === '在' && act.from - i > 2 && act.from - i < 6) return { from: i + 1, to: act.from }
  return undefined
}
