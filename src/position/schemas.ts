import { z } from 'zod'
import { DidYouMean } from '../http/paging.ts'
import { Id } from '../shared/schemas.ts'

const day = z.string().nullable().meta({ format: 'date' })

const Neighbour = z
  .object({ id: Id, reference: z.string().nullable(), title: z.string(), signed: day })
  .meta({ id: 'Neighbour', description: 'The agreement before or after, in the order of signature.' })

export const Position = z
  .object({
    position: z
      .int()
      .min(1)
      .describe('Its number among those that match the filter, in the order of signature, from 1.'),
    total: z.int().describe('How many match the filter.'),
    signed: day.describe('The first day that its signature can have been on; null when unknown: such come last.'),
    previous: Neighbour.nullable().describe('The one before it; null for the first.'),
    next: Neighbour.nullable().describe('The one after it; null for the last.'),
    daysSincePrevious: z
      .int()
      .nullable()
      .describe('Days from the signature before to its own; null when one is unknown.'),
    didYouMean: DidYouMean,
    selection: z
      .string()
      .describe('The address of the list that it was counted in: anyone can open it and count again.'),
  })
  .meta({
    id: 'Position',
    description:
      'Which one of a selection an agreement is. Without a filter the number means little: say what is counted.',
  })
export type Position = z.infer<typeof Position>
