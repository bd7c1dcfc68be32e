import type { FastifyReply, FastifyRequest } from 'fastify'
import { addFormats } from '../http/formats.ts'
import { sendTagged, sendTaggedJson } from '../http/responses.ts'
import type { App, Dependencies } from '../http/routes.ts'
import { problems } from '../problems/problems.ts'
import { IfNoneMatch } from '../shared/schemas.ts'
import { gexfOf } from './gexf.ts'
import { readNetwork } from './queries.ts'
import { Network, NetworkGexf, NetworkQuery } from './schemas.ts'

type Request = FastifyRequest<{ Querystring: NetworkQuery }>

const gexfType = 'application/gexf+xml'

export async function networkRoutes(app: App, { today }: Dependencies): Promise<void> {
  const read = ({ db, query }: Request, reply: FastifyReply) => {
    void reply.header('cache-control', 'no-cache')
    return readNetwork(db, query, today())
  }
  addFormats<NetworkQuery>(app, '/network', {
    config: { role: 'reader' },
    schema: {
      tags: ['Statistics'],
      operationId: 'getNetwork',
      summary: 'Draw the network of parties: who has agreements with whom',
      description:
        'Accepts the filters of the list. The parties of all agreements that match, and the pairs on opposite sides of at least one, each with the number of agreements. As GEXF it opens in Gephi.',
      querystring: NetworkQuery,
      headers: IfNoneMatch,
      response: problems(400),
    },
    answer: { description: 'The network.', headers: [] },
    formats: {
      json: {
        mediaType: 'application/json',
        schema: Network,
        send: async (request, reply) => sendTaggedJson(request, reply, await read(request, reply)),
      },
      gexf: {
        mediaType: gexfType,
        schema: NetworkGexf,
        send: async (request, reply) => {
          const text = await gexfOf(await read(request, reply), today())
          void reply.header('content-disposition', 'attachment; filename="network.gexf"')
          return sendTagged(request, reply, text, `${gexfType}; charset=utf-8`)
        },
      },
    },
  })
}
