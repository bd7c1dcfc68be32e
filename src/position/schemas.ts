import { z } from 'zod'
import { Cite } from '../agreements/list/cite.ts'
import { AgreementFilter, asOf } from '../agreements/list/filter.ts'
import { DidYouMean } from '../http/paging.ts'
import { Id } from '../shared/schemas.ts'

/** The filters of the list, without `id`: the path has a parameter of this name, and many generators take only one. */
export const PositionQuery = AgreementFilter.omit({ id: true }).extend({ asOf })

const day = z.string().nullable().meta({ format: 'date' })

const Neighbour = z
  .object({ id: Id, reference: z.string().nullable(), title: z.string(), signed: day })
  .meta({ id: 'Neighbour', description: 'The previous or next agreement in the order of signature.' })

export const Position = z
  .object({
    position: z
      .int()
      .min(1)
      .describe('Position among the agreements that match the filter, in the order of signature, from 1.'),
    total: z.int().describe('Number of agreements that match the filter.'),
    signed: day.describe(
      'The first possible day of signature; null when open (`../2018`) or unknown. Open beginnings come first, unknown days last.',
    ),
    previous: Neighbour.nullable().describe('The previous agreement; null for the first.'),
    next: Neighbour.nullable().describe('The next agreement; null for the last.'),
    daysSincePrevious: z
      .int()
      .nullable()
      .describe('Days from the signature of the previous agreement to that of this one; null when either is unknown.'),
    didYouMean: DidYouMean,
    selection: z
      .string()
      .describe(
        'URL of the list in which the position was counted, so that anyone can verify it; as the register held it then (`asOf`), unless `q` or `warning` is given.',
      ),
    cite: Cite,
  })
  .meta({
    id: 'Position',
    description:
      'Position of an agreement in a selection. Use a filter to say what is counted; without one the number means little.',
  })
export type Position = z.infer<typeof Position>
