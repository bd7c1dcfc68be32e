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

/** The values of a list in a cell, trimmed, without blank ones. */
export function splitCell(cell: string, kinds: readonly Split[] = []): string[] {
  let values = [cell]
  for (const kind of kinds) values = values.flatMap((value) => value.split(dividers[kind]))
  return values.map((value) => value.trim()).filter((value) => value !== '')
}
