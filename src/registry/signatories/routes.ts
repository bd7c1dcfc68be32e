import { mergePatch } from '../../http/merge-patch.ts'
import { tagOf } from '../../http/entity-tags.ts'
import { sendCreated, sendVersion } from '../../http/responses.ts'
import { sendPage } from '../../http/paging.ts'
import { unfit } from '../../problems/from-zod.ts'
import { problems } from '../../problems/problems.ts'
import { type App, authorOf, type Dependencies, mergePatchTypes } from '../../http/routes.ts'
import { EditHeaders, IfNoneMatch, NoContent } from '../../shared/schemas.ts'
import { createSignatory, deleteSignatory, editSignatory, listSignatories, readSignatory } from './queries.ts'
import {
  DeletedSignatoryParams,
  EditedSignatoryParams,
  NewSignatory,
  Signatory,
  SignatoryPage,
  SignatoryParams,
  SignatoryPatch,
  SignatoryQuery,
  SignatoryReplacement,
} from './schemas.ts'

const tags = ['Signatories']

export async function signatoryRoutes(app: App, { today }: Dependencies): Promise<void> {
  app.get(
    '/signatories',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'listSignatories',
        summary: 'List the bodies that can sign',
        description: 'In the order of their codes. Try `corée` as `q`, or `US` as `parent`.',
        querystring: SignatoryQuery,
        response: { 200: SignatoryPage, ...problems(400) },
      },
    },
    async (request, reply) => {
      const { rows, ...notes } = await listSignatories(request.db, request.query)
      return sendPage(request, reply, request.query, rows, notes)
    },
  )

  app.post(
    '/signatories',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'createSignatory',
        summary: 'Add a body that can sign',
        body: NewSignatory,
        response: { 201: Signatory, ...problems(400, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const signatory = await createSignatory(request.db, request.body, authorOf(request, today))
      return sendCreated(reply, `/v1/signatories/${signatory.code}`, tagOf(signatory), signatory)
    },
  )

  app.get(
    '/signatories/:id',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'getSignatory',
        summary: 'Read a body by its id or code',
        params: SignatoryParams,
        headers: IfNoneMatch,
        response: { 200: Signatory, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const signatory = await readSignatory(request.db, request.params.id)
      return sendVersion(request, reply, tagOf(signatory), signatory)
    },
  )

  app.put(
    '/signatories/:id',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'replaceSignatory',
        summary: 'Replace a body',
        description: 'Moving it under another body moves its agreements with it, past ones included.',
        params: EditedSignatoryParams,
        headers: EditHeaders,
        body: SignatoryReplacement,
        response: { 200: Signatory, ...problems(400, 404, 409, 412, 413, 415, 422, 428) },
      },
    },
    async (request, reply) => {
      const signatory = await editSignatory(
        request.db,
        request.params.id,
        request.headers['if-match'],
        authorOf(request, today),
        () => request.body,
      )
      return sendVersion(request, reply, tagOf(signatory), signatory)
    },
  )

  app.patch(
    '/signatories/:id',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'patchSignatory',
        summary: 'Change fields of a body',
        consumes: mergePatchTypes,
        params: EditedSignatoryParams,
        headers: EditHeaders,
        body: SignatoryPatch,
        response: { 200: Signatory, ...problems(400, 404, 409, 412, 413, 415, 422, 428) },
      },
    },
    async (request, reply) => {
      const signatory = await editSignatory(
        request.db,
        request.params.id,
        request.headers['if-match'],
        authorOf(request, today),
        (before) => {
          const patched = SignatoryReplacement.safeParse(mergePatch(before, request.body))
          if (!patched.success) throw unfit(patched.error, SignatoryReplacement)
          return patched.data
        },
      )
      return sendVersion(request, reply, tagOf(signatory), signatory)
    },
  )

  app.delete(
    '/signatories/:id',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'deleteSignatory',
        summary: 'Delete a body that no agreement uses',
        params: DeletedSignatoryParams,
        headers: EditHeaders,
        response: { 204: NoContent, ...problems(400, 404, 409, 412, 428) },
      },
    },
    async (request, reply) => {
      await deleteSignatory(request.db, request.params.id, request.headers['if-match'])
      return reply.code(204).send()
    },
  )
}
