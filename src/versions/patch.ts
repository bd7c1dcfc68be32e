/** The operations of JSON Patch (RFC 6902) that are generated here. */
export type Operation =
  | { op: 'add' | 'replace'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'move'; from: string; path: string }

/**
 * The JSON Patch (RFC 6902) from `before` to `after`, both as returned by `JSON.parse`. List items are identified by their
 * `id` or `key`: an item that has moved becomes a `move`, and one in the place of a removed item a `replace`. Items without
 * either are identified by index. Takes time linear in the size of both, plus the square of the number of moved items.
 */
export function patchBetween(before: unknown, after: unknown): Operation[] {
  const patch: Operation[] = []
  compare(before, after, '', patch)
  return patch
}

type Fields = Record<string, unknown>

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function compare(before: unknown, after: unknown, path: string, patch: Operation[]): void {
  if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, patch)
  else if (isObject(before) && isObject(after)) compareObjects(before, after, path, patch)
  else if (!isSame(before, after)) patch.push({ op: 'replace', path, value: after })
}

/** A property as a step of a JSON Pointer (RFC 6901). */
export const stepTo = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`

function compareObjects(before: Fields, after: Fields, path: string, patch: Operation[]): void {
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name)) patch.push({ op: 'remove', path: path + stepTo(name) })
  }
  for (const [name, value] of Object.entries(after)) {
    if (Object.hasOwn(before, name)) compare(before[name], value, path + stepTo(name), patch)
    else patch.push({ op: 'add', path: path + stepTo(name), value })
  }
}

/** Skips the common beginning and end of both lists. */
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

/** The keys of the items, if each has a unique one. */
export function keysOf(items: unknown[]): string[] | undefined {
  const keys = items.flatMap((item) => {
    const key = isObject(item) ? (item['id'] ?? item['key']) : undefined
    return typeof key === 'string' ? [key] : []
  })
  return new Set(keys).size === items.length ? keys : undefined
}

/**
 * First removes items, from the end. Then, also from the end, puts each new or moved item before its successor. An item in
 * the place of a removed one takes over its key and is replaced last.
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
  /** The wanted keys, with the keys of replaced items instead of those of their replacements. */
  order: string[]
  /** The keys of the replaced items. */
  replaced: Set<string>
  /** The keys that do not need to be moved. */
  staying: Set<string>
}

function arrange(had: string[], wanted: string[]): Arrangement {
  const places = new Map(had.map((key, i) => [key, i]))
  const staying = new Set(longestIncreasing(wanted.flatMap((key) => places.get(key) ?? [])).map((place) => had[place]!))
  const [removed, added] = [groupedByGap(had, staying, new Set(wanted)), groupedByGap(wanted, staying, new Set(had))]
  const replacedBy = new Map(
    added.flatMap((keys, gap) => keys.slice(0, removed[gap]!.length).map((key, i) => [key, removed[gap]![i]!])),
  )
  const replaced = new Set(replacedBy.values())
  for (const key of replaced) staying.add(key)
  return { order: wanted.map((key) => replacedBy.get(key) ?? key), replaced, staying }
}

/** The keys that the other list does not have, grouped by the gap between staying keys. */
function groupedByGap(keys: string[], staying: ReadonlySet<string>, others: ReadonlySet<string>): string[][] {
  const gaps: string[][] = [[]]
  for (const key of keys) {
    if (staying.has(key)) gaps.push([])
    else if (!others.has(key)) gaps.at(-1)!.push(key)
  }
  return gaps
}

/** A longest increasing subsequence of distinct numbers. */
function longestIncreasing(numbers: number[]): number[] {
  /** For each length, the index of the smallest number that can end an increasing subsequence of that length. */
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

/** Whether two values of JSON are equal. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]))
  if (!isObject(a) || !isObject(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
  )
}
