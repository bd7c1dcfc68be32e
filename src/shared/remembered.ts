/** A function whose results for the last inputs are kept: at most `max`, then all are forgotten. */
export function remembered<Result>(max: number, make: (input: string) => Result): (input: string) => Result {
  const known = new Map<string, Result>()
  return (input) => {
    const before = known.get(input)
    if (before !== undefined) return before
    const result = make(input)
    if (known.size >= max) known.clear()
    known.set(input, result)
    return result
  }
}
