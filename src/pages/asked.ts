import type { FastifyRequest } from 'fastify'
import { AgreementFilter } from '../agreements/list/filter.ts'
import { queryOf } from '../http/responses.ts'
import { ofTheDay } from '../statistics/dimensions.ts'

/** The instant that a form sends as a day or without an offset, in UTC. Anything else stays as it is. */
const instantOf = (text: string): string =>
  /^\d{4}-\d\d-\d\d$/.test(text)
    ? `${text}T00:00:00Z`
    : /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)
      ? `${text}:00Z`
      : /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/.test(text)
        ? `${text}Z`
        : text

/** The parameters in the address of a page, without the empty ones that a form sends for what was left open. */
export const askedOf = ({ url }: Pick<FastifyRequest, 'url'>): URLSearchParams =>
  new URLSearchParams(
    [...new URLSearchParams(queryOf(url))].flatMap(([name, value]) =>
      value === '' ? [] : [[name, name === 'asOf' ? instantOf(value) : value]],
    ),
  )

/** Makes the query of the API of what a form without script sends: empty parameters are left out, instants are in UTC. */
export function fromForm(query: Record<string, unknown>): void {
  if (typeof query['asOf'] === 'string') query['asOf'] = instantOf(query['asOf'])
  for (const [name, value] of Object.entries(query)) {
    const given = Array.isArray(value) ? value.filter((one) => one !== '') : value
    if (given === '' || (Array.isArray(given) && given.length === 0)) delete query[name]
    else query[name] = given
  }
}

export const isFilter = (name: string): boolean => Object.hasOwn(AgreementFilter.shape, name)

/** The filters alone: what selects agreements on every page. */
export const filtersIn = (query: URLSearchParams): URLSearchParams =>
  new URLSearchParams([...query].filter(([name]) => isFilter(name)))

/** The filters, and the instant as of which they are asked: what selects agreements on the pages that take one. */
export const selectionIn = (query: URLSearchParams): URLSearchParams =>
  new URLSearchParams([...query].filter(([name]) => isFilter(name) || name === 'asOf'))

/** Whether a query asks for the status, which can be that of another day: as a filter, or as what is counted. */
export const asksStatus = (query: URLSearchParams): boolean =>
  ofTheDay.some((name) => query.has(name) || query.has('groupBy', name))

/** The query without the day of the status, unless it asks for one: the day alone is refused. */
export const withoutIdleDay = (query: URLSearchParams): URLSearchParams =>
  asksStatus(query) ? query : withValues(query, { on: undefined })

/** The query with other values of some parameters; undefined takes one away. */
export function withValues(query: URLSearchParams, values: Record<string, string | undefined>): URLSearchParams {
  const all = new URLSearchParams(query)
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) all.delete(name)
    else all.set(name, value)
  }
  return all
}

/** A path with a query, if there is one. */
export const at = (path: string, query: URLSearchParams): string =>
  query.size === 0 ? path : `${path}?${query.toString()}`

/** The one address of what a page shows: its parameters in one order, without those that change nothing. */
export function canonicalOf(url: string): string {
  const query = withValues(askedOf({ url }), { count: undefined })
  query.sort()
  return at(url.split('?', 1)[0]!, query)
}
