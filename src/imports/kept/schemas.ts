import { z } from 'zod'
import { pageOf, pageParameters } from '../../http/paging.ts'
import { deletable, founding, throwAway } from '../../openapi/examples.ts'
import { Actor, example, Instant, Version } from '../../shared/schemas.ts'
import { Mapping } from '../mapping/schemas.ts'

/** The name of a kept mapping. */
const MappingName = z
  .string()
  .max(80)
  .regex(
    /^[a-z0-9]+([.-][a-z0-9]+)*$/,
    'Must be lower-case letters and digits, with dots and hyphens, such as `uk-treaties`.',
  )

export const NewKeptMapping = z.strictObject({ name: MappingName.describe('Unique.'), mapping: Mapping }).meta({
  id: 'KeptMappingInput',
  description: 'A mapping, and the name under which it is kept.',
  examples: [
    {
      name: 'two-columns',
      mapping: {
        title: { column: 'Title' },
        type: { constant: 'agreement' },
        parties: [
          { column: 'Party 1', side: 1 },
          { column: 'Party 2', side: 2 },
        ],
      },
    },
  ],
})
export type NewKeptMapping = z.infer<typeof NewKeptMapping>

export const KeptMapping = z
  .object({
    name: z.string(),
    mapping: z
      .looseObject({})
      .meta({ id: 'StoredMapping', description: 'The mapping as it was sent: an `ImportMapping`.' }),
    version: Version.describe('Increases by one with each change; the ETag is this number in double quotes.'),
    createdAt: Instant,
    updatedAt: Instant,
    updatedBy: Actor.describe(
      'Who changed it last; null if the caller was not identified, or the mapping came with the register.',
    ),
  })
  .meta({ id: 'KeptMapping', description: 'A mapping that is kept under a name, to be used for several imports.' })
export type KeptMapping = z.infer<typeof KeptMapping>

export const KeptMappingPage = pageOf(KeptMapping, 'KeptMappingPage')

export const KeptMappingQuery = z.strictObject(pageParameters)
export type KeptMappingQuery = z.infer<typeof KeptMappingQuery>

const named = ({ mapping }: { mapping: string }) =>
  z.strictObject({
    name: example(
      z
        .string()
        .min(1)
        .max(80)
        .regex(/^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$/, 'Must be the name of a mapping, such as `uk-treaties`.')
        .toLowerCase()
        .describe('Name of the mapping; case-insensitive.'),
      mapping,
    ),
  })
export const KeptMappingParams = named(founding)
export const EditedKeptMappingParams = named(throwAway)
export const DeletedKeptMappingParams = named(deletable)
