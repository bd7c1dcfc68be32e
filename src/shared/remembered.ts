/** A function whose results for the last `max` different inputs are kept, and those of at most as many before them. */
export function remembered<Result>(max: number, make: (input: string) => Result): (input: string) => Result {
  let [recent, older] = [new Map<string, Result>(), new Map<string, Result>()]
  return (input) => {
    const known = recent.get(input)
    if (known !== undefined) return known
    const result = older.get(input) ?? make(input)
    if (recent.size >= max) [older, recent] = [recent, new Map()]
    recent.set(input, result)
    return result
  }
}
