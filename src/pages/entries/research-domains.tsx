import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../../database/connect.ts'
import { domainRegistry } from '../../registry/research-domains/queries.ts'
import { type ResearchDomain, ResearchDomainQuery } from '../../registry/research-domains/schemas.ts'
import { Digits } from '../../shared/schemas.ts'
import type { KeptResults } from '../../agreements/list/kept-results.ts'
import { askedOf, at } from '../asked.ts'
import { A, sendHtml } from '../page.tsx'
import { pageOf } from '../paths.ts'
import { Meant, Next } from '../views.tsx'
import { counted } from '../words.ts'
import { Count, type CountsByCode, countsOf, maxEntries, readEntries, Search } from './list-page.tsx'

export const DomainsPageQuery = ResearchDomainQuery.extend({ limit: Digits(1, maxEntries).optional() })

type Request = FastifyRequest<{ Querystring: ResearchDomainQuery }>

/** The page at `/research-domains`: all domains, or those that a search finds. */
export async function domainsPage(
  request: Request,
  reply: FastifyReply,
  today: string,
  kept: KeptResults,
): Promise<FastifyReply> {
  const { db, query } = request
  const [page, counts] = await Promise.all([
    readEntries<ResearchDomain, ResearchDomainQuery>(request, reply, query, (db, query) =>
      domainRegistry.list(db, query),
    ),
    countsWithNarrower(db, today, kept),
  ])
  const asked = askedOf(request)
  return sendHtml(request, reply, {
    title: 'Research domains',
    description: 'All research domains of the register, each with the agreements that cover it.',
    api: at('/v1/research-domains', asked),
    body: (
      <>
        <h1>{counted(page.total, 'research domain')}</h1>
        <Search to="/research-domains" query={asked} />
        <Meant query={asked} meant={page.didYouMean} />
        <p>
          In the order of their codes. Counted with narrower domains. By number of agreements:{' '}
          <A to="/statistics?groupBy=researchDomain">domains that agreements name</A>.
        </p>
        {page.items.length === 0 ? (
          <p>Nothing was found. Search for other words.</p>
        ) : (
          <Table domains={page.items} counts={counts} />
        )}
        <Next query={asked} to="/research-domains" cursor={page.nextCursor} />
      </>
    ),
  })
}

/** The deepest level at which domains are counted. */
const deepest = 8

/** Agreements by domain, narrower domains included: one level after the other, until one has none. */
async function countsWithNarrower(db: Database, today: string, kept: KeptResults): Promise<CountsByCode> {
  const all: CountsByCode = new Map()
  for (let domainLevel = 0; domainLevel <= deepest; domainLevel += 1) {
    const counts = await countsOf(db, { groupBy: ['researchDomain'], domainLevel }, today, kept)
    if (counts.size === 0) break
    for (const [code, count] of counts) all.set(code, count)
  }
  return all
}

const keyOf = ({ scheme, code }: Pick<ResearchDomain, 'scheme' | 'code'>): string => `${scheme}:${code}`

function Table({ domains, counts }: { domains: ResearchDomain[]; counts: CountsByCode }) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Domain</th>
          <th scope="col">Part of</th>
          <th scope="col">Taxonomy</th>
          <th scope="col" class="number">
            Agreements
          </th>
        </tr>
      </thead>
      <tbody>
        {domains.map((domain) => (
          <tr>
            <td>
              <A to={pageOf.domain(keyOf(domain))}>{domain.label}</A> <span class="faint">{domain.code}</span>
            </td>
            <td data-name="Part of">
              {domain.broader === null ? '–' : <A to={pageOf.domain(keyOf(domain.broader))}>{domain.broader.label}</A>}
            </td>
            <td data-name="Taxonomy">{domain.scheme}</td>
            <Count
              name="Agreements"
              count={counts.get(keyOf(domain))}
              to={`/agreements?${new URLSearchParams({ researchDomain: keyOf(domain) }).toString()}`}
            />
          </tr>
        ))}
      </tbody>
    </table>
  )
}
