import { fold } from '../shared/text.ts'

/**
 * A name as two are compared: words with a space between them, without case, accents and punctuation. `U.S.A.` and `USA`
 * are one name, and so are `Korea, Republic of` and `Korea (Republic of)`.
 */
export const nameKey = (name: string): string =>
  wordsOnly(fold(name)) || fold(name).replace(/\s+/g, ' ').trim() || name.replace(/\s+/g, ' ').trim()

const wordsOnly = (folded: string): string =>
  folded
    .replace(/['’ʻ]|(?<!\d)\.|\.(?!\d)/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** The same without the article that a name begins or ends with: `Gambia, The`. */
export const bareKey = (name: string): string =>
  nameKey(name)
    .replace(/^the (?=.)/, '')
    .replace(/(?<=.) the$/, '')

/** How much of a name the index `name_keys` knows, in code points. */
const indexed = 200

/** The keys of a name with the article and without it. */
export function nameKeys(name: string): string[] {
  const bare = bareKey(name)
  return [...new Set([nameKey(name), bare, `the ${bare}`, `${bare} the`])]
}

/** The same as an index finds them. */
export const indexedKeys = (name: string): string[] => nameKeys(name).map(cut)

const cut = (key: string): string => Array.from(key).slice(0, indexed).join('')

/**
 * All that an entry is found by, as the column `words` holds it: a line each, the code first, then the name, other names,
 * and after an empty line the names in other languages. Each of those stands there once.
 */
export function linesOf(code: string, name: string, others: string[], inLanguages: string[] = []): string {
  const first = [nameKey(code), nameKey(name)]
  const own = [...new Set(others.map(nameKey))].filter((key) => !first.includes(key))
  const known = new Set([...first, ...own])
  const foreign = [...new Set(inLanguages.map(nameKey))].filter((key) => !known.has(key))
  return [...first, ...own, ...(foreign.length > 0 ? ['', ...foreign] : [])].join('\n')
}
