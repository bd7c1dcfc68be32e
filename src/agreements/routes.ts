import type { FastifyReply, FastifyRequest } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { sendCreated, sendVersion } from '../http/responses.ts'
import { addFormats } from '../http/formats.ts'
import { mergePatch } from '../http/merge-patch.ts'
import { sendPage, withTotal } from '../http/paging.ts'
import { invalidResult } from '../problems/from-zod.ts'
import { problems } from '../problems/problems.ts'
import { type App, authorOf, type Dependencies, mergePatchTypes } from '../http/routes.ts'
import { EditHeaders, IfNoneMatch, NoContent, NoteHeaders, PartHeaders } from '../shared/schemas.ts'
import {
  agreementsIn,
  ownFields,
  ownParts,
  ownReferences,
  wholeParts,
  wholeReferences,
} from './publication/from-request.ts'
import { createAgreement, editAgreement } from './publication/publish.ts'
import { onDay } from './publication/representation.ts'
import { type Rendering, sendRendering } from './renderings.ts'
import { listAgreements } from './list/list-agreements.ts'
import { cacheControlOf } from './list/long-past.ts'
import { readAgreement, readAgreementAsOf } from './queries.ts'
import { sendCurrent } from './send-current.ts'
import {
  Agreement,
  AgreementPage,
  AgreementParams,
  AgreementPatch,
  AgreementReplacement,
  EditedAgreementParams,
  NewAgreement,
  OwnFields,
  ReadQuery,
} from './schemas.ts'
import { AgreementQuery } from './list/filter.ts'

const tags = ['Agreements']

type ReadRequest = FastifyRequest<{ Querystring: ReadQuery; Params: { id: string } }>

/** Finds agreements that are probably the same as a new one: the value of `X-Similar`, or null when there are none. */
type FindSimilar = (request: FastifyRequest, id: string) => Promise<string | null>

const created = {
  description: 'Created.',
  headers: ['X-Similar'],
  content: { 'application/json': { schema: Agreement } },
} as const

export const agreementRoutes =
  (findSimilar: FindSimilar, renderings: Record<string, Rendering>) =>
  (app: App, dependencies: Dependencies): Promise<void> =>
    addAgreementRoutes(app, dependencies, findSimilar, renderings)

