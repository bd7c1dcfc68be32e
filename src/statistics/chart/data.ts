import { groupedBy } from '../../shared/grouped.ts'
import { yearsOf } from '../dimensions.ts'
import type { Dimension, Statistics } from '../schemas.ts'

/** Maximum number of bars, and of colours within a bar. The rest is summed up or told in the note. */
const max = { bars: 30, groups: 8 }

/** Maximum characters of a label. */
const maxLabel = 42

/** What a chart shows. */
export interface Chart {
  title: string
  /** Below the chart: what it leaves out. */
  notes: string[]
  /** What the bars are. */
  axis: string
  /** Number of years of a bar; null when the bars are not periods. */
  years: number | null
  /** The bars in their order, for a chart that is not of years. */
  bars: string[]
  /** The colours in their order; empty when there is only one. */
  groups: string[]
  /** `x` is the first year of a period, or the label of a bar. */
  values: { x: number | string; count: number; group: string | null }[]
}

/** What a dimension is called in a sentence. */
export const dimensionNames: Record<Dimension, string> = {
  signedYear: 'year of signature',
  signedDecade: 'decade of signature',
  party: 'party',
  pair: 'pair of parties',
  signatory: 'signatory',
  researchDomain: 'research domain',
  collection: 'collection',
  type: 'type',
  binding: 'binding force',
  status: 'status',
  statusBasis: 'basis of the status',
  kinds: 'kinds of the two sides',
}

export const titleOf = (groupBy: readonly Dimension[]): string =>
  `Agreements by ${groupBy.map((dimension) => dimensionNames[dimension]).join(' and ')}`

/** The chart of statistics: bars of years from the left to the right, of anything else from the top down, largest first. */
export function chartOf({ groupBy, items, total, overlapping, truncated }: Omit<Statistics, 'nextCursor'>): Chart {
  const first = groupBy.findIndex((dimension) => yearsOf.has(dimension))
  const along = Math.max(first, 0)
  const years = yearsOf.get(groupBy[along]!) ?? null
  const other = groupBy.length === 1 ? undefined : 1 - along
  const labelled = groupBy.map((_, i) => labelsOf(items, i))
  const unknown = sum(items.filter(({ keys }) => keys[along] === null))
  const known = items
    .filter(({ keys, count }) => keys[along] !== null && (years !== null || count > 0))
    .map(({ keys, count }) => ({
      x: years === null ? labelled[along]!.get(keys[along]!)! : Number(keys[along]),
      count,
      group: other === undefined ? null : labelled[other]!.get(keys[other]!)!,
    }))
  const bars = years === null ? ranked(known, ({ x }) => String(x)) : []
  const groups = other === undefined ? [] : ranked(known, ({ group }) => group!)
  const [shown, colours] = [new Set(bars.slice(0, max.bars)), new Set(groups.slice(0, max.groups))]
  const isSummedUp = groups.length > colours.size
  return {
    title: titleOf(groupBy),
    notes: [
      `${total} ${total === 1 ? 'agreement' : 'agreements'}.`,
      ...(overlapping ? ['An agreement can be in several groups.'] : []),
      ...(unknown > 0 ? [`${unknown} without a known ${dimensionNames[groupBy[along]!]} not shown.`] : []),
      ...(bars.length > max.bars ? [`The ${max.bars} largest of ${bars.length}.`] : []),
      ...(truncated ? ['Some of the smallest groups are left out.'] : []),
    ],
    axis: dimensionNames[groupBy[along]!],
    years,
    bars: [...shown],
    groups: [...colours, ...(isSummedUp ? [rest] : [])],
    values: known
      .filter(({ x }) => years !== null || shown.has(String(x)))
      .map((one) => ({ ...one, group: one.group !== null && !colours.has(one.group) ? rest : one.group })),
  }
}

const rest = 'All others'

const sum = (items: { count: number }[]): number => items.reduce((total, { count }) => total + count, 0)

/** The label of each key of the `i`th dimension. Keys of which the names look the same are added to them. */
function labelsOf(items: Statistics['items'], i: number): Map<string | null, string> {
  const names = new Map(
    items.map(({ keys, labels }) => [keys[i]!, (labels[i] ?? keys[i] ?? 'unknown').replaceAll('_', ' ')]),
  )
  const alike = groupedBy(names.values(), (name) => cut(name, maxLabel))
  return new Map(
    [...names].map(([key, name]) => {
      const label = cut(name, maxLabel)
      if (key === null || alike.get(label)!.length === 1) return [key, label]
      const end = ` (${key})`
      return [key, `${cut(name, Math.max(maxLabel - end.length, 1))}${end}`]
    }),
  )
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

/** The distinct keys, that with the largest sum first. */
function ranked<Item extends { count: number }>(items: Item[], keyOf: (item: Item) => string): string[] {
  const sums = new Map<string, number>()
  for (const item of items) sums.set(keyOf(item), (sums.get(keyOf(item)) ?? 0) + item.count)
  return [...sums].toSorted(([, a], [, b]) => b - a).map(([key]) => key)
}
