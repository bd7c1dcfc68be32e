import type { Reading, Span } from './reading/reading.ts'
import { modality } from './words/modality.ts'

/** How many words before a statement say that it is only wished or possible. */
const maxOpen = 7
/** How many words before and after a statement are read: a long text has many statements. */
const [maxBefore, maxAfter] = [50, 6]
const betweenDenial = new Set('is was are were be been has have had does did it this that'.split(' '))

/** Whether a text asserts what tokens say. It may deny it (`not the 13th bilateral`), or only wish or expect it. */
export function isAsserted(reading: Reading, { from, to }: Span): boolean {
  const { tokens } = reading
  const sentence = reading.sentenceOf(from)
  const begin = Math.max(sentence.from, from - maxBefore)
  const clause = clauseStart(reading, from, begin)
  const words = modality(reading.language)
  for (const { from: i, to: end, values } of words.in(tokens, begin, from)) {
    // `It is not, as some say, the 13th bilateral`: the clause goes on after the insertion.
    if (i < clause && !reading.endsClause(end)) continue
    if (values[0] === 'no' || (values[0] === 'open' && from - end < maxOpen)) return false
  }
  for (const { from: i, values } of words.in(tokens, to, Math.min(sentence.to, to + maxAfter)))
    if (values[0] === 'no' && tokens.slice(to, i).every(({ key }) => betweenDenial.has(key))) return false
  return true
}

/** Brackets do not end a clause here: `not the Department (DHS)’s 13th bilateral`. */
function clauseStart({ tokens }: Reading, from: number, begin: number): number {
  let start = from
  while (start > begin && !/[,;:–—]| - /.test(tokens[start]!.gap)) start -= 1
  return start
}