async function addAgreementRoutes(
  app: App,
  { today }: Dependencies,
  findSimilar: FindSimilar,
  renderings: Record<string, Rendering>,
): Promise<void> {
  app.get(
    '/agreements',
    {
      config: { role: 'reader' },
      schema: {
        tags: ['Search'],
        operationId: 'listAgreements',
        summary: 'List agreements',
        description:
          'All parameters must match; several values of one parameter match any of them. Example: `pair=US,KR`.',
        querystring: AgreementQuery,
        headers: IfNoneMatch,
        response: { 200: AgreementPage, ...problems(400) },
      },
    },
    async (request, reply) => {
      const { db, query } = request
      const { rows, ...notes } = await withTotal(db, query, (db) => listAgreements(db, query))
      return sendPage(request, reply, query, rows, { ...notes, cacheControl: cacheControlOf(query, today()) })
    },
  )

  app.post(
    '/agreements',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'createAgreement',
        summary: 'Create an agreement with all its parts',
        description:
          'An agreement that looks like another is created nevertheless; `X-Similar` in the response names those that are probably the same.',
        headers: NoteHeaders,
        body: NewAgreement,
        shown: Agreement,
        response: { 201: created, ...problems(400, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const id = uuidv7()
      const { tag, document } = await createAgreement(
        request.db,
        authorOf(request, today),
        wholeReferences(request.body),
        id,
        (registry, now) => wholeParts(request.body, id, registry, now),
        request.asShown,
      )
      const similar = await findSimilar(request, id)
      if (similar !== null) void reply.header('x-similar', similar)
      return sendCreated(reply, `/v1/agreements/${id}`, tag, document)
    },
  )

  const shown = (document: string, { on }: ReadQuery): string =>
    on ? JSON.stringify(onDay(JSON.parse(document) as Agreement, on)) : document

  /** The version that is asked for: its tag and its document. */
  async function read({ db, params, query }: ReadRequest) {
    const { asOf } = query
    const { tag, document } = asOf ? await readAgreementAsOf(db, params.id, asOf) : await readAgreement(db, params.id)
    return { tag, document: shown(document, query) }
  }

  addFormats<ReadQuery, { id: string }>(app, '/agreements/:id', {
    formatsAt: '/agreements/:id/citation',
    config: { role: 'reader' },
    schema: {
      tags,
      operationId: 'getAgreement',
      summary: 'Read an agreement',
      description:
        'Two different questions: `on` gives the legal situation on a day, `asOf` what the register contained at an instant; both together what was so on that day, as known at that instant. Of an agreement that was entered today, only `on` can be asked about the past: `asOf` answers from the instant on at which it was entered. To cite it, use `format=bibtex`, `ris` or `csl`.',
      params: AgreementParams,
      querystring: ReadQuery,
      headers: IfNoneMatch,
      response: problems(400, 404),
    },
    answer: { description: 'The agreement.', headers: [] },
    formats: {
      json: {
        mediaType: 'application/json',
        schema: Agreement,
        send: async (request, reply) => {
          const { asOf } = request.query
          if (asOf === undefined) return sendCurrent(request, reply, (document) => shown(document, request.query))
          const { tag, document } = await read(request)
          return sendVersion(request, reply, tag, document, cacheControlOf(request.query, today()))
        },
      },
      ...Object.fromEntries(
        Object.entries(renderings).map(([name, rendering]) => [
          name,
          {
            mediaType: rendering.mediaType,
            schema: rendering.schema,
            send: async (request: ReadRequest, reply: FastifyReply) =>
              sendRendering(request, reply, (await read(request)).document, rendering),
          },
        ]),
      ),
    },
  })

  app.put(
    '/agreements/:id',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'replaceAgreement',
        summary: 'Replace an agreement with all its parts',
        description:
          'Parts are matched by their ids: a part without an id is new, and a part that is left out is deleted. Optional fields that are left out get their defaults.',
        params: EditedAgreementParams,
        headers: EditHeaders,
        body: AgreementReplacement,
        shown: Agreement,
        response: { 200: Agreement, ...problems(400, 404, 409, 412, 413, 415, 422, 428) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { tag, document } = await editAgreement(request.db, {
        id,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        references: wholeReferences(request.body),
        asShown: request.asShown,
        change: (before, registry) => wholeParts(request.body, id, registry, before.agreement.createdAt, before),
      })
      return sendVersion(request, reply, tag, document)
    },
  )

  app.patch(
    '/agreements/:id',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'patchAgreement',
        summary: 'Change fields of an agreement',
        description:
          'JSON merge patch (RFC 7396). Signatories, dates, research domains and sources have paths of their own.',
        consumes: mergePatchTypes,
        params: EditedAgreementParams,
        headers: EditHeaders,
        body: AgreementPatch,
        shown: Agreement,
        response: { 200: Agreement, ...problems(400, 404, 409, 412, 413, 415, 422, 428) },
      },
    },
    async (request, reply) => {
      const { tag, document } = await editAgreement(request.db, {
        id: request.params.id,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        references: ownReferences({
          // Null removes them, as an empty list does.
          relations: request.body.relations === null ? [] : request.body.relations,
          term: request.body.term ?? null,
          collection: request.body.collection ?? null,
        }),
        asShown: request.asShown,
        change: (before, registry) => {
          const patched = OwnFields.safeParse(mergePatch(ownFields(before), request.body))
          if (!patched.success) throw invalidResult(patched.error, OwnFields)
          for (const id of agreementsIn(before)) registry.addAgreement({ id, reference: null, key: null })
          const { agreement, ...own } = ownParts(patched.data, registry, before)
          return { parts: { ...before, ...own, agreement: { ...before.agreement, ...agreement } } }
        },
      })
      return sendVersion(request, reply, tag, document)
    },
  )

  app.delete(
    '/agreements/:id',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'deleteAgreement',
        summary: 'Delete an agreement; its history is kept',
        description: 'Afterwards its address is 404; `/versions` and `asOf` still show it. An admin can restore it.',
        params: EditedAgreementParams,
        headers: EditHeaders,
        response: { 204: NoContent, ...problems(400, 404, 412, 428) },
      },
    },
    async (request, reply) => {
      await editAgreement(request.db, {
        id: request.params.id,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        operation: 'deleted',
        change: (before, _registry, now) => ({
          parts: { ...before, agreement: { ...before.agreement, deletedAt: now } },
        }),
      })
      return reply.code(204).send()
    },
  )

  app.post(
    '/agreements/:id/restore',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        operationId: 'restoreAgreement',
        summary: 'Restore a deleted agreement',
        description:
          'It has all parts that it had when it was deleted. 409 if another agreement has taken its reference or one of its identifiers.',
        params: EditedAgreementParams,
        headers: PartHeaders,
        response: { 200: Agreement, ...problems(400, 404, 409, 412, 422) },
      },
    },
    async (request, reply) => {
      const { tag, document } = await editAgreement(request.db, {
        id: request.params.id,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        operation: 'restored',
        change: (before) => ({ parts: { ...before, agreement: { ...before.agreement, deletedAt: null } } }),
      })
      return sendVersion(request, reply, tag, document)
    },
  )
}
