import { closest } from '../shared/edit-distance.ts'

/** What was probably meant, if anything. */
export interface Meant {
  didYouMean?: string
}

/** The longest text that is compared with others. */
const longest = 100

/** What was probably meant: the nearest of the candidates, or else the first that shares its beginning or holds it. */
export const didYouMean = (given: string, candidates: Iterable<string>): Meant => meantAmong(candidates)(given)

/** The same for many: the candidates are looked at once. */
export function meantAmong(candidates: Iterable<string>): (given: string) => Meant {
  const folded = new Map(Array.from(candidates, (candidate) => [candidate.toLowerCase(), candidate]))
  const all = [...folded.keys()]
  return (text) => {
    if (text.length > longest) return {}
    const given = text.toLowerCase()
    const meant = closest(given, all, mostSlips) ?? all.find((candidate) => isAkin(given, candidate))
    return meant === undefined ? {} : { didYouMean: folded.get(meant)! }
  }
}

/** How many letters of a candidate may be others, too many or too few. */
const mostSlips = ({ length }: string): number => (length <= 3 ? 1 : Math.max(2, Math.floor(length / 3)))

/** Whether two words are of one stem, as `parties` and `party`, one is part of the other, or has its initials (`MOU`). */
function isAkin(given: string, candidate: string): boolean {
  const initials = candidate.split('_').map(([initial]) => initial)
  if (initials.length > 2 && initials.join('') === given) return true
  if (given.length < 4 || candidate.length < 4) return false
  if (candidate.includes(given) || given.includes(candidate)) return true
  const stem = candidate.slice(0, Math.max(4, candidate.length - 2))
  return given.startsWith(stem) && given.length <= candidate.length + 4
}

/** A sentence, with the question whether something else was meant. */
export const asking = (message: string, { didYouMean: meant }: { didYouMean?: string | undefined }): string =>
  meant === undefined ? message : `${message} Did you mean \`${meant}\`?`
