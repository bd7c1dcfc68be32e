import { z } from 'zod'
import { AgreementFilter } from '../agreements/list/filter.ts'
import { dueKinds, endings } from '../agreements/time/lifecycle.ts'
import { Day } from '../shared/day-schemas.ts'
import { pageParameters, searchPageOf } from '../http/paging.ts'
import { Id, repeatable } from '../shared/schemas.ts'
import { SignatoryReference } from '../registry/signatories/schemas.ts'

export const maxYears = 10
export const maxEvents = 1000

const DueKind = z.enum(dueKinds).meta({
  id: 'DueKind',
  description:
    '`expiry`: the agreement ends, by its term or by an act. `renewal`: the term is renewed automatically. `notice`: the last day on which notice prevents a renewal. `minimum_term`: the first term ends, and the agreement goes on without an end. `sunset`: what was made under it no longer lives on after its end.',
})

export const CalendarQuery = AgreementFilter.extend({
  from: Day.optional().describe(
    'Due on or after this day. Default: today, or six months before `to` if `to` is in the past.',
  ),
  to: Day.optional().describe(
    `Due on or before this day. Default: six months after \`from\`; at most ${maxYears} years after \`from\`.`,
  ),
  kind: repeatable(DueKind).describe('Kind of deadline; several values match any of them. Default: all kinds.'),
})
export type CalendarQuery = z.infer<typeof CalendarQuery>

export const DeadlineQuery = CalendarQuery.extend({
  ...pageParameters,
})
export type DeadlineQuery = z.infer<typeof DeadlineQuery>

const day = z.string().meta({ format: 'date' })

export const Deadline = z
  .object({
    day: day.describe(
      'Expiry: the first day on which the agreement is no longer in force. Renewal: the day of the renewal. Notice: the last day for notice. Minimum term and sunset: the first day after it.',
    ),
    kind: DueKind,
    renewal: day.nullable().describe('For a notice, the day of the renewal that it would prevent; otherwise null.'),
    endedBy: z.enum(endings).nullable().describe('For an expiry, what ends the agreement; otherwise null.'),
    approximate: z.boolean().describe('Whether it depends on a date that is not an exact day.'),
    agreement: z.object({ id: Id, reference: z.string().nullable(), title: z.string() }),
    parties: z.array(SignatoryReference.extend({ side: z.int() })).describe('The parties of both sides.'),
  })
  .meta({
    id: 'Deadline',
    description: 'A day on which an agreement ends, is renewed or needs notice, or on which a period of it ends.',
  })
export type Deadline = z.infer<typeof Deadline>

export const DeadlinePage = searchPageOf(Deadline, 'DeadlinePage')
  .extend({
    from: day.describe('First day of the period that was searched, inclusive.'),
    to: day.describe('Last day of the period that was searched, inclusive.'),
    withoutKnownTerm: z
      .int()
      .describe(
        'Number of agreements that match the filter and have no known term (`term` is null): only acts that end them are in the list.',
      ),
  })
  .meta({ id: 'DeadlinePage' })

export const DeadlineCalendar = z.string().meta({
  id: 'DeadlineCalendar',
  description: `iCalendar (RFC 5545): one all-day event per deadline; at most ${maxEvents} events and 4 MB of text. \`UID\` is stable, \`SEQUENCE\` is the version of the agreement.`,
})
