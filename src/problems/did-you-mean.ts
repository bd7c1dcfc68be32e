import { closest } from '../shared/edit-distance.ts'

/** The suggestion for a mistyped value, if there is one. */
export interface Suggestion {
  didYouMean?: string
}

/** Maximum length of a text that is compared, in UTF-16 units. */
const maxLength = 100

/** The candidate nearest to `given`, or else the first that shares its stem, contains it or has it as initials. */
export const didYouMean = (given: string, candidates: Iterable<string>): Suggestion =>
  suggestionsFrom(candidates)(given)

/** The same for several values: the candidates are prepared once. */
function suggestionsFrom(candidates: Iterable<string>): (given: string) => Suggestion {
  const folded = new Map(Array.from(candidates, (candidate) => [candidate.toLowerCase(), candidate]))
  const all = [...folded.keys()]
  return (text) => {
    if (text.length > maxLength) return {}
    const given = text.toLowerCase()
    const suggestion = closest(given, all, maxDistance) ?? all.find((candidate) => isAkin(given, candidate))
    return suggestion === undefined ? {} : { didYouMean: folded.get(suggestion)! }
  }
}

/** Maximum edit distance to a candidate. */
const maxDistance = ({ length }: string): number => (length <= 3 ? 1 : Math.max(2, Math.floor(length / 3)))

/** Whether two words share a stem (`parties`, `party`), one contains the other, or `given` is the initials (`MOU`). */
function isAkin(given: string, candidate: string): boolean {
  const initials = candidate.split('_').map(([initial]) => initial)
  if (initials.length > 2 && initials.join('') === given) return true
  if (given.length < 4 || candidate.length < 4) return false
  if (candidate.includes(given) || given.includes(candidate)) return true
  const stem = candidate.slice(0, Math.max(4, candidate.length - 2))
  return given.startsWith(stem) && given.length <= candidate.length + 4
}

/** A message, followed by the suggestion. */
export const withSuggestion = (
  message: string,
  { didYouMean: suggestion }: { didYouMean?: string | undefined },
): string => (suggestion === undefined ? message : `${message} Did you mean \`${suggestion}\`?`)
