import { z } from 'zod'
import type { Agreement } from '../../agreements/schemas.ts'
import { datedOf, Dated, nameOf, Short, shortOf, signaturesOf, sourcesOf } from '../from-agreement.ts'
import { asOf, at, atMost, citable, cursor, filters, moreFilters, queryOf, withoutPages } from '../inputs.ts'
import { type Context, tool } from '../tool.ts'

const Listed = Short.extend({
  type: z.string(),
  binding: z.string(),
  parties: z.array(z.object({ side: z.number(), code: z.string(), name: z.string() })),
  signatures: z.array(Dated).describe('What sources say of the signature.'),
  status: z.string(),
  statusSince: z.string().nullable(),
  statusBasis: z.string().describe('`recorded`, `stated` by a source, or `presumed` as no later change is known.'),
})

interface Page {
  items: Agreement[]
  total: number
  nextCursor: string | null
  didYouMean: string | null
}

export const searchAgreements = tool({
  name: 'search_agreements',
  title: 'Search agreements',
  description:
    'Finds agreements by words, parties, signing bodies, topics, days and status: “What have the United States and Korea agreed?”, “What was in force between them on a day?” All that is given must match; without anything, the newest agreements.',
  input: z.strictObject({
    ...filters,
    ...moreFilters,
    sort: z
      .enum(['-signed', 'signed', 'title'])
      .optional()
      .describe('Default: newest signature first; with `text`, the best match.'),
    asOf,
    limit: atMost(25, 10),
    cursor,
  }),
  answer: z.object({
    total: z.number().describe('How many agreements match.'),
    didYouMean: z
      .string()
      .nullable()
      .describe('The search that was made instead, when `text` as written finds nothing.'),
    agreements: z.array(Listed),
  }),
  run: async (given, context) => {
    const query = queryOf({ ...given, count: 'exact' })
    const path = at('/v1/agreements', query)
    const { items, total, nextCursor, didYouMean } = await context.ask<Page>(path)
    const shown = items.map(({ reference, id }) => nameOf({ reference, id })).join(', ')
    return {
      answer: { total, didYouMean, agreements: items.map((one) => listed(one, context)) },
      sources: items.flatMap((one) => {
        const keys = signaturesOf(one).map(({ source }) => source)
        return sourcesOf(one, (key) => keys.includes(key))
      }),
      path,
      page: at('/agreements', withoutPages(query)),
      cite: given.text === undefined ? context.link(at('/v1/agreements', citable(query, context.now))) : null,
      asOf: given.asOf ?? context.now,
      next: nextCursor,
      summary: total === 0 ? nothing : `${total} matching; shown: ${shown}.`,
    }
  },
})

const nothing =
  'No agreement of the register matches. That does not mean that there is none: the register has only what was entered.'

const listed = (agreement: Agreement, context: Context): z.infer<typeof Listed> => ({
  ...shortOf(agreement, context),
  type: agreement.type,
  binding: agreement.binding,
  parties: agreement.parties.map(({ side, code, name }) => ({ side, code, name })),
  signatures: signaturesOf(agreement).map(datedOf),
  status: agreement.status,
  statusSince: agreement.statusSince,
  statusBasis: agreement.statusBasis,
})
