import { z } from 'zod'
import { dueKinds } from '../../agreements/time/lifecycle.ts'
import type { Deadline } from '../../deadlines/schemas.ts'
import { registerAsSource, Short, shortOf } from '../from-agreement.ts'
import { at, atMost, cursor, day, filters, queryOf, withoutPages } from '../inputs.ts'
import { tool } from '../tool.ts'

interface Page {
  items: Deadline[]
  total: number
  nextCursor: string | null
  from: string
  to: string
  withoutKnownTerm: number
}

export const listDeadlines = tool({
  name: 'list_deadlines',
  title: 'Deadlines',
  description:
    'What ends, renews itself or needs notice in a period, computed from terms and acts: “What expires in the next six months?” Agreements without a known term can end too: the answer says how many these are.',
  input: z.strictObject({
    ...filters,
    kind: z.enum(dueKinds).optional().describe('Only this kind.'),
    from: day.optional().describe('On or after this day, `YYYY-MM-DD`. Default: today.'),
    to: day.optional().describe('On or before this day, `YYYY-MM-DD`. Default: six months after `from`.'),
    limit: atMost(50, 25),
    cursor,
  }),
  answer: z.object({
    from: z.string(),
    to: z.string(),
    total: z.number().describe('How many deadlines are in the period.'),
    withoutKnownTerm: z
      .int()
      .describe('How many agreements have no known term: of these only acts that end them are known.'),
    deadlines: z.array(
      z.object({
        day: z.string(),
        kind: z.string(),
        renewal: z.string().nullable().describe('For a notice, the day of the renewal that it would prevent.'),
        endedBy: z.string().nullable(),
        approximate: z.boolean(),
        agreement: Short,
        parties: z.array(z.object({ side: z.number(), code: z.string(), name: z.string() })),
      }),
    ),
  }),
  run: async (given, context) => {
    const query = queryOf({ ...given, count: 'exact' })
    const path = at('/v1/deadlines', query)
    const { items, total, nextCursor, from, to, withoutKnownTerm } = await context.ask<Page>(path)
    return {
      answer: {
        from,
        to,
        total,
        withoutKnownTerm,
        deadlines: items.map(({ agreement, parties, ...due }) => ({
          ...due,
          agreement: shortOf(agreement, context),
          parties: parties.map(({ side, code, name }) => ({ side, code, name })),
        })),
      },
      sources: [registerAsSource(context.link(path))],
      path,
      page: at('/deadlines', withoutPages(query)),
      cite: null,
      asOf: context.now,
      next: nextCursor,
      summary: `${total} deadlines from ${from} to ${to}. Of ${withoutKnownTerm} agreements no term is known: they can end in this period too.`,
    }
  },
})
