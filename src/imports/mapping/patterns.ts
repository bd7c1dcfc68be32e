import { RE2JS, RE2JSException } from 're2js'

/** A pattern whose time is linear in the length of the text, whatever the pattern: RE2, without lookaround and backreferences. */
export interface Pattern {
  /** The names of its groups. */
  groups: string[]
  isIn: (text: string) => boolean
  /** The named groups of each match, blank where a group took no part. */
  matchesIn: (text: string) => Iterable<Record<string, string>>
}

/** Why a pattern cannot be used; for people. */
export class PatternError extends Error {
  override name = 'PatternError'
}

/** @throws PatternError */
export function compilePattern(source: string): Pattern {
  const pattern = compiled(source)
  const groups = Object.keys(pattern.namedGroups())
  return {
    groups,
    isIn: (text) => pattern.matcher(text).find(),
    *matchesIn(text) {
      const matcher = pattern.matcher(text)
      while (matcher.find()) yield Object.fromEntries(groups.map((name) => [name, matcher.group(name) ?? '']))
    },
  }
}

function compiled(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new PatternError(
      `The pattern cannot be used (${error.message.replace('error parsing regexp: ', '')}). Lookaround and backreferences are not supported.`,
    )
  }
}
