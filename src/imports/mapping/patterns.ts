import { RE2JS, RE2JSException } from 're2js'
import { expandedSize } from './pattern-size.ts'

/**
 * A pattern that cannot hold the process up: RE2 takes time linear in the size of the pattern and of the text, and both are
 * limited. It has no lookaround and no backreferences.
 */
export interface Pattern {
  /** The names of its groups. */
  groups: string[]
  /** @throws PatternError when the text is too long for the size of the pattern; so do the others */
  isIn: (text: string) => boolean
  /** The named groups of the first match, blank where a group took no part. */
  matchIn: (text: string) => Groups | undefined
  /** The same of every match. */
  matchesIn: (text: string) => Groups[]
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

/** The most work in a text, in steps times characters: at most about a second. */
const maxWork = 20_000_000

/** @throws PatternError */
export function compilePattern(source: string): Pattern {
  const pattern = compiled(source)
  const size = pattern.programSize()
  const groups = Object.keys(pattern.namedGroups())
  const matcherOf = (text: string) => {
    if (text.length * size <= maxWork) return pattern.matcher(text)
    throw new PatternError(`The text is too long for this pattern (${text.length} characters).`)
  }
  const groupsOf = (matcher: ReturnType<typeof matcherOf>): Groups =>
    Object.fromEntries(groups.map((name) => [name, matcher.group(name) ?? '']))
  return {
    groups,
    isIn: (text) => matcherOf(text).find(),
    matchIn(text) {
      const matcher = matcherOf(text)
      return matcher.find() ? groupsOf(matcher) : undefined
    },
    matchesIn(text) {
      const matcher = matcherOf(text)
      const found: Groups[] = []
      let work = 0
      while (matcher.find()) {
        found.push(groupsOf(matcher))
        work += (text.length - matcher.start()) * size
        if (work > maxWork) throw new PatternError('The pattern has too many matches in this text.')
      }
      return found
    },
  }
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
