import { z } from 'zod'
import { lifecycleEvents } from '../../agreements/time/lifecycle.ts'
import type { Agreement } from '../../agreements/schemas.ts'
import type { TimelineDate } from '../../timeline/schemas.ts'
import { datedOf, Dated, Short, shortOf, sourcesOf } from '../from-agreement.ts'
import { at, atMost, cursor, day, filters, queryOf } from '../inputs.ts'
import { type Context, type Source, tool } from '../tool.ts'

interface Page {
  items: TimelineDate[]
  total: number
  nextCursor: string | null
}

export const getTimeline = tool({
  name: 'get_timeline',
  title: 'Timeline of a party',
  description:
    'What happened, in the order of days: signatures, entries into force, amendments, ends. Of a party, a body, a pair of parties or a topic: “Who says that they signed on 27 October 2019?” Each date is of one source; dates that the register does not prefer are included.',
  input: z.strictObject({
    ...filters,
    event: z.enum(lifecycleEvents).optional().describe('Only this act.'),
    from: day.optional().describe('On or after this day, `YYYY-MM-DD`.'),
    to: day.optional().describe('On or before this day, `YYYY-MM-DD`.'),
    sort: z.enum(['date', '-date']).default('date').describe('`date`: earliest first; `-date`: latest first.'),
    limit: atMost(50, 25),
    cursor,
  }),
  answer: z.object({
    total: z.number().describe('How many dates match.'),
    dates: z.array(Dated.extend({ agreement: Short })),
  }),
  run: async (given, context) => {
    const query = queryOf({ ...given, count: 'exact' })
    const path = at('/v1/dates', query)
    const { items, total, nextCursor } = await context.ask<Page>(path)
    return {
      answer: {
        total,
        dates: items.map((one) => ({ ...datedOf(one), agreement: shortOf(one.agreement, context) })),
      },
      sources: await sourcesNamedBy(items, context),
      path,
      page: null,
      cite: null,
      asOf: context.now,
      next: nextCursor,
      summary: `${total} dates match; ${items.length} shown, each as one source gives it.`,
    }
  },
})

/** The sources of these dates, read from their agreements. */
async function sourcesNamedBy(dates: TimelineDate[], { ask }: Context): Promise<Source[]> {
  const ids = [...new Set(dates.flatMap(({ source, agreement }) => (source === null ? [] : [agreement.id])))]
  if (ids.length === 0) return []
  const { items } = await ask<{ items: Agreement[] }>(at('/v1/agreements', queryOf({ id: ids, limit: ids.length })))
  return items.flatMap((one) =>
    sourcesOf(one, (key) => dates.some(({ agreement, source }) => agreement.id === one.id && source === key)),
  )
}
