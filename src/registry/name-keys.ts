import { remembered } from '../shared/remembered.ts'
import { fold, withoutInvisible } from '../shared/text.ts'

/** An entry with 201 names is checked for duplicates, with pauses, before it is stored in one piece. */
const maxRecent = 500

/**
 * The key by which names are compared: words separated by spaces, without case, accents and punctuation. `U.S.A.` and `USA`
 * have the same key, and so do `Korea, Republic of` and `Korea (Republic of)`.
 */
export const nameKey = remembered(
  maxRecent,
  (name) =>
    wordsOnly(fold(withoutInvisible(name))) ||
    fold(name).replace(/\s+/g, ' ').trim() ||
    name.replace(/\s+/g, ' ').trim(),
)

const wordsOnly = (folded: string): string =>
  folded
    .replace(/['’ʻ]|(?<!\d)\.|\.(?!\d)/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** The key without the article at the beginning or end of a name: `Gambia, The`. */
export const bareKey = (name: string): string => withoutArticle(nameKey(name))

const withoutArticle = (key: string): string => key.replace(/^the (?=.)/, '').replace(/(?<=.) the$/, '')

/** The length to which the index on `name_keys` cuts a key, in code points. */
const indexed = 200

/** The keys of a name with and without the article. */
export function nameKeys(name: string): string[] {
  const key = nameKey(name)
  const bare = withoutArticle(key)
  return [...new Set([key, bare, `the ${bare}`, `${bare} the`])]
}

/** The same, cut as in the index on `name_keys`. */
export const indexedKeys = (name: string): string[] => nameKeys(name).map(indexedKey)

/** A key, cut as in the index on `name_keys`. */
export const indexedKey = (key: string): string =>
  Array.from(key.slice(0, 2 * indexed))
    .slice(0, indexed)
    .join('')

/**
 * The value of the column `words`: the keys by which an entry is found, one per line. The code comes first, then the name,
 * aliases and, after an empty line, the names by language; duplicates are omitted.
 */
export function linesOf(code: string, name: string, others: string[], inLanguages: string[] = []): string {
  const first = [nameKey(code), nameKey(name)]
  const own = [...new Set(others.map(nameKey))].filter((key) => !first.includes(key))
  const known = new Set([...first, ...own])
  const foreign = [...new Set(inLanguages.map(nameKey))].filter((key) => !known.has(key))
  return [...first, ...own, ...(foreign.length > 0 ? ['', ...foreign] : [])].join('\n')
}
