/** An operation of a JSON Patch (RFC 6902), of those that are made here. */
export type Operation =
  | { op: 'add' | 'replace'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'move'; from: string; path: string }

/**
 * The JSON Patch (RFC 6902) that makes `after` of `before`, both as `JSON.parse` gives them. The items of a list are told
 * apart by their `id` or `key`: one that has moved is moved, and one that stands where another stood replaces it. Items
 * without are told apart by their place. The time it takes grows with the size of the two, but for the square of how many
 * items of a list have moved.
 */
export function patchBetween(before: unknown, after: unknown): Operation[] {
  const patch: Operation[] = []
  compare(before, after, '', patch)
  return patch
}

type Fields = Record<string, unknown>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function compare(before: unknown, after: unknown, path: string, patch: Operation[]): void {
  if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, patch)
  else if (isObject(before) && isObject(after)) compareObjects(before, after, path, patch)
  else if (!isSame(before, after)) patch.push({ op: 'replace', path, value: after })
}

const stepTo = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`

function compareObjects(before: Fields, after: Fields, path: string, patch: Operation[]): void {
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name)) patch.push({ op: 'remove', path: path + stepTo(name) })
  }
  for (const [name, value] of Object.entries(after)) {
    if (Object.hasOwn(before, name)) compare(before[name], value, path + stepTo(name), patch)
    else patch.push({ op: 'add', path: path + stepTo(name), value })
  }
}

/** What both lists begin and end with is left alone. */
function compareLists(before: unknown[], after: unknown[], path: string, patch: Operation[]): void {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && isSame(before[start], after[start])) start++
  let end = 0
  while (end < shorter - start && isSame(before.at(-1 - end), after.at(-1 - end))) end++
  const part: Part = {
    old: before.slice(start, before.length - end),
    now: after.slice(start, after.length - end),
    at: (index) => `${path}/${start + index}`,
  }
  const [had, wanted] = [keysOf(part.old), keysOf(part.now)]
  if (had && wanted) compareByKey(part, had, wanted, patch)
  else compareByPlace(part, patch)
}

/** The part of two lists in which they differ. */
interface Part {
  old: unknown[]
  now: unknown[]
  /** The path of an item of this part. */
  at: (index: number) => string
}

function compareByPlace({ old, now, at }: Part, patch: Operation[]): void {
  const both = Math.min(old.length, now.length)
  for (let i = old.length - 1; i >= both; i--) patch.push({ op: 'remove', path: at(i) })
  for (let i = 0; i < both; i++) compare(old[i], now[i], at(i), patch)
  for (let i = both; i < now.length; i++) patch.push({ op: 'add', path: at(i), value: now[i] })
}

/** The keys of the items, if each has one of its own. */
function keysOf(items: unknown[]): string[] | undefined {
  const keys = items.flatMap((item) => {
    const key = isObject(item) ? (item['id'] ?? item['key']) : undefined
    return typeof key === 'string' ? [key] : []
  })
  return new Set(keys).size === items.length ? keys : undefined
}

/**
 * First what is gone is removed, from the end; then, from the end too, each item that is new or not in its order is put
 * before the one that follows it. What comes in the place of what is gone takes over its key, and is replaced last.
 */
function compareByKey({ old, now, at }: Part, had: string[], wanted: string[], patch: Operation[]): void {
  const { order, replaced, staying } = arrange(had, wanted)
  const current = [...had]
  const shown = new Set(order)
  for (let i = had.length - 1; i >= 0; i--) {
    if (shown.has(had[i]!)) continue
    patch.push({ op: 'remove', path: at(i) })
    current.splice(i, 1)
  }
  for (let i = order.length - 1; i >= 0; i--) {
    const key = order[i]!
    if (staying.has(key)) continue
    const from = current.indexOf(key)
    if (from >= 0) current.splice(from, 1)
    const place = i + 1 < order.length ? current.indexOf(order[i + 1]!) : current.length
    current.splice(place, 0, key)
    if (from < 0) patch.push({ op: 'add', path: at(place), value: now[i] })
    else if (from !== place) patch.push({ op: 'move', from: at(from), path: at(place) })
  }
  const places = new Map(had.map((key, i) => [key, i]))
  for (const [i, key] of order.entries()) {
    const place = places.get(key)
    if (replaced.has(key)) patch.push({ op: 'replace', path: at(i), value: now[i] })
    else if (place !== undefined) compare(old[place], now[i], at(i), patch)
  }
}

interface Arrangement {
  /** The keys as they are wanted, those of replaced items in place of those that replace them. */
  order: string[]
  /** The keys of the items that others replace. */
  replaced: Set<string>
  /** The keys that need not be moved. */
  staying: Set<string>
}

function arrange(had: string[], wanted: string[]): Arrangement {
  const places = new Map(had.map((key, i) => [key, i]))
  const staying = new Set(longestRising(wanted.flatMap((key) => places.get(key) ?? [])).map((place) => had[place]!))
  const [gone, come] = [betweenStaying(had, staying, new Set(wanted)), betweenStaying(wanted, staying, new Set(had))]
  const replacedBy = new Map(
    come.flatMap((keys, gap) => keys.slice(0, gone[gap]!.length).map((key, i) => [key, gone[gap]![i]!])),
  )
  const replaced = new Set(replacedBy.values())
  for (const key of replaced) staying.add(key)
  return { order: wanted.map((key) => replacedBy.get(key) ?? key), replaced, staying }
}

/** The keys that the other list does not have, by the gap between staying ones in which they stand. */
function betweenStaying(keys: string[], staying: ReadonlySet<string>, others: ReadonlySet<string>): string[][] {
  const gaps: string[][] = [[]]
  for (const key of keys) {
    if (staying.has(key)) gaps.push([])
    else if (!others.has(key)) gaps.at(-1)!.push(key)
  }
  return gaps
}

/** A longest subsequence of the numbers, all different, that only rises. */
function longestRising(numbers: number[]): number[] {
  /** For each length, the place of the least number that a rising subsequence of it can end with. */
  const ends: number[] = []
  const previous: (number | undefined)[] = []
  for (const [place, number] of numbers.entries()) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (numbers[ends[middle]!]! < number) low = middle + 1
      else high = middle
    }
    previous.push(ends[low - 1])
    ends[low] = place
  }
  const rising: number[] = []
  for (let place = ends.at(-1); place !== undefined; place = previous[place]) rising.push(numbers[place]!)
  return rising.toReversed()
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]))
  if (!isObject(a) || !isObject(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
  )
}
