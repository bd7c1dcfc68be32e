/** The languages that texts are read in. */
export const languages = ['en', 'fr', 'es', 'de', 'pt', 'ru', 'ko', 'zh'] as const
export type Language = (typeof languages)[number]

/** Frequent words that only one of these languages has. */
const frequent: Partial<Record<Language, string>> = {
  en: 'the of and to in is was that for with by on has have between an from will',
  fr: 'le la les des du et une est dans pour par sur avec entre aux été ont qui au',
  es: 'el los las del y una es en por para con entre su se al que como fue han',
  pt: 'o os as da do dos das e em um uma para com no na pelo pela ao entre foi não são',
  de: 'der die das und den dem des ist ein eine mit für zwischen wurde im am auf zu',
}
const languageOf = new Map<string, Language[]>()
for (const [language, words] of Object.entries(frequent))
  for (const word of words.split(' ')) languageOf.set(word, [...(languageOf.get(word) ?? []), language as Language])

/** How much of a text tells its language, in UTF-16 units. */
const head = 4000

/** The language of a text by its script and its frequent words; English when nothing tells. */
export function languageIn(text: string): Language {
  const some = text.slice(0, head)
  const count = (pattern: RegExp) => some.match(pattern)?.length ?? 0
  const letters = count(/\p{L}/gu)
  if (count(/\p{Script=Hangul}/gu) > letters / 4) return 'ko'
  if (count(/\p{Script=Han}/gu) > letters / 4) return 'zh'
  if (count(/\p{Script=Cyrillic}/gu) > letters / 2) return 'ru'
  const counts = new Map<Language, number>()
  for (const word of some.toLowerCase().match(/\p{L}+/gu) ?? [])
    for (const language of languageOf.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1)
  const [best] = [...counts].toSorted((a, b) => b[1] - a[1])
  return best?.[0] ?? 'en'
}

/** The language that a BCP 47 tag names, if texts are read in it. */
export const knownLanguage = (tag: string): Language | undefined =>
  languages.find((language) => language === tag.toLowerCase().split('-', 1)[0])
