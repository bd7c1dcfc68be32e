import { z } from 'zod'
import { AgreementFilter } from '../agreements/list/filter.ts'
import { DidYouMean } from '../http/paging.ts'
import { Digits } from '../shared/schemas.ts'

/** The most groups that are told. */
export const mostGroups = 10_000

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
  'partyKind',
] as const
export type Dimension = (typeof dimensions)[number]

const Dimension = z.enum(dimensions).meta({
  id: 'Dimension',
  description:
    'What agreements are counted by. `signatory` is the very body that signed, `party` the one that it acts for; `status` is that of today.',
})

export const StatisticsQuery = AgreementFilter.extend({
  groupBy: z
    .preprocess(
      (value) => (value === undefined || Array.isArray(value) ? value : [value]),
      z
        .array(Dimension, { error: `Say what to count by, such as \`groupBy=signedYear\`.` })
        .min(1)
        .max(2, 'Must be given once or twice.'),
    )
    .describe('What to count by; repeat it to count by two at once.')
    .meta({ examples: [['signedYear']] }),
  domainLevel: Digits(0, 8)
    .optional()
    .describe('Count research domains at this level, 0 being the top; unless said, as the agreements name them.'),
  format: z.enum(['json', 'csv']).optional().describe('`json` unless said.'),
})
export type StatisticsQuery = z.infer<typeof StatisticsQuery>

const day = z.string().nullable().meta({ format: 'date' })

const Group = z
  .object({
    keys: z
      .array(z.string().nullable())
      .describe('The value of each dimension, in the order asked for; null: none known.'),
    labels: z.array(z.string().nullable()).describe('The same in words.'),
    count: z.int().describe('How many agreements.'),
    inForce: z.int().describe('How many of them are in force today.'),
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
        'Whether an agreement can stand in several groups (it has two parties): then the counts do not add up.',
      ),
    total: z.int().describe('How many agreements match in all.'),
    truncated: z
      .boolean()
      .describe(`Whether there are more groups than are told: than ${mostGroups}, or than 4 MB of their names.`),
    didYouMean: DidYouMean,
    items: z.array(Group).describe(`The largest first; at most ${mostGroups}, and 4 MB of their names.`),
  })
  .meta({ id: 'Statistics', description: 'How many agreements there are, by what they are counted by.' })
export type Statistics = z.infer<typeof Statistics>

export const StatisticsCsv = z.string().meta({
  id: 'StatisticsCsv',
  description:
    'A row a group: for each dimension its value and the same in words (`type`, `typeLabel`), then `count`, `inForce`, `firstSigned`, `lastSigned`. `X-Overlapping` says whether the counts do not add up.',
})
