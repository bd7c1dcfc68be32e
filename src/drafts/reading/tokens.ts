import { remembered } from '../../shared/remembered.ts'
import { fold } from '../../shared/text.ts'

/** A word of a text: a run of letters or digits, an abbreviation such as `U.S.`, or one letter of a script without spaces. */
export interface Token {
  /** Where it is in the text, in UTF-16 units; `end` is exclusive. */
  start: number
  end: number
  /** The word in lower case, without accents and dots. */
  key: string
  /** Its first letter is a capital, or of a script that has none. */
  isCapital: boolean
  /** It has several letters, all of them capitals. */
  isAcronym: boolean
  /** The characters between the word before it and this one. */
  gap: string
  /** The number of its sentence, from 0. */
  sentence: number
}

/** Each letter of these scripts is a word: Korean has spaces, but writes particles without one. */
const unspaced =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}'
const letterOfUnspaced = new RegExp(`^[${unspaced}]`, 'u')

/** Longer runs of letters are cut: no name has such a word. */
const maxWord = 60

const words = (): RegExp =>
  new RegExp(
    `\\p{Lu}\\.(?:\\p{Lu}\\.){1,6}|\\p{N}{1,${maxWord}}(?=[${unspaced}])|[${unspaced}]|(?:(?![${unspaced}])[\\p{L}\\p{M}\\p{N}]){1,${maxWord}}`,
    'gu',
  )

const foldOf = remembered(5000, (raw) => fold(raw.replaceAll('.', '')))

/** Longer gaps are cut: their beginning says what they are. */
const maxGap = 20

/** The words of a text, in order; their sentences are not set. */
export function* tokensOf(text: string): Generator<Token> {
  let last = 0
  for (const { 0: raw, index: start } of text.matchAll(words())) {
    const end = start + raw.length
    const isUnspaced = letterOfUnspaced.test(raw)
    yield {
      start,
      end,
      key: foldOf(raw),
      isCapital: isUnspaced || /^(?:\p{Lu}|\p{Lt}|\p{Lo})/u.test(raw),
      isAcronym: !isUnspaced && /^\p{Lu}[\p{Lu}\p{N}.]+$/u.test(raw),
      gap: text.slice(last, Math.min(start, last + maxGap)),
      sentence: 0,
    }
    last = end
  }
}

/** The keys of the words of a name or a phrase. */
export const keysOf = (phrase: string): string[] => Array.from(tokensOf(phrase), ({ key }) => key)

/** The keys of words that are separated by spaces. */
export const keySet = (words: string): ReadonlySet<string> => new Set(words.split(' ').flatMap(keysOf))
