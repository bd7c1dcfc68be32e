/** A list or a text of which an answer has only the beginning. */
interface LeftOut {
  /** JSON Pointer (RFC 6901) into the answer. */
  at: string
  /** How many items or UTF-16 units are shown, and how many there are. */
  shown: number
  total: number
}

interface Bounded {
  value: unknown
  leftOut: LeftOut[]
}

/** How many items of a list and UTF-16 units of a text are shown; the first step by which the whole fits is taken. */
const steps = [
  { items: 50, units: 4000 },
  { items: 25, units: 1000 },
  { items: 12, units: 400 },
  { items: 6, units: 200 },
  { items: 3, units: 100 },
  { items: 1, units: 60 },
]
type Step = (typeof steps)[number]

interface Shortened {
  lists: LeftOut[]
  texts: LeftOut[]
}

/** Maximum number of lists and texts that are reported as shortened. */
const maxReported = 20

/** Addresses are shown whole, so that they can be opened: the register has none of more than 2,000 characters. */
const isAddress = (key: string): boolean => /^(?:url|page|address|selection)$/.test(key)

/**
 * A value as JSON, at most `maxBytes` in UTF-8: if it is larger, long lists and texts are shortened.
 * @returns what was shortened, at most 20 places, lists before texts
 */
export function bounded(value: unknown, maxBytes: number): Bounded {
  let result: Bounded = { value, leftOut: [] }
  for (const step of steps) {
    const { lists, texts }: Shortened = { lists: [], texts: [] }
    const cut = shortened(value, '', step, { lists, texts })
    result = { value: cut, leftOut: [...lists, ...texts].slice(0, maxReported) }
    if (Buffer.byteLength(JSON.stringify(result.value)) <= maxBytes) break
  }
  return result
}

function shortened(value: unknown, at: string, step: Step, all: Shortened): unknown {
  if (typeof value === 'string') return shortText(value, at, step, all)
  if (Array.isArray(value)) {
    if (value.length > step.items) all.lists.push({ at, shown: step.items, total: value.length })
    return value.slice(0, step.items).map((item, i) => shortened(item, `${at}/${i}`, step, all))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      isAddress(key) ? part : shortened(part, `${at}/${escaped(key)}`, step, all),
    ]),
  )
}

function shortText(text: string, at: string, { units }: Step, { texts }: Shortened): string {
  if (text.length <= units) return text
  texts.push({ at, shown: units, total: text.length })
  return `${text.slice(0, units).toWellFormed()}…`
}

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')
