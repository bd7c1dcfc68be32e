import type { Language } from '../reading/language.ts'
import { Phrases } from '../reading/phrases.ts'

/** Phrases by language, separated by `|`. One that ends with `*` stands for all words that begin so. */
export type ByLanguage = Partial<Record<Language, string>>

/** For each language, an index of the phrases of a table in this language and in English, which appears in texts of all. */
export function phrasesOf<Value extends string>(
  table: Partial<Record<Value, ByLanguage>>,
): (language: Language) => Phrases<Value> {
  const made = new Map<Language, Phrases<Value>>()
  return (language) => {
    const known = made.get(language)
    if (known) return known
    const phrases = new Phrases<Value>()
    for (const [value, byLanguage] of Object.entries(table) as [Value, ByLanguage][]) {
      const texts = language === 'en' ? [byLanguage.en] : [byLanguage[language], foreign(byLanguage.en)]
      for (const text of texts) for (const phrase of text?.split('|') ?? []) phrases.add(phrase, value)
    }
    made.set(language, phrases)
    return phrases
  }
}

/** Of the English phrases, those of several words: a single one can mean something else in another language. */
const foreign = (text = ''): string =>
  text
    .split('|')
    .filter((phrase) => phrase.includes(' ') || phrase === 'mou')
    .join('|')
