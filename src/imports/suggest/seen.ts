import { fold } from '../../shared/text.ts'
import { durationIn } from '../mapping/durations.ts'
import type { Split } from '../mapping/text-schemas.ts'
import { splitCell } from '../mapping/split-cell.ts'
import { valueKey } from '../mapping/value-tables.ts'
import { dayFormatsOf } from './day-formats-of.ts'

type LooksLike = 'blank' | 'day' | 'address' | 'number' | 'duration' | 'yes_or_no' | 'list' | 'code' | 'text'

/** What the head of a file has in a column. */
export interface SeenColumn {
  name: string
  seen: {
    /** Number of rows in which it has content. */
    filled: number
    /** Number of different contents, whatever the letter case. */
    distinct: number
    /** The most frequent contents, at most five, each at most 100 characters. */
    examples: string[]
    looksLike: LooksLike
  }
}

/** The same with what only the proposal needs. */
export interface Column extends SeenColumn {
  /** The words of its name. */
  words: string
  /** All contents that are not blank and do not mean unknown, in the order of the rows. */
  values: string[]
  /** The formats of its days; empty unless it looks like days. */
  formats: string[]
  /** How its lists are divided; empty unless it looks like lists. */
  split: Split[]
}

/** The words of a column's name: `Date_of signature` and `dateOfSignature` are `date of signature`. */
export const wordsOf = (name: string): string =>
  fold(name.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, ' '))
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** Contents that mean unknown in registers. */
const unknownValues = [
  'n/a',
  'na',
  'n.a.',
  '-',
  '--',
  '?',
  'unknown',
  'null',
  '(blank)',
  '9999-12-31',
  '0000-00-00',
  '31/12/9999',
  '00/00/0000',
]

/** The contents of a column that mean unknown, as they are written. */
export const unknownIn = (cells: readonly string[]): string[] =>
  cells.map((cell) => cell.trim()).filter((cell) => cell.length < 15 && unknownValues.includes(valueKey(cell)))

export function seeColumn(name: string, cells: readonly string[], unknown: readonly string[]): Column {
  const filled = cells.map((cell) => cell.trim()).filter((cell) => cell !== '')
  const values = filled.filter((cell) => !unknown.includes(cell))
  const counts = new Map<string, { text: string; count: number }>()
  for (const text of filled) {
    const key = valueKey(text)
    const known = counts.get(key)
    counts.set(key, { text: known?.text ?? text, count: (known?.count ?? 0) + 1 })
  }
  const examples = [...counts.values()]
    .toSorted((a, b) => b.count - a.count)
    .slice(0, 5)
    .map(({ text }) => Array.from(text).slice(0, 100).join(''))
  const formats = dayFormatsOf(values)
  const split = splitOf(values)
  const looksLike = formats.length > 0 ? 'day' : looksOf(values, split)
  return {
    name,
    words: wordsOf(name),
    seen: { filled: filled.length, distinct: counts.size, examples, looksLike },
    values,
    formats,
    split,
  }
}

/** Whether nearly all values are so. */
const nearlyAll = (values: readonly string[], is: (value: string) => boolean): boolean =>
  values.length > 0 && values.filter(is).length >= 0.9 * values.length

/** A longer text is no duration: it is folded to be read, which is slow. */
const maxDuration = 200

const yesOrNo = ['yes', 'no', 'y', 'n', 'true', 'false', 'si', 'oui', 'non', 'ja', 'nein', 'x']

function looksOf(values: readonly string[], split: readonly Split[]): LooksLike {
  if (values.length === 0) return 'blank'
  if (nearlyAll(values, (value) => value.length < 10 && yesOrNo.includes(valueKey(value)))) return 'yes_or_no'
  if (nearlyAll(values, (value) => /^https?:\/\/\S+$/.test(value))) return 'address'
  if (nearlyAll(values, (value) => /^-?[0-9]+(?:[.,][0-9]+)?$/.test(value))) return 'number'
  if (nearlyAll(values, (value) => value.length <= maxDuration && durationIn(value) !== undefined)) return 'duration'
  if (split.length > 0) return 'list'
  return nearlyAll(values, (value) => /^[A-Z0-9][A-Z0-9_./-]{0,11}$/.test(value)) ? 'code' : 'text'
}

const candidates: Split[][] = [['numbered_lines'], ['semicolon'], ['pipe'], ['lines']]

/** What divides most values into short parts. */
function splitOf(values: readonly string[]): Split[] {
  const isList = (kinds: Split[]) => (value: string) => {
    const parts = splitCell(value, kinds)
    return (parts.length > 1 || parts[0] !== value) && parts.length < 100 && parts.every(({ length }) => length < 80)
  }
  return candidates.find((kinds) => values.filter(isList(kinds)).length > values.length / 2) ?? []
}
