import { AgreementParams } from '../agreements/schemas.ts'
import { sendJson } from '../http/responses.ts'
import { sendPage } from '../http/paging.ts'
import { problems } from '../problems/problems.ts'
import type { App } from '../http/routes.ts'
import { listVersions, readVersion } from './queries.ts'
import { VersionDocument, VersionPage, VersionParams, VersionsQuery } from './schemas.ts'

const tags = ['Changes']

export async function versionRoutes(app: App): Promise<void> {
  app.get(
    '/agreements/:id/versions',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'listVersions',
        summary: 'List who changed an agreement, when, what and why',
        description:
          'The latest first. The history of a deleted agreement is kept. A page ends before its `limit` when documents or changes are large: only `nextCursor` tells whether it is the last.',
        params: AgreementParams,
        querystring: VersionsQuery,
        response: { 200: VersionPage, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { rows, shown } = await listVersions(request.db, request.params.id, request.query)
      return sendPage(request, reply, { ...request.query, limit: shown }, rows)
    },
  )

  app.get(
    '/agreements/:id/versions/:version',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'getVersion',
        summary: 'Read one version of an agreement, whole',
        params: VersionParams,
        response: { 200: VersionDocument, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { id, version } = request.params
      return sendJson(reply.header('cache-control', 'no-cache'), await readVersion(request.db, id, version))
    },
  )
}
