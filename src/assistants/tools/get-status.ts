import { z } from 'zod'
import type { Agreement } from '../../agreements/schemas.ts'
import { datedOf, Dated, nameOf, Short, shortOf, sourcesOf } from '../from-agreement.ts'
import { agreement, agreementPath, asOf, at, citable, day, queryOf } from '../inputs.ts'
import { tool } from '../tool.ts'

const nullableDay = z.string().nullable()

export const getStatus = tool({
  name: 'get_status',
  title: 'Status on a day',
  description:
    'Whether an agreement was signed, in force, suspended or ended on a day, what that rests on, and what sources say of each act: “Was it in force on 1 April 2016?” With `asOf`, as the register knew it at an instant: what was so on a day, as known at another time.',
  input: z.strictObject({
    agreement,
    day: day.optional().describe('The day, `YYYY-MM-DD`. Default: today.'),
    asOf,
  }),
  answer: z.object({
    agreement: Short,
    day: z.string(),
    status: z
      .string()
      .describe('`unknown`: the agreement is in the register, but no act of a known day says what its status was.'),
    basis: z
      .string()
      .describe('`recorded` in acts or the term, `stated` by a source, or `presumed`: no later change is known.'),
    since: nullableDay.describe('The first day of this status.'),
    until: nullableDay.describe('The day on which it ends; null when no end is known.'),
    endedBy: nullableDay,
    approximate: z.boolean().describe('Whether it depends on a date that is not an exact day.'),
    nextExpiry: nullableDay,
    noticeDeadline: nullableDay,
    exitDay: nullableDay.describe('The first day no longer in force if notice were given on `day`.'),
    dates: z.array(Dated).describe('What sources say of each act.'),
    statements: z
      .array(z.object({ status: z.string(), on: z.string(), source: z.string().nullable() }))
      .describe('The status as sources state it without an act.'),
  }),
  run: async (given, context) => {
    const on = given.day ?? context.today
    const query = queryOf({ on, asOf: given.asOf })
    const path = at(`/v1${agreementPath(given.agreement)}`, query)
    const found = await context.ask<Agreement>(path)
    const handle = nameOf(found)
    return {
      answer: {
        agreement: shortOf(found, context),
        day: on,
        status: found.status,
        basis: found.statusBasis,
        since: found.statusSince,
        until: found.statusUntil,
        endedBy: found.endedBy,
        approximate: found.approximate,
        nextExpiry: found.nextExpiry,
        noticeDeadline: found.noticeDeadline,
        exitDay: found.exitDay,
        dates: found.dates.map(datedOf),
        statements: found.statusStatements,
      },
      sources: sourcesOf(found),
      path,
      page: at(agreementPath(handle), query),
      cite: context.link(at(`/v1${agreementPath(found.id)}`, citable(query, context.now))),
      asOf: given.asOf ?? context.now,
      summary: `${handle} on ${on}: ${found.status}${meanings[found.statusBasis]}.${found.status === 'unknown' ? unknown : ''}`,
    }
  },
})

const meanings: Record<Agreement['statusBasis'], string> = {
  recorded: ', as recorded acts or the term say',
  stated: ', as a source states',
  presumed: ', presumed: no later change is known',
}

const unknown = ' Unknown means that the register cannot say, not that there is no agreement.'
