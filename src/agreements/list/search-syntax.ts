import { wordsIn } from '../../shared/text.ts'

/** What a part of a search asks for: words one right after another, or, with `not`, that they are not there. */
interface Term {
  words: string[]
  not: boolean
  /** A small word that nobody quoted: it says so little that it counts only where nothing else is asked for. */
  weak: boolean
}

/** A web search, taken apart: what has all the terms of one of the alternatives is found. */
export type Search = Term[][]

/** A quotation, up to its end or that of the search, or what stands between spaces; minus signs before it exclude. */
const parts = /(-*)(?:"([^"]*)"?|([^\s"]+))/g

const small = new Set(
  'a an and are as at be by for from in into is it its of on or that the their this to was were which with'.split(' '),
)

/** Two capitals are a code: `IT` is Italy. */
const isSmall = (plain: string): boolean => small.has(plain.toLowerCase()) && !/^[A-Z]{2}$/.test(plain)

/**
 * Takes a web search apart: `"…"` is a phrase, a minus sign excludes, `or` stands between alternatives. Whatever holds
 * signs inside, such as `Mi-ock` or `04-601`, is a phrase. Nothing is an error: a quotation may end with the search, and
 * a sign without a word asks for nothing.
 */
export function readSearch(q: string): Search {
  const alternatives: Search = [[]]
  for (const [, minus, quoted, plain = ''] of q.replace(/[“”„«»]/g, '"').matchAll(parts)) {
    const words = wordsIn(quoted ?? plain)
    if (/^or$/i.test(plain) && minus === '') alternatives.push([])
    else if (words.length > 0) alternatives.at(-1)!.push({ words, not: minus !== '', weak: isSmall(plain) })
  }
  return alternatives.map(withoutWeak).filter((terms) => terms.length > 0)
}

function withoutWeak(terms: Term[]): Term[] {
  const strong = terms.filter(({ weak }) => !weak)
  return strong.length > 0 ? strong : terms
}

/** Korean particles follow their word without a space, so it is looked for by its beginning. */
const lexeme = (word: string): string => (/\p{Script=Hangul}/u.test(word) ? `'${word}':*` : `'${word}'`)

/** The search as `to_tsquery` reads it; empty when it asks for nothing. */
export const tsqueryOf = (search: Search): string =>
  search
    .map((terms) => terms.map(({ words, not }) => `${not ? '!' : ''}(${words.map(lexeme).join(' <-> ')})`).join(' & '))
    .join(' | ')

/**
 * The same as an index is best asked: it knows no order, so of phrases it is asked for the words, and for small ones only
 * where there are no others. Whatever the search finds, this finds.
 */
export function looseQueryOf(search: Search): string {
  const loose = search.map((terms) =>
    terms.flatMap(({ words, not }): Term[] => {
      if (not && words.length > 1) return []
      const telling = words.filter((word) => !small.has(word))
      return (telling.length > 0 ? telling : words).map((word) => ({ words: [word], not, weak: false }))
    }),
  )
  return loose.every((terms) => terms.length > 0) ? tsqueryOf(loose) : tsqueryOf(search)
}

/** The words that must be there, each once. */
export const wantedWords = (search: Search): string[] => [
  ...new Set(search.flat().flatMap(({ words, not }) => (not ? [] : words))),
]

/** The search with each word replaced as `put` says; a term with a word put to null is left out. */
export const withWords = (search: Search, put: (word: string) => string | null): Search =>
  search
    .map((terms) =>
      terms.flatMap((term) => {
        const words = term.not ? term.words : term.words.map(put)
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
