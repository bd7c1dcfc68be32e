import { editAgreement } from '../publication/publish.ts'
import { sendCurrent } from '../send-current.ts'
import { type Agreement, AgreementParams } from '../schemas.ts'
import { sendVersion } from '../../http/responses.ts'
import { inPath, Problem, problems } from '../../problems/problems.ts'
import { type App, authorOf, type Dependencies } from '../../http/routes.ts'
import { EditHeaders, IfNoneMatch, NoContent } from '../../shared/schemas.ts'
import {
  CoveredDomain,
  CoveredDomainList,
  DeletedCoveredDomainParams,
  EditedCoveredDomainParams,
} from '../../registry/research-domains/schemas.ts'

const tags = ['Agreements']

export async function coveredDomainRoutes(app: App, { today }: Dependencies): Promise<void> {
  app.get(
    '/agreements/:id/research-domains',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'listCoveredDomains',
        summary: 'List the research domains of an agreement',
        description: 'The domains that the agreement names; the list of agreements also finds it by the broader ones.',
        params: AgreementParams,
        headers: IfNoneMatch,
        response: { 200: CoveredDomainList, ...problems(400, 404) },
      },
    },
    async (request, reply) => sendCurrent(request, reply, (document) => ({ items: domainsIn(document) })),
  )

  app.put(
    '/agreements/:id/research-domains/:domainId',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'addCoveredDomain',
        summary: 'Add a research domain to an agreement',
        description: 'No effect if the agreement already has it.',
        params: EditedCoveredDomainParams,
        headers: EditHeaders,
        response: { 200: CoveredDomain, ...problems(400, 404, 412, 428) },
      },
    },
    async (request, reply) => {
      const { id, domainId: reference } = request.params
      const { tag, document, domainId } = await editAgreement(request.db, {
        id,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        references: { domains: [{ reference, at: inPath('domainId') }] },
        change: (parts, registry) => {
          const { id: domainId } = registry.domain(reference)
          const already = parts.domains.some((row) => row.domainId === domainId)
          return { domainId, parts: already ? parts : { ...parts, domains: [...parts.domains, { domainId }] } }
        },
      })
      return sendVersion(
        request,
        reply,
        tag,
        domainsIn(document).find((domain) => domain.id === domainId),
      )
    },
  )

  app.delete(
    '/agreements/:id/research-domains/:domainId',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'removeCoveredDomain',
        summary: 'Remove a research domain from an agreement',
        description: 'The domain itself is kept.',
        params: DeletedCoveredDomainParams,
        headers: EditHeaders,
        response: { 204: NoContent, ...problems(400, 404, 412, 428) },
      },
    },
    async (request, reply) => {
      const { id, domainId: reference } = request.params
      await editAgreement(request.db, {
        id,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        references: { domains: [{ reference, at: inPath('domainId') }] },
        change: (parts, registry) => {
          const { id: domainId } = registry.domain(reference)
          const domains = parts.domains.filter((row) => row.domainId !== domainId)
          if (domains.length < parts.domains.length) return { parts: { ...parts, domains } }
          throw new Problem('not_found', `The agreement has no research domain \`${reference}\`.`)
        },
      })
      return reply.code(204).send()
    },
  )
}

const domainsIn = (document: string): CoveredDomain[] => (JSON.parse(document) as Agreement).researchDomains
