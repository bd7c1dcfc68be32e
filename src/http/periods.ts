import type { Day } from '../shared/calendar.ts'
import { Problem } from '../problems/problems.ts'

/** The names of the two query parameters of a period: its first and last day, both inclusive. */
type Bounds<Name> = readonly [from: Name, to: Name]

/**
 * Refuses periods of a query that end before they begin. A single day and an open end are accepted.
 * @throws Problem 400, with an error for each such period, at the parameter of its last day
 */
export function checkPeriods<Name extends string>(
  query: Partial<Record<NoInfer<Name>, Day | undefined>>,
  ...periods: Bounds<Name>[]
): void {
  const errors = periods.flatMap(([from, to]) => {
    const [first, last] = [query[from], query[to]]
    if (first === undefined || last === undefined || first <= last) return []
    const message = `\`${to}\` (${last}) is before \`${from}\` (${first}).`
    return [{ parameter: to, code: 'invalid_value', message }]
  })
  if (errors.length === 0) return
  throw new Problem('invalid_request', errors.map(({ message }) => message).join(' '), errors)
}
