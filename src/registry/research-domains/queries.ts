import { and, eq, sql } from 'drizzle-orm'
import { when } from '../../database/sql.ts'
import type { ConstraintProblems } from '../../problems/from-error.ts'
import { Problem } from '../../problems/problems.ts'
import { slug } from '../../shared/text.ts'
import { broken, changesShown, taken } from '../definition.ts'
import { EntryRegistry } from '../entries.ts'
import { linesOf } from '../name-keys.ts'
import { type Domain, domainLookup } from './lookup.ts'
import type {
  DomainReference,
  NewResearchDomain,
  ResearchDomain,
  ResearchDomainQuery,
  ResearchDomainReplacement,
} from './schemas.ts'
import { researchDomains } from './tables.ts'

const key = sql`${researchDomains.scheme} || ':' || ${researchDomains.code}`

/** The columns of the representation. */
const shown = {
  id: researchDomains.id,
  scheme: researchDomains.scheme,
  code: researchDomains.code,
  label: researchDomains.label,
  broader: sql<DomainReference | null>`(
    select json_build_object('id', b.id, 'scheme', b.scheme, 'code', b.code, 'label', b.label)
    from research_domains b where b.id = research_domains.broader_id)`,
  ...changesShown(researchDomains),
}

export const domainRegistry = new EntryRegistry<Domain, ResearchDomain, ResearchDomainReplacement, ResearchDomainQuery>(
  {
    name: 'research_domain',
    ...domainLookup,
    table: researchDomains,
    nameColumn: researchDomains.label,
    hierarchy: {
      parentId: researchDomains.broaderId,
      pointer: '/broader',
      cycle: ({ label }) => `${label} is narrower than this domain already; a domain cannot be broader than itself.`,
    },
    key,
    lock: 7_262_022,
    size: sql`octet_length(words)`,
    ended: sql`false`,
    select: async (db, where) => db.orm.select(shown).from(researchDomains).where(where),
    withCode: (reference) => {
      const [scheme = '', code = ''] = reference.split(':', 2)
      return and(eq(researchDomains.scheme, scheme), eq(researchDomains.code, code))
    },
    matching: ({ scheme }) =>
      when(scheme, (schemes) => sql`${researchDomains.scheme} = any(${sql.param(schemes)}::text[])`),
    parentOf: ({ broader }) => broader,
    withReferences: (given, replace) => ({ ...given, broader: given.broader && replace(given.broader) }),
    columns,
    writable,
    check: checkScheme,
    calledIn: ({ scheme, code, label }) => [
      { pointer: '/code', name: `${scheme}:${code}` },
      { pointer: '/label', name: label },
    ],
    sameAs: ({ given }) => eq(researchDomains.scheme, given.scheme),
    likelyCode: ({ label }) => slug(label, 70) || 'domain',
    rivals: ({ scheme }) => eq(researchDomains.scheme, scheme),
  },
)

function writable({ scheme, code, label, broader }: ResearchDomain): ResearchDomainReplacement {
  return { scheme, code, label, broader: broader && `${broader.scheme}:${broader.code}` }
}

function columns(
  { scheme, code, label }: ResearchDomainReplacement,
  broader: Domain | null,
): Omit<typeof researchDomains.$inferInsert, 'id'> {
  const words = linesOf(`${scheme}:${code}`, label, [code])
  return { scheme, code, label, broaderId: broader?.id ?? null, broaderDepth: broader && broader.depth, words }
}

function checkScheme({ scheme }: NewResearchDomain, broader: Domain | null, before?: ResearchDomainReplacement): void {
  if (before && scheme !== before.scheme) {
    const message = 'The scheme of a domain cannot be changed. Create a domain in the other scheme.'
    throw broken('/scheme', 'scheme_stays', message)
  }
  if (broader === null || broader.scheme === scheme) return
  const message = `Must be a domain of the scheme \`${scheme}\`.`
  throw broken('/broader', 'other_scheme', message)
}

const used = () => new Problem('in_use', 'Agreements, deleted ones included, or narrower domains use this domain.')

export const researchDomainConstraints: ConstraintProblems = {
  research_domains_code_key: () => taken('Another domain of this scheme already has this code.'),
  research_domains_depth_check: () => broken('/broader', 'too_deep', 'Must not be more than nine levels deep.'),
  research_domains_broader_fk: used,
  agreement_domains_domain_fk: used,
}
