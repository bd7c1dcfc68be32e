import type { Day } from '../shared/calendar.ts'
import type { QueryError } from '../problems/problems.ts'

/** The names of the two query parameters of a period: its first and last day, both inclusive. */
type Bounds<Name> = readonly [from: Name, to: Name]

/** An error for each period of a query that ends before it begins, at the parameter of its last day. */
export const periodErrors = <Name extends string>(
  query: Partial<Record<NoInfer<Name>, Day | undefined>>,
  ...periods: Bounds<Name>[]
): QueryError[] =>
  periods.flatMap(([from, to]) => {
    const [first, last] = [query[from], query[to]]
    if (first === undefined || last === undefined || first <= last) return []
    const message = `\`${to}\` (${last}) is before \`${from}\` (${first}).`
    return [{ parameter: to, code: 'invalid_value', message }]
  })
