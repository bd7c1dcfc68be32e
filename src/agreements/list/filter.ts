import { z } from 'zod'
import { Day } from '../../shared/day-schemas.ts'
import { pageParameters } from '../../http/paging.ts'
import { Id, NameOrReference, AnyInstant, repeatable, Text } from '../../shared/schemas.ts'
import { SignatoryKind } from '../../registry/signatories/schemas.ts'
import { didYouMean } from '../../problems/did-you-mean.ts'
import { sortedKinds, sideKinds } from '../side-kinds.ts'
import { lifecycleEvents, statusBases, statuses } from '../time/lifecycle.ts'
import { agreementTypes, bindings } from '../tables.ts'
import { warningCodes } from '../publication/warnings.ts'

export const agreementSorts = [
  '-signed',
  'signed',
  'title',
  '-title',
  '-updated',
  'updated',
  'expires',
  'relevance',
] as const

const repeat = 'several values match any of them.'

const pair = /^[A-Za-z0-9][A-Za-z0-9.:-]{0,129},[A-Za-z0-9][A-Za-z0-9.:-]{0,129}$/

/** Documented as two codes. Names are accepted here and looked up, so that the error can suggest their codes. */
const Pair = z
  .string()
  .superRefine((text, context) => {
    const parties = text.split(',').map((party) => party.trim())
    if (parties.length === 2 && parties.every((party) => party !== '' && party.length <= 130 && !party.includes('\0')))
      return
    const two = text.slice(0, 300).split(/[\s,;/|&+–-]+/)
    const didYouMean = two.length === 2 && two.every(Boolean) ? two.join(',') : undefined
    const message = 'Must be two parties separated by a comma, such as `US,KR`.'
    context.addIssue({ code: 'custom', message, params: { didYouMean } })
  })
  .meta({ pattern: pair.source })

/** The kinds of two sides, in either order; stored and compared in one. */
const Kinds = z
  .string()
  .superRefine((text, context) => {
    const given = text.split(',').map((kind) => kind.trim())
    const meant = given.map((kind) => (isKind(kind) ? kind : didYouMean(kind, sideKinds).didYouMean))
    if (given.length === 2 && given.every(isKind)) return
    const message = `Must be two kinds separated by a comma, such as \`intergovernmental_organization,state\`. The kinds are: ${sideKinds.join(', ')}.`
    const suggestion = meant.length === 2 && meant.every(Boolean) ? meant.join(',') : undefined
    context.addIssue({ code: 'custom', message, params: { didYouMean: suggestion } })
  })
  .overwrite((text) => sortedKinds(text.split(',').map((kind) => kind.trim())))
  .meta({ pattern: `^(${sideKinds.join('|')}),(${sideKinds.join('|')})$` })

const isKind = (kind: string): boolean => (sideKinds as readonly string[]).includes(kind)

const identifier = /^[A-Za-z0-9-]+:[^\u0000]+$/

const IdentifierInScheme = z
  .string()
  .max(241)
  .superRefine((text, context) => {
    if (identifier.test(text)) return
    const [, scheme, value] = /^([A-Za-z][A-Za-z0-9-]*)[\s:]+([^\s\u0000][^\u0000]*)$/.exec(text) ?? []
    const didYouMean = scheme && value ? `${scheme.toLowerCase()}:${value}` : undefined
    const message = 'Must be a scheme, a colon and a value, such as `tias:04-601` for TIAS 04-601.'
    context.addIssue({ code: 'custom', message, params: { didYouMean } })
  })
  .meta({ pattern: identifier.source })

