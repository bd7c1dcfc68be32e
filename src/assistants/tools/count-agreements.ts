import { z } from 'zod'
import { dimensions, type Statistics } from '../../statistics/schemas.ts'
import { registerAsSource } from '../from-agreement.ts'
import { asOf, at, atMost, cursor, filters, moreFilters, queryOf, withoutPages } from '../inputs.ts'
import { tool } from '../tool.ts'

export const countAgreements = tool({
  name: 'count_agreements',
  title: 'Count agreements',
  description:
    'Counts agreements by year, party, pair, signing body, topic, type, status and others: “With whom have the United States agreed, and how often?”, “How many a year?”',
  input: z.strictObject({
    groupBy: z
      .array(z.enum(dimensions))
      .min(1)
      .max(2)
      .describe('What to count by; two give each combination. `pair`: with whom; `signedYear`: by year.'),
    ...filters,
    ...moreFilters,
    sort: z.enum(['-count', 'count', '-key', 'key']).optional().describe('Default: the largest first.'),
    asOf,
    limit: atMost(100, 40),
    cursor,
  }),
  answer: z.object({
    total: z.number().describe('How many agreements match.'),
    overlapping: z
      .boolean()
      .describe('Whether an agreement can be in several groups: then counts do not add up to `total`.'),
    groups: z.array(
      z.object({
        keys: z.array(z.string().nullable()).describe('In the order of `groupBy`; null when unknown.'),
        labels: z.array(z.string().nullable()),
        count: z.number(),
        inForce: z.number().describe('How many of them are in force today, or on the day `on`.'),
        firstSigned: z.string().nullable(),
        lastSigned: z.string().nullable(),
      }),
    ),
  }),
  run: async (given, context) => {
    const query = queryOf(given)
    const path = at('/v1/statistics', query)
    const { total, overlapping, items, cite, nextCursor } = await context.ask<Statistics>(path)
    const { groupBy: _, sort: __, limit: ___, cursor: ____, ...selection } = given
    const more = nextCursor === null ? '' : ' There are more groups.'
    return {
      answer: { total, overlapping, groups: items },
      sources: [registerAsSource(context.link(at('/v1/agreements', queryOf(selection))))],
      path,
      page: at('/statistics', withoutPages(query)),
      cite: cite === null ? null : context.absolute(cite),
      asOf: given.asOf ?? context.now,
      next: nextCursor,
      summary: `${total} agreements in ${items.length} groups${overlapping ? ', which overlap' : ''}.${more}`,
    }
  },
})
