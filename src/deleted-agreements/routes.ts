import { sendPage, totalOf, withTotal } from '../http/paging.ts'
import type { App } from '../http/routes.ts'
import { problems } from '../problems/problems.ts'
import { IfNoneMatch } from '../shared/schemas.ts'
import { countDeleted, listDeleted } from './queries.ts'
import { DeletedAgreementPage, DeletedAgreementQuery } from './schemas.ts'

export async function deletedAgreementRoutes(app: App): Promise<void> {
  app.get(
    '/deleted-agreements',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['Changes'],
        operationId: 'listDeletedAgreements',
        summary: 'List the deleted agreements: who deleted them, when and why',
        description:
          'The latest deletion first. `POST /v1/agreements/{id}/restore` restores one; its history stays at `/v1/agreements/{id}/versions`.',
        querystring: DeletedAgreementQuery,
        headers: IfNoneMatch,
        response: { 200: DeletedAgreementPage, ...problems(400) },
      },
    },
    async (request, reply) => {
      const { db, query } = request
      const { rows, total } = await withTotal(db, query, async (db) => ({
        rows: await listDeleted(db, query),
        total: await totalOf(query, () => countDeleted(db)),
      }))
      return sendPage(request, reply, query, rows, { total })
    },
  )
}
