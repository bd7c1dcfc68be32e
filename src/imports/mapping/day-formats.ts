/** The parts of a day that a format has. */
type Part = 'year' | 'shortYear' | 'month' | 'monthName' | 'day'
export type Parts = Partial<Record<Part, string>>

/** A format of days, ready to be used. */
export interface DayFormat {
  /** The parts of a text that is written in the format; undefined when it is not. */
  read: (text: string) => Parts | undefined
  /** The same for a text that lacks parts at its beginning or end, as in `7 and 9 May 2009`. */
  readPart: (text: string) => Parts | undefined
}

const tokens: [token: string, part: Part, pattern: string][] = [
  ['yyyy', 'year', '([0-9]{4})'],
  ['yy', 'shortYear', '([0-9]{2})'],
  ['MMMM', 'monthName', '([\\p{L}\\p{M}]+)\\.?'],
  ['MMM', 'monthName', '([\\p{L}\\p{M}]+)\\.?'],
  ['MM', 'month', '([0-9]{1,2})'],
  ['M', 'month', '([0-9]{1,2})'],
  ['dd', 'day', '([0-9]{1,2})(?:st|nd|rd|th|er|º|ª)?'],
  ['d', 'day', '([0-9]{1,2})(?:st|nd|rd|th|er|º|ª)?'],
]

const timeOfDay = '(?:[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,9})?)?(?:Z| ?[AP]M)?)?'

interface Piece {
  part?: Part
  pattern: string
}

/** The pieces of a format; undefined when it has no year, a part twice, or other letters outside apostrophes. */
function piecesOf(format: string): Piece[] | undefined {
  const pieces: Piece[] = []
  for (let rest = format; rest !== '';) {
    const [quoted, literal] = /^'([^']*)'/.exec(rest) ?? []
    const [token, part, pattern] = tokens.find(([token]) => rest.startsWith(token)) ?? []
    if (quoted !== undefined) pieces.push({ pattern: escaped(literal ?? '') })
    else if (token && part && pattern) pieces.push({ part, pattern })
    else if (/^\p{L}/u.test(rest)) return undefined
    else pieces.push({ pattern: /^\s/.test(rest) ? '\\s{0,3}' : `\\s{0,3}${escaped(rest[0]!)}\\s{0,3}` })
    rest = rest.slice((quoted ?? token ?? rest[0]!).length)
  }
  const parts = pieces.flatMap(({ part }) =>
    part ? [part.replace('shortYear', 'year').replace('monthName', 'month')] : [],
  )
  return parts.includes('year') && new Set(parts).size === parts.length ? pieces : undefined
}

const escaped = (literal: string): string => literal.replaceAll(/[\^$\\.*+?()[\]{}|/]/g, '\\$&')

/** The format of a text such as `dd/MM/yyyy`; undefined when the text is not a format. */
export function compileDayFormat(format: string): DayFormat | undefined {
  const pieces = piecesOf(format)
  if (!pieces) return undefined
  const whole = matcherOf(pieces, timeOfDay)
  const partial = subsequences(pieces).map((some) => matcherOf(some, ''))
  return { read: whole, readPart: (text) => firstOf(partial, text) }
}

function firstOf(matchers: DayFormat['read'][], text: string): Parts | undefined {
  for (const read of matchers) {
    const parts = read(text)
    if (parts) return parts
  }
  return undefined
}

function matcherOf(pieces: Piece[], after: string): DayFormat['read'] {
  const pattern = new RegExp(`^${pieces.map(({ pattern }) => pattern).join('')}${after}$`, 'iu')
  const parts = pieces.flatMap(({ part }) => part ?? [])
  return (text) => {
    const found = pattern.exec(text)
    return found ? Object.fromEntries(parts.map((part, index) => [part, found[index + 1]!])) : undefined
  }
}

/** The runs of pieces that begin and end with a part and have the day, the longest first. */
function subsequences(pieces: Piece[]): Piece[][] {
  const all = pieces.flatMap((_, start) =>
    pieces.slice(start).map((_, length) => pieces.slice(start, start + length + 1)),
  )
  return all
    .filter((some) => some.length < pieces.length && some.some(({ part }) => part === 'day'))
    .filter((some) => some[0]?.part !== undefined && some.at(-1)?.part !== undefined)
    .toSorted((a, b) => b.length - a.length)
}
