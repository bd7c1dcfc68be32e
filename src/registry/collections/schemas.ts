import { z } from 'zod'
import { pageParameters, searchPageOf } from '../../http/paging.ts'
import { deletable, founding, throwAway } from '../../openapi/examples.ts'
import { Day } from '../../shared/day-schemas.ts'
import { Actor, example, Id, Instant, Name, Reference, Text, Version, WebAddress } from '../../shared/schemas.ts'

const CollectionCode = z
  .string()
  .max(80)
  .regex(
    /^[a-z0-9]+([.-][a-z0-9]+)*$/,
    'Must be lower-case letters and digits, with dots and hyphens, such as `uk-2024`.',
  )

/** The short form of a collection in other documents. */
export const CollectionReference = z
  .object({
    id: Id.describe('Id of the collection.'),
    code: z.string().describe('Its code.'),
    name: z.string().describe('Its name.'),
  })
  .meta({ id: 'CollectionReference', description: 'Short form of a collection.' })

const day = 'The day whose state the list shows; null when unknown.'

const listed =
  'Whether its agreements are in lists, searches, counts, positions, deadlines and exports. `false`: they are found by id, reference and identifier only, such as entries for trying the API out.'

const fields = {
  code: CollectionCode.describe('Unique.'),
  name: Name(300),
  publisher: Text(300).nullable().describe('Who publishes the list; null when unknown.'),
  url: WebAddress.nullable().describe('Where the list is found; null when unknown.'),
  licence: Text(500).nullable().describe('The licence of the list: its name or address; null when unknown.'),
  asOf: Day.nullable().describe(day),
  note: Text(2000).nullable(),
  listed: z.boolean().describe(listed),
}

const whole = {
  ...fields,
  publisher: fields.publisher.default(null),
  url: fields.url.default(null),
  licence: fields.licence.default(null),
  asOf: fields.asOf.default(null),
  note: fields.note.default(null),
  listed: fields.listed.default(true),
}

const description = 'A list from which agreements were taken. It is the source of each of them as a whole.'

export const NewCollection = z
  .strictObject({ ...whole, code: CollectionCode.optional().describe('Unique. Default: made from the name.') })
  .meta({
    id: 'CollectionInput',
    description,
    examples: [
      {
        name: 'Bilateral treaties of Norway',
        publisher: 'Ministry of Foreign Affairs of Norway',
        url: 'https://example.org/treaties',
        licence: 'CC BY 4.0',
        asOf: '2025-01-31',
      },
    ],
  })

export const CollectionReplacement = z.strictObject(whole).meta({
  id: 'CollectionReplacement',
  description,
  examples: [{ code: 'throw-away-1', name: 'Throw-away collection 1, replaced', asOf: '2025-01-31' }],
})
export type CollectionReplacement = z.infer<typeof CollectionReplacement>

export const CollectionPatch = z
  .strictObject(fields)
  .partial()
  .meta({
    id: 'CollectionPatch',
    description: 'JSON Merge Patch (RFC 7396): omitted fields stay unchanged, null clears a field.',
    examples: [{ name: 'Throw-away collection 1, with another name' }],
  })

export const Collection = z
  .object({
    id: Id,
    code: z.string(),
    name: z.string(),
    publisher: z.string().nullable().describe('Who publishes the list; null when unknown.'),
    url: z.string().nullable().describe('Where the list is found; null when unknown.'),
    licence: z.string().nullable().describe('The licence of the list: its name or address; null when unknown.'),
    asOf: z.string().nullable().meta({ format: 'date' }).describe(day),
    note: z.string().nullable(),
    listed: z.boolean().describe(listed),
    version: Version.describe('Increases by one with each change of its own fields.'),
    createdAt: Instant,
    updatedAt: Instant,
    updatedBy: Actor.describe(
      'Who changed it last; null if the caller was not identified, or the entry came with the register.',
    ),
  })
  .meta({ id: 'AgreementCollection', description })
export type Collection = z.infer<typeof Collection>

export const CollectionPage = searchPageOf(Collection, 'CollectionPage')

export const CollectionQuery = z.strictObject({
  q: Text(200)
    .optional()
    .describe(
      'Words of the name or the code. Accents are ignored; a misspelt word is corrected if the search finds nothing.',
    ),
  ...pageParameters,
})
export type CollectionQuery = z.infer<typeof CollectionQuery>

const collectionOf = ({ collection }: { collection: string }) =>
  z.strictObject({ id: example(Reference('collection', 'sample'), collection) })
export const CollectionParams = collectionOf(founding)
export const EditedCollectionParams = collectionOf(throwAway)
export const DeletedCollectionParams = collectionOf(deletable)
