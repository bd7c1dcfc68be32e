import { mergePatch } from '../../http/merge-patch.ts'
import { tagOf } from '../../http/entity-tags.ts'
import { sendCreated, sendVersion } from '../../http/responses.ts'
import { sendPage } from '../../http/paging.ts'
import { unfit } from '../../problems/from-zod.ts'
import { problems } from '../../problems/problems.ts'
import { type App, authorOf, type Dependencies, mergePatchTypes } from '../../http/routes.ts'
import { EditHeaders, IfNoneMatch, NoContent } from '../../shared/schemas.ts'
import {
  createResearchDomain,
  deleteResearchDomain,
  editResearchDomain,
  listResearchDomains,
  readResearchDomain,
} from './queries.ts'
import {
  DeletedResearchDomainParams,
  EditedResearchDomainParams,
  NewResearchDomain,
  ResearchDomain,
  ResearchDomainPage,
  ResearchDomainParams,
  ResearchDomainPatch,
  ResearchDomainQuery,
  ResearchDomainReplacement,
} from './schemas.ts'

const tags = ['Research domains']

export async function researchDomainRoutes(app: App, { today }: Dependencies): Promise<void> {
  app.get(
    '/research-domains',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'listResearchDomains',
        summary: 'List the research domains',
        description: 'In the order of their schemes and codes. Try `flood` as `q`, or `ford:2` as `parent`.',
        querystring: ResearchDomainQuery,
        response: { 200: ResearchDomainPage, ...problems(400) },
      },
    },
    async (request, reply) => {
      const { rows, ...notes } = await listResearchDomains(request.db, request.query)
      return sendPage(request, reply, request.query, rows, notes)
    },
  )

  app.post(
    '/research-domains',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'createResearchDomain',
        summary: 'Add a research domain',
        body: NewResearchDomain,
        response: { 201: ResearchDomain, ...problems(400, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const domain = await createResearchDomain(request.db, request.body, authorOf(request, today))
      return sendCreated(reply, `/v1/research-domains/${domain.scheme}:${domain.code}`, tagOf(domain), domain)
    },
  )

  app.get(
    '/research-domains/:id',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'getResearchDomain',
        summary: 'Read a research domain by its id or code',
        params: ResearchDomainParams,
        headers: IfNoneMatch,
        response: { 200: ResearchDomain, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const domain = await readResearchDomain(request.db, request.params.id)
      return sendVersion(request, reply, tagOf(domain), domain)
    },
  )

  app.put(
    '/research-domains/:id',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'replaceResearchDomain',
        summary: 'Replace a research domain',
        params: EditedResearchDomainParams,
        headers: EditHeaders,
        body: ResearchDomainReplacement,
        response: { 200: ResearchDomain, ...problems(400, 404, 409, 412, 413, 415, 422, 428) },
      },
    },
    async (request, reply) => {
      const domain = await editResearchDomain(
        request.db,
        request.params.id,
        request.headers['if-match'],
        authorOf(request, today),
        () => request.body,
      )
      return sendVersion(request, reply, tagOf(domain), domain)
    },
  )

  app.patch(
    '/research-domains/:id',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'patchResearchDomain',
        summary: 'Change fields of a research domain',
        consumes: mergePatchTypes,
        params: EditedResearchDomainParams,
        headers: EditHeaders,
        body: ResearchDomainPatch,
        response: { 200: ResearchDomain, ...problems(400, 404, 409, 412, 413, 415, 422, 428) },
      },
    },
    async (request, reply) => {
      const domain = await editResearchDomain(
        request.db,
        request.params.id,
        request.headers['if-match'],
        authorOf(request, today),
        (before) => {
          const patched = ResearchDomainReplacement.safeParse(mergePatch(before, request.body))
          if (!patched.success) throw unfit(patched.error, ResearchDomainReplacement)
          return patched.data
        },
      )
      return sendVersion(request, reply, tagOf(domain), domain)
    },
  )

  app.delete(
    '/research-domains/:id',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'deleteResearchDomain',
        summary: 'Delete a research domain that no agreement uses',
        params: DeletedResearchDomainParams,
        headers: EditHeaders,
        response: { 204: NoContent, ...problems(400, 404, 409, 412, 428) },
      },
    },
    async (request, reply) => {
      await deleteResearchDomain(request.db, request.params.id, request.headers['if-match'])
      return reply.code(204).send()
    },
  )
}
