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
