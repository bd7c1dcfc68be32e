import { z } from 'zod'
import { Day } from '../shared/day-schemas.ts'
import { SourceKey } from './sources/schemas.ts'
import { statedStatuses, statusBases } from './time/lifecycle.ts'

export const StatusBasis = z.enum(statusBases).meta({
  id: 'StatusBasis',
  description:
    'What a status rests on. `recorded`: an act falls on the day, a later act or the end of the term bounds the status, or an act or the term ended the agreement. `stated`: a source states the status. `presumed`: no later change is known, or nothing is known.',
})
const StatedStatus = z
  .enum(statedStatuses)
  .meta({ id: 'StatedStatus', description: 'A status that a source can state.' })

export const NewStatusStatement = z
  .strictObject({
    status: StatedStatus,
    on: Day.describe('The day for which the source states it, such as the day of the list in which it is in force.'),
    source: SourceKey.nullable().default(null).describe('Key of the source.'),
  })
  .meta({
    id: 'StatusStatementInput',
    description: 'The status on a day, as a source states it that does not give the act or its day.',
    examples: [{ status: 'in_force', on: '2021-02-28', source: 'list-of-2021' }],
  })
export const StatusStatement = z
  .object({
    status: StatedStatus,
    on: z.string().meta({ format: 'date' }).describe('The day for which the source states it.'),
    source: z.string().nullable().describe('Key of the source; null when none is known.'),
  })
  .meta({ id: 'StatusStatement', description: 'The status on a day, as a source states it.' })

export const whichStatements =
  'What sources state of the status, without a date of an act. A statement counts from its day on where no act decides. Of several, the latest on or before a day counts, and the first in this list of those for the same day.'
