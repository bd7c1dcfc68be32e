import { isUtf8 } from 'node:buffer'

/** The text of a header: its bytes arrive as Latin-1, and are read as UTF-8 if they are UTF-8. */
export function headerText(header: string): string {
  const bytes = Buffer.from(header, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : header
}

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

/** `text` as part of an address: words in lower case with hyphens between them, at most `most` characters. */
export const slug = (text: string, most: number): string =>
  fold(text)
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, most)
    .replace(/^-|-$/g, '')

/** `wanted`, or the first of `wanted-2`, `wanted-3` … that is not taken. */
export function untaken(wanted: string, taken: readonly string[]): string {
  const all = new Set(taken)
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!all.has(name)) return name
  }
}

/** A `like` pattern for each word of `q`, folded; `%` and `_` stand for themselves. */
export const likeWords = (q: string): string[] =>
  fold(q)
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`)

/** The letters of scripts that put no spaces between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu

/** The most UTF-16 units of a word that are told apart; PostgreSQL takes no word of 2 kB. */
const longest = 200

/**
 * The words of a text as a full-text search compares them: runs of letters and digits, folded. Where a script puts no
 * spaces between words each letter is one, so that any part of a title is found.
 */
export const wordsIn = (text: string): string[] =>
  (
    fold(text)
      .replace(unspaced, ' $& ')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).map((word) => word.slice(0, longest))
