import type { Split } from './text-schemas.ts'

/** What divides the values; each in linear time. `numbered_lines` divides where a line begins with a number and a dot or bracket. */
const dividers: Record<Split, RegExp> = {
  semicolon: /;/,
  comma: /,/,
  pipe: /\|/,
  slash: /\//,
  lines: /\r?\n/,
  numbered_lines: /(?:^|\r?\n)[ \t]*[0-9]{1,3}[.)][ \t]+/,
  and: /\s(?:and|&|et|und|y)\s/i,
}

/** In a longer list no names are looked for, which takes time. */
const maxListed = 100

/** The most parts of a cell that are one name, such as `A and B and C`. */
const maxParts = 5

/**
 * The values of a list in a cell, trimmed, without blank ones.
 * @param isName whether a text with `and` in it is a name, which is not divided
 */
export function splitCell(
  cell: string,
  kinds: readonly Split[] = [],
  isName: (text: string) => boolean = never,
): string[] {
  let values = [cell]
  for (const kind of kinds) {
    values = values.flatMap((value) =>
      kind === 'and' && isName !== never ? splitAtAnd(value, isName) : value.split(dividers[kind]),
    )
  }
  return values.map((value) => value.trim()).filter((value) => value !== '')
}

const never = (): boolean => false

/** Takes the longest name first: `Trinidad and Tobago and Bosnia and Herzegovina` has two. */
function splitAtAnd(text: string, isName: (text: string) => boolean): string[] {
  const ends = [...text.matchAll(new RegExp(dividers.and, 'gi'))].map((match) => ({
    end: match.index,
    next: match.index + match[0].length,
  }))
  const places = [...ends, { end: text.length, next: text.length }]
  if (places.length > maxListed) return text.split(dividers.and)
  const values: string[] = []
  for (let [at, start] = [0, 0]; at < places.length;) {
    let last = Math.min(at + maxParts, places.length) - 1
    while (last > at && !isName(text.slice(start, places[last]!.end))) last -= 1
    values.push(text.slice(start, places[last]!.end))
    start = places[last]!.next
    at = last + 1
  }
  return values
}