/** The filters of lists, counts, positions and exports; all must match. */
const filters = {
  q: Text(500)
    .optional()
    .describe(
      'Full-text search in web-search syntax: `flood "public safety" -cyber`; `or` separates alternatives. Ignores accents and English word endings. A misspelt name is corrected if the search finds nothing.',
    ),
  party: repeatable(NameOrReference('party', 'KR')).describe(`Id or code of a party, such as \`KR\`; ${repeat}`),
  pair: Pair.optional().describe('Two parties on opposite sides, in either order: `US,KR`.'),
  signatory: repeatable(NameOrReference('signatory', 'US-DHS')).describe(
    `Id or code of a signatory, such as \`US-DHS\`; includes the bodies under it; ${repeat}`,
  ),
  withPredecessors: z
    .enum(['true', 'false'])
    .optional()
    .describe(
      '`true`: `party`, `pair` and `signatory` also find what the predecessors of these bodies signed: `EU` finds the agreements of the European Economic Community. Where a predecessor lived on or was divided, only what it signed until then. Default: `false`.',
    ),
  partyKind: repeatable(SignatoryKind).describe(`All parties, on both sides, are of this kind; ${repeat}`),
  kinds: repeatable(Kinds).describe(
    `The kinds of the two sides, in either order: \`intergovernmental_organization,state\` finds agreements in which every party on one side is an intergovernmental organization and every party on the other side is a state. \`mixed\` is a side whose parties are of several kinds; ${repeat}`,
  ),
  researchDomain: repeatable(NameOrReference('research domain', 'theme:disaster-resilience')).describe(
    `Id or code of a research domain, such as \`theme:disaster-resilience\`; includes narrower domains; ${repeat}`,
  ),
  collection: repeatable(NameOrReference('collection', 'sample')).describe(
    `Id or code of the collection that it belongs to, such as \`sample\`; ${repeat}`,
  ),
  type: repeatable(z.enum(agreementTypes)).describe(`Type of agreement; ${repeat}`),
  binding: repeatable(z.enum(bindings)).describe(`Whether it is legally binding; ${repeat}`),
  status: repeatable(z.enum(statuses)).describe(`Status today, or on the day \`on\`; ${repeat}`),
  statusBasis: repeatable(z.enum(statusBases)).describe(
    `What the status rests on today, or on the day \`on\`: \`recorded\` in acts or the term, \`stated\` by a source, or \`presumed\` because no later change is known; ${repeat}`,
  ),
  on: Day.optional().describe('The day for which `status` and `statusBasis` are evaluated. Default: today.'),
  inForceOn: Day.optional().describe(
    'In force on this day, such as `2016-04-01`; the first day in force counts, the end day does not.',
  ),
  signedFrom: Day.optional().describe('Signed on or after this day; an imprecise date matches if it can.'),
  signedTo: Day.optional().describe('Signed on or before this day; an imprecise date matches if it can.'),
  event: repeatable(z.enum(lifecycleEvents)).describe(`Has a preferred date for this act; ${repeat}`),
  eventFrom: Day.optional().describe('The act given in `event` (default: any act) happened on or after this day.'),
  eventTo: Day.optional().describe('The act given in `event` (default: any act) happened on or before this day.'),
  expiresFrom: Day.optional().describe('The current term ends on or after this day.'),
  expiresTo: Day.optional().describe('The current term ends on or before this day.'),
  id: repeatable(Id).describe(`Id of an agreement; ${repeat}`),
  reference: repeatable(Text(100)).describe(`Reference of an agreement; ${repeat}`),
  identifier: repeatable(IdentifierInScheme).describe(`Identifier with its scheme, such as \`tias:04-601\`; ${repeat}`),
  updatedSince: AnyInstant.optional().describe('Last published at or after this instant.'),
  warning: repeatable(z.enum(warningCodes)).describe(`Has this warning; ${repeat}`),
}

export const AgreementFilter = z.strictObject(filters)
/** With the instant of the question, where an operation takes one. */
export type AgreementFilter = z.infer<typeof AgreementFilter> & { asOf?: string | undefined }

/** The parameter of the questions that can be asked of the past. */
export const asOf = AnyInstant.optional().describe(
  'As the register held it at this instant, such as `2024-11-01T00:00:00Z`: with the names and codes of then, and the agreements deleted since. `status` is that of the day of the instant, unless `on` is given. An answer of a past instant never changes. Not with `q` and `warning`.',
)

export const AgreementQuery = AgreementFilter.extend({
  sort: z
    .enum(agreementSorts)
    .optional()
    .describe(
      'Default: `relevance` when `q` is given, otherwise `-signed`. Unknown values come last; a signature of `../2018` is before all others. A search with more than 1,000 results is not ranked: the newest signature comes first.',
    ),
  asOf,
  ...pageParameters,
})
export type AgreementQuery = z.infer<typeof AgreementQuery>
