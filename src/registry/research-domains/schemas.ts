import { z } from 'zod'
import { deletable, founding, throwAway } from '../../openapi/examples.ts'
import { pageParameters, searchPageOf } from '../../http/paging.ts'
import {
  Actor,
  AgreementHandle,
  example,
  Id,
  Instant,
  Name,
  NameOrReference,
  Reference,
  ReferenceInBody,
  repeatable,
  Text,
  Version,
} from '../../shared/schemas.ts'

const Scheme = z
  .string()
  .min(2)
  .max(40)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'Must be lower-case letters, digits and hyphens, such as `ford`.')
  .describe('Taxonomy, such as `ford`, `dhs-st`, `theme`, or your own.')

const DomainCode = z
  .string()
  .max(80)
  .regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/, 'Must be lower-case letters and digits, with dots and hyphens, such as `2.1`.')
  .describe('Unique within the scheme.')

const DomainReference = z
  .object({
    id: Id.describe('Id of the domain.'),
    scheme: z.string().describe('Its taxonomy, such as `ford`.'),
    code: z.string().describe('Its code in the taxonomy.'),
    label: z.string().describe('Its name.'),
  })
  .meta({ id: 'DomainReference', description: 'Short form of a research domain.' })
export type DomainReference = z.infer<typeof DomainReference>

const fields = {
  scheme: Scheme,
  code: DomainCode,
  label: Name(300),
  broader: ReferenceInBody('research domain', 'ford:2')
    .nullable()
    .describe('Id or `scheme:code` of the broader domain, in the same scheme; null for a top-level domain.'),
}

const whole = { ...fields, broader: fields.broader.default(null) }

export const NewResearchDomain = z
  .strictObject({
    ...whole,
    code: DomainCode.optional().describe('Unique within the scheme. Default: made from the label.'),
  })
  .meta({
    id: 'ResearchDomainInput',
    description: 'A node of a taxonomy.',
    examples: [{ scheme: 'theme', label: 'Landslides', broader: 'theme:disaster-resilience' }],
  })
export type NewResearchDomain = z.infer<typeof NewResearchDomain>

export const ResearchDomainReplacement = z.strictObject(whole).meta({
  id: 'ResearchDomainReplacement',
  description: 'A node of a taxonomy.',
  examples: [{ scheme: 'throw-away', code: '1', label: 'Throw-away domain 1, replaced' }],
})
export type ResearchDomainReplacement = z.infer<typeof ResearchDomainReplacement>

export const ResearchDomainPatch = z
  .strictObject({ code: fields.code, label: fields.label, broader: fields.broader })
  .partial()
  .meta({
    id: 'ResearchDomainPatch',
    description:
      'JSON Merge Patch (RFC 7396): omitted fields stay unchanged, null clears a field. The scheme cannot be changed.',
    examples: [{ label: 'Throw-away domain 1, with another label' }],
  })

export const ResearchDomain = z
  .object({
    id: Id,
    scheme: z.string(),
    code: z.string(),
    label: z.string(),
    broader: DomainReference.nullable().describe('The broader domain; null for a top-level domain.'),
    version: Version.describe('Increases by one with each change of its own fields.'),
    createdAt: Instant,
    updatedAt: Instant,
    updatedBy: Actor.describe(
      'Who changed it last; null if the caller was not identified, or the entry came with the register.',
    ),
  })
  .meta({ id: 'ResearchDomain', description: 'A node of a taxonomy.' })
export type ResearchDomain = z.infer<typeof ResearchDomain>

/** A research domain as agreements show it, with all broader domains. */
export const CoveredDomain = DomainReference.extend({
  ancestors: z.array(DomainReference).describe('The broader domains, nearest first.'),
}).meta({ id: 'CoveredDomain', description: 'A research domain that an agreement covers.' })
export type CoveredDomain = z.infer<typeof CoveredDomain>

export const ResearchDomainPage = searchPageOf(ResearchDomain, 'ResearchDomainPage')

export const ResearchDomainQuery = z.strictObject({
  q: Text(200)
    .optional()
    .describe(
      'Words of the label or the code. Accents are ignored; a misspelt word is corrected if the search finds nothing.',
    ),
  scheme: repeatable(Scheme).describe('Taxonomy, such as `theme`; several values match any of them.'),
  parent: NameOrReference('research domain', 'ford:2')
    .optional()
    .describe('Domains directly under this one, such as `ford:2`.'),
  ...pageParameters,
})
export type ResearchDomainQuery = z.infer<typeof ResearchDomainQuery>

const domainOf = ({ domain }: { domain: string }) =>
  z.strictObject({ id: example(Reference('research domain', 'ford:2.1'), domain) })
export const ResearchDomainParams = domainOf(founding)
export const EditedResearchDomainParams = domainOf(throwAway)
export const DeletedResearchDomainParams = domainOf(deletable)

export const CoveredDomainList = z.object({ items: z.array(CoveredDomain) }).meta({ id: 'CoveredDomainList' })

const coveredBy = (agreement: string, domain: string) =>
  z.strictObject({
    id: example(AgreementHandle, agreement),
    domainId: example(Reference('research domain', 'ford:2.1'), domain),
  })
export const EditedCoveredDomainParams = coveredBy(throwAway.agreement, 'ford:2.1')
export const DeletedCoveredDomainParams = coveredBy(deletable.agreement, deletable.coveredDomain)
