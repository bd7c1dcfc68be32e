import { AgreementParams } from '../agreements/schemas.ts'
import { immutable, sendTaggedJson } from '../http/responses.ts'
import { sendPage, totalOf, withTotal } from '../http/paging.ts'
import { problems } from '../problems/problems.ts'
import { IfNoneMatch } from '../shared/schemas.ts'
import type { App } from '../http/routes.ts'
import { countVersions, listVersions, readVersion } from './queries.ts'
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
        summary: 'List the versions of an agreement: what was changed, by whom, when and why',
        description:
          'Latest first. The history of a deleted agreement is kept. A page can have fewer items than `limit` when documents or changes are large; only `nextCursor` shows whether it is the last.',
        params: AgreementParams,
        querystring: VersionsQuery,
        headers: IfNoneMatch,
        response: { 200: VersionPage, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { query, params } = request
      const { rows, shown, total } = await withTotal(request.db, query, async (db) => ({
        ...(await listVersions(db, params.id, query)),
        total: await totalOf(query, () => countVersions(db, params.id)),
      }))
      return sendPage(request, reply, { ...query, limit: shown }, rows, { total })
    },
  )

  app.get(
    '/agreements/:id/versions/:version',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'getVersion',
        summary: 'Read one version of an agreement',
        description: 'The agreement as it was in this version, and what this version changed. It never changes.',
        params: VersionParams,
        headers: IfNoneMatch,
        response: { 200: VersionDocument, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { id, version } = request.params
      const document = await readVersion(request.db, id, version)
      return sendTaggedJson(request, reply.header('cache-control', immutable), document)
    },
  )
}
