import type { Token } from './tokens.ts'

/** Words after which a full stop ends no sentence. */
const abbreviations = new Set(
  'mr mrs ms dr prof st sr jr gen col lt sen rep gov pres no nos art vol vs cf al co corp inc ltd dept approx jan feb mar apr jun jul aug sep sept oct nov dec mme mlle hr fr bzw nr abs z b d h г гг им'.split(
    ' ',
  ),
)

/** A longer sentence is cut here, in words: what reads a sentence reads a limited number of words. */
const maxSentence = 300

/** Sets the sentence of each token. @returns the number of sentences */
export function divide(tokens: Token[]): number {
  let [sentence, length] = [0, 0]
  for (const [i, token] of tokens.entries()) {
    if (i > 0 && (length >= maxSentence || endsBefore(tokens, i))) {
      sentence += 1
      length = 0
    }
    length += 1
    token.sentence = sentence
  }
  return tokens.length === 0 ? 0 : sentence + 1
}

/** Whether a sentence ends between token `i` and the one before it. */
function endsBefore(tokens: readonly Token[], i: number): boolean {
  const { gap, isCapital, key } = tokens[i]!
  if (/\n\s*\n|[。！？]/.test(gap)) return true
  if (/[!?]["'”’»)\]]*\s/.test(gap)) return isCapital
  if (!/^["'”’»)\]]*\.["'”’»)\]]*\s/.test(gap)) return false
  const before = tokens[i - 1]!
  if (!isCapital && !/^\d/.test(key)) return false
  if (abbreviations.has(before.key)) return false
  // `J. Smith`, and `18. Juni` in German.
  return !(before.key.length === 1 && before.isCapital) && !(/^\d{1,2}$/.test(before.key) && isMonth(key))
}

const isMonth = (key: string): boolean => /^(?:jan|feb|mar|apr|mai|jun|jul|aug|sep|okt|nov|dez)/.test(key)
