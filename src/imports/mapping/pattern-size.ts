/**
 * The size of a regular expression when its counted repetitions are written out, in characters: `(ab){3}` has about nine. An
 * estimate, so that a pattern which takes seconds to compile is not compiled. Takes linear time.
 */
export function expandedSize(source: string): number {
  /** The sizes of the groups that are open, from the outermost. */
  const open = [0]
  let last = 0
  const add = (size: number): void => {
    last = size
    open[open.length - 1] = open.at(-1)! + size
  }
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at]!
    if (character === '\\') {
      at += 1
      add(1)
    } else if (character === '(') open.push(1)
    else if (character === ')' && open.length > 1) add(open.pop()!)
    else if (character === '[') {
      at = endOfClass(source, at)
      add(1)
    } else {
      const [repeated, least, most] = /^\{(\d{1,6})(?:,(\d{0,6}))?\}/.exec(source.slice(at, at + 16)) ?? []
      if (repeated === undefined) add(1)
      else {
        const count = Math.max(Number(least), Number(most || 0), 1)
        open[open.length - 1] = open.at(-1)! + last * (count - 1)
        last *= count
        at += repeated.length - 1
      }
    }
  }
  return open.reduce((sum, size) => sum + size, 0)
}

/** The place of the bracket that ends a class of characters, or the end of the source. */
function endOfClass(source: string, start: number): number {
  let at = start + (source[start + 1] === '^' ? 2 : 1)
  if (source[at] === ']') at += 1
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1
  return at
}
