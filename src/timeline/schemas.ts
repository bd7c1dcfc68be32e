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
}).meta({ id: 'TimelineDate', description: 'A date with the agreement that it belongs to.' })
export type TimelineDate = z.infer<typeof TimelineDate>

export const TimelinePage = pageOf(TimelineDate, 'TimelinePage')

const { party, pair, signatory, withPredecessors, kinds, researchDomain, collection } = AgreementFilter.shape

export const TimelineQuery = z.strictObject({
  event: repeatable(LifecycleEvent).describe('Lifecycle act; several values match any of them.'),
  from: Day.optional().describe('Dates that can be on or after this day.'),
  to: Day.optional().describe('Dates that can be on or before this day.'),
  party: party.describe('Dates of agreements of this party, by id or code; several values match any of them.'),
  pair: pair.describe('Dates of agreements between these two parties, on opposite sides, in either order: `US,KR`.'),
  signatory: signatory.describe(
    'Dates of agreements of this signatory or a body under it; several values match any of them.',
  ),
  withPredecessors,
  kinds: kinds.describe(
    'Dates of agreements between sides of these two kinds, in either order: `intergovernmental_organization,state`; `mixed` is a side whose parties are of several kinds; several values match any of them.',
  ),
  researchDomain: researchDomain.describe(
    'Dates of agreements on this research domain or a narrower one; several values match any of them.',
  ),
  collection: collection.describe(
    'Dates of agreements of this collection, by id or code; several values match any of them.',
  ),
  preferred: z
    .enum(['true', 'false'])
    .optional()
    .describe('`true`: only preferred dates; `false`: only the others. Default: all dates.'),
  sort: z
    .enum(['date', '-date'])
    .optional()
    .describe(
      'By first possible day: `date`, earliest first (default), or `-date`, latest first. Unknown days come last.',
    ),
  ...pageParameters,
})
export type TimelineQuery = z.infer<typeof TimelineQuery>
