import type { Partner } from './partners.ts'

/** From few agreements to many. */
const colours = ['#a6cbe8', '#6fa8d6', '#3f83c0', '#1f5f9e', '#0b3c6f']

interface Class {
  colour: string
  /** The smallest and the largest number of agreements. */
  from: number
  to: number
}

/** The classes of a map, whose smallest numbers are from the series 1, 2, 5, 10, 20 …, at most one for each colour. */
export function classesOf(partners: Pick<Partner, 'agreements'>[]): {
  classes: Class[]
  colourOf: (agreements: number) => string
} {
  const most = Math.max(1, ...partners.map(({ agreements }) => agreements))
  const series = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) => [1, 2, 5].map((n) => n * 10 ** power))
  const reached = series.filter((number) => number <= most)
  const stride = Math.ceil(reached.length / colours.length)
  const starts = reached.filter((_, i) => i % stride === 0)
  const classes = starts.map((from, i) => {
    const colour = colours[i + colours.length - starts.length]!
    return { colour, from, to: (starts[i + 1] ?? most + 1) - 1 }
  })
  return {
    classes,
    colourOf: (agreements) => classes.findLast(({ from }) => from <= agreements)?.colour ?? colours[0]!,
  }
}
