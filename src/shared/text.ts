import { isUtf8 } from 'node:buffer'

/** In lower case, how the form of RFC 8187 begins when its charset is UTF-8: the only one that it requires. */
const extended = "utf-8'"
/** Its language, which is ignored, and its value; `encodeURIComponent` leaves `'()*` as they are. */
const extendedValue = /^[a-z\d-]*'((?:[\w!#$&+.^`|~()*'-]|%[\da-f]{2})*)$/i

/**
 * The text of a header: of `UTF-8''%ED%95%9C` what it encodes (RFC 8187, section 3.2); of anything else its bytes, read as
 * UTF-8, or as Latin-1 if they are not valid UTF-8. Undefined: it begins as the form of RFC 8187, but is malformed, or
 * encodes a control character.
 * @param header with one character per byte, as Node gives it
 */
export function headerText(header: string): string | undefined {
  const bytes = Buffer.from(header, 'latin1')
  if (!header.toLowerCase().startsWith(extended)) return isUtf8(bytes) ? bytes.toString('utf8') : header
  const value = extendedValue.exec(header.slice(extended.length))?.[1]
  const decoded = value?.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  if (decoded === undefined || !isUtf8(Buffer.from(decoded, 'latin1'))) return undefined
  const text = Buffer.from(decoded, 'latin1').toString('utf8')
  return /\p{Cc}/u.test(text) ? undefined : text
}

/** Text as searches compare it: lower case, without accents. PostgreSQL's `unaccent` is not immutable and covers less. */
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

/** The text without format characters and the blank letters of Unicode, which are not visible. */
export const withoutInvisible = (text: string): string => text.replace(/[\p{Cf}\u034f\u115f\u1160\u3164\u2800]/gu, '')

/** `text` as part of a URL: lower-case words joined by hyphens, at most `maxLength` characters. */
export const slug = (text: string, maxLength: number): string =>
  fold(text)
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, maxLength)
    .replace(/^-|-$/g, '')

/** `wanted`, or the first of `wanted-2`, `wanted-3` … that is not in `taken`. */
export function firstFree(wanted: string, taken: readonly string[]): string {
  const all = new Set(taken)
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!all.has(name)) return name
  }
}

/** The letters of scripts that put no spaces between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu

/** Longer words are cut, in UTF-16 units; PostgreSQL refuses words of 2 kB. */
const maxWordLength = 200

/**
 * The words of a text as a full-text search compares them: runs of letters and digits, folded. In scripts without spaces
 * between words each letter is a word, so that any part of a title can be found.
 */
export const wordsIn = (text: string): string[] =>
  (
    fold(text)
      .replace(unspaced, ' $& ')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).map((word) => word.slice(0, maxWordLength))
