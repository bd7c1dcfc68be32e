import { z } from 'zod'
import { AgreementFilter } from '../agreements/list/filter.ts'
import { pageOf, pageParameters } from '../http/paging.ts'
import { Id, repeatable } from '../shared/schemas.ts'
import { Day } from '../shared/day-schemas.ts'
import { AgreementDate, LifecycleEvent } from '../agreements/dates/schemas.ts'

export const TimelineDate = AgreementDate.extend({
  agreement: z
    .object({ id: Id, reference: z.string().nullable(), title: z.string() })
    .describe('The agreement that the date belongs to.'),
}).meta({ id: 'TimelineDate', description: 'A date of some agreement, with that agreement.' })
export type TimelineDate = z.infer<typeof TimelineDate>

export const TimelinePage = pageOf(TimelineDate, 'TimelinePage')

const { party, pair, signatory, researchDomain } = AgreementFilter.shape

export const TimelineQuery = z.strictObject({
  event: repeatable(LifecycleEvent).describe('The act; several values match any of them.'),
  from: Day.optional().describe('Dates that can fall on this day or later.'),
  to: Day.optional().describe('Dates that can fall on this day or earlier.'),
  party: party.describe('Of agreements of this party, id or code; several values match any of them.'),
  pair: pair.describe('Of agreements between these two parties, in either order: `US,KR`.'),
  signatory: signatory.describe(
    'Of agreements that this body or one under it signed; several values match any of them.',
  ),
  researchDomain: researchDomain.describe(
    'Of agreements about this research domain or a narrower one; several values match any of them.',
  ),
  preferred: z.enum(['true', 'false']).optional().describe('Only values that are preferred, or only their rivals.'),
  sort: z
    .enum(['date', '-date'])
    .optional()
    .describe('By the first day that it can mean: `date`, the earliest first (default). Unknown days come last.'),
  ...pageParameters,
})
export type TimelineQuery = z.infer<typeof TimelineQuery>
