import { closest } from '../shared/edit-distance.ts'

/** What was probably meant: the nearest of the candidates, or else the first that shares its beginning or holds it. */
export function didYouMean(given: string, candidates: readonly string[]): { didYouMean?: string } {
  if (given.length > 100) return {}
  const folded = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]))
  const word = given.toLowerCase()
  const limitOf = ({ length }: string) => (length <= 3 ? 1 : Math.max(2, Math.floor(length / 3)))
  const meant = closest(word, folded.keys(), limitOf) ?? [...folded.keys()].find((candidate) => isAkin(word, candidate))
  return meant === undefined ? {} : { didYouMean: folded.get(meant)! }
}

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
