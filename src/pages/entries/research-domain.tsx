import type { FastifyReply, FastifyRequest } from 'fastify'
import { domainLookup } from '../../registry/research-domains/lookup.ts'
import { domainRegistry } from '../../registry/research-domains/queries.ts'
import type { ResearchDomain } from '../../registry/research-domains/schemas.ts'
import type { KeptResults } from '../../agreements/list/kept-results.ts'
import { A, Fact, sendHtml } from '../page.tsx'
import { pageOf } from '../paths.ts'
import { entriesNamed } from './named.ts'
import { readSelection, Selection } from './selection.tsx'

type Request = FastifyRequest<{ Params: { code: string } }>

const keyOf = ({ scheme, code }: Pick<ResearchDomain, 'scheme' | 'code'>): string => `${scheme}:${code}`

/** Narrower domains that the page names. */
const maxNarrower = 100

/** The page of a research domain at `/research-domains/{id or scheme:code}`. */
export async function domainPage(
  request: Request,
  reply: FastifyReply,
  today: string,
  kept: KeptResults,
): Promise<FastifyReply> {
  const { db, params } = request
  const [named] = await entriesNamed(db, domainLookup, [params.code])
  const domain = await domainRegistry.read(db, named!.id)
  const key = keyOf(domain)
  const [selection, { rows }] = await Promise.all([
    readSelection(db, { researchDomain: [key] }, { today, kept }),
    domainRegistry.list(db, { parent: key, limit: maxNarrower }),
  ])
  const narrower = rows
    .slice(0, maxNarrower)
    .flatMap(({ document }) => (document === null ? [] : [JSON.parse(document) as ResearchDomain]))
  return sendHtml(request, reply, {
    title: domain.label,
    description: `The agreements on ${domain.label}: who agreed, when, and which are in force.`,
    canonical: pageOf.domain(key),
    api: `/v1/research-domains/${encodeURIComponent(key)}`,
    body: (
      <article>
        <h1>{domain.label}</h1>
        <dl>
          <Fact name="Taxonomy">{domain.scheme}</Fact>
          <Fact name="Code">{domain.code}</Fact>
          {domain.broader !== null && (
            <Fact name="Part of">
              <A to={pageOf.domain(keyOf(domain.broader))}>{domain.broader.label}</A>
            </Fact>
          )}
          {narrower.length > 0 && (
            <Fact name="Narrower">
              {narrower.map((one) => (
                <div>
                  <A to={pageOf.domain(keyOf(one))}>{one.label}</A>
                </div>
              ))}
            </Fact>
          )}
        </dl>
        <Selection {...selection} />
      </article>
    ),
  })
}
