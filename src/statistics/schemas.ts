import { z } from 'zod'
import { AgreementFilter } from '../agreements/list/filter.ts'
import { DidYouMean } from '../http/paging.ts'
import { Digits } from '../shared/schemas.ts'

/** The maximum number of groups in a response. */
export const maxGroups = 10_000

const dimensions = [
  'signedYear',
  'signedDecade',
  'party',
  'pair',
  'signatory',
  'researchDomain',
  'type',
  'binding',
  'status',
  'kinds',
] as const
export type Dimension = (typeof dimensions)[number]

const Dimension = z.enum(dimensions).meta({
  id: 'Dimension',
  description:
    'How agreements are grouped. `signatory` is the body that signed, `party` the party for which it acts; `status` is the status today. `kinds` are the kinds of the two sides, in alphabetical order (`intergovernmental_organization,state`): a side with parties of several kinds is `mixed`, so each agreement is in one group, which the filter `kinds` finds.',
})

export const StatisticsQuery = AgreementFilter.extend({
  groupBy: z
    .preprocess(
      (value, context) => {
        const asked: unknown[] | undefined = value === undefined || Array.isArray(value) ? value : [value]
        if (!asked?.includes('partyKind')) return asked
        const message = 'Must be `kinds` to count by the kinds of the two sides.'
        context.issues.push({ code: 'custom', message, params: { didYouMean: 'kinds' }, input: value })
        return z.NEVER
      },
      z
        .array(Dimension, { error: 'Must be given, such as `groupBy=signedYear`.' })
        .min(1)
        .max(2, 'Must be given once or twice.'),
    )
    .describe('Dimension to group by; give it twice to group by two dimensions.')
    .meta({ examples: [['signedYear']] }),
  domainLevel: Digits(0, 8)
    .optional()
    .describe(
      'Level at which research domains are counted; 0 is the top. Default: the domains that the agreements name.',
    ),
  format: z.enum(['json', 'csv']).optional().describe('Default: `json`.'),
})
export type StatisticsQuery = z.infer<typeof StatisticsQuery>

const day = z.string().nullable().meta({ format: 'date' })

const Group = z
  .object({
    keys: z
      .array(z.string().nullable())
      .describe('The value of each dimension, in the order of `groupBy`; null when unknown.'),
    labels: z.array(z.string().nullable()).describe('The name of each value.'),
    count: z.int().describe('Number of agreements.'),
    inForce: z.int().describe('Number of these agreements in force today.'),
    firstSigned: day,
    lastSigned: day,
  })
  .meta({ id: 'Group' })
export type Group = z.infer<typeof Group>

export const Statistics = z
  .object({
    groupBy: z.array(Dimension),
    overlapping: z
      .boolean()
      .describe(
        'Whether an agreement can be in several groups (for example, it has two parties). If so, the counts do not add up to `total`.',
      ),
    total: z.int().describe('Total number of agreements that match.'),
    truncated: z
      .boolean()
      .describe(`Whether groups were left out because there are more than ${maxGroups}, or their names exceed 4 MB.`),
    didYouMean: DidYouMean,
    items: z.array(Group).describe(`Largest first; at most ${maxGroups} groups, and 4 MB of names.`),
  })
  .meta({ id: 'Statistics', description: 'Number of agreements per group.' })
export type Statistics = z.infer<typeof Statistics>

export const StatisticsCsv = z.string().meta({
  id: 'StatisticsCsv',
  description:
    'One row per group: the value and the name of each dimension (`type`, `typeLabel`), then `count`, `inForce`, `firstSigned`, `lastSigned`. `X-Overlapping: true` means that the counts do not add up.',
})
