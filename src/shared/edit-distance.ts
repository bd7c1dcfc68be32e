/**
 * The number of edits between two words: insertion, deletion or substitution of a letter, or transposition of two
 * neighbouring letters (optimal string alignment).
 * @param limit the largest distance of interest; larger ones are returned as Infinity
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return Infinity
  let above: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  let leastAbove = 0
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    let least = i
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let edits = Math.min(row[j]! + 1, next[j - 1]! + 1, replaced)
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, above[j - 2]! + 1)
      next.push(edits)
      least = Math.min(least, edits)
    }
    if (least > limit && leastAbove >= limit) return Infinity
    ;[above, row, leastAbove] = [row, next, least]
  }
  return row[b.length]! > limit ? Infinity : row[b.length]!
}

/**
 * The candidate with the smallest edit distance, the first if there are several; undefined when none is close enough.
 * @param limitOf the maximum distance for a candidate, inclusive
 */
export function closest(
  given: string,
  candidates: Iterable<string>,
  limitOf: (candidate: string) => number,
): string | undefined {
  let found: string | undefined
  let least = Infinity
  for (const candidate of candidates) {
    const distance = editDistance(given, candidate, Math.min(limitOf(candidate), least - 1))
    if (distance < least) [found, least] = [candidate, distance]
  }
  return found
}
