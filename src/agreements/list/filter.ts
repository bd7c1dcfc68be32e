import { z } from 'zod'
import { Day } from '../../shared/day-schemas.ts'
import { pageParameters } from '../../http/paging.ts'
import { Id, NameOrReference, AnyInstant, repeatable, Text } from '../../shared/schemas.ts'
import { SignatoryKind } from '../../registry/signatories/schemas.ts'
import { lifecycleEvents, statuses } from '../time/lifecycle.ts'
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

/** Two parties, codes as documented; what names them otherwise is looked up, so that the refusal can tell their codes. */
const Pair = z
  .string()
  .superRefine((text, context) => {
    const parties = text.split(',').map((party) => party.trim())
    if (parties.length === 2 && parties.every((party) => party !== '' && party.length <= 130 && !party.includes('\0')))
      return
    const two = text.slice(0, 300).split(/[\s,;/|&+–-]+/)
    const didYouMean = two.length === 2 && two.every(Boolean) ? two.join(',') : undefined
    const message = 'Must be two parties with a comma between them, such as `US,KR`.'
    context.addIssue({ code: 'custom', message, params: { didYouMean } })
  })
  .meta({ pattern: pair.source })

const identifier = /^[A-Za-z0-9-]+:[^\u0000]+$/

const IdentifierInScheme = z
  .string()
  .max(241)
  .superRefine((text, context) => {
    if (identifier.test(text)) return
    const [, scheme, value] = /^([A-Za-z][A-Za-z0-9-]*)[\s:]+([^\s\u0000][^\u0000]*)$/.exec(text) ?? []
    const didYouMean = scheme && value ? `${scheme.toLowerCase()}:${value}` : undefined
    const message = 'Must be a scheme, a colon and a value: TIAS 04-601 is `tias:04-601`.'
    context.addIssue({ code: 'custom', message, params: { didYouMean } })
  })
  .meta({ pattern: identifier.source })

/** What a list, a count, a position or an export selects by: each is ANDed. */
const filters = {
  q: Text(500)
    .optional()
    .describe(
      'Words, as in a web search: `flood "public safety" -cyber`; `or` between alternatives. Accents do not matter, nor English endings; a misspelt name is mended when nothing has it as it stands.',
    ),
  party: repeatable(NameOrReference('party', 'KR')).describe(`A party: its id or its code, such as \`KR\`; ${repeat}`),
  pair: Pair.optional().describe('Two parties, in either order: `US,KR`.'),
  signatory: repeatable(NameOrReference('signatory', 'US-DHS')).describe(
    `A body that signed or one under it, such as \`US-DHS\`; ${repeat}`,
  ),
  partyKind: repeatable(SignatoryKind).describe(`Every party, on both sides, is of this kind; ${repeat}`),
  researchDomain: repeatable(NameOrReference('research domain', 'theme:disaster-resilience')).describe(
    `A topic or a narrower one, such as \`theme:disaster-resilience\`; ${repeat}`,
  ),
  type: repeatable(z.enum(agreementTypes)).describe(`The type; ${repeat}`),
  binding: repeatable(z.enum(bindings)).describe(`Whether it binds; ${repeat}`),
  status: repeatable(z.enum(statuses)).describe(`Where it stands: today, or on the day \`on\`; ${repeat}`),
  on: Day.optional().describe('The day on which `status` is judged; today unless said.'),
  inForceOn: Day.optional().describe(
    'In force on this day, such as `2016-04-01`: the first day counts, the end day does not.',
  ),
  signedFrom: Day.optional().describe('Signed on this day or later; an imprecise day counts if it can be.'),
  signedTo: Day.optional().describe('Signed on this day or earlier; an imprecise day counts if it can be.'),
  event: repeatable(z.enum(lifecycleEvents)).describe(`It has a preferred date for this act; ${repeat}`),
  eventFrom: Day.optional().describe(
    'The act that `event` names, or any when it is left out, was on this day or later.',
  ),
  eventTo: Day.optional().describe(
    'The act that `event` names, or any when it is left out, was on this day or earlier.',
  ),
  expiresFrom: Day.optional().describe('Its running term ends on this day or later.'),
  expiresTo: Day.optional().describe('Its running term ends on this day or earlier.'),
  id: repeatable(Id).describe(`Id of an agreement; ${repeat}`),
  reference: repeatable(Text(100)).describe(`The reference; ${repeat}`),
  identifier: repeatable(IdentifierInScheme).describe(`A number with its scheme, such as \`tias:04-601\`; ${repeat}`),
  updatedSince: AnyInstant.optional().describe('Published at this instant or later.'),
  warning: repeatable(z.enum(warningCodes)).describe(`It has this warning; ${repeat}`),
}

export const AgreementFilter = z.strictObject(filters)
export type AgreementFilter = z.infer<typeof AgreementFilter>

export const AgreementQuery = AgreementFilter.extend({
  sort: z
    .enum(agreementSorts)
    .optional()
    .describe(
      'Default: relevance when `q` is given, otherwise `-signed`, the latest first. What is unknown comes last. Words that more than 1,000 agreements have rank nothing: the latest come first.',
    ),
  count: z.enum(['exact']).optional().describe('`exact`: tell how many match in all.'),
  ...pageParameters,
})
export type AgreementQuery = z.infer<typeof AgreementQuery>
