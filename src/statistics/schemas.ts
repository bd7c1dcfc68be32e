import { z } from 'zod'
import { Cite } from '../agreements/list/cite.ts'
import { AgreementFilter, asOf } from '../agreements/list/filter.ts'
import { DidYouMean, pageParameters } from '../http/paging.ts'
import { Day } from '../shared/day-schemas.ts'
import { Bom, Digits } from '../shared/schemas.ts'

/** The maximum number of groups on a page. */
export const maxGroups = 10_000

export const dimensions = [
  'signedYear',
  'signedDecade',
  'party',
  'pair',
  'signatory',
  'researchDomain',
  'collection',
  'type',
  'binding',
  'status',
  'statusBasis',
  'kinds',
] as const
export type Dimension = (typeof dimensions)[number]

const Dimension = z.enum(dimensions).meta({
  id: 'StatisticsDimension',
  description:
    'How agreements are grouped. `signatory` is the body that signed, `party` the party for which it acts; `status` is the status today, or on the day `on`, and `statusBasis` what it rests on. `kinds` are the kinds of the two sides, in alphabetical order (`intergovernmental_organization,state`): a side with parties of several kinds is `mixed`, so each agreement is in one group, which the filter `kinds` finds.',
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
        .max(2, 'Must be given once or twice.')
        .refine((dimensions) => new Set(dimensions).size === dimensions.length, 'Must be two different dimensions.')
        .meta({ uniqueItems: true }),
    )
    .describe('Dimension to group by; give it twice to group by two different dimensions.')
    .meta({ examples: [['signedYear']] }),
  on: Day.optional().describe(
    'The day for which `status`, `statusBasis`, groups by them and `inForce` are evaluated. Default: today.',
  ),
  domainLevel: Digits(0, 8)
    .optional()
    .describe(
      'Level at which research domains are counted; 0 is the top. Default: the domains that the agreements name.',
    ),
  sort: z
    .enum(['-count', 'count', '-key', 'key'])
    .optional()
    .describe(
      'By the number of agreements or by the keys. Default: `-count`, largest first. Keys break ties; unknown values come last among them.',
    ),
  limit: Digits(1, maxGroups)
    .optional()
    .describe(
      `Maximum number of groups per page; default: ${maxGroups}. A page ends early when its names would exceed 4 MB.`,
    ),
  cursor: pageParameters.cursor,
  asOf,
  bom: Bom,
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
    inForce: z
      .int()
      .describe(
        'Number of these agreements in force today, or on the day `on`. Groups of parties and pairs, and the filters `party` and `pair`, count those in force for these parties, as `inForceOn` finds them.',
      ),
    firstSigned: day,
    lastSigned: day,
  })
  .meta({ id: 'StatisticsGroup' })
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
      .describe('Whether there are more groups than on this page and the ones before; `nextCursor` leads to them.'),
    didYouMean: DidYouMean,
    items: z
      .array(Group)
      .describe(
        'The groups of this page. With `signedYear` or `signedDecade`, years and decades without agreements are included, from the first to the last that has any: with one dimension, and beside `type`, `binding`, `status`, `statusBasis` or `kinds` for each of its values. Beside other dimensions, only groups that have agreements.',
      ),
    cite: Cite,
    nextCursor: z.string().nullable().describe('The cursor of the next page; null on the last page.'),
  })
  .meta({ id: 'Statistics', description: 'Number of agreements per group.' })
export type Statistics = z.infer<typeof Statistics>

export const StatisticsChart = z
  .string()
  .describe(
    'A bar chart as SVG: years from left to right, anything else from the top down, at most 30 bars. A second dimension gives the colours: its eight largest values, and all others together. What is left out is told below the chart.',
  )

export const StatisticsCsv = z.string().meta({
  id: 'StatisticsCsv',
  description:
    'One row per group: the value and the name of each dimension (`type`, `typeLabel`), then `count`, `inForce`, `firstSigned`, `lastSigned`. `X-Overlapping: true` means that the counts do not add up. `X-Truncated: true` means that there are more groups: the last line then says so, with the cursor of the next page, and has no counts.',
})
