import { z } from 'zod'
import { agreementTypes } from '../agreements/tables.ts'
import { statuses } from '../agreements/time/lifecycle.ts'
import { signatoryKinds } from '../registry/signatories/tables.ts'
import { maxHandle } from '../shared/schemas.ts'

/**
 * A text in the input of a tool. The API checks its form, so that a rule is in one place; here only what could not be sent to
 * it unchanged.
 */
export const words = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => text.isWellFormed(), 'Must not contain an unpaired surrogate.')

export const day = words(10)

export const asOf = words(40)
  .optional()
  .describe('As the register held it at this instant, such as `2024-11-01T00:00:00Z`. Default: now.')

/** A path must not have another handle in it: `..` would lead to another one. */
const isHandle = (text: string): boolean => /^[A-Za-z0-9]/.test(text)

export const agreement = words(maxHandle)
  .refine(isHandle, 'Must be the id, the reference or an identifier of an agreement, such as `tias:04-601`.')
  .describe('The agreement: its reference such as `DHS-ST-2019-KR`, its id, or a number such as `tias:04-601`.')

export const cursor = words(4000).optional().describe('`next` of the answer before, for the next page.')

export const atMost = (max: number, initial: number) =>
  z.int().min(1).max(max).default(initial).describe(`At most so many, 1 to ${max}.`)

/** By whom and about what: the filters of every question. */
export const filters = {
  party: words(130).optional().describe('Code of a party, such as `KR`.'),
  otherParty: words(130).optional().describe('Code of a party on the other side from `party`, in either order.'),
  signatory: words(130)
    .optional()
    .describe('Code of a body that signed, such as `US-DHS`; includes the bodies under it.'),
  topic: words(130)
    .optional()
    .describe('Code of a research domain, such as `theme:disaster-resilience`; includes narrower ones.'),
}

/** What else selects agreements. */
export const moreFilters = {
  text: words(500)
    .optional()
    .describe('Words of titles, names, places and topics, such as `flood "public safety"`. Not with `asOf`.'),
  partyKind: z.enum(signatoryKinds).optional().describe('All parties on both sides are of this kind.'),
  type: z.enum(agreementTypes).optional(),
  status: z.enum(statuses).optional().describe('Status today, or on the day `on`.'),
  on: day.optional().describe('The day for which the status is judged, `YYYY-MM-DD`.'),
  inForceOn: day.optional().describe('In force on this day, `YYYY-MM-DD`.'),
  signedFrom: day.optional().describe('Signed on or after this day, `YYYY-MM-DD`.'),
  signedTo: day.optional().describe('Signed on or before this day, `YYYY-MM-DD`.'),
}

type Given = Record<string, string | number | readonly string[] | undefined>

/** The parameters of the API that have other names than the input. */
const names: Record<string, string> = { text: 'q', topic: 'researchDomain' }

/** The input of a tool as a query of the API. Two parties are a pair. */
export function queryOf({ party, otherParty, ...given }: Given): string {
  const both = [party, otherParty].filter((one) => one !== undefined)
  const query = new URLSearchParams()
  if (both.length === 2) query.set('pair', both.join(','))
  else if (both.length === 1) query.set('party', String(both[0]))
  for (const [name, value] of Object.entries(given)) {
    for (const one of value === undefined ? [] : [value].flat()) query.append(names[name] ?? name, String(one))
  }
  return query.toString()
}

/** A path with a query, if there is one. */
export const at = (path: string, query: string): string => (query === '' ? path : `${path}?${query}`)

/** The path of an agreement, of the API or of the pages. */
export const agreementPath = (handle: string): string => `/agreements/${encodeURIComponent(handle)}`

/** The query without what only the API takes. */
export function withoutPages(query: string): string {
  const rest = new URLSearchParams(query)
  for (const name of ['limit', 'cursor', 'count']) rest.delete(name)
  return rest.toString()
}

/** The query with the instant `now`, unless it has one: what it answers then does not change any more. */
export function citable(query: string, now: string): string {
  const all = new URLSearchParams(withoutPages(query))
  if (!all.has('asOf')) all.set('asOf', now)
  return all.toString()
}
