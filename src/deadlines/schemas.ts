import { z } from 'zod'
import { AgreementFilter } from '../agreements/list/filter.ts'
import { dueKinds, endings } from '../agreements/time/lifecycle.ts'
import { Day } from '../shared/day-schemas.ts'
import { pageParameters, searchPageOf } from '../http/paging.ts'
import { Id, repeatable } from '../shared/schemas.ts'
import { BodyReference } from '../registry/signatories/schemas.ts'

export const mostYears = 10
export const mostEvents = 1000

const DueKind = z.enum(dueKinds).meta({
  id: 'DueKind',
  description:
    '`expiry`: the agreement ends, by its term or by an act. `renewal`: its term renews itself. `notice`: the last day on which notice stops a renewal.',
})

export const DeadlineQuery = AgreementFilter.extend({
  from: Day.optional().describe(
    'Due on this day or later. Today unless said, or six months before a `to` that has passed.',
  ),
  to: Day.optional().describe(
    `Due on this day or earlier; six months after \`from\` unless said, at most ${mostYears} years after it.`,
  ),
  kind: repeatable(DueKind).describe('What is due; several values match any of them. Default: all kinds.'),
  format: z
    .enum(['json', 'ics'])
    .optional()
    .describe(
      '`ics`: a calendar for a program that subscribes to an address and sends no `Accept`. Unless said, what `Accept` asks for, else JSON.',
    ),
  ...pageParameters,
})
export type DeadlineQuery = z.infer<typeof DeadlineQuery>

const day = z.string().meta({ format: 'date' })

export const Deadline = z
  .object({
    day: day.describe(
      'The first day on which it is no longer in force, the day of the renewal, or the last for notice.',
    ),
    kind: DueKind,
    renewal: day.nullable().describe('Of a notice, the day of the renewal that it stops; else null.'),
    endedBy: z.enum(endings).nullable().describe('Of an expiry, what ends it; else null.'),
    approximate: z.boolean().describe('Whether it rests on a date that is not one certain day.'),
    agreement: z.object({ id: Id, reference: z.string().nullable(), title: z.string() }),
    parties: z.array(BodyReference.extend({ side: z.int() })).describe('The parties of both sides.'),
  })
  .meta({ id: 'Deadline', description: 'A day on which something is due with an agreement.' })
export type Deadline = z.infer<typeof Deadline>

export const DeadlinePage = searchPageOf(Deadline, 'DeadlinePage')

export const DeadlineCalendar = z.string().meta({
  id: 'DeadlineCalendar',
  description: `iCalendar (RFC 5545): an all-day event for each, at most ${mostEvents}, with at most 4 MB of text. \`UID\` stays, \`SEQUENCE\` is the version of the agreement.`,
})
