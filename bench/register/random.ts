/** Pseudo-random numbers from 0 (inclusive) to 1 (exclusive), the same for the same seed (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A function that picks one of several values by their weights. @param random from 0 to 1 */
export function byWeight<Value>(values: readonly (readonly [Value, number])[]): (random: number) => Value {
  let sum = 0
  const bounds = values.map(([, weight]) => (sum += weight))
  return (random) => values[Math.max(0, lowest(bounds, random * sum))]![0]
}

/** The index of the first bound above `at`. */
function lowest(bounds: number[], at: number): number {
  let [from, to] = [0, bounds.length - 1]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (bounds[middle]! > at) to = middle
    else from = middle + 1
  }
  return from
}
