import { z } from 'zod'
import { AgreementFilter } from '../agreements/list/filter.ts'
import { Agreement } from '../agreements/schemas.ts'
import { causes, operations } from '../agreements/tables.ts'
import { changeKinds } from '../registry/tables.ts'
import { Actor, Digits, Instant, Version } from '../shared/schemas.ts'

/** Maximum time that a request waits for a change, in seconds. */
const maxWait = 25

const limit = Digits(1, 200).optional()

const Sequence = z.string().regex(/^\d{1,15}$/)

/** The filters of lists. A search that finds nothing yet is not corrected: it may find something later. */
const filters = AgreementFilter.extend({
  q: AgreementFilter.shape.q.describe(
    'Full-text search in web-search syntax: `flood "public safety" -cyber`; `or` separates alternatives. Ignores accents and English word endings. Taken as it is written, also if it finds nothing.',
  ),
})

export const ChangesQuery = filters.extend({
  after: z
    .string()
    .regex(/^([0-9]{1,15}|latest)$/, 'Must be the `cursor` of a response, or `latest`.')
    .optional()
    .describe(
      'The `cursor` of the previous response: only later changes are returned. Default: all changes from the beginning. `latest`: only changes from now on; read this cursor before an export, and follow from it after the export.',
    ),
  limit: limit.describe(
    'Maximum number of items; default: 100. A page ends early when its items would exceed 4 MB, and after 10,000 changes that do not match, so only `more` shows whether there are more changes.',
  ),
  wait: Digits(0, maxWait)
    .optional()
    .describe(
      'How long to wait for a change when there is none, in seconds, from 0 to 25; default: 0. The response is sent as soon as there is one.',
    ),
})
export type ChangesQuery = z.infer<typeof ChangesQuery>

export const ChangeItem = z
  .object({
    sequence: z
      .int()
      .min(1)
      .describe('Its place in the order of all changes, from 1. Without filters, there are no gaps.'),
    kind: z.enum(changeKinds).describe('What was changed.'),
    id: z.string().describe('Id of the agreement or the registry entry.'),
    operation: z
      .enum([...operations, 'merged'])
      .describe(
        'What was done. An agreement is `created`, `updated`, `deleted` or `restored`. A registry entry is `deleted`, `merged` into another one, or `restored` when its merge is undone; other edits of entries are shown by the agreements that are published again.',
      ),
    inSelection: z
      .boolean()
      .describe(
        'Whether the agreement or the entry is there and matches the filters. `false`: it was deleted or merged, or matched before and no longer does; remove your copy.',
      ),
    version: Version.nullable().describe('The version of the agreement; null for a registry entry.'),
    cause: z
      .enum(causes)
      .nullable()
      .describe('Why the agreement was published, as in its history; null for a registry entry.'),
    actor: Actor,
    note: z.string().nullable().describe('The note of the editor (`X-Change-Note`).'),
    publishedAt: Instant.describe(
      'When it was written, RFC 3339 in UTC. Not in the order of `sequence`: a long transaction becomes visible later.',
    ),
    code: z
      .string()
      .nullable()
      .describe('The code of the registry entry, for a research domain with its scheme; null for an agreement.'),
    mergedInto: z
      .string()
      .nullable()
      .describe('Id of the signatory that it was merged into; null unless `operation` is `merged`.'),
    document: Agreement.nullable().describe(
      'The agreement as of this version; null for a registry entry, and when `inSelection` is `false`.',
    ),
  })
  .meta({ id: 'FeedItem', description: 'One change of the register, in the order of all changes.' })
export type ChangeItem = z.infer<typeof ChangeItem>

export const ChangesPage = z
  .object({
    items: z.array(ChangeItem).describe('Changes in the order in which they became visible.'),
    cursor: z.string().describe('Send it as `after` to get the changes that follow. Opaque.'),
    more: z.boolean().describe('Whether there are already changes after `cursor`.'),
  })
  .meta({ id: 'ChangesPage', description: 'Changes of the register, and where the next ones follow.' })

export const AtomQuery = filters.extend({
  limit: limit.describe('Maximum number of entries; default: 50. `rel="next"` links to the older ones.'),
  before: Sequence.optional().describe('From the link to older entries: only changes before this one.'),
})
export type AtomQuery = z.infer<typeof AtomQuery>

export const AtomFeed = z.string().describe('An Atom feed (RFC 4287), one entry per change.')
