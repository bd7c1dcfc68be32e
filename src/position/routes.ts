import type { KeptResults } from '../agreements/list/kept-results.ts'
import { pinned } from '../agreements/list/cite.ts'
import { cacheControlOf } from '../agreements/list/long-past.ts'
import { AgreementParams } from '../agreements/schemas.ts'
import { linkTo } from '../http/addresses.ts'
import { queryOf, sendTaggedJson } from '../http/responses.ts'
import { problems } from '../problems/problems.ts'
import { IfNoneMatch } from '../shared/schemas.ts'
import type { App, Dependencies } from '../http/routes.ts'
import { readPosition } from './queries.ts'
import { Position, PositionQuery } from './schemas.ts'

export const positionRoutes =
  (kept: KeptResults) =>
  async (app: App, { today }: Dependencies): Promise<void> => {
    app.get(
      '/agreements/:id/position',
      {
        config: { role: 'reader' },
        schema: {
          tags: ['Search'],
          operationId: 'getPosition',
          summary: 'Get the position of an agreement in a selection, such as the 13th',
          description:
            'Accepts the filters of the list except `id`, which decide what is counted. In the sample register the memorandum with Korea is the 13th for `signatory=US-DHS&partyKind=state`, and the 14th for `signatory=US-DHS`.',
          params: AgreementParams,
          querystring: PositionQuery,
          headers: IfNoneMatch,
          response: { 200: Position, ...problems(400, 404) },
        },
      },
      async (request, reply) => {
        const { db, params, query: filter } = request
        const query = queryOf(request.url)
        const { lastChange, ...position } = await readPosition(db, params.id, filter, kept)
        const cited = pinned(query, filter, lastChange)
        const counted = cited ?? query
        return sendTaggedJson(request, reply.header('cache-control', cacheControlOf(filter, today())), {
          ...position,
          selection: linkTo(request, `/v1/agreements?${counted && `${counted}&`}sort=signed&count=exact`),
          cite: cited === null ? null : linkTo(request, `/v1/agreements/${params.id}/position?${cited}`),
        } satisfies Position)
      },
    )
  }
