import { groupedBy } from '../shared/grouped.ts'
import type { ActMention, NounMention, Reading, Span } from './reading/reading.ts'
import { type ActWord, changes } from './words/acts.ts'
import { tellingness } from './words/types.ts'

/** A sentence that tells of an act of an agreement. */
export interface Core extends Span {
  sentence: number
  acts: ActMention[]
  nouns: NounMention[]
}

/** Acts whose day can be told before it comes. */
const foreseeable: ReadonlySet<ActWord> = new Set([
  'entered_into_force',
  'ceases',
  'terminated',
  'expired',
  'provisionally_applied',
])

export const isDone = ({ act, mood }: ActMention): boolean =>
  mood === 'done' || (mood === 'to_come' && foreseeable.has(act))

/** Acts that by themselves are no act of an agreement. */
const supporting: ReadonlySet<ActWord> = new Set(['notice', 'renewed_by_itself'])

/** The sentences that tell of an act of an agreement: it has a word for an agreement and an act that was done. */
export function coreOf(reading: Reading): Core[] {
  const { sentences, tokens } = reading
  const [acts, nouns] = [bySentence(reading, reading.acts), bySentence(reading, reading.nouns)]
  return sentences.flatMap(({ from, to }, sentence): Core[] => {
    const own = (nouns.get(sentence) ?? []).filter(({ noun }) => noun !== 'private' && noun !== 'multilateral')
    const done = (acts.get(sentence) ?? []).filter(
      (act) => isDone(act) && !supporting.has(act.act) && (!changes.has(act.act) || isNear(act, own)),
    )
    const isTelling = own.some(({ noun }) => tellingness(noun) > 0)
    const onlyAgreed = done.every(({ act }) => act === 'agreed')
    if (done.length === 0 || own.length === 0 || (onlyAgreed && !isTelling)) return []
    if (isOfMany(reading, { from, to }) || tokens[from] === undefined) return []
    return [{ from, to, sentence, acts: done, nouns: own }]
  })
}

/** An act that changes something changes an agreement if a word for one is near. */
const isNear = (act: ActMention, nouns: readonly NounMention[]): boolean =>
  nouns.some(({ from, to }) =>
    from >= act.to ? from - act.to < (act.act === 'withdrawn' ? 8 : 14) : act.act !== 'withdrawn' && act.from - to < 16,
  )

export const bySentence = <Item extends Span>({ tokens }: Reading, items: readonly Item[]): Map<number, Item[]> =>
  groupedBy(items, ({ from }) => tokens[from]!.sentence)

const crowds = new Set(
  'states countries nations parties governments members etats pays estados paises staaten lander стран государств'.split(
    ' ',
  ),
)
const several = new Set(
  'three four five six seven eight nine ten dozens several many all trois quatre cinq tres cuatro cinco drei vier funf'.split(
    ' ',
  ),
)

/** Whether a sentence speaks of three or more states: `175 states signed`. */
const isOfMany = ({ tokens }: Reading, { from, to }: Span): boolean =>
  tokens.slice(from + 1, to).some(({ key }, i) => {
    const before = tokens[from + i]!.key
    return crowds.has(key) && (several.has(before) || (/^\d{1,3}$/.test(before) && Number(before) > 2))
  })

/** Whether the agreement was there before the acts that the text tells of. */
export const isOfKnown = (core: readonly Core[]): boolean =>
  core.some(({ acts }) => acts.some(({ act }) => changes.has(act) || act === 'ceases'))
