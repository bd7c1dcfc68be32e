import { wordsIn } from '../../shared/text.ts'

/** One term of a search: consecutive words that must be present, or with `not` absent. */
interface Term {
  words: string[]
  not: boolean
  /** An unquoted stop word: ignored unless the search has nothing else. */
  weak: boolean
}

/** A parsed web search: alternatives, each a list of terms that must all match. */
export type Search = Term[][]

/** A quoted phrase (the closing quote is optional) or a run without spaces, with any minus signs in front. */
const parts = /(-*)(?:"([^"]*)"?|([^\s"]+))/g

const stopWords = new Set(
  'a an and are as at be by for from in into is it its of on or that the their this to was were which with'.split(' '),
)

/** Two capitals are a code: `IT` is Italy. */
const isStopWord = (plain: string): boolean => stopWords.has(plain.toLowerCase()) && !/^[A-Z]{2}$/.test(plain)

/**
 * Parses a web search: `"…"` is a phrase, a minus sign excludes, `or` separates alternatives. A word with punctuation
 * inside, such as `Mi-ock` or `04-601`, is a phrase. Any text is valid: a closing quote may be missing, and punctuation
 * without a word is ignored.
 */
export function readSearch(q: string): Search {
  const alternatives: Search = [[]]
  for (const [, minus, quoted, plain = ''] of q.replace(/[“”„«»]/g, '"').matchAll(parts)) {
    const words = wordsIn(quoted ?? plain)
    if (/^or$/i.test(plain) && minus === '') alternatives.push([])
    else if (words.length > 0) alternatives.at(-1)!.push({ words, not: minus !== '', weak: isStopWord(plain) })
  }
  return alternatives.map(withoutWeak).filter((terms) => terms.length > 0)
}

function withoutWeak(terms: Term[]): Term[] {
  const strong = terms.filter(({ weak }) => !weak)
  return strong.length > 0 ? strong : terms
}

/** Korean particles are attached to the word, so Korean words are matched by prefix. */
const lexeme = (word: string): string => (/\p{Script=Hangul}/u.test(word) ? `'${word}':*` : `'${word}'`)

/** The search in the syntax of `to_tsquery`; empty when it has no terms. */
export const tsqueryOf = (search: Search): string =>
  search
    .map((terms) => terms.map(({ words, not }) => `${not ? '!' : ''}(${words.map(lexeme).join(' <-> ')})`).join(' & '))
    .join(' | ')

/**
 * A less selective search that an index answers quickly: an index knows no word order, so phrases become single words,
 * and stop words are left out where possible. It finds at least what the search finds.
 */
export function looseQueryOf(search: Search): string {
  const loose = search.map((terms) =>
    terms.flatMap(({ words, not }): Term[] => {
      if (not && words.length > 1) return []
      const significant = words.filter((word) => !stopWords.has(word))
      return (significant.length > 0 ? significant : words).map((word) => ({ words: [word], not, weak: false }))
    }),
  )
  return loose.every((terms) => terms.length > 0) ? tsqueryOf(loose) : tsqueryOf(search)
}

/** The words that must be present, each once. */
export const wantedWords = (search: Search): string[] => [
  ...new Set(search.flat().flatMap(({ words, not }) => (not ? [] : words))),
]

/** The search with each word replaced by `replace(word)`; a term with a word replaced by null is dropped. */
export const withWords = (search: Search, replace: (word: string) => string | null): Search =>
  search
    .map((terms) =>
      terms.flatMap((term) => {
        const words = term.not ? term.words : term.words.map(replace)
        return words.every((word) => word !== null) ? [{ ...term, words }] : []
      }),
    )
    .filter((terms) => terms.some(({ not }) => !not))

/** The search as a person would write it. */
export const written = (search: Search): string =>
  search
    .map((terms) =>
      terms
        .map(({ words, not }) => `${not ? '-' : ''}${words.length > 1 ? `"${words.join(' ')}"` : words[0]}`)
        .join(' '),
    )
    .join(' or ')
