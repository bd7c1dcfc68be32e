/** Text as searches compare it: without accents, in lower case. `unaccent` is not immutable, and knows less. */
export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('đ', 'd')
    .replaceAll('æ', 'ae')
    .replaceAll('œ', 'oe')

/** A `like` pattern for each word of `q`, folded; `%` and `_` stand for themselves. */
export const likeWords = (q: string): string[] =>
  fold(q)
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`)
