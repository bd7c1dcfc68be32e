import type { FastifyRequest } from 'fastify'
import { AgreementFilter } from '../agreements/list/filter.ts'
import { queryOf } from '../http/responses.ts'

/** The parameters in the address of a page, without the empty ones that a form sends for what was left open. */
export const askedOf = ({ url }: Pick<FastifyRequest, 'url'>): URLSearchParams =>
  new URLSearchParams([...new URLSearchParams(queryOf(url))].filter(([, value]) => value !== ''))

/** Takes the empty parameters out of a query, since a form without script sends them too. */
export function dropEmpty(query: Record<string, unknown>): void {
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
