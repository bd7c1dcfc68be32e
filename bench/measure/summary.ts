import type { Round } from './load.ts'

/** The middle of some figures, with the least and the greatest. */
export interface Spread {
  median: number
  min: number
  max: number
}

export function spreadOf(figures: number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const median = sorted.length % 2 === 0 ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!
  return { median, min: sorted[0]!, max: sorted.at(-1)! }
}

export const spreadBy = (rounds: Round[], figure: keyof Round): Spread => spreadOf(rounds.map((round) => round[figure]))

/** The throughput of one server divided by that of another, round by round. */
export const ratiosOf = (one: Round[], other: Round[]): Spread =>
  spreadOf(one.map(({ rate }, i) => rate / other[i]!.rate))

/** How much of the processor one server and its PostgreSQL need for a request, divided by the same of another. */
export const costOf = (one: Round[], other: Round[]): number =>
  spreadOf(one.map(({ node, postgres }) => node + postgres)).median /
  spreadOf(other.map(({ node, postgres }) => node + postgres)).median
