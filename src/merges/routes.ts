import { tagOf } from '../http/entity-tags.ts'
import { sendCreated, sendVersion } from '../http/responses.ts'
import { type App, authorOf, type Dependencies } from '../http/routes.ts'
import { problems } from '../problems/problems.ts'
import { EditHeaders, IfNoneMatch, NoContent } from '../shared/schemas.ts'
import { mergeSignatories } from './merge.ts'
import { readMerge } from './queries.ts'
import { Merge, MergedParams, MergeParams, NewMerge } from './schemas.ts'
import { undoMerge } from './undo.ts'

const tags = ['Signatories']
const path = '/signatories/:id/merge'

export async function mergeRoutes(app: App, { today }: Dependencies): Promise<void> {
  app.post(
    path,
    {
      config: { role: 'admin' },
      schema: {
        tags,
        operationId: 'createMerge',
        summary: 'Merge a signatory into another one',
        description:
          'For two entries that are one body. The code and the names of this one become aliases of the other, which also gets its identifiers, predecessors, successors and the bodies below it. All agreements that name it, deleted ones included, name the other from then on; their past versions stay as they are. Its id and its code mean the other one wherever they are used. Refused with 409 when the two are on opposite sides of an agreement, when one is above the other, or when their kinds differ.',
        params: MergeParams,
        headers: EditHeaders,
        body: NewMerge,
        response: { 201: Merge, ...problems(400, 404, 409, 412, 413, 415, 422, 428) },
      },
    },
    async (request, reply) => {
      const merge = await mergeSignatories(request.db, {
        reference: request.params.id,
        into: request.body.into,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
      })
      return sendCreated(reply, `/v1/signatories/${merge.lost.id}/merge`, tagOf(merge), merge)
    },
  )

  app.get(
    path,
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'getMerge',
        summary: 'Get the merge of a signatory into another one',
        description: 'When and by whom it was merged, and into which signatory. 404 if it was not merged.',
        params: MergedParams,
        headers: IfNoneMatch,
        response: { 200: Merge, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const merge = await readMerge(request.db, request.params.id)
      return sendVersion(request, reply, tagOf(merge), merge)
    },
  )

  app.delete(
    path,
    {
      config: { role: 'admin' },
      schema: {
        tags,
        operationId: 'deleteMerge',
        summary: 'Undo the merge of a signatory into another one',
        description:
          'Both entries and everything that the merge has moved are as before. Refused with 409, which lists the changes, when something that it has moved was changed since, or when something new names the entry.',
        params: MergedParams,
        headers: EditHeaders,
        response: { 204: NoContent, ...problems(400, 404, 409, 412, 428) },
      },
    },
    async (request, reply) => {
      await undoMerge(request.db, {
        reference: request.params.id,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
      })
      return reply.code(204).send()
    },
  )
}
