import { AgreementParams } from '../agreements/schemas.ts'
import { sendTaggedJson } from '../http/responses.ts'
import type { App } from '../http/routes.ts'
import { problems } from '../problems/problems.ts'
import { IfNoneMatch } from '../shared/schemas.ts'
import { findSimilar } from './queries.ts'
import { defaultLimit, SimilarAgreements, SimilarQuery } from './schemas.ts'

export async function similarRoutes(app: App): Promise<void> {
  app.get(
    '/agreements/:id/similar',
    {
      config: { role: 'reader' },
      schema: {
        tags: ['Search'],
        operationId: 'listSimilarAgreements',
        summary: 'List agreements that may be the same as this one',
        description:
          'Agreements between the same parties, in either order, with a near day of signature or a near title, such as a copy from another source. Each has a score and the reasons for it. For a pair with many agreements, those next to it by day of signature and by title are compared.',
        params: AgreementParams,
        querystring: SimilarQuery,
        headers: IfNoneMatch,
        response: { 200: SimilarAgreements, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { limit = defaultLimit } = request.query
      const items = await findSimilar(request.db, request.params.id, limit)
      return sendTaggedJson(request, reply.header('cache-control', 'no-cache'), { items })
    },
  )
}
