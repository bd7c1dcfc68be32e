import { RE2JS, RE2JSException } from 're2js'
import { expandedSize } from './pattern-size.ts'

/**
 * A pattern that cannot hold the process up: RE2 takes time linear in the size of the pattern and of the text, and both are
 * limited. It has no lookaround and no backreferences.
 */
export interface Pattern {
  /** The names of its groups. */
  groups: string[]
  /** @throws PatternError when the text is too long for the size of the pattern, or no work is left; so do the others */
  isIn: (text: string, work: Work) => boolean
  /** The named groups of the first match, blank where a group took no part. */
  matchIn: (text: string, work: Work) => Groups | undefined
  /** The same of every match. */
  matchesIn: (text: string, work: Work) => Groups[]
}

/** The work that is left for a row, in steps times characters. */
export interface Work {
  left: number
}

export type Groups = Record<string, string>

/** Why a pattern cannot be used; for people. */
export class PatternError extends Error {
  override name = 'PatternError'
}

/** What would do when a pattern cannot be tried on a text. */
export const shorter = 'A shorter text, or a simpler pattern.'

/** The largest pattern, in steps of RE2. A character is about one step, `x{100}` a hundred. */
const maxSize = 1000

/** The most work in a text, and in all texts of a row, in steps times characters: at most about a second. */
export const maxWork = 20_000_000

/** The largest size of all patterns of a mapping together: each takes time to compile, and memory while it is used. */
export const maxSizeOfAll = 100_000

/** @throws PatternError */
export function compilePattern(source: string): Pattern {
  const pattern = compiled(source)
  const size = pattern.programSize()
  const groups = Object.keys(pattern.namedGroups())
  const matcherOf = (text: string, work: Work) => {
    if (text.length * size > maxWork)
      throw new PatternError(`The text is too long for this pattern (${text.length} characters).`)
    spend(work, (text.length + 1) * size)
    return pattern.matcher(text)
  }
  const groupsOf = (matcher: ReturnType<typeof matcherOf>): Groups =>
    Object.fromEntries(groups.map((name) => [name, matcher.group(name) ?? '']))
  return {
    groups,
    isIn: (text, work) => matcherOf(text, work).find(),
    matchIn(text, work) {
      const matcher = matcherOf(text, work)
      return matcher.find() ? groupsOf(matcher) : undefined
    },
    matchesIn(text, work) {
      const matcher = matcherOf(text, work)
      const found: Groups[] = []
      while (matcher.find()) {
        found.push(groupsOf(matcher))
        spend(work, (text.length - matcher.start()) * size)
      }
      return found
    },
  }
}

/** @throws PatternError when no work is left */
function spend(work: Work, size: number): void {
  work.left -= size
  if (work.left < 0) throw new PatternError('The patterns of this row have too much text, or too many matches.')
}

function compiled(source: string): RE2JS {
  const tooLarge = 'The pattern is too large. Use fewer or smaller counted repetitions, such as `x{100}`.'
  if (expandedSize(source) > 4 * maxSize) throw new PatternError(tooLarge)
  try {
    const pattern = RE2JS.compile(source)
    if (pattern.programSize() > maxSize) throw new PatternError(tooLarge)
    return pattern
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    const reason = error.message.replace('error parsing regexp: ', '')
    throw new PatternError(`The pattern cannot be used (${reason}). Lookaround and backreferences are not supported.`)
  }
}
