import { z } from 'zod'
import { AgreementFilter } from '../agreements/list/filter.ts'
import { Day } from '../shared/day-schemas.ts'
import { SignatoryKind } from '../registry/signatories/schemas.ts'

export const NetworkQuery = AgreementFilter.extend({
  on: Day.optional().describe('The day for which `status`, `statusBasis` and `inForce` are evaluated. Default: today.'),
})
export type NetworkQuery = z.infer<typeof NetworkQuery>

const counts = {
  agreements: z.int().describe('Number of agreements.'),
  inForce: z
    .int()
    .describe('Number of these agreements in force for the party, or for both, today or on the day `on`.'),
}

const NetworkNode = z
  .object({ code: z.string(), name: z.string(), kind: SignatoryKind, ...counts })
  .meta({ id: 'NetworkNode', description: 'A party.' })

const NetworkEdge = z
  .object({
    source: z.string().describe('Code of one party.'),
    target: z.string().describe('Code of the other party.'),
    ...counts,
  })
  .meta({ id: 'NetworkEdge', description: 'Two parties on opposite sides of at least one agreement.' })

export const Network = z
  .object({
    nodes: z.array(NetworkNode).describe('Those with the most agreements first.'),
    edges: z
      .array(NetworkEdge)
      .describe('Those with the most agreements first; the order of the two parties has no meaning.'),
  })
  .meta({ id: 'Network', description: 'Who has agreements with whom.' })
export type Network = z.infer<typeof Network>

export const NetworkGexf = z
  .string()
  .describe('GEXF 1.3, undirected: the weight of an edge is the number of agreements.')
